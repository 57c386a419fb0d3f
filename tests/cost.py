"""What work costs, in processor time, so that a loaded machine measures as an idle one does."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
#: How much longer the longer input is.
_LONGER = 8
#: It takes 8 times the time where cost is linear, 64 times where it is quadratic: far from both, as measures are rough.
IN_STEP = 20.0
#: Seconds below which nothing is measured: the clock and the collector of garbage would be.
_LEAST = 0.001
_ROUNDS = 5


def growth(shape: Callable[[int], T], work: Callable[[T], object], n: int) -> float:
    """How many times as much it costs to do the work on ``shape(8 * n)`` as on ``shape(n)``.

    Of the best of some runs each: other processes can make a run dearer, and never cheaper.
    """
    short, long = shape(n), shape(_LONGER * n)
    small = large = float("inf")
    for _ in range(_ROUNDS):
        small = min(small, seconds(work, short), seconds(work, short))
        large = min(large, seconds(work, long))
        if large < IN_STEP * small:
            break
    return large / small


def in_loops(work: Callable[[], object]) -> float:
    """What the work costs, in loops of this interpreter that count to 500,000: as many on a slow machine as on a fast one."""
    before = seconds(_count, 500_000)
    taken = seconds(lambda _: work(), None)
    return taken / max(before, seconds(_count, 500_000))


def _count(to: int) -> None:
    for _ in range(to):
        pass


def seconds(work: Callable[[T], object], given: T) -> float:
    """The processor time of this process that the work takes."""
    gc.collect()
    gc.disable()  # what other tests left behind is collected at their cost
    try:
        start = time.process_time()
        work(given)
        return max(time.process_time() - start, _LEAST)
    finally:
        gc.enable()
