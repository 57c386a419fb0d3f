"""When something was published: intervals from ages, points from dates.

Knows nothing of wordings (see ``ages``) and reads no clock.
"""

from __future__ import annotations

import re
from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from meeruit.tasks.grammar.when import Age, Ago, Date, Day
from meeruit.tasks.records import Rounding, Window
from meeruit.tasks.times import AHEAD, EARLIEST, whole

#: unit -> (fewest, most) seconds that one of it can be.
_SECONDS = {
    "second": (1, 1),
    "minute": (60, 60),
    "quarter": (900, 900),
    "half_hour": (1800, 1800),
    "hour": (3600, 3600),
    "day": (86400, 86400),
    "week": (7 * 86400, 7 * 86400),
    "month": (28 * 86400, 31 * 86400),
    "year": (365 * 86400, 366 * 86400),
}
#: unit -> half of the next smaller one, in seconds: what is lost where a site rounds twice.
_STEPS = {"minute": 1, "hour": 30, "day": 1800, "week": 43200, "month": 7 * 43200, "year": 31 * 43200}
#: The units that can be the smallest of a site.
_SMALL = ("second", "minute")
_SECOND = timedelta(seconds=1)
#: How far the earth's clocks are apart; how far the easternmost is ahead of UTC; a clock time further ahead was last night.
_ZONES, _EAST, _NIGHT = timedelta(hours=26), timedelta(hours=14), timedelta(hours=12)
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)? ?(?:[Zz]|[+-]\d{2}:?\d{2})", re.ASCII)


def window_of_age(age: Age, observed_at: datetime | None, rounding: Rounding = Rounding.DOWN) -> Window | None:
    """When an item of that age was published, by the capture at ``observed_at``; None where nobody can tell.

    A machine-readable point needs no capture time; it wins over words, unless it lies before the web, after the capture, or
    ``contradicts`` them. ``rounding``: how the site rounds its ages.
    """
    words = window_of_words(age, observed_at, rounding)
    if age.moment is None:
        return words
    if not _contradicts(age, words) and (point := window_of_datetime(age.moment, observed_at)):
        return point
    return words


def window_of_words(age: Age, observed_at: datetime | None, rounding: Rounding = Rounding.DOWN) -> Window | None:
    """The same by the printed words alone."""
    if observed_at is None or age.when is None:
        return None
    try:
        window = _of(age.when, observed_at, rounding)
    except OverflowError:  # "9999 jaar geleden"
        return None
    return window if window and window.before >= EARLIEST else None


def contradicts(age: Age, observed_at: datetime | None, rounding: Rounding = Rounding.DOWN) -> bool:
    """Whether the machine-readable point lies further from what the words allow than their own width.

    The words of a day or a clock time depend on a zone that the page need not share: less than a day and a night says nothing.
    """
    return _contradicts(age, window_of_words(age, observed_at, rounding))


def _contradicts(age: Age, words: Window | None) -> bool:
    if age.moment is None or words is None:
        return False
    width = words.before - words.after if isinstance(age.when, Ago) else _ZONES
    return not words.after - width < age.moment <= words.before + width


def _of(when: Ago | Day | Date, observed_at: datetime, rounding: Rounding) -> Window | None:
    if isinstance(when, Ago):
        return _of_ago(when, whole(observed_at), rounding)
    if isinstance(when, Day):
        named = observed_at.astimezone(ZoneInfo(when.zone)).date() - timedelta(days=when.back)
        return _of_day(named, when.clock, when.zone, observed_at)
    return _of_date(when, observed_at)


def window_of_datetime(moment: datetime, observed_at: datetime | None = None) -> Window | None:
    """The point of an aware ``moment``; None for one before 1995 or more than five minutes after the capture."""
    point = whole(moment)
    if point < EARLIEST or (observed_at is not None and point > observed_at + AHEAD):
        return None
    return Window(point, point)


def read_datetime(stamp: str) -> datetime | None:
    """An HTML ``datetime`` with date, time and zone, as aware UTC; None for anything less, which is no point in time."""
    text = stamp.strip()
    if not _STAMP.fullmatch(text):
        return None
    try:
        return whole(datetime.fromisoformat(re.sub(r" (?=[Zz+-])", "", text).replace(",", ".").upper()))
    except (ValueError, OverflowError):
        return None


def _of_ago(ago: Ago, observed: datetime, rounding: Rounding) -> Window:
    youngest, oldest = _spans(ago, rounding)
    return Window(observed - oldest, observed - youngest)


@lru_cache(maxsize=1024)
def _spans(ago: Ago, rounding: Rounding) -> tuple[timedelta, timedelta]:
    """The least and the most time that an age can be."""
    youngest, oldest = _ages(ago, rounding)
    if ago.above:
        unit, count = ago.above
        youngest, oldest = youngest + count * _SECONDS[unit][0], oldest + count * _SECONDS[unit][1]
    return timedelta(seconds=youngest), timedelta(seconds=oldest)


def _ages(ago: Ago, rounding: Rounding) -> tuple[int, int]:
    """The fewest and the most seconds that an age can be, its larger unit left out.

    ``nearest``: half a unit less to half a unit more. Sites that round step by step (seconds to minutes to hours) print the
    next number up to half a smaller unit earlier, and some round a half down: so much wider on both sides. What is less than
    one of the smallest units that a site knows is printed as 0 or as 1.
    """
    (fewest, most), count = _SECONDS[ago.unit], ago.count
    if ago.about:
        return fewest * max(count - 1, 0), most * (count + 1)
    if rounding is Rounding.DOWN or count == 0:
        return fewest * count, most * (count + 1)
    slack = _STEPS.get(ago.unit, 0)
    youngest = 0 if count == 1 and ago.unit in _SMALL and not ago.above else fewest * (2 * count - 1) // 2 - slack
    return max(youngest, 0), (most * (2 * count + 1) + 1) // 2 + slack


def _of_date(date_: Date, observed_at: datetime) -> Window | None:
    """The day or the minute that a date names, where only one of its readings is behind the capture."""
    now = observed_at.astimezone(ZoneInfo(date_.zone))
    if not date_.days:
        return _of_clock(date_, now, observed_at)
    days = {day for one in date_.days if (day := _latest(*one, now))}
    windows = [_of_day(day, date_.clock, date_.zone, observed_at) for day in days]
    known = [window for window in windows if window]
    return known[0] if len(known) == 1 else None


def _latest(year: int | None, month: int, day: int, now: datetime) -> date | None:
    """The day of that year or, where none is named, the latest one that is not ahead.

    A day that has begun somewhere east of here is not taken for one of last year: it says nothing.
    """
    if year is not None:
        return date(year, month, day)
    last = (now + _EAST).date()
    for one in range(last.year, last.year - 9, -1):
        if not (month == 2 and day == 29 and not isleap(one)) and (found := date(one, month, day)) <= last:
            return found if found <= now.date() else None
    return None


def _of_clock(date_: Date, now: datetime, observed_at: datetime) -> Window | None:
    """A clock time of today; one that is far ahead, as evenings are at night, is one of yesterday."""
    assert date_.clock is not None
    today = now.date()
    ahead = datetime.combine(today, time(*date_.clock), now.tzinfo) - now
    day = today - timedelta(days=1) if ahead > _NIGHT else today
    return _of_day(day, date_.clock, date_.zone, observed_at)


def _of_day(named: date, clock: tuple[int, int] | None, zone_name: str, observed_at: datetime) -> Window | None:
    """All whole seconds of the day, or of the minute on it, up to the capture; None where none is left."""
    zone = ZoneInfo(zone_name)
    if clock is None:
        first, end = min(_utc(named, time(), zone)), max(_utc(named + timedelta(days=1), time(), zone))
    else:
        either = _utc(named, time(*clock), zone)
        first, end = min(either), max(either) + timedelta(minutes=1)
    before = min(end - _SECOND, whole(observed_at))
    return Window(first - _SECOND, before) if first <= before else None


def _utc(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """The moments that a clock in ``zone`` can mean: two where it is put back, and around the hour that it skips."""
    return [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
