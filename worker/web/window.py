"""The window of an item as it tightens: a bar for each sighting that narrowed it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meeruit.tasks.records import Window
from meeruit.tasks.report.tightening import Effect, Seen
from meeruit.worker.web.axis import Axis, Tick, padded

#: Bars that are drawn: the first ones and the last ones.
MOST = 10
ROW, TOP, FOOT = 40, 6, 26


@dataclass(frozen=True, slots=True)
class Bar:
    """One sighting: what it says, and what is known after it, from ``left`` and as wide, in percent."""

    y: int
    seen: Seen
    said_left: float
    said_width: float
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class WindowChart:
    """All that is drawn."""

    height: int
    bars: list[Bar]
    #: The bar behind which some are left out, and how many.
    left_out: int
    ticks: list[Tick]
    left: float
    width: float
    y_axis: int


def window_chart(sightings: Sequence[Seen]) -> WindowChart | None:
    """The bars; None where no sighting says anything."""
    steps = [one for one in sightings if one.effect in {Effect.OPENED, Effect.NARROWED}]
    if not steps:
        return None
    first, last = steps[0].window, steps[-1].window
    assert first is not None
    assert last is not None
    axis = padded(first.after, first.before)
    shown = steps if len(steps) <= MOST else [*steps[: MOST // 2], *steps[-MOST // 2 :]]
    bars = [_bar(axis, TOP + ROW * place, one) for place, one in enumerate(shown)]
    left, width = _span(axis, last)
    bottom = TOP + ROW * len(shown)
    return WindowChart(bottom + FOOT, bars, len(steps) - len(shown), axis.ticks(4), left, width, bottom)


def _bar(axis: Axis, y: int, one: Seen) -> Bar:
    assert one.said is not None
    assert one.window is not None
    return Bar(y, one, *_span(axis, one.said), *_span(axis, one.window))


def _span(axis: Axis, window: Window) -> tuple[float, float]:
    left, right = axis.at(window.after), axis.at(window.before)
    width = max(right - left, 0.4)  # a point is seen too
    return min(left, 100 - width), round(width, 3)
