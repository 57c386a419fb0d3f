"""What work costs, in processor time, so that a loaded machine measures as an idle one does."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
#: Twice the input takes twice the time where cost is linear, four times where it is quadratic.
IN_STEP = 3.0
#: Seconds below which nothing is measured: the clock and the collector of garbage would be.
_LEAST = 0.005
_ROUNDS = 5


def growth(shape: Callable[[int], T], work: Callable[[T], object], n: int) -> float:
    """How many times as much it costs to do the work on ``shape(2 * n)`` as on ``shape(n)``.

    Of the best of some runs each: other processes can make a run dearer, and never cheaper.
    """
    single, double = shape(n), shape(2 * n)
    small = large = float("inf")
    for _ in range(_ROUNDS):
        small = min(small, seconds(work, single), seconds(work, single))
        large = min(large, seconds(work, double))
        if large < IN_STEP * small:
            break
    return large / small


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
