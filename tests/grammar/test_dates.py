"""Dates in the place of ages: what they say, and when that was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.extract import extract
from meeruit.tasks.grammar.ages import Date, find_age, find_labelled_age
from meeruit.tasks.grammar.profiles import BUILT_IN
from meeruit.tasks.grammar.windows import window_of_age
from meeruit.tasks.records import Page, Window

#: In Amsterdam, Berlin and Paris it is 14:05, in London 13:05.
AT = datetime(2025, 11, 3, 13, 5, tzinfo=UTC)


def window(text: str, language: str, at: datetime = AT) -> Window | None:
    age = find_age(text, BUILT_IN[language].ages)
    assert age is not None, text
    return window_of_age(age, at)


def minute(*parts: int) -> Window:
    start = datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]
    return Window(start - timedelta(seconds=1), start + timedelta(seconds=59))


def day(*parts: int, zone: int = 0) -> Window:
    start = datetime(*parts, tzinfo=UTC) - timedelta(hours=zone)  # type: ignore[arg-type, misc]
    return Window(start - timedelta(seconds=1), start + timedelta(days=1, seconds=-1))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("2 november 2025, 14:05", "nl", minute(2025, 11, 2, 13, 5)),
        ("2 november 2025 om 14.05 uur", "nl", minute(2025, 11, 2, 13, 5)),
        ("zondag 2 november 2025 - 14:05", "nl", minute(2025, 11, 2, 13, 5)),
        ("zo 2 nov. 14:05", "nl", minute(2025, 11, 2, 13, 5)),
        ("14:05, 2 november 2025", "nl", minute(2025, 11, 2, 13, 5)),
        ("02-11-2025", "nl", day(2025, 11, 2, zone=1)),
        ("2-11-25", "nl", day(2025, 11, 2, zone=1)),
        ("2025-11-02 14:05", "nl", minute(2025, 11, 2, 13, 5)),
        ("2025-11-02T14:05", "nl", minute(2025, 11, 2, 13, 5)),
        ("9 oktober 2020 11:12", "nl", minute(2020, 10, 9, 9, 12)),
        ("Gepubliceerd op 2 november 2025", "nl", day(2025, 11, 2, zone=1)),
        ("Nov 2", "en", day(2025, 11, 2)),
        ("Nov. 2, 2025", "en", day(2025, 11, 2)),
        ("November 2nd, 2025", "en", day(2025, 11, 2)),
        ("Sunday, November 2, 2025 at 2:05 p.m.", "en", minute(2025, 11, 2, 14, 5)),
        ("02 Feb 2025, 20:02", "en", minute(2025, 2, 2, 20, 2)),
        ("4 Aug 2014 –", "en", day(2014, 8, 4, zone=1)),
        ("May 3, 2024 • 8:00 AM EDT", "en", minute(2024, 5, 3, 12, 0)),
        ("8/10/2022 9:57 AM PT", "en", minute(2022, 8, 10, 16, 57)),
        ("Published 24 July 2015", "en", day(2015, 7, 24, zone=1)),
        ("Aug 9, 6:06 PM", "en", minute(2025, 8, 9, 17, 6)),
        ("12:05 GMT", "en", minute(2025, 11, 3, 12, 5)),
        ("9:05 GMT", "de", minute(2025, 11, 3, 9, 5)),
        ("8:04 am ET", "en", minute(2025, 11, 3, 13, 4)),
        ("02.11.2025, 14:05 Uhr", "de", minute(2025, 11, 2, 13, 5)),
        ("28.04.2023 | 11:54 Uhr", "de", minute(2023, 4, 28, 9, 54)),
        ("2. November 2025 um 14.05 Uhr", "de", minute(2025, 11, 2, 13, 5)),
        ("28/09/2021 AM 22:33", "de", minute(2021, 9, 28, 20, 33)),
        ("GESTERN AM 23:12", "de", minute(2025, 11, 2, 22, 12)),
        ("Le 2 novembre 2025 à 14h05", "fr", minute(2025, 11, 2, 13, 5)),
        ("dimanche 1er juin", "fr", day(2025, 6, 1, zone=2)),
        ("02.11. 14:05", "de", minute(2025, 11, 2, 13, 5)),
        ("hier à 22h10", "fr", minute(2025, 11, 2, 21, 10)),
        ("02/11/2025", "fr", day(2025, 11, 2, zone=1)),
    ],
)
def test_a_date_is_the_day_or_the_minute_that_it_names(text: str, language: str, expected: Window) -> None:
    assert window(text, language) == expected


@pytest.mark.parametrize("text", ["3 november 2025", "vandaag", "3 nov", "03-11-2025"])
def test_today_ends_with_the_capture(text: str) -> None:
    assert window(text, "nl") == Window(datetime(2025, 11, 2, 22, 59, 59, tzinfo=UTC), AT)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("3 november 2025, 14:06", "nl"),
        ("4 november 2025", "nl"),
        ("14:06", "nl"),
        ("20:00", "nl"),
        ("vandaag 20:00", "nl"),
        ("4 november", "nl"),
        ("31 februari 2025", "nl"),
        ("30/02/2025", "fr"),
        ("3 november 1994", "nl"),
        ("3 mars 1989, 14:05", "fr"),
        ("13/13/2025", "en"),
        ("03.13. 09:20", "de"),
        ("03.11. 14:06", "de"),
    ],
)
def test_what_lies_ahead_or_before_the_web_or_on_no_calendar_says_nothing(text: str, language: str) -> None:
    assert window(text, language) is None


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("13:59", AT, minute(2025, 11, 3, 12, 59)),
        ("23:50", datetime(2025, 11, 2, 23, 30, tzinfo=UTC), minute(2025, 11, 2, 22, 50)),
        ("00:20", datetime(2025, 11, 2, 23, 30, tzinfo=UTC), minute(2025, 11, 2, 23, 20)),
    ],
)
def test_a_clock_time_is_one_of_today_or_of_last_night(text: str, at: datetime, expected: Window) -> None:
    assert window(text, "nl", at) == expected


def test_a_clock_time_alone_is_known_as_one() -> None:
    age = find_age("14:05", BUILT_IN["nl"].ages)
    assert age
    assert isinstance(age.when, Date)
    assert age.when.is_clock


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("03/11/2025", AT, None),
        ("03/11/2025", datetime(2025, 10, 1, tzinfo=UTC), day(2025, 3, 11)),
        ("08/13/2022", AT, day(2022, 8, 13, zone=1)),
        ("13/08/2022", AT, day(2022, 8, 13, zone=1)),
        ("05/05/2024", AT, day(2024, 5, 5, zone=1)),
        ("03.11.2024", AT, day(2024, 11, 3)),
        ("3/11/2025 9:00 AM EST", AT, minute(2025, 3, 11, 13, 0)),
    ],
)
def test_numbers_of_which_either_may_be_the_month_say_nothing_unless_something_tells(
    text: str, at: datetime, expected: Window | None
) -> None:
    assert window(text, "en", at) == expected


@given(st.dates(date(2015, 1, 1), date(2035, 1, 1)), st.integers(0, 364))
def test_a_date_without_a_year_is_the_latest_that_is_not_ahead(today: date, back: int) -> None:
    at = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    named = today - timedelta(days=back)
    if (named.month, named.day) == (2, 29):
        return
    found = window(
        f"{named.day} {['jan', 'feb', 'mrt', 'apr', 'mei', 'jun', 'jul', 'aug', 'sep', 'okt', 'nov', 'dec'][named.month - 1]}",
        "nl",
        at,
    )
    if back > 363:  # the day after tomorrow's eve: begun somewhere east of here
        return
    assert found
    assert found.before.date() in (named, named - timedelta(days=1))


@pytest.mark.parametrize(
    "text",
    ["1999", "4-0", "1:0", "02:31", "2:31", "00:13:45", "12-09", "3 november aanstaande", "12 monkeys", "A58", "5.0"],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    found = find_labelled_age(text, BUILT_IN["nl"].ages)
    assert found is None or (text == "02:31" and isinstance(found.when, Date) and found.when.is_clock)


def _texts_of(last: str, first: str) -> list[str | None]:
    page = f"Kop\n\nMeer uit Tholen\nGOES - Een bericht.\n{first}\nVLISSINGEN - Nog een bericht.\n{last}"
    return [item.text for _, item in extract(Page(page.encode(), media_type="text/plain", observed_at=AT)).items()]


@pytest.mark.parametrize("cut", ["1 m", "1 ma", "1 maa", "1 maan"])
def test_at_the_end_of_a_text_of_ages_what_may_be_a_date_is_an_age_that_was_cut(cut: str) -> None:
    assert _texts_of(cut, "1 uur geleden") == ["Een bericht."]


@pytest.mark.parametrize(
    ("last", "first"), [("1 maa", "3 maa"), ("1 maart", "1 uur geleden"), ("3 mei", "1 uur geleden")]
)
def test_a_date_that_is_whole_or_stands_among_dates_is_one(last: str, first: str) -> None:
    assert _texts_of(last, first) == ["Een bericht.", "Nog een bericht."]
