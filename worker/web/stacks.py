"""Bars side by side, each in parts, the greatest part below: the hours of a day, or days. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
#: Parts that have a colour of their own; the rest is one.
PARTS = 5
REST = "all others"
HEIGHT = 160
#: The share of its room that a bar leaves free, and the widest that it is, in percent of all.
_FREE, _WIDEST = 0.17, 8.0


@dataclass(frozen=True, slots=True)
class Block(Generic[K]):
    """A part of a bar, at its place in percent of the width."""

    key: K
    x: float
    width: float
    y: float
    height: float
    part: str
    #: From 0; its colour.
    number: int
    items: int


@dataclass(frozen=True, slots=True)
class StacksChart(Generic[K]):
    """All that is drawn, and the table beneath: for each bar the items of each part."""

    parts: list[str]
    blocks: list[Block[K]]
    #: The middle of each bar, in percent.
    middles: dict[K, float]
    #: The items of the fullest bar, which reaches the top.
    most: int
    table: list[tuple[K, list[int], int]]


def stacks_chart(items: Mapping[tuple[K, str], int], keys: Sequence[K]) -> StacksChart[K]:
    """A bar for each key, in this order, of its items by part."""
    sums: dict[str, int] = defaultdict(int)
    for (_, part), number in items.items():
        sums[part] += number
    order = sorted(sums, key=lambda part: (-sums[part], part))
    parts = order if len(order) <= PARTS + 1 else [*order[:PARTS], REST]
    grid = {key: dict.fromkeys(parts, 0) for key in keys}
    for (key, part), number in items.items():
        grid[key][part if part in grid[key] else REST] += number
    most = max(sum(row.values()) for row in grid.values())
    room = 100 / len(grid)
    width = round(min(room * (1 - _FREE), _WIDEST), 3)
    middles = {key: round((place + 0.5) * room, 3) for place, key in enumerate(grid)}
    blocks = []
    for key, row in grid.items():
        x, y = round(middles[key] - width / 2, 3), float(HEIGHT)
        for number, part in enumerate(parts):
            if row[part]:
                height = row[part] / most * HEIGHT
                y -= height
                blocks.append(Block(key, x, width, round(y, 2), round(height, 2), part, number, row[part]))
    table = [(key, list(row.values()), sum(row.values())) for key, row in grid.items()]
    return StacksChart(parts, blocks, middles, most, table)
