"""Windows that do not intersect: the text was published again, or a page prints a wrong age. Pure.

The window of an item rests on the sightings that agree. The others are grouped here into windows of their own. Windows
a week apart or more mean that the text was published again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meeruit.tasks.records import Window
from meeruit.tasks.times import intersect

#: A printed age can be wrong by hours; windows so far apart are two publications.
AGAIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DatedSighting:
    """What one capture says of when a text was published."""

    observed_at: datetime
    address: str
    position: int
    body: str
    window: Window | None

    def order(self) -> tuple[datetime, str, int, str]:
        """As the merge orders sightings: earliest first; ties by page address, then position."""
        return self.observed_at, self.address, self.position, self.body


@dataclass(frozen=True, slots=True)
class Publication:
    """Sightings whose windows intersect."""

    window: Window
    sightings: int
    first_seen_at: datetime
    last_seen_at: datetime

    def joined(self, said: DatedSighting, window: Window) -> Publication:
        """With one more capture, the window narrowed."""
        return Publication(window, self.sightings + 1, self.first_seen_at, said.observed_at)


def publications(sightings: Iterable[DatedSighting]) -> list[Publication]:
    """The item's own window first, then the others, each in the order in which it was first seen.

    Of several captures of one address with one body only the earliest counts: its age was true then.
    """
    found: list[Publication] = []
    heard: set[tuple[str, str]] = set()
    for said in sorted(sightings, key=DatedSighting.order):
        if (said.address, said.body) in heard:
            continue
        heard.add((said.address, said.body))
        if said.window is None:
            continue
        for at, known in enumerate(found):
            if both := intersect(known.window, said.window):
                found[at] = known.joined(said, both)
                break
        else:
            found.append(Publication(said.window, 1, said.observed_at, said.observed_at))
    return found


def distance(one: Window, other: Window) -> timedelta:
    """How far apart two windows lie that do not intersect."""
    return max(one.after, other.after) - min(one.before, other.before)


def published_again(one: Window, other: Window) -> bool:
    """Whether these two windows are two publications, and not one with a wrong age."""
    return distance(one, other) >= AGAIN
