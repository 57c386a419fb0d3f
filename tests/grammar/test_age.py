"""Ages in words, Dutch and English, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meeruit.tasks.grammar.ages import Age, Ago, Day, read_age
from tests.grammar.reading import EN, NL


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("5 seconden geleden", 5, "second"),
        ("1 seconde geleden", 1, "second"),
        ("1 minuut geleden", 1, "minute"),
        ("18 minuten geleden", 18, "minute"),
        ("1 uur geleden", 1, "hour"),
        ("22 uur geleden", 22, "hour"),
        ("1 dag geleden", 1, "day"),
        ("4 dagen geleden", 4, "day"),
        ("1 week geleden", 1, "week"),
        ("5 weken geleden", 5, "week"),
        ("1 maand geleden", 1, "month"),
        ("2 maanden geleden", 2, "month"),
        ("5 jaar geleden", 5, "year"),
        ("18 Minuten Geleden", 18, "minute"),
        ("een uur geleden", 1, "hour"),
        ("één dag geleden", 1, "day"),
        ("Drie weken geleden", 3, "week"),
        ("3 kwartier geleden", 3, "quarter"),
        ("half uur geleden", 1, "half_hour"),
        ("een half uur geleden", 1, "half_hour"),
        ("anderhalf uur geleden", 3, "half_hour"),
        ("2u geleden", 2, "hour"),
        ("4 dgn geleden", 4, "day"),
        ("3 mnd geleden", 3, "month"),
        ("een paar seconden geleden", 0, "minute"),
        ("minder dan een minuut geleden", 0, "minute"),
        ("zojuist", 0, "minute"),
        ("Zojuist", 0, "minute"),
    ],
)
def test_dutch_ages(text: str, count: int, unit: str) -> None:
    assert read_age(text, NL.ages) == Age(text, Ago(count, unit))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("39 mins ago", 39, "minute"),
        ("1 hour ago", 1, "hour"),
        ("an hour ago", 1, "hour"),
        ("a minute ago", 1, "minute"),
        ("2 hrs ago", 2, "hour"),
        ("5m ago", 5, "minute"),
        ("3h ago", 3, "hour"),
        ("2d ago", 2, "day"),
        ("3 days ago", 3, "day"),
        ("half an hour ago", 1, "half_hour"),
        ("just now", 0, "minute"),
        ("a few seconds ago", 0, "minute"),
        ("less than a minute ago", 0, "minute"),
    ],
)
def test_english_ages(text: str, count: int, unit: str) -> None:
    assert read_age(text, EN.ages) == Age(text, Ago(count, unit))


def test_an_age_that_says_that_it_rounds_is_kept_as_such() -> None:
    assert read_age("ongeveer 2 uur geleden", NL.ages) == Age("ongeveer 2 uur geleden", Ago(2, "hour", about=True))
    assert read_age("about an hour ago", EN.ages) == Age("about an hour ago", Ago(1, "hour", about=True))


@pytest.mark.parametrize(
    ("text", "profile", "back", "clock"),
    [
        ("gisteren", NL, 1, None),
        ("eergisteren", NL, 2, None),
        ("vandaag", NL, 0, None),
        ("gisteren 14.05", NL, 1, (14, 5)),
        ("gisteren 14:05", NL, 1, (14, 5)),
        ("Gisteren om 9.05 uur", NL, 1, (9, 5)),
        ("gisteren, 23:59", NL, 1, (23, 59)),
        ("yesterday", EN, 1, None),
        ("yesterday at 2:05 pm", EN, 1, (14, 5)),
        ("Yesterday, 12:05 a.m.", EN, 1, (0, 5)),
    ],
)
def test_days_of_the_calendar(text: str, profile: object, back: int, clock: tuple[int, int] | None) -> None:
    ages = NL.ages if profile is NL else EN.ages
    assert read_age(text, ages) == Age(text, Day(back, clock, ages.words.zone))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "geleden",
        "uur geleden",
        "2 uur",
        "2 uur geleden.",
        "2 uur geleden op de A58",
        "al 2 uur geleden",
        "gisteren 25.05",
        "gisteren 14.60",
        "gisteren avond",
        "een paar uur geleden",
        "2 ure geleden",
        "12345 uur geleden",
        "11:40",
        "39 mins ago",
    ],
)
def test_what_is_no_dutch_age(text: str) -> None:
    assert read_age(text, NL.ages) is None


@pytest.mark.parametrize(
    "text", ["39 mins", "ago", "an ago", "13:05 pm", "yesterday at 13:05 pm", "now then", "2 uur geleden"]
)
def test_what_is_no_english_age(text: str) -> None:
    assert read_age(text, EN.ages) is None


def test_ages_are_the_same_by_what_they_mean() -> None:
    moment = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)
    assert Age("1 uur geleden", Ago(1, "hour")).same(Age("een uur geleden", Ago(1, "hour")))
    assert not Age("1 uur geleden", Ago(1, "hour")).same(Age("2 uur geleden", Ago(2, "hour")))
    assert Age("13:05", None, moment).same(Age("1 uur geleden", Ago(1, "hour"), moment))
    assert not Age("13:05", None).same(Age("13:06", None))
