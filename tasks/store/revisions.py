"""Which item corrects which: pure, the same whatever the order of arrival.

Two items are joined by one link; or by one headline and one place, first seen at most 24 hours apart. A headline that
three items or more had within a week recurs (``Weerbericht``), and joins nothing. An item revises the
latest of the earlier items that it is joined to. Compares no texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from meeruit.tasks.fold import content_hash, fold

DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: So many bodies under one headline within a week make it one that recurs.
RECURS = 3


@dataclass(frozen=True, slots=True)
class Version:
    """The facts of an item that decide; an item without a body has neither headline nor link here."""

    content_hash: str
    first_seen_at: datetime
    #: ``headline_key``, ``place_key`` and ``link_key`` of what the item shows.
    headline: str | None
    place: str | None
    link: str | None

    def order(self) -> tuple[datetime, str]:
        """Earlier first; in one second by hash, so that one of the two is always the earlier."""
        return self.first_seen_at, self.content_hash


def headline_key(headline: str | None, text: str) -> str | None:
    """What makes two headlines the same one: SHA-256 of the folded headline; None for an item without a body."""
    return content_hash(headline) if headline and text else None


def link_key(url: str | None, text: str) -> str | None:
    """What makes two links the same one: SHA-256 of the address; None for an item without a body."""
    return content_hash(url) if url and text else None


def place_key(place: str | None) -> str | None:
    """What makes two places the same one: folded, whatever its case; sites print it in small letters now and then."""
    return fold(place).casefold() if place else None


def revisions(items: Iterable[Version]) -> dict[str, str]:
    """Each item that revises another, to the one that it revises; both by hash.

    ``items`` must hold every item that has a headline or a link in common with one that is asked about.
    """
    known = list(items)
    revised: dict[str, Version] = {}
    for earlier, later in (*_by_link(known), *_by_headline(known)):
        before = revised.get(later.content_hash)
        if before is None or before.order() < earlier.order():
            revised[later.content_hash] = earlier
    return {later: earlier.content_hash for later, earlier in revised.items()}


def recurs(moments: Iterable[datetime]) -> bool:
    """Whether three of these first sightings lie within a week: then their headline names no single story."""
    ordered = sorted(moments)
    return any(last - first <= WEEK for first, last in zip(ordered, ordered[RECURS - 1 :], strict=False))


def _by_link(items: Iterable[Version]) -> Iterator[tuple[Version, Version]]:
    groups: dict[str, list[Version]] = defaultdict(list)
    for item in items:
        if item.link:
            groups[item.link].append(item)
    for group in groups.values():
        yield from pairwise(sorted(group, key=Version.order))


def _by_headline(items: Iterable[Version]) -> Iterator[tuple[Version, Version]]:
    groups: dict[str, list[Version]] = defaultdict(list)
    for item in items:
        if item.headline:
            groups[item.headline].append(item)
    for group in groups.values():
        if recurs(item.first_seen_at for item in group):
            continue
        places: dict[str, list[Version]] = defaultdict(list)
        for item in group:
            if item.place:
                places[item.place].append(item)
        for same in places.values():
            pairs = pairwise(sorted(same, key=Version.order))
            yield from ((a, b) for a, b in pairs if b.first_seen_at - a.first_seen_at <= DAY)
