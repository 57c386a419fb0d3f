"""What an item is, given its sightings: pure, commutative in effect, the same whatever the order of arrival.

An item shows what its earliest sighting has; its publication window is the intersection of its sightings' windows in
order of capture. Knows no database; ``store.items`` decides which sightings to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from meeruit.tasks.records import PublishedFrom, Window
from meeruit.tasks.times import intersect


class Seen(NamedTuple):
    """One sighting; what orders it stands first."""

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


#: Earliest first; ties by page address, then position.
order = itemgetter(0, 1, 2, 3)


class Canonical(NamedTuple):
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
    sightings: Iterable[Seen], known: Canonical | None = None, shown_before: Set[tuple[str, str]] = frozenset()
) -> Canonical:
    """Fold sightings into what the item is.

    ``known`` is the fold of earlier sightings, all of them observed before the earliest of these; without it, these
    are all there are. ``shown_before`` names the captures, as (address, body), that showed the item before: of several
    captures of one address with one body only the earliest gives a window, its words were true then. Within
    ``sightings`` the fold sees to that itself. Raises ValueError where there is nothing to fold.
    """
    ordered = sorted(sightings, key=order)
    if known is None:
        if not ordered:
            raise ValueError("an item without a sighting is none")
        known = Canonical(ordered[0].text, ordered[0].observed_at, ordered[0].observed_at)
    text, first, last, headline, place, agencies, section, url, window, rests_on, conflicts = known
    captured = set(shown_before)
    for seen in ordered:
        last, address, _, body, its_section, its_headline, its_place, its_agencies, its_url, _, said, said_by = seen
        headline = headline or its_headline
        place = place or its_place
        agencies = agencies or its_agencies
        section = section or its_section
        url = url or its_url
        capture = (address, body)
        if said is None or capture in captured:
            captured.add(capture)
            continue
        captured.add(capture)
        both = said if window is None else intersect(window, said)
        if both is None:
            conflicts += 1
            continue
        window = both
        if rests_on != PublishedFrom.DATETIME:
            rests_on = _rests_on(said, said_by)
    return Canonical(text, first, last, headline, place, agencies, section, url, window, rests_on, conflicts)


def _rests_on(window: Window, said_by: PublishedFrom | None) -> PublishedFrom | None:
    """What a window rests on that may not be the one ``said_by`` was noted for.

    How a list rounds can decide whether its words contradict the datetime beside them, and so which of both counts. A
    datetime gives a point, words a span.
    """
    if window.after == window.before:
        return PublishedFrom.DATETIME
    return PublishedFrom.AGE if said_by == PublishedFrom.DATETIME else said_by


#: When headline, place, agencies, section and url, in this order, were first shown.
Shown = tuple[datetime | None, ...]


def added(known: Canonical, sightings: Iterable[Seen], shown_at: Shown | None = None) -> Canonical | None:
    """The fold of some sightings and of those behind ``known``, among which they fall; no capture may be in both.

    None where their order matters and neither ``known`` nor ``shown_at`` tells it. It does not matter where all windows
    meet, or those of these sightings hold all of the known one, and what the sightings show is the same, or is shown before
    or after all others.
    """
    ordered = sorted(sightings, key=order)
    new, first = canonical(ordered), ordered[0]
    if new.conflicts or (first.observed_at == known.first_seen_at and first.text != known.text):
        return None
    shown: list[Any] = []
    between = (
        [(known.first_seen_at, known.last_seen_at)] * 5 if shown_at is None else zip(shown_at, shown_at, strict=True)
    )
    for its, others, at, (since, until) in zip(new[3:8], known[3:8], _SHOWN, between, strict=True):
        shown.append(others or its)
        if its and others and its != others:
            moment = next(seen.observed_at for seen in ordered if seen[at])
            if since is None or until is None or since <= moment <= until:
                return None
            if moment < since:
                shown[-1] = its
    window = intersect(new.window, known.window) if new.window and known.window else new.window or known.window
    if window is None and new.window:
        return None
    if known.conflicts and window != known.window:  # with a narrower one, more might have been passed over
        return None
    by = {new.published_from, known.published_from} - {None}
    if len(by) > 1 and PublishedFrom.DATETIME not in by:
        return None
    rests_on = PublishedFrom.DATETIME if PublishedFrom.DATETIME in by else next(iter(by), None)
    earlier = first.observed_at < known.first_seen_at
    seen_at = min(new.first_seen_at, known.first_seen_at), max(new.last_seen_at, known.last_seen_at)
    headline, place, agencies, section, url = shown
    text = first.text if earlier else known.text
    return Canonical(text, *seen_at, headline, place, agencies, section, url, window, rests_on, known.conflicts)


#: Where ``Seen`` has headline, place, agencies, section and url, which ``Canonical`` has in this order.
_SHOWN = (5, 6, 7, 4, 8)
