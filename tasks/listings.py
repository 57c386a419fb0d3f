"""Listings in a tree: blocks that no heading names (forms L and S as HTML).

Finds where one can be and what its name is; whether it is one (three items, half of them with a dateline) is decided for
both doors in ``sift``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce

from tasks.blocks import Found
from tasks.cut import Card, cards_of, cut
from tasks.dateline import read_dateline
from tasks.lines import Reader
from tasks.listing import is_name, name_of
from tasks.marks import Mark
from tasks.regions import Region

_TITLES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
#: Fewer ages are no listing.
_FEWEST = 3


def find_listings(reader: Reader, marks: Sequence[Mark]) -> Iterator[Found]:
    """The stretch of the page that can be a listing, if there is one."""
    if len(marks) < _FEWEST:
        return
    tree = reader.tree
    cards = cards_of(reader, Region(0, 0, len(tree.texts), tuple(marks)))
    element = _around(reader, [card for card in cards if _has_dateline(card, reader)]) or _flat(reader, cards)
    if element is None:
        return
    start, end = tree.starts[element], tree.ends[element]
    inside = tuple(mark for mark in marks if tree.inside(mark.element, element))
    pieces = cut(reader, Region(element, start, end, inside))
    name = _name(reader, start if pieces.flat else min(card.start for card in cards if card.start >= start))
    yield Found(name, headed=False, pieces=pieces.pieces, rests=pieces.rests[-1:], unbounded=pieces.flat)


def _has_dateline(card: Card, reader: Reader) -> bool:
    return any(read_dateline(line.text, reader.profile.agencies) for line in card.lines)


def _around(reader: Reader, cards: Sequence[Card]) -> int | None:
    """The smallest element around all of the ``cards``, if there are two."""
    elements = [card.element for card in cards if card.element is not None]
    return reduce(reader.tree.common, elements) if len(elements) > 1 else None


def _flat(reader: Reader, cards: Sequence[Card]) -> int | None:
    """The element in which most ages stand alone, beside the texts that they belong to."""
    tree = reader.tree
    holders = Counter(
        card.mark.element if card.element is None else tree.parents[card.element] for card in cards if not card.lines
    )
    return max(holders, key=lambda element: holders[element]) if holders else None


def _name(reader: Reader, limit: int) -> str | None:
    """The last title above the listing, or a short line there; not that of a ticker (a title above clock times)."""
    tree = reader.tree
    for element in range(len(tree.tags) - 1, 0, -1):
        if (
            tree.tags[element] not in _TITLES
            or tree.ends[element] > limit
            or tree.starts[element] == tree.ends[element]
        ):
            continue
        below = reader.lines(tree.ends[element], limit)
        if any(_CLOCK.search(line.text) for line in below):
            limit = tree.starts[element]
            continue
        title = " ".join(line.text for line in reader.lines(tree.starts[element], tree.ends[element]))
        return title if title and is_name(title) else None
    return name_of([line.text for line in reader.lines(0, limit)])
