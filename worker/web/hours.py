"""A day hour by hour: a bar an hour, in parts, the greatest part below. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

#: Parts that have a colour of their own; the rest is one.
PARTS = 5
REST = "all others"
HEIGHT, FOOT = 160, 22


@dataclass(frozen=True, slots=True)
class Block:
    """A part of an hour's bar."""

    hour: int
    y: float
    height: float
    part: str
    #: From 0; its colour.
    number: int
    items: int


@dataclass(frozen=True, slots=True)
class HoursChart:
    """All that is drawn, and the table beneath: for each hour the items of each part."""

    parts: list[str]
    blocks: list[Block]
    #: The items of the fullest hour, which reaches the top.
    most: int
    table: list[tuple[int, list[int], int]]


def hours_chart(items: Mapping[tuple[int, str], int]) -> HoursChart:
    """The bars of the items of a day by hour and part."""
    sums: dict[str, int] = defaultdict(int)
    for (_, part), number in items.items():
        sums[part] += number
    order = sorted(sums, key=lambda part: (-sums[part], part))
    parts = order if len(order) <= PARTS + 1 else [*order[:PARTS], REST]
    grid = {hour: dict.fromkeys(parts, 0) for hour in range(24)}
    for (hour, part), number in items.items():
        grid[hour][part if part in grid[hour] else REST] += number
    most = max(sum(row.values()) for row in grid.values())
    blocks = []
    for hour, row in grid.items():
        y = float(HEIGHT)
        for number, part in enumerate(parts):
            if row[part]:
                height = row[part] / most * HEIGHT
                y -= height
                blocks.append(Block(hour, round(y, 2), round(height, 2), part, number, row[part]))
    return HoursChart(
        parts, blocks, most, [(hour, list(row.values()), sum(row.values())) for hour, row in grid.items()]
    )
