"""Small pages that were once read wrongly, each with what is right; the pages stand in ``tests/cases/records``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Extraction, Item, Page

CASES = Path(__file__).parent.parent / "cases" / "records"
OBSERVED = datetime(2025, 11, 3, 13, 5, tzinfo=UTC)
FABULOUS = [
    "First fabulous thing happens in town today",
    "Second fabulous thing happens in town now",
    "Third fabulous thing happens in town later",
]
STORIES = [f"{n} story of the day is told in here." for n in ("One", "Two", "Three")]


def read(name: str, *, url: str | None = None, listing: bool = False) -> Extraction:
    return extract(Page((CASES / f"{name}.html").read_bytes(), url, OBSERVED, "text/html", listing=listing))


def items(name: str) -> list[Item]:
    return [item for _, item in read(name).items()]


def headlines(name: str) -> list[str | None]:
    return [item.headline for item in items(name)]


def names(*patterns: str) -> list[str]:
    return sorted(path.stem for pattern in patterns for path in CASES.glob(f"{pattern}.html"))


@pytest.mark.parametrize("name", names("inter-*"))
def test_what_stands_between_records_is_passed_over(name: str) -> None:
    assert headlines(name) == ["Head One", "Head Two", "Head Three", "Head Four"]
    assert [item.text for item in items(name)] == [*STORIES, "Four story of the day is told in here."]


@pytest.mark.parametrize("name", names("promo*"))
def test_a_promotion_is_no_item(name: str) -> None:
    assert headlines(name) == ["One", "Two", "Three", "Four"]


@pytest.mark.parametrize("name", names("list-*"))
def test_a_list_of_any_markup_has_its_headlines(name: str) -> None:
    assert headlines(name) == FABULOUS


@pytest.mark.parametrize("name", names("url-*"))
def test_mentions_and_more_links_are_no_text(name: str) -> None:
    assert headlines(name) == ["Head One", "Head Two", "Head Three"]
    assert [item.text for item in items(name)] == STORIES


@pytest.mark.parametrize("name", names("wp-*"))
def test_a_more_link_behind_an_excerpt_is_no_text(name: str) -> None:
    assert [item.text.rstrip("… .").split()[0] for item in items(name)] == ["One", "Two", "Three"]
    assert not any("ead" in item.text for item in items(name))


@pytest.mark.parametrize("name", ["samebytes", "samebytes2", *names("url-*")])
def test_an_address_changes_no_text(name: str) -> None:
    hashes = [item.content_hash for item in items(name)]
    assert [item.content_hash for _, item in read(name, url="https://x.example/lead").items()] == hashes


@pytest.mark.parametrize("name", ["amp", "amp-empty", "amp-words", "amp-as-time", "reltime"])
def test_an_element_of_time_says_when(name: str) -> None:
    assert [item.window and item.window.before.hour * 60 + item.window.before.minute for item in items(name)] == [
        13 * 60 + 1,
        12 * 60 + 1,
        11 * 60 + 1,
    ]


def test_a_printed_date_says_the_day() -> None:
    assert [item.age for item in items("datadt")] == ["November 3, 2025"] * 3
    assert all(item.window for item in items("datadt"))


@pytest.mark.parametrize("name", names("compound*"))
def test_ages_of_two_units_are_read(name: str) -> None:
    assert [item.place for item in items(name)] == ["PARIJS", "BRUSSEL", "UTRECHT", "DE BILT"]
    assert all(item.window for item in items(name))


@pytest.mark.parametrize("name", names("day-*", "fr-*"))
def test_days_tabs_and_weather_are_no_items(name: str) -> None:
    assert len(items(name)) == (2 if name.startswith("fr-") else 3)


def test_what_lies_ahead_says_nothing() -> None:
    assert len(items("future")) <= 2
    assert not any(item.window for item in items("future"))


def test_captions_are_no_text() -> None:
    assert [item.text for item in items("caption")] == [f"Bericht {n} van vandaag staat hier." for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("name", "dated"),
    [
        ("01-item-without-age-in-the-middle", [True, False, True, True]),
        ("03-only-one-item-has-an-age", [True, False, False, False]),
        ("03b-nl-one-age", [True, True, True]),
        ("04-mixed-ages-and-dates", [True, True, True, True]),
        ("05-first-item-has-a-date-and-titles-as-the-heading", [True, True, True, True]),
        ("13-time-element-that-is-no-age", [False, False, False]),
        ("16-ages-of-two-units", [True, True, True]),
        ("16c-update-label", [True, True, True, True]),
        ("17-two-headings-in-a-row", [False, False, False]),
    ],
)
def test_every_record_is_one_item_with_its_own_time_or_none(name: str, dated: list[bool]) -> None:
    assert [item.window is not None for item in items(name)] == dated


@pytest.mark.parametrize(
    ("name", "right"),
    [
        (
            "02-label-in-its-own-element",
            [
                "Ferry data released by the port",
                "Mayor to visit the lighthouse in a last bid",
                "Painter given the same brush as the king",
                "One lost sheep cuts the cruise to nowhere short",
            ],
        ),
        (
            "02b-label-in-its-own-element-nl",
            [
                "Burgemeester bezoekt de vuurtoren",
                "Schilder krijgt dezelfde kwast als de koning",
                "Een schaap maakt het uitje korter",
            ],
        ),
        (
            "04-mixed-ages-and-dates",
            [
                "Mayor urges port to stay open",
                "Interview at a glance",
                "Keeper in tears over the light",
                "The port is our best partner",
            ],
        ),
        (
            "14-kicker-glued-to-the-headline",
            ["The gloves are on: six things to know", "Keeper joins the harbour board"],
        ),
        (
            "11-heading-reaches-too-far",
            ["Port sees biggest gain since spring", "Keeper resumes the walk along the pier"],
        ),
    ],
)
def test_labels_are_no_headlines(name: str, right: list[str]) -> None:
    assert headlines(name) == right


@pytest.mark.parametrize("name", ["11b-tweets", "12-today-tab"])
def test_a_heading_reaches_no_other_list(name: str) -> None:
    assert items(name) == []


def test_comments_behind_a_list_of_links_are_no_items() -> None:
    assert all(item.age is None for item in items("h43"))


def test_a_declared_listing_has_every_list_of_teasers() -> None:
    named = read("18-more-in-x-as-a-foot-link", listing=True).blocks
    assert [(block.section, len(block.items)) for block in named] == [("World", 3), ("Health", 3)]
    assert [len(block.items) for block in read("19-front-page-without-headings", listing=True).blocks] == [4]
