"""Bars of block characters for a terminal: as wide as it is, in colour where it has some. Knows nothing of what they mean."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

#: Where nobody looks at a terminal.
NO_TERMINAL = 80
_EIGHTHS = " ▏▎▍▌▋▊▉"
#: Columns that a bar has at least.
_LEAST = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A line: its name, how long it is, and what stands behind it."""

    name: str
    value: float
    said: str


def print_bars(title: str, bars: Sequence[Bar], file: IO[str], whole: float | None = None) -> None:
    """Print a heading, and a bar a line; what is ``whole``, or else the greatest, is as long as there is room."""
    from rich.cells import cell_len, set_cell_size  # 50 ms to import
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file, highlight=False)
    width = console.width if console.is_terminal else NO_TERMINAL
    if not console.is_terminal:
        console = Console(file=file, highlight=False, width=width)
    console.print(Text(title, style="bold"), soft_wrap=True)
    said = max(cell_len(bar.said) for bar in bars)
    names = min(max(cell_len(bar.name) for bar in bars), max(width - said - _LEAST - 4, 4))
    room, most = max(width - names - said - 4, 1), whole or max(bar.value for bar in bars)
    for bar in bars:
        name = bar.name if cell_len(bar.name) <= names else set_cell_size(bar.name, names - 1) + "…"
        line = Text(set_cell_size(name, names) + "  ")
        line.append(_drawn(bar.value / most * room if most else 0.0, file), style="cyan")
        line.append(f" {bar.said}")
        console.print(line, soft_wrap=True)
    console.print()


def _drawn(length: float, file: IO[str]) -> str:
    """A bar of so many columns, to an eighth; of whole ones where the encoding has no blocks."""
    try:
        _EIGHTHS.encode(getattr(file, "encoding", None) or sys.getdefaultencoding())
    except UnicodeEncodeError:
        return "#" * round(length)
    whole, part = divmod(round(length * 8), 8)
    return "█" * whole + _EIGHTHS[part].strip() or ("▏" if length else "")
