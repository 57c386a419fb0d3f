"""Where on a page the blocks are: the stretch of the tree that a heading heads.

The block is the smallest element around the heading that holds ages (design.md section 2). Where that element holds more
than the block, the next title ends it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tasks.age import SEPARATORS
from tasks.marks import Heading, Mark, is_blank
from tasks.tree import Tree

_TITLES = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
#: A heading heads nothing outside of these.
_BOUNDS = frozenset({"article", "aside", "nav", "footer", "form", "li", "dialog"})
#: Parts of a page that begin something else, unless the block's own items stand in such.
_LANDMARKS = frozenset({"section", "aside", "footer", "nav", "form"})
#: So many lines behind a heading are what it heads; fewer may introduce it.
_LIST = 3


@dataclass(frozen=True, slots=True)
class Region:
    """The fragments from ``start`` to ``end``, all inside ``element``, and the ages in it."""

    element: int
    start: int
    end: int
    marks: tuple[Mark, ...]
    section: str | None = None
    #: The first fragment of its heading.
    top: int = 0

    def ages_in(self, tree: Tree) -> Counter[int]:
        """How many of the region's ages each element holds."""
        count: Counter[int] = Counter()
        for mark in self.marks:
            element = mark.element
            while element >= 0:
                count[element] += 1
                element = tree.parents[element]
        return count


def headed_regions(tree: Tree, headings: Sequence[Heading], marks: Sequence[Mark]) -> list[Region]:
    """The stretch that each heading heads; of several without an age between them the last one counts."""
    regions = []
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        limit = following.start if following else len(tree.texts)
        own = [mark for mark in marks if heading.end <= mark.start < limit]
        if own and (element := _holder(tree, heading, own[0])) is not None:
            end = min(limit, tree.ends[element])
            region = Region(element, heading.end, end, _within(own, end), heading.section, heading.start)
            title = tree.blocks[tree.owners[heading.start]]
            regions.append(up_to_next_title(tree, region, own[0].end, title))
    return regions


def _holder(tree: Tree, heading: Heading, first: Mark) -> int | None:
    """The smallest element around the heading that holds the first age behind it; None where it heads something else."""
    element = tree.blocks[tree.owners[heading.start]]
    while not tree.inside(first.element, element):
        if tree.tags[element] in _BOUNDS or _is_filled(tree, heading, element):
            return None
        element = tree.parents[element]
    return element


def _is_filled(tree: Tree, heading: Heading, element: int) -> bool:
    """Whether an element without ages holds what the heading heads, or only a link to more of it at its end."""
    behind = _lines(tree, heading.end, tree.ends[element])
    if behind >= _LIST or (behind > 1 and tree.tags[element] == "section"):
        return True
    before = _lines(tree, tree.starts[element], heading.start)
    return behind == 0 and before > 0 and _is_link(tree, heading)


def _lines(tree: Tree, start: int, end: int) -> int:
    """How many lines the fragments print."""
    return len({tree.lines[at] for at in range(start, end) if tree.texts[at].strip(SEPARATORS)})


def _is_link(tree: Tree, heading: Heading) -> bool:
    """Whether the heading is a link and no title."""
    around = {tree.tags[element] for element in tree.around(tree.owners[heading.start])}
    return "a" in around and not around & _TITLES.keys()


def up_to_next_title(tree: Tree, region: Region, after: int, title: int | None = None) -> Region:
    """``region`` up to where, behind the fragment ``after``, something else begins in its element.

    ``title``: the element of its own heading, if any; another one of its looks begins something else, too.
    """
    count = region.ages_in(tree)
    wanted = _LANDMARKS | _TITLES.keys() | ({tree.tags[title]} if title else set())
    level = _item_level(tree, region, count)
    for element in range(bisect_left(tree.starts, after), len(tree.tags)):
        start = tree.starts[element]
        if start >= region.end:
            break
        if tree.tags[element] in wanted and not _in_card(tree, element, region, count):
            if _begins_another(tree, region, element, level, title):
                return replace(region, end=start, marks=_within(region.marks, start))
    return region


def _within(marks: Iterable[Mark], end: int) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.end <= end)


def _in_card(tree: Tree, element: int, region: Region, count: Counter[int]) -> bool:
    """Whether ``element`` stands in one of the block that holds exactly one age: then it is part of an item."""
    while element > region.element:
        if count[element] == 1:
            return True
        element = tree.parents[element]
    return False


def _begins_another(tree: Tree, region: Region, element: int, level: int, title: int | None) -> bool:
    """Whether ``element`` begins another part of the page: a title, a landmark, a second element like the heading's."""
    tag = tree.tags[element]
    if tree.starts[element] == tree.ends[element]:
        return False
    if tag in _TITLES:
        return _TITLES[tag] < level
    if tag in _LANDMARKS and tree.parents[element] == region.element:
        return tree.tags[tree.child_around(region.element, region.marks[0].element)] != tag
    if title is None or tag != tree.tags[title]:
        return False
    looks = tree.nodes[title].attributes.get("class")
    return bool(looks) and tree.nodes[element].attributes.get("class") == looks


def _item_level(tree: Tree, region: Region, count: Counter[int]) -> int:
    """The level of the headings that stand beside the items, between the block's heading and an age; 7 for none."""
    first = region.marks[0]
    end = first.start
    if is_blank(tree, region.start, first.start):  # each age opens its item, so that the headings follow
        end = region.marks[1].start if len(region.marks) > 1 else region.end
    for element in range(bisect_left(tree.starts, region.start), len(tree.tags)):
        if tree.starts[element] >= end:
            break
        if tree.tags[element] in _TITLES and not _in_card(tree, element, region, count):
            return _TITLES[tree.tags[element]]
    return 7
