"""One block of a made-up newswire, printed in as many habits of markup as we could think of.

Every habit prints the same items; what a reader makes of them must not depend on the habit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Told:
    """An item as the wire tells it."""

    headline: str
    dateline: str
    body: str
    age: str
    link: str

    @property
    def report(self) -> str:
        return f"{self.dateline} - {self.body}"


TOLD = (
    Told(
        "Rutte is blij met aanval op Iran",
        "BRUSSEL (ANP)",
        'NAVO-topman Mark Rutte is "blij" met de aanvallen. Hij wijst op het gevaar (voor bondgenoten).',
        "10 minuten geleden",
        "/nieuws/rutte",
    ),
    Told(
        "Frankrijk vergroot kernwapenarsenaal",
        "ÎLE LONGUE (ANP)",
        "Frankrijk heeft nu nog ongeveer 290 exemplaren van het wapen, zei president Macron 2 uur geleden in een toespraak.",
        "18 minuten geleden",
        "/nieuws/frankrijk?a=1&b=2",
    ),
    Told(
        "Vrouw van ayatollah omgekomen",
        "TEHERAN (ANP/AFP)",
        "Ook de vrouw van de gedode ayatollah is omgekomen - dat melden staatsmedia. Ze was 79 jaar.",
        "1 uur geleden",
        "/nieuws/ayatollah",
    ),
    Told(
        "Twee gewonden bij botsing",
        "GOES",
        "Bij een botsing op de A58 zijn vrijdag twee mensen gewond geraakt.",
        "1 uur geleden",
        "/zeeland/botsing",
    ),
)
"""Markup that tells each item, given it and its number."""
Habit = Callable[[Sequence[Told]], str]


def e(text: str) -> str:
    return escape(text, quote=False)


def a(told: Told, inner: str) -> str:
    return f'<a href="{escape(told.link)}">{inner}</a>'


def each(before: str, tell: Callable[[Told], str], after: str) -> Habit:
    return lambda items: before + "\n".join(tell(one) for one in items) + after


HEAD = '<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Krant</title></head><body><nav><a href="/">Voor</a></nav>'
LEAD = (
    "<main><article><h1>De kop van het stuk</h1><p>DEN HAAG (ANP) - De eerste alinea van het stuk.</p>"
    "<p>De tweede alinea van het stuk.</p></article>"
)
FOOT = "</main><footer><p>Over ons. Alle rechten voorbehouden.</p><a href=/contact>Contact - Adverteren</a></footer></body></html>"


def page(block: str) -> str:
    return f"{HEAD}{LEAD}{block}{FOOT}"


HABITS: dict[str, Habit] = {
    "cards": each(
        "<aside><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<article>{a(t, f'<img src=x><h3>{e(t.headline)}</h3>')}<p>{e(t.report)}</p><span>{t.age}</span></article>"
        ),
        "</aside>",
    ),
    "list": each(
        "<section><h2>Meer uit Buitenland</h2><ul>",
        lambda t: f"<li>{a(t, e(t.headline))}<p>{e(t.report)}</p><small>{t.age}</small></li>",
        "</ul></section>",
    ),
    "list without end tags": each(
        "<section><h2>Meer uit Buitenland</h2><ul>",
        lambda t: f"<li>{a(t, e(t.headline))}<p>{e(t.report)}<p>{t.age}",
        "</ul></section>",
    ),
    "whole card is a link": each(
        "<div><h3>Meer uit Buitenland</h3>",
        lambda t: a(t, f"<div><div>{e(t.headline)}</div><div>{e(t.report)}</div><div>{t.age}</div></div>"),
        "</div>",
    ),
    "inline spans": each(
        "<div><div>Meer uit Buitenland</div>",
        lambda t: f"<div>{a(t, e(t.headline))} <span>{e(t.report)}</span> <span>{t.age}</span></div>",
        "</div>",
    ),
    "headline link before bare text": each(
        "<div><h4>Meer uit Buitenland</h4>",
        lambda t: f"<div>{a(t, e(t.headline))} {e(t.report)} <i>{t.age}</i></div>",
        "</div>",
    ),
    "age before the headline": each(
        "<section><header><h2>Meer uit <em>Buitenland</em></h2></header>",
        lambda t: f"<div><time>{t.age}</time><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p></div>",
        "</section>",
    ),
    "age between headline and body": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<div><h3>{a(t, e(t.headline))}</h3><div>{t.age}</div><p>{e(t.report)}</p></div>",
        "</section>",
    ),
    "age printed twice side by side": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p>"
            f'<span aria-hidden="true">{t.age.replace("minuten", "min")}</span><span class=sr>{t.age}</span></div>'
        ),
        "</section>",
    ),
    "age printed above and below": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<div><span>{t.age}</span><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><small>{t.age}</small></div>"
        ),
        "</section>",
    ),
    "age in pieces": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p>"
            f"<p><b>{t.age.split()[0]}</b> {t.age.split(' ', 1)[1]}</p></div>"
        ),
        "</section>",
    ),
    "flat, age after": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><small>{t.age}</small>",
        "</section>",
    ),
    "flat, age first": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<small>{t.age}</small><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p>",
        "</section>",
    ),
    "flat, age between": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<h3>{a(t, e(t.headline))}</h3><small>{t.age}</small><p>{e(t.report)}</p>",
        "</section>",
    ),
    "flat paragraphs": each(
        "<div><p><b>Meer uit Buitenland</b></p>",
        lambda t: f"<p>{a(t, e(t.headline))}</p><p>{e(t.report)}</p><p>{t.age}</p>",
        "</div>",
    ),
    "flat with line breaks": each(
        "<div><b>Meer uit Buitenland</b><br>",
        lambda t: f"{a(t, e(t.headline))}<br>{e(t.report)}<br>{t.age}<br><br>",
        "</div>",
    ),
    "table, a row an item": each(
        "<table><caption>Meer uit Buitenland</caption>",
        lambda t: f"<tr><td>{t.age}</td><td>{a(t, e(t.headline))}</td><td>{e(t.report)}</td></tr>",
        "</table>",
    ),
    "table, two rows an item": each(
        "<div><h2>Meer uit Buitenland</h2><table>",
        lambda t: f"<tr><th>{a(t, e(t.headline))}</th></tr><tr><td>{e(t.report)}<br><small>{t.age}</small></td></tr>",
        "</table></div>",
    ),
    "definition list": each(
        "<div><h2>Meer uit Buitenland</h2><dl>",
        lambda t: f"<dt>{a(t, e(t.headline))}</dt><dd>{e(t.report)} <time>{t.age}</time></dd>",
        "</dl></div>",
    ),
    "definition list, age with the headline": each(
        "<div><h2>Meer uit Buitenland</h2><dl>",
        lambda t: f"<dt>{a(t, e(t.headline))} <time>{t.age}</time></dt><dd>{e(t.report)}</dd>",
        "</dl></div>",
    ),
    "rows of two": lambda items: (
        "<section><h2>Meer uit Buitenland</h2>"
        + "".join(
            "<div class=row>"
            + "".join(
                f"<div class=col><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><p>{t.age}</p></div>"
                for t in items[n : n + 2]
            )
            + "</div>"
            for n in range(0, len(items), 2)
        )
        + "</section>"
    ),
    "nested divs": each(
        "<div><div><div><div>Meer uit Buitenland</div></div></div><div>",
        lambda t: (
            f"<div><div><div>{a(t, e(t.headline))}</div></div>"
            f"<div><div>{e(t.report)}</div></div><div><div>{t.age}</div></div></div>"
        ),
        "</div></div>",
    ),
    "dateline marked up": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<article><h3>{a(t, e(t.headline))}</h3>"
            f"<p><strong>{e(t.dateline)}</strong> - {e(t.body)}</p><time>{t.age}</time></article>"
        ),
        "</section>",
    ),
    "dateline and body in spans": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<article><h3>{a(t, e(t.headline))}</h3>"
            f"<p><span>{e(t.dateline)}</span><span> – </span><span>{e(t.body)}</span></p><time>{t.age}</time></article>"
        ),
        "</section>",
    ),
    "label, credit, author and comments": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<article><figure><img src=x><figcaption>Foto: Jan Jansen</figcaption></figure><span>Buitenland</span>"
            f"<h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p>"
            f"<div><span>ANP</span> | <span>Door Piet de Vries</span> | <span>12 reacties</span> | <span>{t.age}</span></div>"
            f"<a href=/meer>Lees meer</a></article>"
        ),
        "</section>",
    ),
    "photo credit before the headline": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<article><h3>{a(t, f'ANP {e(t.headline)}')}</h3><p>{e(t.report)}</p><p>{t.age}</p></article>",
        "</section>",
    ),
    "read more in the paragraph": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<article><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)} {a(t, 'Lees meer')}</p><p>{t.age}</p></article>"
        ),
        "</section>",
    ),
    "inline markup in the body": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<article><h3>{a(t, e(t.headline))}</h3>"
            f"<p>{e(t.report).replace(' de ', ' <em>de</em> ').replace('Macron', '<a href=/macron>Mac<b>ron</b></a>')}</p>"
            f"<p>{t.age}</p></article>"
        ),
        "</section>",
    ),
    "headings of one level": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<div><h2>{a(t, e(t.headline))}</h2><p>{e(t.report)}</p><p>{t.age}</p></div>",
        "</section>",
    ),
    "heading with a link behind it": each(
        '<section><h2>Meer uit Buitenland <a href="/buitenland">Bekijk alles</a></h2>',
        lambda t: f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><p>{t.age}</p></div>",
        "</section>",
    ),
    "heading is a link": each(
        '<section><h2><a href="/buitenland">Meer uit Buitenland ›</a></h2>',
        lambda t: f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><p>{t.age}</p></div>",
        "</section>",
    ),
    "custom elements": each(
        "<news-block><news-title>Meer uit Buitenland</news-title>",
        lambda t: (
            f"<news-card><news-title>{a(t, e(t.headline))}</news-title><news-text>{e(t.report)}</news-text>"
            f"<relative-time>{t.age}</relative-time></news-card>"
        ),
        "</news-block>",
    ),
    "with advertisements": each(
        "<section><h2>Meer uit Buitenland</h2><ul>",
        lambda t: f"<li><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><i>{t.age}</i></li><li>Advertentie</li>",
        "</ul></section>",
    ),
    "intro under the heading": each(
        "<section><h2>Meer uit Buitenland</h2><p>Het laatste nieuws uit het buitenland.</p><div>",
        lambda t: f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><p>{t.age}</p></div>",
        "</div></section>",
    ),
    "details": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<details><summary>{a(t, e(t.headline))}</summary><p>{e(t.report)}</p><p>{t.age}</p></details>",
        "</section>",
    ),
    "headline and age in one element, body beside it": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<div><h3>{a(t, e(t.headline))}</h3><span>{t.age}</span></div><p>{e(t.report)}</p>",
        "</section>",
    ),
    "body and age in one element, headline beside it": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<h3>{a(t, e(t.headline))}</h3><div><p>{e(t.report)}</p><span>{t.age}</span></div>",
        "</section>",
    ),
    "meta line with a label": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<li><a href='{escape(t.link)}'><b>{e(t.headline)}</b><br>{e(t.report)}<br>Buitenland · {t.age}</a></li>"
        ),
        "</section>",
    ),
    "flat meta line with a label": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><p><span>Buitenland</span> · <span>{t.age}</span></p>"
        ),
        "</section>",
    ),
    "an author behind the age": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><p><time>{t.age}</time> door Jan Jansen</p></div>"
        ),
        "</section>",
    ),
    "a count beside the age, and another label": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<div><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p>"
            f"<div><a href=#r>12</a><span>Bijgewerkt: {t.age}</span></div></div>"
        ),
        "</section>",
    ),
    "two wordings in one time": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: (
            f"<li><h3>{a(t, e(t.headline))}</h3><time><span class=sr-only>{t.age}</span><span>kort geleden</span></time>"
            f"<p>{e(t.report)}</p></li>"
        ),
        "</section>",
    ),
    "flat, the age opens, an intro and a button above": each(
        "<section><h2>Meer uit Buitenland <a href=/buitenland>Bekijk alles</a></h2><button>Volg</button>"
        "<p>Het laatste nieuws van de redactie.</p>",
        lambda t: f"<p>{t.age}</p><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p>",
        "</section>",
    ),
    "flat, a label and the age between headline and body": each(
        "<section><h2>Meer uit Buitenland</h2>",
        lambda t: f"<h3>{a(t, e(t.headline))}</h3><div><b>Jan Jansen</b> <i>{t.age}</i></div><p>{e(t.report)}</p>",
        "</section>",
    ),
    "linked cards with white space around them": each(
        "<section>\n<span>Meer uit Buitenland</span>",
        lambda t: (
            f"\n<a href='{escape(t.link)}'>\n <h4>{e(t.headline)}</h4><p>{e(t.report)}</p>\n <span>{t.age}</span>\n</a>"
        ),
        "</section>",
    ),
    "the heading is the first of the list": each(
        "<ul><li>» Meer uit Buitenland</li>",
        lambda t: f"<li><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><i>{t.age}</i></li>",
        "</ul>",
    ),
    "comments behind the block": each(
        "<h2>Meer uit Buitenland</h2><ul>",
        lambda t: f"<li><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><i>{t.age}</i></li>",
        "</ul><h3>Reacties</h3><ul><li><b>Jan</b> <i>2 uur geleden</i><p>Wat een onzin is dit toch weer.</p></li>"
        "<li><b>Piet</b> <i>3 uur geleden</i><p>Dat vind ik ook, al jaren hoor.</p></li></ul>",
    ),
    "comments before the block": each(
        "<section><h2>Reacties</h2><ul><li><b>Jan</b> <i>2 uur geleden</i><p>Wat een onzin is dit toch weer.</p></li></ul>"
        "</section><section><h2>Meer uit Buitenland</h2><ul>",
        lambda t: f"<li><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><i>{t.age}</i></li>",
        "</ul></section>",
    ),
    "pre": lambda items: "<pre>Meer uit Buitenland\n" + "".join(f"{e(t.report)}\n{t.age}" for t in items) + "\n</pre>",
}
#: Habits that print no links, or no headlines.
NO_LINK = frozenset({"pre"})
NO_HEADLINE = frozenset({"pre"})
