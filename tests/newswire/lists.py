"""The oracle's lists: how each rounds its ages, and whether it stands in order of time (design section 3).

How the design is read: an item speaks for a rounding if two of its sightings on the list share no second under the
other, and two that share none under it do not exist that share one under the other. A list rounds to the nearest unit if
more of its items speak for that than for rounding down. It is in no order of time if, on its newest 200 captures, more
than a tenth of the neighbours that have a time, and at least three, have the newer one below.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import combinations, pairwise

from tests.newswire.ages import Window, narrowed

#: Publisher and section.
List = tuple[str, str]
#: A sighting's window if ages are rounded down, and if to the nearest unit.
Both = tuple[Window, Window]


def nearest_lists(seen: Iterable[tuple[List, str, Both]]) -> set[List]:
    """The lists that round to the nearest unit, by what was seen: list, hash of an item, windows of a sighting."""
    items: dict[tuple[List, str], list[Both]] = defaultdict(list)
    for which, content_hash, windows in seen:
        items[which, content_hash].append(windows)
    votes: Counter[List] = Counter()
    for (which, _), sightings in items.items():
        down, nearest = zip(*sightings, strict=True)
        votes[which] += _refute(down, nearest) - _refute(nearest, down)
    return {which for which, number in votes.items() if number > 0}


def _refute(windows: tuple[Window, ...], others: tuple[Window, ...]) -> bool:
    """Whether two sightings share no second by their windows, but one by their others.

    Windows that all share one second have no such two; so the many sightings of an item are seldom compared in pairs.
    """
    if max(each.first for each in windows) <= min(each.last for each in windows):
        return False
    return any(
        narrowed(one, other) is None and narrowed(*both) is not None
        for (one, other), both in zip(combinations(windows, 2), combinations(others, 2), strict=True)
    )


def unordered_lists(shown: Iterable[tuple[List, datetime, list[list[Both]]]]) -> set[List]:
    """The lists that are in no order of time: list, time of a capture, and of each block the windows of its items."""
    captures: dict[List, list[tuple[datetime, int, int]]] = defaultdict(list)
    for which, moment, blocks in shown:
        pairs = [pair for block in blocks for pair in pairwise(block)]
        wrong = sum(all(below.first > above.last for above, below in zip(*pair, strict=True)) for pair in pairs)
        captures[which].append((moment, len(pairs), wrong))
    found = set()
    for which, counts in captures.items():
        since = sorted((moment for moment, _, _ in counts), reverse=True)[:200][-1]
        newest = [count for count in counts if count[0] >= since]
        number, wrong = sum(count[1] for count in newest), sum(count[2] for count in newest)
        if wrong >= 3 and wrong * 10 > number:
            found.add(which)
    return found
