"""Cut a region into pieces, one for each age.

In HTML an item is the largest element of the block that holds exactly one age; where that holds nothing but the age, the
block is read as a flat sequence, and whether an age opens or closes an item is decided once (design.md section 2). What
the pieces say is read in ``item``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from meeruit.tasks.grammar.blocks import Line, Piece
from meeruit.tasks.grammar.items import is_prose, is_text, printed_lines
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.marks import Mark
from meeruit.tasks.html.region import Region

Lines = tuple[Line, ...]
#: How many elements around an age are tried before the innermost is taken.
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Cut:
    """The pieces of a region, and the stretches of it that belong to none."""

    pieces: tuple[Piece, ...]
    rests: tuple[Lines, ...]
    #: Whether the first piece begins where the region does.
    flat: bool


class Card(NamedTuple):
    """The largest element that holds exactly one age (None where the age stands bare), and what it prints beside it."""

    mark: Mark
    element: int | None
    start: int
    end: int
    lines: Lines


def cut(reader: Reader, region: Region) -> Cut:
    """The pieces of ``region``, in reading order."""
    region = _once(reader, region)
    cards = cards_of(reader, region)
    edges = [region.start, *(edge for card in cards for edge in (card.start, card.end)), region.end]
    gaps = [reader.lines(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    if 2 * sum(bool(card.lines) for card in cards) < len(cards) and any(gaps):
        return _flat(reader, region)
    if not any(_holds_an_item(card, reader) for card in cards) and 2 * sum(map(_are_headed, gaps)) >= len(cards):
        return _flat(reader, region)  # nothing but labels stands in one element with an age
    return _cards(reader, region, cards, gaps)


def cards_of(reader: Reader, region: Region) -> list[Card]:
    """For each age of ``region`` the largest element in it that holds no other."""
    count = region.ages_in(reader.tree)
    return [_card(reader, region, mark, count) for mark in region.marks]


def _card(reader: Reader, region: Region, mark: Mark, count: Mapping[int, int]) -> Card:
    tree, element = reader.tree, mark.element
    parents, starts, ends = tree.parents, tree.starts, tree.ends
    if count[element] > 1 or not _within(reader, element, region):
        return Card(mark, None, mark.start, mark.end, ())
    path = [element]
    while (
        (element := parents[element]) > region.element
        and count[element] == 1
        and region.start <= starts[element]
        and ends[element] <= region.end
    ):
        path.append(element)
    for element in (*path[: -_TRIES - 1 : -1], path[0]):
        lines = reader.lines(starts[element], ends[element])
        if not _are_two(lines, reader):
            break  # else one age for two items: the nearer
    return Card(mark, element, starts[element], ends[element], lines)


def _holds_an_item(card: Card, reader: Reader) -> bool:
    return any(line.level or is_text(line, reader.profile) for line in card.lines)


def _are_headed(lines: Lines) -> bool:
    return any(line.level for line in lines)


def _within(reader: Reader, element: int, region: Region) -> bool:
    """Whether ``element`` is a proper part of the region."""
    tree = reader.tree
    return (
        element > region.element
        and region.start <= tree.starts[element]
        and tree.ends[element] <= region.end
        and tree.inside(element, region.element)
    )


def _are_two(lines: Lines, reader: Reader) -> bool:
    """Whether two different lines open with a dateline that can be nothing else."""
    return (
        len(lines) > 1
        and any(map(reader.opens, lines[:-1]))
        and len({line.text for line in lines if reader.opens(line)}) > 1
    )


def _cards(reader: Reader, region: Region, cards: Sequence[Card], gaps: Sequence[Lines]) -> Cut:
    """One piece a card; with what stands beside each, where every single one has the rest of its item there."""
    lines, last, tree = [card.lines for card in cards], cards[-1], reader.tree
    gone = [card.element in tree.cut for card in cards]
    ended = (last.mark.element if last.element is None else tree.parents[last.element]) in tree.cut
    if _complete(reader, gaps[:-1], lines):
        lines, gaps = [gap + own for gap, own in zip(gaps, lines, strict=False)], gaps[-1:]
    elif not gaps[0] and _complete(reader, gaps[1 : -1 if ended else None], lines):
        lines, gaps = [own + gap for own, gap in zip(lines, gaps[1:], strict=True)], ()
        gone[-1] = gone[-1] or ended
    gone[-1] = gone[-1] or (ended and not has_text(lines[-1], reader))  # its text may be gone
    pieces = [
        Piece(own, card.mark.age, cut_off, None if _are_linked(own) else reader.link_in(card.element))
        for own, card, cut_off in zip(lines, cards, gone, strict=True)
    ]
    return Cut(tuple(pieces), tuple(gaps), flat=False)


def _are_linked(lines: Lines) -> bool:
    return any([line.url for line in lines])  # noqa: C419 - a list is faster than a generator here


def _complete(reader: Reader, gaps: Sequence[Lines], cards: Sequence[Lines]) -> bool:
    """Whether each gap has what its card lacks, a body or a headline; and not always the same, as advertisements."""
    if not gaps or (len(gaps) > 1 and len({gap[-1].text for gap in gaps if gap}) == 1):
        return False
    pairs = zip(gaps, cards, strict=False)
    return all(gap and has_text(gap, reader) != has_text(card, reader) for gap, card in pairs)


def _flat(reader: Reader, region: Region) -> Cut:
    """Texts and ages in a row. The first text and the one behind the first age say which belongs to which."""
    marks = region.marks
    edges = [region.start, *(edge for mark in marks for edge in (mark.start, mark.end)), region.end]
    texts = [
        tuple(printed_lines(reader.lines(start, end), reader.profile))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    around = reduce(reader.tree.common, [mark.element for mark in marks]) if len(marks) > 1 else region.element
    ended = around in reader.tree.cut
    if texts[0] and (has_text(texts[0], reader) or not has_text(texts[1], reader)) and not _is_intro(texts, ended):
        lines, rests = texts[:-1], tuple(texts[-1:])
        intro = len(marks) == 1 and not _are_headed(lines[0]) and not any(map(reader.dateline, lines[0]))  # perhaps
        gone = marks[-1].element in reader.tree.cut or (ended and (intro or not has_text(lines[-1], reader)))
    else:
        (lines, rests), gone = _opened(texts, reader), ended
    pieces = [Piece(own, mark.age) for own, mark in zip(lines, marks, strict=True)]
    pieces[-1] = pieces[-1]._replace(cut=gone)
    return Cut(tuple(pieces), rests, flat=True)


def _is_intro(texts: Sequence[Lines], ended: bool) -> bool:
    """Whether the first text alone, of all that stand around the ages, has no heading.

    Where the page was cut, the last text may be gone.
    """
    headed = [_are_headed(text) for text in texts]
    return not headed[0] and all(headed[1:-1]) and (headed[-1] or (ended and len(headed) > 2 and not texts[-1]))


def _opened(texts: Sequence[Lines], reader: Reader) -> tuple[list[Lines], tuple[Lines, ...]]:
    """Each age opens its item; or stands below its headline, where every text but the last ends in another headline."""
    heads = [_trailing_titles(text, reader) for text in texts]
    if not texts[0] or not all(heads[1:-1]):
        return list(texts[1:]), (texts[0],)
    bodies = [text[: len(text) - len(head)] for text, head in zip(texts[1:-1], heads[1:-1], strict=True)]
    return [head + body for head, body in zip(heads, [*bodies, texts[-1]], strict=False)], ()


def _trailing_titles(text: Lines, reader: Reader) -> Lines:
    at = len(text)
    while at and not is_text(text[at - 1], reader.profile):
        at -= 1
    return text[at:]


def has_text(lines: Lines, reader: Reader) -> bool:
    """Whether one of the lines can be a body."""
    return any(is_text(line, reader.profile) for line in lines)


def _once(reader: Reader, region: Region) -> Region:
    """``region`` without the second copy of an age that an item prints twice, above and below its text."""
    tree, count = reader.tree, region.ages_in(reader.tree)
    marks: list[Mark] = []
    for mark in region.marks:
        if marks and mark.age.same(marks[-1].age):
            around = tree.common(marks[-1].element, mark.element)
            if _within(reader, around, region) and count[around] == 2 and _is_one(reader, around, marks[-1], mark):
                marks[-1] = marks[-1]._replace(element=around)
                continue
        marks.append(mark)
    return region if len(marks) == len(region.marks) else region._replace(marks=tuple(marks))


def _is_one(reader: Reader, element: int, first: Mark, second: Mark) -> bool:
    """Whether what an element with two equal ages prints is one item: its stretches are not of one kind."""
    tree, profile = reader.tree, reader.profile
    edges = (tree.starts[element], first.start, first.end, second.start, second.end, tree.ends[element])
    texts = [reader.lines(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    kinds = (
        lambda line: line.level > 0,
        lambda line: is_text(line, profile),
        lambda line: line.url is not None and not is_prose(line),
    )
    return all(sum(any(kind(line) for line in text) for text in texts) < 2 for kind in kinds)
