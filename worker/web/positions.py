"""Where an item stood on each list over time: a strip for each list, the top of the list on top. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from meeruit.tasks.report.tightening import Seen
from meeruit.worker.web.axis import Axis, Tick, padded

#: Lists that have a strip of their own, and dots on one strip.
LISTS, DOTS = 8, 300
#: Pixels between two places of a list, and those of a long list, whose strip is as high as this allows.
_STEP, _HIGHEST = 11, 150


@dataclass(frozen=True, slots=True)
class Dot:
    """One sighting."""

    x: float
    y: float
    seen: Seen


@dataclass(frozen=True, slots=True)
class Strip:
    """One list."""

    name: str
    sightings: int
    #: The longest that it was.
    of: int
    height: int
    dots: list[Dot]
    #: From each dot to the next.
    lines: list[tuple[Dot, Dot]]


@dataclass(frozen=True, slots=True)
class PositionsChart:
    """All that is drawn, on one axis."""

    strips: list[Strip]
    left_out: int
    ticks: list[Tick]


def positions_chart(sightings: Sequence[Seen]) -> PositionsChart:
    """The strips, that of the list with the most sightings first."""
    axis = padded(sightings[0].observed_at, sightings[-1].observed_at)
    lists: dict[str, list[Seen]] = defaultdict(list)
    for one in sightings:
        lists[_name(one)].append(one)
    order = sorted(lists, key=lambda name: (-len(lists[name]), name))
    strips = [_strip(axis, name, lists[name]) for name in order[:LISTS]]
    return PositionsChart(strips, len(order) - len(strips), axis.ticks(4))


def _name(one: Seen) -> str:
    if one.list is None:
        return one.address
    return f"{one.list} · {one.section}" if one.section else one.list


def _strip(axis: Axis, name: str, sightings: list[Seen]) -> Strip:
    of = max(max(one.of, one.position) for one in sightings)
    height = min(_STEP * max(of, 3), _HIGHEST)
    step = height / max(of, 3)
    every = len(sightings) // DOTS + 1
    dots = [Dot(axis.at(one.observed_at), round((one.position - 0.5) * step, 1), one) for one in sightings[::every]]
    return Strip(name, len(sightings), of, height, dots, list(pairwise(dots)))
