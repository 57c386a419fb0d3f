"""When an item was published: intervals, points, where they meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.grammar.ages import Age, Ago, find_age, read_age
from meeruit.tasks.grammar.windows import contradicts, read_datetime, window_of_age, window_of_datetime
from meeruit.tasks.records import PublishedFrom, Rounding, Window
from meeruit.tasks.times import intersect, iso, whole
from tests.grammar.reading import EN, NL, headed, items_of

AT = datetime(2026, 3, 2, 14, 5, 30, 999_000, tzinfo=UTC)
T = whole(AT)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def window(text: str, at: datetime | None = AT) -> Window | None:
    age = read_age(text, NL.ages) or read_age(text, EN.ages)
    assert age is not None
    return window_of_age(age, at)


@pytest.mark.parametrize(
    ("text", "oldest", "youngest"),
    [
        ("18 minuten geleden", timedelta(minutes=19), timedelta(minutes=18)),
        ("5 seconden geleden", timedelta(seconds=6), timedelta(seconds=5)),
        ("1 uur geleden", timedelta(hours=2), timedelta(hours=1)),
        ("1 dag geleden", timedelta(days=2), timedelta(days=1)),
        ("2 weken geleden", timedelta(weeks=3), timedelta(weeks=2)),
        ("1 maand geleden", timedelta(days=62), timedelta(days=28)),
        ("2 maanden geleden", timedelta(days=93), timedelta(days=56)),
        ("5 jaar geleden", timedelta(days=6 * 366), timedelta(days=5 * 365)),
        ("zojuist", timedelta(minutes=1), timedelta(0)),
        ("half uur geleden", timedelta(hours=1), timedelta(minutes=30)),
        ("een kwartier geleden", timedelta(minutes=30), timedelta(minutes=15)),
        ("ongeveer 2 uur geleden", timedelta(hours=3), timedelta(hours=1)),
    ],
)
def test_an_age_is_an_interval_before_the_capture(text: str, oldest: timedelta, youngest: timedelta) -> None:
    assert window(text) == Window(T - oldest, T - youngest)


@pytest.mark.parametrize(
    ("text", "oldest", "youngest"),
    [
        ("1 uur en 40 minuten geleden", timedelta(minutes=101), timedelta(minutes=100)),
        ("2 days, 3 hours ago", timedelta(hours=52), timedelta(hours=51)),
        ("1 jaar en 2 maanden geleden", timedelta(days=366 + 93), timedelta(days=365 + 56)),
        ("ongeveer 1 uur en 40 minuten geleden", timedelta(minutes=101), timedelta(minutes=99)),
    ],
)
def test_an_age_of_two_units_is_as_precise_as_the_smaller(text: str, oldest: timedelta, youngest: timedelta) -> None:
    assert window(text) == Window(T - oldest, T - youngest)


@pytest.mark.parametrize("text", ["56 jaar geleden", "500 maanden geleden", "40 jaar en 2 maanden geleden"])
def test_an_age_that_would_lie_before_1995_says_nothing(text: str) -> None:
    assert window(text) is None


_LENGTHS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}


def printed(seconds: int, unit: str, style: str) -> Ago:
    """The age that a site prints after so many seconds, which rounds in its own ``style``."""
    length = _LENGTHS[unit]
    if style == "down":
        return Ago(seconds // length, unit)
    if style == "half up":
        return Ago((2 * seconds + length) // (2 * length), unit)
    if style == "half even":
        return Ago(round(seconds / length), unit)
    if style == "at least one":
        return Ago(max(1, (2 * seconds + length) // (2 * length)), unit)
    count, smaller = seconds, 1  # "step by step": of seconds minutes, of these hours
    for step in ("minute", "hour", "day", "week"):
        if smaller < length:
            ratio = _LENGTHS[step] // smaller
            count, smaller = (2 * count + ratio) // (2 * ratio), _LENGTHS[step]
    return Ago(count, unit)


@given(
    st.integers(0, 40 * 86400),
    st.sampled_from(["minute", "hour", "day", "week"]),
    st.sampled_from(["half up", "half even", "step by step", "at least one"]),
)
def test_a_window_under_nearest_holds_the_true_time_however_the_site_rounds(
    seconds: int, unit: str, style: str
) -> None:
    if style == "at least one" and (seconds < _LENGTHS[unit] / 2 and unit != "minute"):
        return  # no site that knows minutes prints "1 hour" for them
    age = Age("", printed(seconds, unit, style))
    found = window_of_age(age, AT, Rounding.NEAREST)
    assert found
    assert found.after < T - timedelta(seconds=seconds) <= found.before <= T


@given(st.integers(0, 40 * 86400), st.sampled_from(list(_LENGTHS)))
def test_a_window_under_down_holds_the_true_time(seconds: int, unit: str) -> None:
    found = window_of_age(Age("", printed(seconds, unit, "down")), AT, Rounding.DOWN)
    assert found
    assert found.after < T - timedelta(seconds=seconds) <= found.before


@pytest.mark.parametrize(
    ("text", "oldest", "youngest"),
    [
        ("2 uur geleden", timedelta(hours=2, minutes=30, seconds=30), timedelta(hours=1, minutes=29, seconds=30)),
        ("50 minuten geleden", timedelta(minutes=50, seconds=31), timedelta(minutes=49, seconds=29)),
        ("1 minuut geleden", timedelta(minutes=1, seconds=31), timedelta(0)),
        ("0 minuten geleden", timedelta(minutes=1), timedelta(0)),
        ("2 dagen geleden", timedelta(days=2, hours=12, minutes=30), timedelta(days=1, hours=11, minutes=30)),
        ("1 uur en 40 minuten geleden", timedelta(minutes=100, seconds=31), timedelta(minutes=99, seconds=29)),
        ("ongeveer 2 uur geleden", timedelta(hours=3), timedelta(hours=1)),
        ("zojuist", timedelta(minutes=1), timedelta(0)),
    ],
)
def test_rounding_to_the_nearest_unit_allows_half_a_unit_on_either_side(
    text: str, oldest: timedelta, youngest: timedelta
) -> None:
    age = find_age(text, NL.ages)
    assert age
    assert window_of_age(age, AT, Rounding.NEAREST) == Window(T - oldest, T - youngest)


def test_an_item_carries_its_window_under_nearest_as_well() -> None:
    (item,) = items_of(headed("GOES - De brug is dicht.", "2 uur geleden"))
    (dated,) = items_of(headed("GOES - De brug is dicht.", "1 maart 2026"))
    assert item.window
    assert item.nearest
    assert item.nearest.before > item.window.before
    assert dated.nearest == dated.window


def test_words_count_where_a_datetime_contradicts_them_by_more_than_their_own_width() -> None:
    age = read_age("18 minuten geleden", NL.ages)
    assert age
    words = window_of_age(age, AT)
    for minutes, believed in ((17, True), (18, True), (19, True), (16, False), (21, False), (300, False)):
        moment = T - timedelta(minutes=minutes, seconds=30)
        both = Age(age.text, age.when, moment)
        assert contradicts(both, AT) is not believed
        assert window_of_age(both, AT) == (Window(moment, moment) if believed else words)
    assert not contradicts(Age(age.text, age.when, T - timedelta(days=3)), None)


def test_a_day_in_words_contradicts_no_time_that_another_zone_could_explain() -> None:
    age = find_age("gisteren 14.05", NL.ages)
    assert age
    near, far = T - timedelta(hours=12), T - timedelta(days=4)
    assert not contradicts(Age(age.text, age.when, near), AT)
    assert contradicts(Age(age.text, age.when, far), AT)


def test_an_item_says_that_its_datetime_contradicted_its_words() -> None:
    html = (
        "<html lang=en><h2>More from World</h2><div><h3>Bridge shut</h3><p>PARIS (AFP) - It is shut.</p>{}</div></html>"
    )
    (item,) = items_of(html.format('<time datetime="2026-03-02T08:46:30Z">18 minutes ago</time>'))
    assert (item.contradicted, item.published_from) == (True, PublishedFrom.AGE)
    (item,) = items_of(html.format('<time datetime="2026-03-02T13:46:30Z">18 minutes ago</time>'))
    assert (item.contradicted, item.published_from) == (False, PublishedFrom.DATETIME)


def test_without_a_capture_time_an_age_gives_no_interval() -> None:
    assert window("18 minuten geleden", None) is None
    (item,) = items_of(headed("GOES - De brug is dicht.", "2 uur geleden"), at=None)
    assert (item.age, item.window, item.published_from) == ("2 uur geleden", None, None)


def test_an_age_beyond_all_calendars_gives_no_interval() -> None:
    assert window("9999 jaar geleden") is None


@pytest.mark.parametrize(
    ("text", "at", "after", "before"),
    [
        # 14:05 in Amsterdam is 13:05 UTC in winter: the whole minute, seen in whole seconds.
        ("gisteren 14.05", AT, utc(2026, 3, 1, 13, 4, 59), utc(2026, 3, 1, 13, 5, 59)),
        ("gisteren", AT, utc(2026, 2, 28, 22, 59, 59), utc(2026, 3, 1, 22, 59, 59)),
        # The day that the capture is in ends with the capture.
        ("vandaag", AT, utc(2026, 3, 1, 22, 59, 59), T),
        # Half past midnight in Amsterdam is still the day before in UTC.
        ("gisteren", utc(2026, 3, 1, 23, 30), utc(2026, 2, 28, 22, 59, 59), utc(2026, 3, 1, 22, 59, 59)),
        # The clocks go forward on 29 March 2026: a day of 23 hours; and back on 25 October: one of 25.
        ("gisteren", utc(2026, 3, 30, 12), utc(2026, 3, 28, 22, 59, 59), utc(2026, 3, 29, 21, 59, 59)),
        ("gisteren", utc(2026, 10, 26, 12), utc(2026, 10, 24, 21, 59, 59), utc(2026, 10, 25, 22, 59, 59)),
        # 02:30 came twice that night: either may be meant.
        ("gisteren 2.30", utc(2026, 10, 26, 12), utc(2026, 10, 25, 0, 29, 59), utc(2026, 10, 25, 1, 30, 59)),
    ],
)
def test_a_day_of_the_calendar_is_one_of_the_profiles_zone(
    text: str, at: datetime, after: datetime, before: datetime
) -> None:
    assert window(text, at) == Window(after, before)


def test_a_clock_time_after_the_capture_gives_no_interval() -> None:
    assert window("vandaag 23.59") is None


def test_a_datetime_with_a_zone_is_a_point_with_or_without_a_capture_time() -> None:
    moment = datetime(2026, 3, 2, 14, 5, 7, 900_000, tzinfo=timezone(timedelta(hours=1)))
    point = utc(2026, 3, 2, 13, 5, 7)
    assert window_of_datetime(moment) == Window(point, point)
    assert window_of_age(Age("18 minuten geleden", None, moment), None) == Window(point, point)
    assert window_of_age(Age("18 minuten geleden", None, moment), AT) == Window(point, point)


def test_a_datetime_wins_over_words_unless_it_cannot_be() -> None:
    age = read_age("18 minuten geleden", NL.ages)
    assert age is not None
    words = window_of_age(age, AT)
    for impossible in (utc(1970, 1, 1), T + timedelta(minutes=6)):
        assert window_of_datetime(impossible, AT) is None
        assert window_of_age(Age(age.text, age.when, impossible), AT) == words


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-03-02T14:05:00+01:00", utc(2026, 3, 2, 13, 5)),
        ("2026-03-02T14:05:00+0100", utc(2026, 3, 2, 13, 5)),
        ("2026-03-02T13:05Z", utc(2026, 3, 2, 13, 5)),
        ("2026-03-02 13:05:00.999Z", utc(2026, 3, 2, 13, 5)),
        (" 2026-03-02T13:05:00z ", utc(2026, 3, 2, 13, 5)),
        ("2026-03-02T14:05:00 +01:00", utc(2026, 3, 2, 13, 5)),
        ("2026-03-02T14:05:00", None),
        ("2026-03-02", None),
        ("14:05", None),
        ("PT3M", None),
        ("", None),
        ("2026-13-02T14:05:00Z", None),
        ("2026-03-02T25:05:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("garbage", None),
    ],
)
def test_a_machine_readable_date_needs_date_time_and_zone(stamp: str, expected: datetime | None) -> None:
    assert read_datetime(stamp) == expected


def test_times_print_in_utc_to_the_second_rounded_down() -> None:
    assert iso(datetime(2026, 3, 2, 15, 5, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))) == "2026-03-02T14:05:00Z"


def test_an_items_window_says_what_it_rests_on() -> None:
    (words,) = items_of(headed("GOES - De brug is dicht.", "2 uur geleden"))
    html = "<h2>Meer uit Sport</h2><div><p>GOES - De brug.</p><time datetime='2026-03-02T13:05:00Z'>1 uur geleden</time></div>"
    (point,) = items_of(html)
    assert (words.published_from, point.published_from) == (PublishedFrom.AGE, PublishedFrom.DATETIME)
    assert point.window == Window(utc(2026, 3, 2, 13, 5), utc(2026, 3, 2, 13, 5))


def test_a_point_meets_an_interval_iff_it_lies_behind_its_start_and_not_behind_its_end() -> None:
    interval = Window(utc(2026, 1, 1, 10), utc(2026, 1, 1, 11))
    for hour, minute, second, meets in ((10, 0, 0, False), (10, 0, 1, True), (11, 0, 0, True), (11, 0, 1, False)):
        point = Window(*(2 * (utc(2026, 1, 1, hour, minute, second),)))
        assert intersect(point, interval) == intersect(interval, point) == (point if meets else None)


def test_intervals_that_only_touch_do_not_meet() -> None:
    assert intersect(Window(utc(2026, 1, 1), utc(2026, 1, 2)), Window(utc(2026, 1, 2), utc(2026, 1, 3))) is None


_SECONDS = st.integers(0, 12)


@given(_SECONDS, _SECONDS, _SECONDS, _SECONDS)
def test_the_intersection_allows_exactly_the_seconds_that_both_allow(a: int, b: int, c: int, d: int) -> None:
    start = utc(2026, 1, 1)

    def seconds(one: Window | None) -> set[int]:
        if one is None:
            return set()
        first, last = (int((edge - start).total_seconds()) for edge in (one.after, one.before))
        return {last} if first == last else set(range(first + 1, last + 1))

    one, other = (
        Window(start + timedelta(seconds=min(pair)), start + timedelta(seconds=max(pair))) for pair in ((a, b), (c, d))
    )
    assert seconds(intersect(one, other)) == seconds(one) & seconds(other)
    assert intersect(one, other) == intersect(other, one)
