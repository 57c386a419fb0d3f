"""Pages as simple HTML: four habits of markup, all with a heading above the block.

The hard pages (forty habits, false friends, hostile shapes) are golden files elsewhere; these carry the wire's truth
through the HTML door.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from tests.newswire.captures import Block, Lead, Printed, Sheet
from tests.newswire.noise import encoded, smudged

Layout = Callable[[random.Random, Printed], str]


def render(rng: random.Random, layout: str, sheet: Sheet) -> str:
    """The page as HTML; what is cut loses its age, and the page its end."""
    lead = _lead(rng, sheet.lead) if sheet.lead else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="nl"><head><meta charset="utf-8"><title>Krant</title></head>\n<body>'
        f'<nav><a href="/">Voorpagina</a></nav>\n<main>{lead}{"".join(_block(rng, layout, b) for b in sheet.blocks)}'
    )
    if sheet.cut is None:
        return f"{page}</main>\n<footer><p>Over ons</p></footer></body></html>\n"
    whole = LAYOUTS[layout](rng, sheet.cut)
    return page.removesuffix(_END) + whole[: whole.index("</p>") - rng.randint(5, 40)]


_END = "</div></section>\n"


def _block(rng: random.Random, layout: str, block: Block) -> str:
    cards = "\n".join(LAYOUTS[layout](rng, item) for item in block.items)
    return f"<section><h2>Meer uit {block.section}</h2>\n<div>{cards}{_END}"


def _card(rng: random.Random, item: Printed) -> str:
    return (
        f"<article>{_title(rng, item, 'h3')}<p>{_teaser(rng, item)}</p><span class=t>{item.age.words}</span></article>"
    )


def _row(rng: random.Random, item: Printed) -> str:
    return f"<div class=row><p>{_teaser(rng, item)}</p><div><small>{item.age.words}</small></div></div>"


def _timed(rng: random.Random, item: Printed) -> str:
    """With the second of publication in a ``<time>``, in the reader's zone or in UTC."""
    moment = _zoned(rng, item.stamp) if item.stamp else ""
    return (
        f"<article>{_title(rng, item, 'h4')}<p>{_teaser(rng, item)}</p>"
        f'<time datetime="{moment}">{item.age.words}</time></article>'
    )


def _age_first(rng: random.Random, item: Printed) -> str:
    return f"<div><div>{item.age.words}</div>{_title(rng, item, 'h4')}<p>{_teaser(rng, item)}</p></div>"


LAYOUTS: dict[str, Layout] = {"card": _card, "row": _row, "timed": _timed, "age first": _age_first}


def _title(rng: random.Random, item: Printed, tag: str) -> str:
    if item.headline is None:
        return ""
    headline = _escaped(rng, item.headline)
    return (
        f'<{tag}><a href="{_href(rng, item.url)}">{headline}</a></{tag}>' if item.url else f"<{tag}>{headline}</{tag}>"
    )


def _href(rng: random.Random, url: str) -> str:
    """The link, whole or relative to its host."""
    return rng.choice([url, "/" + url.split("/", 3)[3]])


def _teaser(rng: random.Random, item: Printed) -> str:
    text = _escaped(rng, item.text, lines=True)
    return f"{_escaped(rng, item.dateline)} - {text}" if item.dateline else text


def _escaped(rng: random.Random, text: str, *, lines: bool = False) -> str:
    return encoded(rng, smudged(rng, text, lines=lines), markup=True)


def _zoned(rng: random.Random, moment: datetime) -> str:
    return moment.astimezone(timezone(timedelta(hours=rng.choice([0, 1])))).isoformat()


def _lead(rng: random.Random, lead: Lead) -> str:
    first, *others = lead.paragraphs
    paragraphs = [f"{lead.dateline} - {first}", *others]
    return (
        f"<article><h1>{_escaped(rng, lead.headline)}</h1>"
        + "".join(f"<p>{_escaped(rng, text)}</p>\n" for text in paragraphs)
        + "</article>"
    )
