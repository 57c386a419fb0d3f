"""Whether a list stands in order of time: pure.

Only a list that shows its newest items first is a sliding window over them. On an editor's front page an item stays or
goes for other reasons: what two captures share, or do not, says nothing of what came between them. Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from meeruit.tasks.records import Block, Window

#: The share of neighbours in the wrong order above which a list is in none, and how many of them there have to be.
_SHARE, _FEWEST = 0.1, 3


def neighbours(blocks: Iterable[Block]) -> tuple[int, int]:
    """How many neighbours with a time there are in these blocks, and in how many of those the lower one is newer."""
    pairs = inverted = 0
    for block in blocks:
        dated = [(item.window, item.nearest or item.window) for item in block.items if item.window]
        pairs += max(len(dated) - 1, 0)
        for (upper, its_nearest), (lower, nearest) in pairwise(dated):
            # both readings of an age: which of two is newer must not hang on how they are rounded
            inverted += lower.after >= upper.before and _is_newer(lower, upper) and _is_newer(nearest, its_nearest)
    return pairs, inverted


def out_of_order(pairs: int, inverted: int) -> bool:
    """Whether a list is in no order of time, by the neighbours on its captures."""
    return inverted >= _FEWEST and inverted > _SHARE * pairs


def _is_newer(one: Window, other: Window) -> bool:
    return one.after > other.before or (one.after == other.before and one.after < one.before)
