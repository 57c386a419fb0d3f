"""Pages as simple HTML: four habits of markup, all with a heading above the block.

The hard pages (forty habits, false friends, hostile shapes) are golden files elsewhere; these carry the wire's truth
through the HTML door.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta, timezone

from tests.newswire.captures import Block, Lead, Printed, Sheet
from tests.newswire.noise import encoded, smudged

ABOVE = (
    '<!DOCTYPE html>\n<html lang="nl"><head><meta charset="utf-8"><title>Krant</title></head>\n'
    '<body><nav><a href="/">Voorpagina</a></nav>\n<main>'
)
BELOW = "</main>\n<footer><p>Over ons</p></footer></body></html>\n"

Layout = Callable[[random.Random, Printed], str]


def render(rng: random.Random, layout: str, sheet: Sheet) -> str:
    """The page as HTML; what is cut loses its age, and the page its end."""
    lead = _lead(rng, sheet.lead) if sheet.lead else ""
    page = ABOVE + lead + "".join(_block(rng, layout, block) for block in sheet.blocks)
    if sheet.cut is None:
        return page + BELOW
    broken = LAYOUTS[layout](rng, sheet.cut)
    return page[: page.rindex("</", 0, page.rindex("</"))] + broken[: broken.index("</p>") - rng.randint(5, 40)]


def _block(rng: random.Random, layout: str, block: Block) -> str:
    tag = "ul" if layout == "entry" else "div"
    cards = "\n".join(LAYOUTS[layout](rng, item) for item in block.items)
    return f"<section><h2>Meer uit {block.section}</h2>\n<{tag}>{cards}</{tag}></section>\n"


def _card(rng: random.Random, item: Printed) -> str:
    return f"<article>{_title(rng, item)}{_teaser(rng, item)}{_age(rng, item)}</article>"


def _entry(rng: random.Random, item: Printed) -> str:
    return f"<li>{_title(rng, item)}<div>{_teaser(rng, item)}<p class=meta>{_age(rng, item)}</p></div></li>"


def _row(rng: random.Random, item: Printed) -> str:
    return f"<div class=row>{_teaser(rng, item)}<div>{_age(rng, item)}</div></div>"


def _age_first(rng: random.Random, item: Printed) -> str:
    return f"<div><div>{_age(rng, item)}</div>{_title(rng, item)}{_teaser(rng, item)}</div>"


LAYOUTS: dict[str, Layout] = {"card": _card, "entry": _entry, "row": _row, "age first": _age_first}


def _age(rng: random.Random, item: Printed) -> str:
    """The age, with the second of publication where the page tells it, in the reader's zone or in UTC."""
    if item.stamp is None:
        return f"<span class=t>{item.age.words}</span>"
    moment = item.stamp.astimezone(timezone(timedelta(hours=rng.choice([0, 1]))))
    return f'<time datetime="{moment.isoformat()}">{item.age.words}</time>'


def _title(rng: random.Random, item: Printed) -> str:
    if item.headline is None:
        return ""
    headline = _escaped(rng, item.headline)
    return f'<h3><a href="{_href(rng, item.url)}">{headline}</a></h3>' if item.url else f"<h3>{headline}</h3>"


def _href(rng: random.Random, url: str) -> str:
    """The link, whole or relative to its host."""
    return rng.choice([url, "/" + url.split("/", 3)[3]])


def _teaser(rng: random.Random, item: Printed) -> str:
    """Dateline and body, where the item is more than its headline."""
    if not item.text:
        return ""
    text = _escaped(rng, item.text, lines=True)
    return f"<p>{_escaped(rng, item.dateline)} - {text}</p>" if item.dateline else f"<p>{text}</p>"


def _escaped(rng: random.Random, text: str, *, lines: bool = False) -> str:
    return encoded(rng, smudged(rng, text, lines=lines), markup=True)


def _lead(rng: random.Random, lead: Lead) -> str:
    paragraphs = (f"{lead.dateline} - {lead.paragraphs[0]}", *lead.paragraphs[1:])
    text = "".join(f"<p>{_escaped(rng, paragraph)}</p>\n" for paragraph in paragraphs)
    return f"<article><h1>{_escaped(rng, lead.headline)}</h1>{text}</article>"
