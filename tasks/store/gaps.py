"""Where a list may have been missed. Pure.

A list that shows its newest items is a sliding window: two successive captures that share an item prove that nothing
was missed between them, two that share none are a gap. Captures of one second are one. Knows no database.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

Gap = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Measured:
    """What successive captures say of each other."""

    gaps: set[Gap] = field(default_factory=set)
    #: For each page how many of its items the capture before showed too; None for the first capture of the list.
    shared: dict[int, int | None] = field(default_factory=dict)


def stretches(times: Sequence[datetime], touched: Iterable[datetime]) -> list[tuple[int, int]]:
    """The runs of successive captures, as first and last index into ``times``, that changes at ``touched`` concern.

    ``times`` are the list's captures in order, each once; a touched time that is not among them is that of a capture
    which counts no longer. Each change concerns the captures next to it on either side.
    """
    found: list[tuple[int, int]] = []
    if not times:
        return found
    for time in sorted(set(touched)):
        first = max(bisect_left(times, time) - 1, 0)
        last = min(bisect_right(times, time), len(times) - 1)
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def measure(
    times: Sequence[datetime], shown: Mapping[datetime, Mapping[int, AbstractSet[int]]], into: Measured
) -> None:
    """Compare successive captures: ``shown`` gives for each time the items of each page captured then."""
    for earlier, later in pairwise(times):
        before = frozenset[int]().union(*shown[earlier].values())
        for page, items in shown[later].items():
            into.shared[page] = len(items & before)
        if all(before.isdisjoint(items) for items in shown[later].values()):
            into.gaps.add((earlier, later))


def superseded(known: Iterable[Gap], reaches: Sequence[Gap], touched: Collection[datetime]) -> set[Gap]:
    """The known gaps about which what was measured anew decides: those that reach into it.

    ``reaches`` are the first and last time of each stretch, in order and apart; ``touched`` as for ``stretches``.
    """
    ends = [last for _, last in reaches]

    def decided(gap: Gap) -> bool:
        at = bisect_right(ends, gap[0])
        return at < len(reaches) and reaches[at][0] < gap[1]

    return {gap for gap in known if gap[0] in touched or gap[1] in touched or decided(gap)}
