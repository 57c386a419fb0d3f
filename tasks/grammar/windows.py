"""When something was published: intervals from ages, points from dates.

Knows nothing of wordings (see ``ages``) and reads no clock.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from meeruit.tasks.grammar.ages import Age, Ago, Day
from meeruit.tasks.records import Window
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
_SECOND = timedelta(seconds=1)
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)? ?(?:[Zz]|[+-]\d{2}:?\d{2})", re.ASCII)


def window_of_age(age: Age, observed_at: datetime | None) -> Window | None:
    """When an item of that age was published, by the capture at ``observed_at``; None where nobody can tell.

    A machine-readable point wins over words and needs no capture time, unless it lies before the web or after the capture.
    """
    if age.moment and (point := window_of_datetime(age.moment, observed_at)):
        return point
    if observed_at is None or age.when is None:
        return None
    try:
        return _of_ago(age.when, whole(observed_at)) if isinstance(age.when, Ago) else _of_day(age.when, observed_at)
    except OverflowError:  # "9999 jaar geleden"
        return None


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


def _of_ago(ago: Ago, observed: datetime) -> Window:
    fewest, most = _SECONDS[ago.unit]
    youngest = max(ago.count - 1, 0) if ago.about else ago.count
    oldest = ago.count + 1
    return Window(observed - timedelta(seconds=most * oldest), observed - timedelta(seconds=fewest * youngest))


def _of_day(day: Day, observed_at: datetime) -> Window | None:
    """All whole seconds of the day, or of the minute on it, up to the capture; None where none is left."""
    zone = ZoneInfo(day.zone)
    named = observed_at.astimezone(zone).date() - timedelta(days=day.back)
    if day.clock is None:
        first, end = min(_utc(named, time(), zone)), max(_utc(named + timedelta(days=1), time(), zone))
    else:
        either = _utc(named, time(*day.clock), zone)
        first, end = min(either), max(either) + timedelta(minutes=1)
    before = min(end - _SECOND, whole(observed_at))
    return Window(first - _SECOND, before) if first <= before else None


def _utc(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    """The moments that a clock in ``zone`` can mean: two where it is put back, and around the hour that it skips."""
    return [datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
