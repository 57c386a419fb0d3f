"""Relative ages as the site prints them, and the seconds in which an item of that age was published.

A window is kept as its first and its last possible second, both included, so that narrowing one by another is a
maximum and a minimum. It is turned into the half-open form of the tables in one place.
Reads no text: whoever prints an age knows its number and its unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE, HOUR, DAY = 60, 3600, 86400
WEEK = 7 * DAY

#: Unit: one, several. Dutch as sites print it; uur and jaar have no plural.
UNITS = {
    "second": ("seconde", "seconden"),
    "minute": ("minuut", "minuten"),
    "hour": ("uur", "uur"),
    "day": ("dag", "dagen"),
    "week": ("week", "weken"),
    "month": ("maand", "maanden"),
    "year": ("jaar", "jaar"),
}
#: Half of the next smaller unit, in seconds; a month is rounded from weeks, a year from months.
HALF_STEPS = {
    "second": 0,
    "minute": 1,
    "hour": MINUTE // 2,
    "day": HOUR // 2,
    "week": DAY // 2,
    "month": WEEK // 2,
    "year": 31 * DAY // 2,
}
_FIXED = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": WEEK}


@dataclass(frozen=True, slots=True)
class Window:
    """The seconds in which an item can have been published, the first and the last included."""

    first: datetime
    last: datetime
    #: True where a ``<time datetime>`` named the second itself.
    point: bool = False

    @property
    def after(self) -> datetime:
        """``published_after`` of the tables: the last second at which it was not out yet; a point is its own."""
        return self.first if self.point else self.first - timedelta(seconds=1)

    @property
    def before(self) -> datetime:
        """``published_before`` of the tables."""
        return self.last

    def widened(self) -> Window:
        """As much earlier and later again as it is wide."""
        width = self.last - self.first + timedelta(seconds=1)
        return Window(self.first - width, self.last + width)

    def __contains__(self, moment: datetime) -> bool:
        return self.first <= moment <= self.last


def narrowed(one: Window, other: Window) -> Window | None:
    """The seconds that both hold, or None where there is none."""
    both = Window(max(one.first, other.first), min(one.last, other.last), one.point or other.point)
    return both if both.first <= both.last else None


@dataclass(frozen=True, slots=True)
class Age:
    """``18 minuten geleden`` as a number and a unit."""

    count: int
    unit: str

    @property
    def words(self) -> str:
        """As the site prints it."""
        one, several = UNITS[self.unit]
        return f"{self.count} {one if self.count == 1 else several} geleden"

    def window(self, seen: datetime) -> Window:
        """When an item was published that was this old at ``seen``.

        n units: (t - (n+1)u, t - nu]; n months: (t - 31(n+1) d, t - 28n d]; n years: (t - 366(n+1) d, t - 365n d].
        """
        shortest, longest = self._bounds()
        return Window(seen - timedelta(seconds=longest - 1), seen - timedelta(seconds=shortest))

    def nearest_window(self, seen: datetime) -> Window:
        """The same where the site rounds to the nearest unit: half a unit less to half a unit more.

        A site that rounds step by step (seconds to minutes, these to hours) prints the next number half a smaller unit
        earlier: so much is added on either side. Less than one of the smallest units is printed as 0 or as 1.
        """
        if self.count == 0:
            return self.window(seen)
        (shortest, _), (_, longest) = (
            Age(2 * self.count - 1, self.unit)._bounds(),
            Age(2 * self.count, self.unit)._bounds(),
        )
        step = HALF_STEPS[self.unit]
        least = 0 if self.count == 1 and self.unit in ("second", "minute") else shortest // 2 - step
        return Window(seen - timedelta(seconds=(longest + 1) // 2 + step - 1), seen - timedelta(seconds=least))

    def _bounds(self) -> tuple[int, int]:
        """The age in seconds: at least the first, less than the second."""
        if self.unit == "month":
            return 28 * DAY * self.count, 31 * DAY * (self.count + 1)
        if self.unit == "year":
            return 365 * DAY * self.count, 366 * DAY * (self.count + 1)
        unit = _FIXED[self.unit]
        return unit * self.count, unit * (self.count + 1)


def age(published: datetime, seen: datetime) -> Age:
    """The age that an honest site prints at ``seen``: whole units, rounded down."""
    seconds = int((seen - published).total_seconds())
    days = seconds // DAY
    if days >= 365:
        return Age(days // 365, "year")
    if days >= 31:
        return Age(min(days // 30, 11), "month")
    for unit in ("week", "day", "hour", "minute"):
        if seconds >= _FIXED[unit]:
            return Age(seconds // _FIXED[unit], unit)
    return Age(seconds, "second")


def nearest_age(published: datetime, seen: datetime) -> Age:
    """The age that a site prints which rounds to the nearest minute, this to the nearest hour, and so on."""
    count, unit, size = int((seen - published).total_seconds()), "second", 60
    for larger, most in (("minute", 60), ("hour", 24), ("day", 7), ("week", 5)):
        if count < size:
            break
        count, unit, size = (2 * count + size) // (2 * size), larger, most
    return Age(count, unit)


def utc(text: str) -> datetime:
    """``2025-03-03T06:00:00Z`` as a moment."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def stamp(moment: datetime | None) -> str | None:
    """A moment as the tables print it: ``2025-03-03T06:00:00Z``."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
