"""Which rounding the sightings of an item speak for: pure.

The windows of one item, captured on one list, all hold the time at which it was published: if two of them share no
second, the ages were not rounded so. Where they meet as soon as all ages are read with the other rounding, that one is
likely. Knows no database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from meeruit.tasks.records import Rounding, Window

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Readings:
    """The two windows of one sighting."""

    down: Window
    nearest: Window


def agrees(sightings: Collection[Readings]) -> Rounding | None:
    """The rounding under which sightings agree that contradict each other under the other one.

    None where none contradict each other, and where some speak for one rounding and others for the other.
    """
    down = [_seconds(one.down) for one in sightings]
    nearest = [_seconds(one.nearest) for one in sightings]
    for_nearest, for_down = _resolved(down, nearest), _resolved(nearest, down)
    if for_nearest == for_down:
        return None
    return Rounding.NEAREST if for_nearest else Rounding.DOWN


def rounds_to_nearest(votes: Mapping[Rounding, int]) -> bool:
    """Whether a list rounds to the nearest unit, by how many of its items ``agrees`` finds for each rounding.

    The majority says: a page that lay in a cache contradicts others whatever its site does, but few pages do.
    """
    return votes.get(Rounding.NEAREST, 0) > votes.get(Rounding.DOWN, 0)


_Seconds = tuple[datetime, datetime]


def _seconds(window: Window) -> _Seconds:
    """The first and the last second that a window holds."""
    return window.after + _SECOND if window.after < window.before else window.after, window.before


def _resolved(one: list[_Seconds], other: list[_Seconds]) -> bool:
    """Whether two sightings share no second in ``one`` and some in ``other``.

    For each sighting those are looked at that end before it begins in ``one``; of them, the one that ends last in
    ``other``. What another rounding changes is less than a window is wide: the earlier one stays the earlier.
    """
    if max(first for first, _ in one) <= min(last for _, last in one):
        return False
    begins = sorted(range(len(one)), key=lambda at: one[at][0])
    ends = sorted(range(len(one)), key=lambda at: one[at][1])
    latest: datetime | None = None
    passed = 0
    for at in begins:
        while one[ends[passed]][1] < one[at][0]:
            end = other[ends[passed]][1]
            latest = end if latest is None else max(latest, end)
            passed += 1
        if latest is not None and latest >= other[at][0]:
            return True
    return False
