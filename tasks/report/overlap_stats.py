"""The rhythm of a list: how well its captures overlap, how long it is quiet, how often to look. Pure.

A list that shows its newest n items lets nothing slip as long as fewer than n new ones come between two looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

#: Overlap below this share is thin: a little more news, or a look missed, and something slips.
THIN = 0.3
#: When something was published is known to within its window, so that a little is taken off what was safe.
_MARGIN = 0.8
_STEPS = (5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)


@dataclass(frozen=True, slots=True)
class Look:
    """One capture of a list."""

    observed_at: datetime
    shown: int
    #: How many of these the capture before showed too; None where it says nothing new, or is the first.
    shared: int | None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What captures of a list say together."""

    last_at: datetime
    #: When a capture last showed something that the one before did not.
    last_new_at: datetime
    #: The usual time between two captures; None of a single one.
    every: timedelta | None
    #: The longest time between two captures that share too few items.
    pause: timedelta | None
    #: The share of a capture's items that the one before showed too: the usual one, and the least.
    overlap: float | None
    least: float | None
    #: How long nothing new had come when the list was last captured, and the longest time before that.
    quiet: timedelta
    longest_quiet: timedelta | None

    @property
    def thin(self) -> bool:
        """Whether overlap ran thin."""
        return self.least is not None and self.least < THIN


def rhythm(looks: Iterable[Look]) -> Rhythm:
    """The rhythm of these captures of one list. Raises ValueError where there is none."""
    ordered = sorted(looks, key=lambda look: look.observed_at)
    if not ordered:
        raise ValueError("a list that was never captured has no rhythm")
    news = [ordered[0], *(look for look in ordered if look.shared is not None and look.shared < look.shown)]
    shares = [look.shared / look.shown for look in ordered if look.shared is not None]
    # a pause that ends in a gap was perhaps none
    pauses = [later.observed_at - earlier.observed_at for earlier, later in pairwise(news) if later.shared]
    steps = [(later.observed_at - earlier.observed_at).total_seconds() for earlier, later in pairwise(ordered)]
    thin = [
        later.observed_at - earlier.observed_at
        for earlier, later in pairwise(ordered)
        if later.shared is not None and later.shared < THIN * later.shown
    ]
    return Rhythm(
        last_at=ordered[-1].observed_at,
        last_new_at=news[-1].observed_at,
        every=timedelta(seconds=median(steps)) if steps else None,
        pause=max(thin, default=None),
        overlap=median(shares) if shares else None,
        least=min(shares, default=None),
        quiet=ordered[-1].observed_at - news[-1].observed_at,
        longest_quiet=max(pauses, default=None),
    )


def safe_every(published: Iterable[datetime], size: int) -> timedelta | None:
    """How often a list of this size would have to be looked at for nothing to slip; None where any time would do.

    ``published`` are the times at which its items came, as well as they are known.
    """
    times = sorted(published)
    spans = [later - earlier for earlier, later in zip(times, times[size - 1 :], strict=False)]
    return timedelta(seconds=_step(min(spans).total_seconds() * _MARGIN)) if spans and size > 1 else None


def _step(seconds: float) -> int:
    """The longest usual interval that is no longer than this."""
    return max((step for step in _STEPS if step <= seconds), default=_STEPS[0])


def as_every(time: timedelta) -> str:
    """An interval as ``sources.toml`` says it: ``10m``."""
    seconds = round(time.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def list_size(looks: Sequence[Look]) -> int:
    """How many items the list usually shows."""
    return round(median(look.shown for look in looks))
