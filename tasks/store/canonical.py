"""What an item is, given its sightings: pure, commutative in effect, the same whatever the order of arrival.

An item shows what its earliest sighting has; its publication window is the intersection of its sightings' windows in
order of capture. Knows no database; ``store.items`` decides which sightings to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime

from meeruit.tasks.records import PublishedFrom, Window
from meeruit.tasks.times import intersect


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting, with what orders it."""

    observed_at: datetime
    address: str
    position: int
    #: SHA-256 of the page's body: the same body at the same address counts once.
    body: str
    section: str | None
    headline: str | None
    place: str | None
    agencies: tuple[str, ...]
    url: str | None
    text: str
    window: Window | None
    published_from: PublishedFrom | None

    def order(self) -> tuple[datetime, str, int, str]:
        """Earliest first; ties by page address, then position."""
        return self.observed_at, self.address, self.position, self.body


@dataclass(frozen=True, slots=True)
class Canonical:
    """What an item shows, and when it was seen and published."""

    text: str
    first_seen_at: datetime
    last_seen_at: datetime
    headline: str | None = None
    place: str | None = None
    agencies: tuple[str, ...] = ()
    section: str | None = None
    url: str | None = None
    window: Window | None = None
    published_from: PublishedFrom | None = None
    conflicts: int = 0


def canonical(
    sightings: Iterable[Seen], known: Canonical | None = None, captured_before: Set[tuple[str, str]] = frozenset()
) -> Canonical:
    """Fold sightings into what the item is.

    ``known`` is the fold of earlier sightings, all of them observed before the earliest of these; without it, these
    are all there are. ``captured_before`` names the captures, as (address, body), that were there before: of several
    captures of one address with one body only the earliest gives a window, its words were true then. Within ``sightings`` the fold
    sees to that itself. Raises ValueError where there is nothing to fold.
    """
    ordered = sorted(sightings, key=Seen.order)
    if known is None:
        if not ordered:
            raise ValueError("an item without a sighting is none")
        known = Canonical(ordered[0].text, ordered[0].observed_at, ordered[0].observed_at)
    headline, place, agencies = known.headline, known.place, known.agencies
    section, url = known.section, known.url
    window, rests_on, conflicts = known.window, known.published_from, known.conflicts
    captured = set(captured_before)
    for seen in ordered:
        headline = headline or seen.headline
        place = place or seen.place
        agencies = agencies or seen.agencies
        section = section or seen.section
        url = url or seen.url
        capture = (seen.address, seen.body)
        if capture in captured:
            continue
        captured.add(capture)
        if seen.window is None:
            continue
        both = seen.window if window is None else intersect(window, seen.window)
        if both is None:
            conflicts += 1
            continue
        window = both
        if rests_on != PublishedFrom.DATETIME:
            rests_on = seen.published_from
    return Canonical(
        text=known.text,
        first_seen_at=known.first_seen_at,
        last_seen_at=ordered[-1].observed_at if ordered else known.last_seen_at,
        headline=headline,
        place=place,
        agencies=agencies,
        section=section,
        url=url,
        window=window,
        published_from=rests_on,
        conflicts=conflicts,
    )
