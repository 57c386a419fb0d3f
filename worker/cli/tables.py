"""Tables for people: as wide as the terminal is, and never without what a next command needs. Knows nothing of what the rows mean.

Where not all fits, columns go one after another, those first that matter least; what is left is wrapped or shortened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

#: Where nobody looks at a terminal: wide enough for a page of documentation.
NO_TERMINAL = 160
_BETWEEN = 2
#: Characters that a flexible column keeps at least, as far as it has so many.
_LEAST = 24


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table that people see; the other formats hold every key of the row."""

    key: str
    title: str
    #: It gives way where the terminal is narrow, and takes what is left where it is wide.
    flexible: bool = False
    right: bool = False
    #: It is wrapped, not shortened: an address, a name, a reason.
    whole: bool = False
    #: 0: it stays on any terminal. The column with the greatest number goes first.
    spare: int = 0


def print_table(rows: Iterable[Sequence[str]], columns: Sequence[Column], file: IO[str], none: str) -> None:
    """Print rows, each of a text a column; ``none`` where there are none. Columns in which nothing stands are left out."""
    from rich.console import Console  # 50 ms to import, which the other formats save
    from rich.table import Table
    from rich.text import Text

    cells = list(rows)
    if not cells:
        file.write(f"{none}\n")
        return
    console = Console(file=file, highlight=False)
    terminal = console.is_terminal
    shown = [at for at in range(len(columns)) if any(row[at] for row in cells)]
    widths = _widths(cells, columns, shown, console.width if terminal else NO_TERMINAL, runs_over=not terminal)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, width in widths.items():
        column = columns[at]
        table.add_column(
            column.title,
            width=width,
            no_wrap=not column.whole,
            overflow="fold" if column.whole else "ellipsis",
            justify="right" if column.right else "left",
        )
    for row in cells:
        table.add_row(*(Text(row[at]) for at in widths))
    if not terminal:
        console = Console(file=file, highlight=False, width=sum(widths.values()) + _BETWEEN * len(widths))
    console.print(table)


def _widths(
    cells: Sequence[Sequence[str]], columns: Sequence[Column], shown: Sequence[int], width: int, *, runs_over: bool
) -> dict[int, int]:
    """The width of each column that is shown; ``runs_over``: what is never shortened is not wrapped either."""
    from rich.cells import cell_len

    natural = {at: max(cell_len(columns[at].title), *(cell_len(row[at]) for row in cells)) for at in shown}
    least = {at: min(natural[at], _LEAST) if columns[at].flexible else natural[at] for at in shown}
    if runs_over:  # a row is one line, for grep
        least |= {at: natural[at] for at in shown if columns[at].whole}
        width = max(width, _total(least))
    while _total(least) > width and (spare := [at for at in least if columns[at].spare]):
        del least[max(spare, key=lambda at: columns[at].spare)]
    _narrow(least, columns, width)
    flexible = [at for at in least if columns[at].flexible]
    for number, at in enumerate(flexible):
        left = width - _total(least)
        wanted = natural[at] - least[at]
        least[at] += max(min(wanted, left // (len(flexible) - number)), 0)
    for at in flexible:  # what one did not need another takes
        least[at] += max(min(natural[at] - least[at], width - _total(least)), 0)
    last = next(reversed(least))
    if shortened := [at for at in flexible if not columns[at].whole and at != last]:
        least[shortened[0]] += max(width - _total(least), 0)
    return least


def _total(widths: dict[int, int]) -> int:
    return sum(widths.values()) + _BETWEEN * (len(widths) - 1)


def _narrow(widths: dict[int, int], columns: Sequence[Column], width: int) -> None:
    """Take off the widest columns what is too much for the terminal, those of numbers and times last."""
    while _total(widths) > width:
        able = [at for at in widths if columns[at].flexible or columns[at].whole] or list(widths)
        widest = max(able, key=lambda at: widths[at])
        if widths[widest] <= 1:
            return
        widths[widest] -= 1
