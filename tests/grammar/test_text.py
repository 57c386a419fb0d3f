"""The text door: where a text is cut, what heads it, and the marks of the tools that made it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Item, Page, PublishedFrom, Window
from tests.grammar.reading import headed, items_of, read, texts_of

CASES = Path(__file__).parents[1] / "cases" / "texts"
CAPTURED = datetime(2025, 11, 3, 13, 5, tzinfo=UTC)


def case(name: str) -> tuple[Item, ...]:
    """The items of a small text that once failed, captured at a fixed time."""
    page = Page((CASES / f"{name}.txt").read_bytes(), observed_at=CAPTURED, media_type="text/plain")
    return tuple(item for _, item in extract(page).items())


@pytest.mark.parametrize(
    ("name", "age"),
    [
        ("age-text-0", "5 minuten geleden"),
        ("age-text-1", "2 uur geleden"),
        ("age-text-2", "14:05"),
        ("age-text-3", "2 uur geleden"),
        ("age-text-4", "3 november 2025, 14:05"),
        ("age-text-5", "minder dan 1 minuut geleden"),
        ("age-text-6", "5 minuten geleden"),
    ],
)
def test_whatever_stands_around_an_age_it_ends_its_item(name: str, age: str) -> None:
    items = case(name)
    assert [item.place for item in items] == ["PARIJS", "ROME", "WENEN"]
    assert [item.headline for item in items] == [None, None, None]
    assert items[1].age == age
    assert items[1].window


def test_two_units_are_one_age() -> None:
    assert [item.place for item in case("16b-two-units-nl")] == ["GOES", "THOLEN", "VEERE"]
    items = case("compound")
    assert [item.place for item in items] == ["PARIJS", "BRUSSEL", "UTRECHT", "DE BILT"]
    assert items[2].window == Window(
        datetime(2025, 11, 3, 11, 24, tzinfo=UTC), datetime(2025, 11, 3, 11, 25, tzinfo=UTC)
    )


def test_days_between_items_are_titles() -> None:
    assert [(item.headline, item.place) for item in case("day-text")] == [
        (None, "ROME"),
        (None, "Parijs"),
        (None, "WENEN"),
    ]


def test_a_label_beside_an_age_is_no_headline_that_two_items_share() -> None:
    assert [item.headline for name in ("false-rev-a", "false-rev-b") for item in case(name)] == [None] * 4


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("lynx", "Kop een"),
        ("md", "Kop een is wat lang"),
        ("wrapped", "NAVO-chef Rutte ziet eindelijk beweging in de hulp van de lidstaten aan Oekraïne"),
    ],
)
def test_a_tools_marks_are_no_part_of_a_headline(name: str, headline: str) -> None:
    assert [(item.headline, item.text) for item in case(name)] == [(headline, "NAVO-chef Mark Rutte is tevreden.")]


AGES = [
    "5 minuten geleden",
    "1 uur en 40 minuten geleden",
    "een uur geleden",
    "gisteren 14:05",
    "ongeveer 2 uur geleden",
]
AROUND = [
    "{}",
    "  {}  ",
    "({})",
    "• {}",
    "- {}",
    "| {}",
    "Bijgewerkt: {}",
    "Bijgewerkt {}",
    "Update: {}",
    "Geüpdatet {}",
    "Laatst bijgewerkt : {}",
    "GEPUBLICEERD: {}",
    "Buitenland · {}",
    "Buitenland / {}",
    "Buitenland - {}",
    "Algemeen Nederlands Persbureau | {}",
    "{} · Buitenland",
    "{} | Jan de Vries",
    "{} door Jan de Vries",
    "{} in Goes",
]


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("around", AROUND)
def test_a_line_that_is_an_age_ends_an_item_and_heads_none(around: str, age: str) -> None:
    page = headed(
        "Kop een",
        "GOES - De brug is dicht.",
        around.format(age),
        "Kop twee",
        "VEERE - Het veer vaart.",
        "3 uur geleden",
    )
    assert [(item.headline, item.text, item.age) for item in items_of(page)] == [
        ("Kop een", "De brug is dicht.", age),
        ("Kop twee", "Het veer vaart.", "3 uur geleden"),
    ]


@pytest.mark.parametrize("age", ["zojuist", "nu", "gisteren"])
@pytest.mark.parametrize("around", ["{}", " {} ", "({})", "• {}", "Update: {}", "Sport · {}", "{} | Sport"])
def test_a_word_that_is_an_age_ends_an_item_alone_on_its_line(around: str, age: str) -> None:
    page = headed("Kop een", "GOES - De brug is dicht.", around.format(age), "VEERE - Het veer vaart.", "3 uur geleden")
    assert [(item.headline, item.age) for item in items_of(page)] == [("Kop een", age), (None, "3 uur geleden")]


DATES = [
    "3 maart 2025",
    "3 mrt. 2025, 14:05",
    "maandag 2 maart 2026 14.05 uur",
    "02-03-2026",
    "2026-03-02 14:05",
    "14:05",
    "vandaag 14:05",
    "2 maart",
]


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("around", ["{}", "• {}", "({})", "Gepubliceerd: {}", "Sport · {}", "{} | Goes"])
def test_a_date_below_a_heading_ends_an_item_as_an_age_does(around: str, date: str) -> None:
    page = headed(
        "Kop een", "GOES - De brug is dicht.", around.format(date), "VEERE - Het veer vaart.", "3 uur geleden"
    )
    first, second = items_of(page)
    assert (first.headline, first.text, first.age) == ("Kop een", "De brug is dicht.", date)
    assert first.published_from is PublishedFrom.DATE
    assert (second.headline, second.text) == (None, "Het veer vaart.")


@pytest.mark.parametrize("date", ["14:05", "3 maart 2025", "maandag 2 maart 2026", "Vandaag"])
def test_a_date_above_an_item_or_in_it_is_no_headline_and_no_text(date: str) -> None:
    assert [
        (item.headline, item.text) for item in items_of(headed(date, "Kop", "GOES - De brug.", "2 uur geleden"))
    ] == [("Kop", "De brug.")]
    assert [
        (item.headline, item.text) for item in items_of(headed("Kop", date, "GOES - De brug.", "2 uur geleden"))
    ] == [("Kop", "De brug.")]


def test_a_date_outside_a_block_ends_nothing() -> None:
    page = "Tholen\nmaandag 3 november 2025\nEditie: NL\n" + "".join(
        f"ANP Kop {number}\n\nGOES (ANP) - Bericht {number} van de dag.\n\n{number} uur geleden\n"
        for number in (1, 2, 3)
    )
    (block,) = read(page).blocks
    assert (block.section, [item.headline for item in block.items]) == ("Tholen", ["Kop 1", "Kop 2", "Kop 3"])


@pytest.mark.parametrize(
    "line",
    [
        "2 uur geleden op de A58.",
        "2 uur geleden, zegt hij",
        "2 uur geleden in een toespraak voor alle leden",
        "De brug is 2 uur geleden gesloten",
        "Brand in Goes - 2 uur geleden",
        "Dat was volgens hem en alle anderen in de zaal - 2 uur geleden",
        "Om 14:05 ging de brug dicht",
        "3 november 2025 was een mooie dag",
        "Sinds gisteren",
        "1999",
        "4-0",
    ],
)
def test_a_line_of_a_text_that_mentions_a_time_ends_no_item(line: str) -> None:
    page = headed("GOES - De brug is dicht.", line, "Meer volgt.", "3 uur geleden")
    assert texts_of(page) == [f"De brug is dicht. {line} Meer volgt."]


@pytest.mark.parametrize(
    "heading",
    [
        "Meest gelezen",
        "MEEST GELEZEN",
        "Meest gelezen in Zeeland",
        "Gerelateerde artikelen",
        "Populair",
        "## Meest gelezen",
        "Aanbevolen:",
    ],
)
@pytest.mark.parametrize("before", ["", "Lees meer\n", "Advertentie\n"])
def test_a_list_of_another_kind_behind_the_block_gives_no_items(heading: str, before: str) -> None:
    behind = f"{before}{heading}\nKop drie\n1 uur geleden\nVEERE - Het veer vaart.\n2 uur geleden"
    behind += "Meer uit Sport\nGOES - Ajax wint.\n1 uur geleden"
    blocks = read(headed("GOES - De brug is dicht.", "3 uur geleden", behind)).blocks
    assert [(block.section, [item.text for item in block.items]) for block in blocks] == [
        ("Buitenland", ["De brug is dicht."]),
        ("Sport", ["Ajax wint."]),
    ]
    assert all(block.rejected == () for block in blocks)


def test_an_advertisement_between_two_items_ends_nothing() -> None:
    page = headed(
        "GOES - De brug is dicht.", "3 uur geleden", "Advertentie", "VEERE - Het veer vaart.", "4 uur geleden"
    )
    assert texts_of(page) == ["De brug is dicht.", "Het veer vaart."]


def test_a_name_among_the_names_of_a_menu_is_no_heading() -> None:
    menu = "Voorpagina\nActueel\nSport\nRegio\nDe kop van het stuk\nDEN HAAG (ANP) - De eerste alinea.\n"
    assert read(f"{menu}2 uur geleden").blocks == ()
    (block,) = read(f"{menu}Actueel\nGOES - De brug is dicht.\n2 uur geleden").blocks
    assert (block.section, [item.text for item in block.items]) == ("Actueel", ["De brug is dicht."])
    (block,) = read(f"{menu}Actueel\n14:05\nKop\nGOES - De brug is dicht.\n2 uur geleden").blocks
    assert (block.section, [item.headline for item in block.items]) == ("Actueel", ["Kop"])


def test_the_heading_of_a_ticker_heads_no_items() -> None:
    items = "".join(f"GOES - Bericht {number} van de dag.\n{number} uur geleden" for number in (1, 2, 3))
    (block,) = read(f"Tholen\nNet binnen\n- Sport 11:20 Ajax wint\n- Buitenland 11:10 Nog een kop\n{items}").blocks
    assert (block.section, len(block.items)) == ("Tholen", 3)
    (block,) = read(f"Tholen\nNet binnen\n{items}").blocks
    assert block.section == "Net binnen"


HEADLINE = "Kamer wil opheldering over de brug in Zierikzee"
MARKED = [
    "[12]{}",
    "   [1]{}",
    "* {}",
    "  * [7]{}",
    "+ {}",
    "• {}",
    "# {}",
    "### {}",
    "### {} ###",
    "**{}**",
    "* **{}**",
    "* *{}*",
    "_{}_",
    "__{}__",
    "[{}](https://x.example/kop-een)",
    "- [{}](/kop-een)",
    '## [{}](<https://x.example/kop_(een)> "De titel")',
    "[![Een plaatje](/a.jpg)](/kop-een)\n\n[{}](/kop-een)",
    "---\n{}",
    "{}\n====",
    "***\n\n* * *\n{}",
]


@pytest.mark.parametrize("mark", MARKED)
def test_the_marks_of_text_tools_change_no_item(mark: str) -> None:
    bare = headed(
        "",
        HEADLINE,
        "",
        "GOES - De brug is dicht.",
        "",
        "2 uur geleden",
        "",
        "Kop twee",
        "",
        "VEERE - Ja.",
        "",
        "3 uur geleden",
    )
    marked = bare.replace(HEADLINE, mark.format(HEADLINE))
    assert items_of(marked) == items_of(bare)
    assert [item.headline for item in items_of(marked)] == [HEADLINE, "Kop twee"]


@pytest.mark.parametrize("mark", ["[3]{}", "## {}", "#### [{}](/x)", "**{}**", "* {}"])
def test_a_heading_and_an_age_may_be_marked_too(mark: str) -> None:
    lines = [
        "De kop",
        "",
        mark.format("Meer uit Sport"),
        "",
        "GOES - De [brug](/b) is **dicht**.",
        "",
        mark.format("2 uur geleden"),
    ]
    (block,) = read("\n".join(lines)).blocks
    assert [(block.section, item.text, item.age) for item in block.items] == [
        ("Sport", "De brug is dicht.", "2 uur geleden")
    ]


@pytest.mark.parametrize(
    "body",
    [
        "Hij zei *** en ging weg.",
        "De [Advertorial] kost 5 * 4 euro.",
        "Snake_case en a_b_c blijven.",
        "Een noot [12] hier.",
        "C:\\temp is vol.",
    ],
)
def test_what_is_no_mark_stays_in_a_text(body: str) -> None:
    assert texts_of(headed(f"GOES - {body}", "2 uur geleden")) == [body]


WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=14), min_size=2, max_size=40)


@given(WORDS, st.integers(60, 100), st.integers(0, 6))
def test_a_headline_is_the_same_however_it_is_wrapped(words: list[str], width: int, indent: int) -> None:
    headline = "Kop " + " ".join(words)
    lines, line = list[str](), ""
    for word in headline.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    wrapped = "\n".join(" " * indent + one for one in [*lines, line])
    page = f"De kop\nMeer uit Sport\n\n{wrapped}\n\n   GOES (ANP) - De brug is dicht.\n\n   2 uur geleden\n"
    assert [item.headline for item in items_of(page)] == [headline[:]]


def test_lines_that_no_width_explains_are_not_joined() -> None:
    page = headed("", "Binnenland", "Kop van het bericht", "", "GOES - De brug is dicht.", "", "2 uur geleden")
    assert [item.headline for item in items_of(page)] == ["Kop van het bericht"]
