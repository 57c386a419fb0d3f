"""What stands beside an item's age, headline and body: labels, counts, second wordings, "read more", other titles."""

from __future__ import annotations

import pytest

from tasks.records import Item
from tests.grammar.reading import block_of

BEFORE = "<main><h2>Meer uit Sport</h2>"
HOURS = ("2 uur geleden", "3 uur geleden", "5 uur geleden")


def cards(age: str, *, headline: str = "<h3>{}</h3>") -> str:
    """A block of three items; ``{}`` in ``age`` is the item's age."""
    items = (
        f"<div>{headline.format(f'Kop van stuk {n}')}<p>GOES - Tekst {n}.</p><div>{age.replace('{}', hours)}</div></div>"
        for n, hours in enumerate(HOURS)
    )
    return f"{BEFORE}<section>{''.join(items)}</section></main>"


def told(items: tuple[Item, ...]) -> list[tuple[str | None, str, str | None]]:
    return [(item.headline, item.text, item.age) for item in items]


THREE = [(f"Kop van stuk {n}", f"Tekst {n}.", age) for n, age in enumerate(HOURS)]


@pytest.mark.parametrize(
    "age",
    [
        "<a href=#r>12</a><span>{}</span>",  # a count of comments
        "<span>1</span><time>{}</time>",
        "<time><span aria-hidden=true>{}</span><span class=sr-only>{}</span></time>",
        "<time datetime=2026-03-02><b>{}</b><b>{}</b></time>",
        "<time><i>Geplaatst: </i>{}</time>",
        "<time>{}</time> door Jan Jansen",
        "<span>{}</span> in <a href=/sport>Sport</a>",
        "<span>{}</span>, <a href=/sport>Sport</a>",
        "(<span>{}</span>)",
        "<span>({})</span>",
        "Bijgewerkt {}",
        "<span>Gepubliceerd: {}</span>",
        "Gepubliceerd <time>{}</time>",
        "<span>Geplaatst</span> <span>{}</span>",
        "<span>Gepubliceerd {}</span> <span>Bijgewerkt 1 uur geleden</span>",
        "Gepubliceerd <time>{}</time>, bijgewerkt <time>1 uur geleden</time>",
        "<p>Geplaatst <time>{}</time></p><p>Laatst bijgewerkt: <time>1 uur geleden</time></p>",
    ],
)
def test_an_age_is_read_whatever_is_said_beside_it(age: str) -> None:
    block = block_of(cards(age))
    assert (told(block.items), block.rejected) == (THREE, ())
    assert all(item.window for item in block.items)


@pytest.mark.parametrize(
    "said", ["Updated 2 hours ago", "Published: 2 hours ago", "Posted <b>2 hours ago</b>", "(2 hours ago)"]
)
def test_an_age_is_read_behind_the_words_of_its_language(said: str) -> None:
    (item,) = block_of(f"<h2>More in Sport</h2><div><h3>A head</h3><p>LEEDS (PA) - Text.</p>{said}</div>").items
    assert item.age == "2 hours ago"


@pytest.mark.parametrize("label", ["<h3>Vandaag</h3>", "<button>Vandaag</button><button>Gisteren</button>"])
def test_a_day_that_is_a_title_or_a_button_is_no_age(label: str) -> None:
    flat = "".join(f"<h4>Kop van stuk {n}</h4><p>GOES - Tekst {n}.</p><p>{age}</p>" for n, age in enumerate(HOURS))
    block = block_of(f"{BEFORE}{label}{flat}")
    assert (told(block.items), block.rejected) == (THREE, ())


@pytest.mark.parametrize(
    ("card", "headline", "place", "text"),
    [
        (
            "<h3>LIVE - Debat in de Kamer</h3><p>Een tekst van het stuk.</p>",
            "LIVE - Debat in de Kamer",
            None,
            "Een tekst van het stuk.",
        ),
        ("<h3>UPDATE - Brand in Goes</h3><p>GOES - Een tekst.</p>", "UPDATE - Brand in Goes", "GOES", "Een tekst."),
        (
            "<a href=https://a.example/>EU - China: de cijfers</a><p>Een tekst van het stuk.</p>",
            "EU - China: de cijfers",
            None,
            "Een tekst van het stuk.",
        ),
        ("<h3>LIVE - Wie wint er?</h3>", "LIVE - Wie wint er?", None, ""),
        ("<h3>GOES (ANP) - Een tekst in een kop.</h3>", None, "GOES", "Een tekst in een kop."),
        (
            "<h3><span>Oorlog</span> <a href=/a>Landen eens over sancties</a></h3><p>De tekst.</p>",
            "Landen eens over sancties",
            None,
            "De tekst.",
        ),
        (
            "<h3>Kop<p>De tekst van het stuk staat hier in de kop.</p></h3>",
            "Kop",
            None,
            "De tekst van het stuk staat hier in de kop.",
        ),
        ("<h4>Oorlog</h4><h3>Landen eens</h3><p>De tekst.</p>", "Landen eens", None, "De tekst."),
        ("<h4>Oorlog</h4><h3>Landen eens</h3><p>GOES - De tekst.</p>", "Landen eens", "GOES", "De tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst. <a href=/a>Lees meer <span>→</span></a></p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst. <a href=/a>Lees verder »</a></p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst. <a href=/a>Verder lezen</a></p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst.</p><a href=/a>› Lees het hele artikel</a>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES (ANP) -- Een tekst.</p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES -- Een tekst.</p>", "Kop", "GOES", "Een tekst."),
    ],
)
def test_headline_and_body_are_told_apart(card: str, headline: str | None, place: str | None, text: str) -> None:
    other = "<div><h3>Andere kop</h3><p>BERN (ANP) - Andere tekst.</p><i>3 uur geleden</i></div>"
    items = block_of(f"{BEFORE}<div>{card}<i>2 uur geleden</i></div>{other}").items
    assert [(item.headline, item.place, item.text) for item in items] == [
        (headline, place, text),
        ("Andere kop", "BERN", "Andere tekst."),
    ]
