"""Rendered pages against the two real ones in seeds/, and against what is known of the other forms."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.newswire import markup, text
from tests.newswire.ages import Age, age, utc
from tests.newswire.camera import LISTINGS, Camera, Plan
from tests.newswire.captures import Block, Lead, Printed, Sheet
from tests.newswire.fold import clean, fold
from tests.newswire.noise import Quiet

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
NUMBER, UNITS = re.compile(r"(\d+) (minuten|uur) geleden"), {"minuten": "minute", "uur": "hour"}

ITEMS = (
    Printed("Een schip is vergaan.", Age(18, "minute"), "Schip vergaan", "ÎLE LONGUE", ("ANP",)),
    Printed("De brug is dicht.", Age(2, "hour"), "Brug dicht", "TEHERAN", ("ANP", "AFP")),
)
LEAD = Lead("Oud nieuws", "GOES", ("Het was lang geleden.", "En het bleef zo."))
SHEET = Sheet((Block("Buitenland", ITEMS),), LEAD)


def noted(seed: str) -> Sheet:
    """A seed as somebody who reads it would note it down."""
    above, below = seed.split("Meer uit Buitenland\n")
    headline, opening, *others = above.splitlines()
    dateline, first = opening.split(" - ", 1)
    teasers = re.split(r"\n\d+ \w+ geleden", below)[:-1]
    items = []
    for teaser, found in zip(teasers, NUMBER.finditer(below), strict=True):
        [(place, agencies, body)] = re.findall(r"^(.+?) \(([A-Z/]+)\) - (.+)$", teaser)
        printed_age = Age(int(found[1]), UNITS[found[2]])
        items.append(Printed(body, printed_age, None, place, tuple(agencies.split("/"))))
    return Sheet((Block("Buitenland", tuple(items)),), Lead(headline, dateline, (first, *others)))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_form_g_prints_the_real_pages_letter_by_letter(path: Path) -> None:
    seed = path.read_text(encoding="utf-8")
    assert text.render(Quiet(), "G", noted(seed)) == seed.removesuffix("\n")


def test_form_n_starts_with_an_empty_line() -> None:
    assert text.render(Quiet(), "N", SHEET) == "\n" + text.render(Quiet(), "G", SHEET)


def test_form_h_prints_furniture_the_headline_twice_and_a_headline_on_the_line_after_each_age() -> None:
    assert text.render(Quiet(), "H", SHEET).split("\n\n") == [
        text.FURNITURE.removesuffix("\n"),
        "Oud nieuws",
        "Oud nieuws",
        "GOES - Het was lang geleden.",
        "En het bleef zo.",
        "Meer uit Buitenland",
        "Schip vergaan",
        "ÎLE LONGUE (ANP) - Een schip is vergaan.",
        "18 minuten geleden\nBrug dicht",
        "TEHERAN (ANP/AFP) - De brug is dicht.",
        "2 uur geleden\n",
    ]


def test_form_l_runs_a_ticker_above_glued_items_and_has_no_heading() -> None:
    page = text.render(Quiet(), "L", Sheet((Block("Zeeland", ITEMS),), ticker=("Onweer verwacht",)))
    ticker = "Zeeland\nNet binnen\n- Buitenland 6:10 Onweer verwacht\n"
    assert page == ticker + text.render(Quiet(), "G", SHEET).split("Meer uit Buitenland\n")[1]


def test_form_s_credits_each_headline_and_has_no_heading() -> None:
    page = text.render(Quiet(), "S", Sheet((Block("Sport", ITEMS),)))
    assert "maandag 1 maart 2025\nEditie: NL & Wereld | Zeeland\nSport\n\nANP Schip vergaan\n\n" in page
    assert "18 minuten geleden\nANP Brug dicht\n\n" in page
    assert "Meer uit" not in page


@pytest.mark.parametrize("form", ["G", "N", "H", "L", "S"])
def test_a_copy_that_is_cut_off_ends_the_page_without_an_age(form: str) -> None:
    whole = text.render(Quiet(), form, SHEET)
    cut = text.render(Quiet(), form, Sheet((Block("Buitenland", ITEMS[:1]),), LEAD, cut=ITEMS[1]))
    assert cut.endswith("De brug is dicht.\n2" if form in "GNL" else "De brug is dicht.\n\n2")
    assert whole.startswith(cut)


class Chunks(HTMLParser):
    """The runs of text between tags, cleaned."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.found += [clean(data)] if data.strip() else []


def test_markup_holds_headline_dateline_body_and_age_of_each_item_in_the_order_of_its_layout() -> None:
    camera = Camera(Plan(captures=150, seed=1, days=1, cut=0, listings=LISTINGS[-3:]))
    for capture in map(camera.capture, camera.numbers()):
        chunks = Chunks(capture.body).found
        for block in capture.sheet.blocks:
            start = chunks.index(f"Meer uit {block.section}") + 1
            for item in block.items:
                body = fold(f"{item.dateline} - {item.text}" if item.dateline else item.text)
                said = {item.age.words, body} | ({fold(item.headline)} if item.headline else set())
                assert {fold(chunk) for chunk in chunks[start : start + len(said)]} == said
                start += len(said)


def test_a_page_of_markup_that_is_cut_off_has_no_end() -> None:
    cut = markup.render(Quiet(), "card", Sheet((Block("Buitenland", ITEMS[:1]),), LEAD, cut=ITEMS[1]))
    assert "De brug" in cut
    assert "2 uur" not in cut
    assert "</html>" not in cut


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconden geleden"),
        (1, "1 seconde geleden"),
        (59, "59 seconden geleden"),
        (60, "1 minuut geleden"),
        (3599, "59 minuten geleden"),
        (3600, "1 uur geleden"),
        (86399, "23 uur geleden"),
        (86400, "1 dag geleden"),
        (7 * 86400 - 1, "6 dagen geleden"),
        (7 * 86400, "1 week geleden"),
        (31 * 86400 - 1, "4 weken geleden"),
        (31 * 86400, "1 maand geleden"),
        (90 * 86400, "3 maanden geleden"),
        (365 * 86400 - 1, "11 maanden geleden"),
        (365 * 86400, "1 jaar geleden"),
        (5 * 366 * 86400, "5 jaar geleden"),
    ],
)
def test_an_age_is_printed_in_whole_units(seconds: int, words: str) -> None:
    now = utc("2025-03-03T12:00:00Z")
    printed = age(now - timedelta(seconds=seconds), now)
    assert printed.words == words
    assert now - timedelta(seconds=seconds) in printed.window(now)


def test_eighteen_minutes_ago_is_a_half_open_minute() -> None:
    window = Age(18, "minute").window(utc("2026-03-02T14:05:00Z"))
    assert (window.after, window.before) == (utc("2026-03-02T13:46:00Z"), utc("2026-03-02T13:47:00Z"))
    assert window.after not in window
    assert window.before in window


def test_months_and_years_are_as_long_as_they_can_be() -> None:
    now = utc("2026-03-02T12:00:00Z")
    month, year = Age(2, "month").window(now), Age(3, "year").window(now)
    assert (now - month.after, now - month.before) == (timedelta(days=93), timedelta(days=56))
    assert (now - year.after, now - year.before) == (timedelta(days=366 * 4), timedelta(days=365 * 3))
