"""Where on a page the blocks are: the stretch of the tree that a heading heads.

The block is the smallest element around the heading that holds ages (design.md section 2). Where that element holds more
than the block, the next title ends it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tasks.marks import Heading, Mark
from tasks.tree import Tree

_TITLES = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
#: A heading heads nothing outside of these.
_BOUNDS = frozenset({"article", "aside", "nav", "footer", "form", "li", "dialog"})
#: Parts of a page that begin something else, unless the block's own items stand in such.
_LANDMARKS = frozenset({"section", "aside", "footer", "nav", "form"})


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
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        limit = following.start if following else len(tree.texts)
        own = [mark for mark in marks if heading.end <= mark.start < limit]
        if own and (element := _holder(tree, heading, own[0])) is not None:
            end = min(limit, tree.ends[element])
            region = Region(element, heading.end, end, _within(own, end), heading.section, heading.start)
            end = _end(tree, heading, region)
            regions.append(Region(element, heading.end, end, _within(own, end), heading.section, heading.start))
    return regions


def _holder(tree: Tree, heading: Heading, first: Mark) -> int | None:
    """The smallest element around the heading that holds the first age behind it; None where that lies out of bounds."""
    element = tree.blocks[tree.owners[heading.start]]
    while not tree.inside(first.element, element):
        if tree.tags[element] in _BOUNDS:
            return None
        element = tree.parents[element]
    return element


def _within(marks: Iterable[Mark], end: int) -> tuple[Mark, ...]:
    return tuple(mark for mark in marks if mark.end <= end)


def _end(tree: Tree, heading: Heading, region: Region) -> int:
    """Where the next title inside the block's element ends it, or the region's own end."""
    count, first = region.ages_in(tree), region.marks[0]
    title = tree.tags[tree.blocks[tree.owners[heading.start]]]
    wanted = _LANDMARKS | _TITLES.keys() | {title}
    level = _item_level(tree, region, count)
    for element in range(bisect_left(tree.starts, first.end), len(tree.tags)):
        start = tree.starts[element]
        if start >= region.end:
            break
        if tree.tags[element] in wanted and not _in_card(tree, element, region, count):
            if _begins_another(tree, heading, region, element, level):
                return start
    return region.end


def _in_card(tree: Tree, element: int, region: Region, count: Counter[int]) -> bool:
    """Whether ``element`` stands in one of the block that holds exactly one age: then it is part of an item."""
    while element > region.element:
        if count[element] == 1:
            return True
        element = tree.parents[element]
    return False


def _begins_another(tree: Tree, heading: Heading, region: Region, element: int, level: int) -> bool:
    """Whether ``element`` begins another part of the page: a title, a landmark, a second element like the heading's."""
    tag = tree.tags[element]
    if tree.starts[element] == tree.ends[element]:
        return False
    if tag in _TITLES:
        return _TITLES[tag] < level
    if tag in _LANDMARKS and tree.parents[element] == region.element:
        return tree.tags[_child_around(tree, region.element, region.marks[0].element)] != tag
    title = tree.blocks[tree.owners[heading.start]]
    looks = tree.nodes[title].attributes.get("class")
    return tag == tree.tags[title] and bool(looks) and tree.nodes[element].attributes.get("class") == looks


def _item_level(tree: Tree, region: Region, count: Counter[int]) -> int:
    """The level of the headings that stand beside the items, each before its age; 7 where there are none."""
    for element in range(bisect_left(tree.starts, region.start), len(tree.tags)):
        if tree.starts[element] >= region.marks[0].start:
            break
        if tree.tags[element] in _TITLES and not _in_card(tree, element, region, count):
            return _TITLES[tree.tags[element]]
    return 7


def _child_around(tree: Tree, element: int, inner: int) -> int:
    while tree.parents[inner] > element:
        inner = tree.parents[inner]
    return inner
