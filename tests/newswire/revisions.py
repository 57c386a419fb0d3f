"""The oracle's revisions: which item corrects which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from tests.newswire.fold import fold

DAY, WEEK = timedelta(days=1), timedelta(days=7)


class Item(Protocol):
    """What of an item decides about revisions: columns of the item itself, as the table shows them."""

    @property
    def content_hash(self) -> str: ...
    @property
    def headline(self) -> str | None: ...
    @property
    def place(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def url(self) -> str | None: ...
    @property
    def first_seen_at(self) -> datetime: ...


def revisions(items: Collection[Item]) -> dict[str, str]:
    """For each revision the item that it revises: the latest of the earlier ones that it is joined to.

    The rule:

    * Two items are joined by an equal ``url``; or by headlines that fold to the same and places that fold to the same
      but for case, both known, with at most 24 hours between their first sightings. An item without a body takes part
      in neither.
    * A headline recurs if three items with it were first seen within 7 days of each other, whatever their places; then
      it joins no items at all, in that week or later.
    * Earlier is by ``first_seen_at``, and in one second by hash: which of the two does not matter, that it is always
      the same one does.
    """
    joined = [*_by_link(items), *_by_headline(items)]
    revised: dict[str, Item] = {}
    for earlier, later in joined:
        known = revised.get(later.content_hash)
        if known is None or _order(known) < _order(earlier):
            revised[later.content_hash] = earlier
    return {later: earlier.content_hash for later, earlier in revised.items()}


def _order(item: Item) -> tuple[datetime, str]:
    return item.first_seen_at, item.content_hash


def _by_link(items: Collection[Item]) -> Iterator[tuple[Item, Item]]:
    groups = defaultdict(list)
    for item in items:
        if item.text and item.url:
            groups[item.url].append(item)
    for group in groups.values():
        yield from pairwise(sorted(group, key=_order))


def _by_headline(items: Collection[Item]) -> Iterator[tuple[Item, Item]]:
    groups, moments = defaultdict(list), defaultdict(list)
    for item in items:
        if item.text and item.headline:
            headline = fold(item.headline)
            moments[headline].append(item.first_seen_at)
            if item.place:
                groups[headline, fold(item.place).casefold()].append(item)
    for (headline, _), group in groups.items():
        if not _recurs(moments[headline]):
            pairs = pairwise(sorted(group, key=_order))
            yield from ((a, b) for a, b in pairs if b.first_seen_at - a.first_seen_at <= DAY)


def _recurs(moments: list[datetime]) -> bool:
    """Whether three of the moments lie within a week."""
    ordered = sorted(moments)
    return any(third - first <= WEEK for first, third in zip(ordered, ordered[2:], strict=False))
