"""Headline and body of an item: what stands above, beside and below them, and what looks like one."""

from __future__ import annotations

import pytest

from tests.grammar.cards import BEFORE, HOURS
from tests.grammar.reading import block_of


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
        *(
            (f"<h3>Kop</h3><p>Een tekst van het stuk.</p><a href=/a>{more}</a>", "Kop", None, "Een tekst van het stuk.")
            for more in ("Lees meer…", "Lees meer...", "Lees verder.", "…Lees meer")
        ),
        # Copies for other screens.
        ("<h3>Kop</h3><p>GOES (ANP) - Tekst.</p><p>GOES (ANP) - Tekst.</p>", "Kop", "GOES", "Tekst."),
        (
            "<h3>Kop</h3><p>Een tekst van het stuk.</p><p>Een tekst van het stuk.</p>",
            "Kop",
            None,
            "Een tekst van het stuk.",
        ),
        # Counts of comments.
        ("<a href=/a>Zanger (83) overleden</a> <span>(12)</span>", "Zanger (83) overleden", None, ""),
        (
            "<h3><a href=/a>Zanger overleden</a><a href=/a#c>[12]</a></h3><p>GOES - Tekst.</p>",
            "Zanger overleden",
            "GOES",
            "Tekst.",
        ),
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


@pytest.mark.parametrize(
    "text",
    [
        "Noord- en Zuid-Korea praten weer.",
        "IT- en telecombedrijven zoeken mensen.",
        "Fiets- en wandelpaden worden breder.",
    ],
)
def test_a_suspended_hyphen_ends_no_dateline(text: str) -> None:
    (item,) = block_of(f"{BEFORE}<div><h3>Kop</h3><p>{text}</p><i>2 uur geleden</i></div>").items
    assert (item.place, item.text) == (None, text)


@pytest.mark.parametrize(
    "label", ["<span>Zeeland</span>", "<span>1</span>", "<p>Storm Benjamin</p>", "<span>3 min. leestijd</span>"]
)
def test_a_label_above_a_linked_headline_is_not_it(label: str) -> None:
    one = '<li>{}<a href="https://krant.example/{}">{}</a><span>2 uur geleden</span></li>'
    heads = ["Trein stil", "Dijk in Zeeland weer dicht", "Feyenoord - PSV uitgesteld", "Wie wint er?"]
    items = "".join(one.format(label, n, head) for n, head in enumerate(heads))
    block = block_of(f"{BEFORE}<ul>{items}</ul>")
    assert [(item.headline, item.text) for item in block.items] == [(head, "") for head in heads]


def test_a_heading_below_the_text_is_no_headline() -> None:
    text = "<h3>Brand {0}</h3><p>Er was brand in dorp {0}.</p><h4>Eerder: onderzoek naar vele branden</h4>"
    card = f"<div>{text}<i>{{0}} uur geleden</i></div>"
    items = block_of(f"{BEFORE}{''.join(card.format(n) for n in (2, 3, 5))}").items
    assert [item.headline for item in items] == ["Brand 2", "Brand 3", "Brand 5"]


@pytest.mark.parametrize("text", ['GOES - De politie zei: "Dat is erg."', "GOES - Ja, dat is zo."])
def test_a_report_set_as_a_heading_is_a_report(text: str) -> None:
    (item,) = block_of(f"{BEFORE}<div><h3>{text}</h3><i>2 uur geleden</i></div></main>").items
    assert (item.headline, item.place, item.text) == (None, "GOES", text.removeprefix("GOES - "))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_17_a_headline_that_reads_as_a_heading_is_a_headline(at: int) -> None:
    heads = ["Een kop", "Twee kop", "Drie kop"]
    heads[at] = "Meer uit nood dan weelde"
    items = "".join(
        f"<li><h3>{head}</h3><p>GOES - Tekst {n}.</p><span>{age}</span></li>"
        for n, (head, age) in enumerate(zip(heads, HOURS, strict=True))
    )
    block = block_of(f"<section><h2>Meer uit Sport</h2><ul>{items}</ul></section>")
    assert (block.section, [item.headline for item in block.items]) == ("Sport", heads)


@pytest.mark.parametrize(
    ("body", "place", "text"),
    [
        ("GOES - Dat meldt <b>ANP</b> aan de krant.", "GOES", "Dat meldt ANP aan de krant."),
        ("GOES - Dat schrijft <a href=/r>ANP</a>", "GOES", "Dat schrijft ANP"),
        ("GOES - Klik op <b>Reageer</b> om te stemmen.", "GOES", "Klik op Reageer om te stemmen."),
        ("GOES (<b>ANP</b>) - Een brug.", "GOES", "Een brug."),
        (
            "<span>GOES</span><span> (</span><span>ANP/AFP</span><span>) - </span><span>Een brug.</span>",
            "GOES",
            "Een brug.",
        ),
        (
            "<span>GOES - De heer </span><b>Jan</b> <i>Pieters</i><span> zei dat.</span>",
            "GOES",
            "De heer Jan Pieters zei dat.",
        ),
        ("GOES - Een tekst <a href=/a>Lees meer</a>", "GOES", "Een tekst"),
        ("GOES - Een tekst. <b>ANP</b>", "GOES", "Een tekst."),
        ("<b>ANP</b> GOES - Een tekst.", "GOES", "Een tekst."),
    ],
)
def test_19_words_in_a_text_stay_in_it_whatever_they_look_like(body: str, place: str, text: str) -> None:
    (item,) = block_of(f"{BEFORE}<div><h3>Een kop</h3><p>{body}</p><i>2 uur geleden</i></div></main>").items
    assert (item.headline, item.place, item.text) == ("Een kop", place, text)
