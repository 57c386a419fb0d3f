"""Counts drawn as one SVG file, with the charts and the colours of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meeruit.worker.web.rendering import environment, static_bytes
from meeruit.worker.web.stacks import StacksChart, stacks_chart

#: Pixels: between charts, of a heading, of stacks with their keys and hours, of a bar.
_GAP, _HEAD, _STACKS, _BAR = 36, 30, 236, 24
#: Keys below stacks, at most.
_KEYS = 8
_RULES = ".paper { fill: var(--back); } .chart .title { font: 600 15px var(--sans); }"


@dataclass(frozen=True, slots=True)
class _Part:
    """A chart at its place."""

    y: int
    title: str
    stacks: StacksChart[str] | None
    #: Those keys of the stacks that are written below them.
    labels: list[str]
    bars: Sequence[Any]
    most: float


def stats_file(charts: Sequence[tuple[str, Any]]) -> str:
    """The file: each chart has a title and either bars, or names and items by name and part, which are stacked."""
    parts, y = [], 24
    for title, values in charts:
        if isinstance(values, tuple):
            names, items = values
            every = -(-len(names) // _KEYS)
            chart = stacks_chart({key: number for key, number in items.items() if number}, names)
            parts.append(_Part(y, title, chart, names[::every], (), 0))
            y += _HEAD + _STACKS + _GAP
        else:
            parts.append(_Part(y, title, None, [], values, max(1.0, *(bar.value for bar in values))))  # 1.0 is a whole
            y += _HEAD + _BAR * len(values) + _GAP
    return environment().get_template("stats.svg").render(parts=parts, height=max(y, 60), style=_style()) + "\n"


def _style() -> str:
    """The page's, with the light colours themselves: no program but a browser looks up variables."""
    style = static_bytes("style.css").decode()
    values = dict(re.findall(r"--([\w-]+): ([^;]+);", style[: style.index("@media")]))
    return re.sub(r"var\(--([\w-]+)\)", lambda match: values[match[1]], style + _RULES)
