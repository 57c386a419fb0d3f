"""The one shape that both doors bring pages into: lines, the pieces that ages cut them into, the blocks they stand in.

A door (``text``, ``html``) finds the blocks and cuts them; what a piece says is read by ``items``, the same for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from meeruit.tasks.grammar.ages import Age
from meeruit.tasks.records import Lead


class Line(NamedTuple):
    """A line of print, cleaned, never empty."""

    text: str
    #: Where it leads to, as it is written: perhaps relative.
    url: str | None = None
    #: 1 to 6 inside a heading element, else 0.
    level: int = 0
    #: Lines of one paragraph share its number; in text, where nobody can tell, all are 0.
    paragraph: int = 0


class Piece(NamedTuple):
    """What one record prints; in text, what one age belongs to."""

    #: As the text prints it, or as the markup holds it.
    lines: str | tuple[Line, ...]
    #: None where nobody can read one.
    age: Age | None
    #: The page ended inside it.
    cut: bool = False
    #: Its first link, as it is written, for an item whose own lines have none (a picture).
    url: str | None = None


class Found(NamedTuple):
    """A block as a door finds it."""

    section: str | None
    #: Whether a heading says so; without one the items have to show that it is a block.
    headed: bool
    pieces: tuple[Piece, ...]
    #: Stretches that belong to no age: what stands behind the last one, or between two items.
    rests: tuple[str | tuple[Line, ...], ...] = ()
    #: Whether nothing bounds the first piece, so that a whole page can stand before its item.
    unbounded: bool = False


class Findings(NamedTuple):
    """What a door finds on a page in one language."""

    found: tuple[Found, ...]
    #: Reads the page's own article; asked for once, in the language that won.
    lead: Callable[[], Lead | None]
