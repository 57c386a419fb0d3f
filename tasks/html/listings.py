"""Listings in a tree: blocks that no heading names (forms L and S as HTML).

Finds where one can be and what its name is; whether it is one (three items, half of them with a dateline) is decided for
both doors in ``sift``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce

from meeruit.tasks.grammar.blocks import Found
from meeruit.tasks.grammar.section_names import has_clock, is_name
from meeruit.tasks.html.cut import Card, cards_of, cut
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.marks import Mark
from meeruit.tasks.html.region import TITLES, Region, up_to_next_title

#: Fewer ages are no listing.
_FEWEST = 3


def find_listings(reader: Reader, marks: Sequence[Mark]) -> Iterator[Found]:
    """The stretch of the page that can be a listing, if there is one."""
    if len(marks) < _FEWEST:
        return
    tree = reader.tree
    cards = cards_of(reader, Region(0, 0, len(tree.texts), tuple(marks)))
    reports = [card for card in cards if _has_dateline(card, reader)]
    element = _around(reader, reports) if len(reports) > 1 else _holder(reader, cards)
    start, end = tree.starts[element], tree.ends[element]
    inside = tuple(mark for mark in marks if tree.inside(mark.element, element))
    region = Region(element, start, end, inside)
    region = up_to_next_title(tree, region, reports[-1].end if len(reports) > 1 else inside[0].end)
    pieces = cut(reader, region)
    name = _name(reader, start if pieces.flat else min(card.start for card in cards if card.start >= start))
    yield Found(name, headed=False, pieces=pieces.pieces, rests=pieces.rests[-1:], unbounded=pieces.flat)


def _has_dateline(card: Card, reader: Reader) -> bool:
    return any(map(reader.dateline, card.lines))


def _around(reader: Reader, cards: Sequence[Card]) -> int:
    """The smallest element around all of the ``cards``."""
    return reduce(reader.tree.common, [_place(reader, card) for card in cards])


def _holder(reader: Reader, cards: Sequence[Card]) -> int:
    """The element in which most of the ``cards`` stand."""
    return Counter(_place(reader, card) for card in cards).most_common(1)[0][0]


def _place(reader: Reader, card: Card) -> int:
    """The element that a card stands in; a bare age stands in the one that holds it."""
    return card.mark.element if card.element is None else reader.tree.parents[card.element]


def _name(reader: Reader, limit: int) -> str | None:
    """The last title above the listing; not that of a ticker, which is a title above clock times."""
    tree = reader.tree
    for element in range(len(tree.tags) - 1, 0, -1):
        if tree.tags[element] not in TITLES or tree.ends[element] > limit or tree.starts[element] == tree.ends[element]:
            continue
        below = reader.lines(tree.ends[element], limit)
        if any(has_clock(line.text) for line in below):
            limit = tree.starts[element]
            continue
        title = " ".join(line.text for line in reader.lines(tree.starts[element], tree.ends[element]))
        return title if title and is_name(title) else None
    return None
