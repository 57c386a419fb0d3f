"""A stretch of a page's tree that can be a block, and where it ends: at the next title, or another part of the page.

Which stretch a heading heads is for ``headed``, where there is no heading for ``listings``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.items import is_prose
from meeruit.tasks.html.marks import Mark
from meeruit.tasks.html.tree import Tree

TITLES = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
#: Parts of a page that begin something else, unless the block's own items stand in such.
_LANDMARKS = frozenset({"section", "aside", "footer", "nav", "form"})
_LANDMARKS_AND_TITLES = _LANDMARKS | TITLES.keys()


class Region(NamedTuple):
    """The fragments from ``start`` to ``end``, all inside ``element``, and the ages in it."""

    element: int
    start: int
    end: int
    marks: tuple[Mark, ...]
    section: str | None = None
    #: The first fragment of its heading.
    top: int = 0

    def ages_in(self, tree: Tree) -> Mapping[int, int]:
        """How many of the region's ages each element that holds any holds, up to the region's own."""
        known = tree.counts.get((self.element, id(self.marks)))
        if known and known[0] is self.marks:
            return known[1]
        count: dict[int, int] = {}
        for mark in self.marks:
            count[mark.element] = count.get(mark.element, 0) + 1
        if inside := [element for element in count if element > self.element]:
            outermost = tree.child_around(self.element, min(inside))
            for element in range(max(inside), outermost - 1, -1):  # from the inside out
                if found := count.get(element):
                    parent = tree.parents[element]
                    count[parent] = count.get(parent, 0) + found
        tree.counts[self.element, id(self.marks)] = self.marks, count
        return count


def up_to_next_title(tree: Tree, region: Region, after: int, title: int | None = None) -> Region:
    """``region`` up to where, behind the fragment ``after``, something else begins in its element.

    ``title``: the element of its own heading, if any; another one of its looks begins something else, too.
    """
    items = _Items(tree, region)
    if title is not None and _is_usual(tree, region, title):
        title = None
    wanted = _LANDMARKS_AND_TITLES if title is None else _LANDMARKS_AND_TITLES | {tree.tags[title]}
    level = _item_level(tree, region, items)
    for element in range(bisect_left(tree.starts, after, region.element + 1), len(tree.tags)):
        start = tree.starts[element]
        if start >= region.end:
            break
        candidate = tree.tags[element] in wanted and not items.hold(element)
        if candidate and _begins_another(tree, region, element, level, title):
            return region._replace(end=start, marks=within(region.marks, start))
    return region


def heads_something_else(tree: Tree, region: Region, title: int) -> bool:
    """Whether before the first of several ages another title begins something else: ``Meer uit Sport``, links, ``Reacties``.

    One that is no lower, or the title of a landmark that holds the ages, unless such a title stands before each item.
    """
    marks, count = region.marks, region.ages_in(tree)
    if len(marks) < 2:
        return False
    own, items = TITLES.get(tree.tags[title], len(TITLES)), 0
    for element in range(bisect_left(tree.starts, region.start, region.element + 1), len(tree.tags)):
        start, end = tree.starts[element], tree.ends[element]
        if start >= marks[0].start:
            break
        level = TITLES.get(tree.tags[element], 0)
        if level and start < end <= marks[0].start:
            around = element
            while around > region.element and count.get(around, 0) == 0:
                around = tree.parents[around]
            if count.get(around, 0) == 1:  # an item's
                continue
            opens = tree.tags[around] in _LANDMARKS and tree.is_blank(tree.starts[around], start)
            behind = around > region.element and opens and not tree.is_blank(region.start, tree.starts[around])
            if level <= own or behind:
                items = items or _level_behind(tree, region, marks[0], _Items(tree, region))
                if (level <= own < items) or (behind and level != items):
                    return True
    return False


def within(marks: Iterable[Mark], end: int) -> tuple[Mark, ...]:
    """Those of the ages that end at the fragment ``end`` or before it."""
    return tuple(mark for mark in marks if mark.end <= end)


class _Items:
    """The elements of a region that are items: with exactly one age, or placed like the first of those, without one."""

    def __init__(self, tree: Tree, region: Region) -> None:
        self._tree = tree
        self._ages = region.ages_in(tree)
        first = region.marks[0].element
        while first > region.element and self._ages.get(tree.parents[first]) == 1:
            first = tree.parents[first]
        inside = range(first, bisect_left(tree.starts, tree.ends[first], first + 1))
        self._first = {tree.tags[element] for element in inside}
        self._place: list[str] = []
        while first > region.element:
            self._place.insert(0, tree.tags[first])
            first = tree.parents[first]
        #: element -> whether it stands in an item, and how much of the first item's place it has, -1 for another place
        self._known = {region.element: (False, 0)}

    def hold(self, element: int) -> bool:
        """Whether ``element`` stands in an item."""
        path, inmost = [], element
        while element not in self._known:
            path.append(element)
            element = self._tree.parents[element]
        held, depth = self._known[element]
        for inner in reversed(path):
            if 0 <= depth < len(self._place) and self._place[depth] == self._tree.tags[inner]:
                depth += 1
            else:
                depth = -1
            ages = self._ages.get(inner, 0)
            placed = ages == 0 and depth == len(self._place)
            held = held or ages == 1 or (placed and not self._is_title(inner, inmost))
            self._known[inner] = held, depth
        return held

    def _is_title(self, outer: int, element: int) -> bool:
        """Whether a heading is all that ``outer`` prints, and the first item has no such heading."""
        tree = self._tree
        if tree.tags[element] not in TITLES or tree.tags[element] in self._first:
            return False
        return tree.is_blank(tree.starts[outer], tree.starts[element]) and tree.is_blank(
            tree.ends[element], tree.ends[outer]
        )


def _begins_another(tree: Tree, region: Region, element: int, level: int, title: int | None) -> bool:
    """Whether ``element`` begins another part of the page: a title, a landmark, a second element like the heading's."""
    tag = tree.tags[element]
    if tree.starts[element] == tree.ends[element]:
        return False
    if tag in TITLES:
        return TITLES[tag] < level
    if tag in _LANDMARKS and tree.parents[element] == region.element:
        return tree.tags[tree.child_around(region.element, region.marks[0].element)] != tag
    if title is None or tag != tree.tags[title]:
        return False
    looks = tree.nodes[title].attributes.get("class")
    if not looks or tree.nodes[element].attributes.get("class") != looks:
        return False
    text = tree.text(tree.starts[element], tree.ends[element])
    return not is_prose(Line(text))


def _is_usual(tree: Tree, region: Region, title: int) -> bool:
    """Whether lines between the heading and the first age look like the heading: then its looks say nothing."""
    tag, looks = tree.tags[title], tree.nodes[title].attributes.get("class")
    for element in range(bisect_left(tree.starts, region.start, region.element + 1), len(tree.tags)):
        if tree.starts[element] >= region.marks[0].start:
            return False
        if tree.tags[element] == tag and tree.nodes[element].attributes.get("class") == looks:
            return True
    return False


def _item_level(tree: Tree, region: Region, items: _Items) -> int:
    """The level of the headings that stand beside the items, between the block's heading and an age; 7 for none."""
    first = region.marks[0]
    end = first.start
    if tree.is_blank(region.start, first.start):  # each age opens its item, so that the headings follow
        end = region.marks[1].start if len(region.marks) > 1 else region.end
    for element in range(bisect_left(tree.starts, region.start, region.element + 1), len(tree.tags)):
        if tree.starts[element] >= end:
            break
        if tree.tags[element] in TITLES and not items.hold(element):
            return TITLES[tree.tags[element]]
    level = _level_behind(tree, region, region.marks[0], items) if len(region.marks) > 1 else 7
    return level if level < 7 and level == _level_behind(tree, region, region.marks[1], items) else 7


def _level_behind(tree: Tree, region: Region, mark: Mark, items: _Items) -> int:
    """The level of the heading next behind an age, beside the items; 7 where something else is."""
    fragment = bisect_right(tree.filled, tree.filled[mark.end], mark.end) - 1
    element = tree.owners[fragment] if fragment < region.end else region.element
    while element > region.element:
        if tree.tags[element] in TITLES:
            return 7 if items.hold(element) else TITLES[tree.tags[element]]
        element = tree.parents[element]
    return 7
