"""A time axis: where a time stands on it, in percent of its width, and a few ticks with words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        1_209_600, 2_592_000, 7_776_000, 31_536_000, 63_072_000, 157_680_000, 315_360_000,
    )
)  # fmt: skip
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)  # a Monday


@dataclass(frozen=True, slots=True)
class Tick:
    """A line on the axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The time from one moment to a later one."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is; never nothing."""
        return max(self.until - self.since, timedelta(seconds=1))

    def at(self, time: datetime) -> float:
        """Where a time stands, in percent; what lies outside stands at the edge."""
        return round(min(max((time - self.since) / self.length, 0.0), 1.0) * 100, 3)

    def ticks(self, most: int = 5) -> list[Tick]:
        """At most so many ticks, at round times, none so near an edge that its words would be cut."""
        step = next((step for step in _STEPS if self.length / step <= most), _STEPS[-1])
        time = _EPOCH + step * ((self.since - _EPOCH) // step + 1)
        found: list[Tick] = []
        while time < self.until and len(found) <= most:
            place = self.at(time)
            if 9 <= place <= 91:  # on a phone too
                found.append(Tick(place, _label(time, step)))
            time += step
        return found


def _label(time: datetime, step: timedelta) -> str:
    if step < timedelta(minutes=1):
        return f"{time:%H:%M:%S}"
    if step < timedelta(hours=12):
        return f"{time:%H:%M}" if time.hour or time.minute else f"{time.day} {time:%b}"
    if step < timedelta(days=60):
        return f"{time.day} {time:%b}" if step >= timedelta(days=1) or not time.hour else f"{time:%H:%M}"
    return f"{time:%b %Y}"


def padded(since: datetime, until: datetime, share: float = 0.04) -> Axis:
    """An axis with a little room on both sides."""
    room = max((until - since) * share, timedelta(seconds=1))
    return Axis(since - room, until + room)
