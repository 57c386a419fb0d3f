"""Where on a page the blocks are: the stretch of the tree that a heading heads.

The block is the smallest element around the heading that holds ages (design.md section 2). Where that element holds more
than the block, the next title ends it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tasks.blocks import Line
from tasks.item import is_prose
from tasks.marks import Heading, Mark
from tasks.tree import Tree

_TITLES = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
#: A heading heads nothing outside of these.
_BOUNDS = frozenset({"main", "article", "aside", "nav", "footer", "form", "li", "dialog"})
#: Parts of a page that begin something else, unless the block's own items stand in such.
_LANDMARKS = frozenset({"section", "aside", "footer", "nav", "form"})
_LANDMARKS_AND_TITLES = _LANDMARKS | _TITLES.keys()
#: So many lines behind a heading are what it heads; fewer may introduce it.
_LIST = 3


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


def headed_regions(tree: Tree, headings: Sequence[Heading], marks: Sequence[Mark]) -> list[Region]:
    """The stretch that each heading heads; of several without an age between them the last one counts."""
    regions = []
    headings = _without_headlines(tree, headings, marks)
    starts, ends = [mark.start for mark in marks], [mark.end for mark in marks]
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        limit = following.start if following else len(tree.texts)
        own = marks[bisect_left(starts, heading.end) : bisect_right(ends, limit)]
        if own and (element := _holder(tree, heading, own[0])) is not None:
            end = min(limit, tree.ends[element])
            region = Region(element, heading.end, end, _within(own, end), heading.section, heading.start)
            title = tree.blocks[tree.owners[heading.start]]
            if not _heads_something_else(tree, region, title):
                regions.append(up_to_next_title(tree, region, own[0].end, title))
    return regions


def _without_headlines(tree: Tree, headings: Sequence[Heading], marks: Sequence[Mark]) -> Sequence[Heading]:
    """``headings`` but for what reads like one in an item (17): in one of several items, of another kind than the first.

    A single one is none if it is no title.
    """

    def tag_of(heading: Heading) -> str:
        return tree.tags[tree.blocks[tree.owners[heading.start]]]

    alone = len(headings) == 1
    if not headings or (alone and tag_of(headings[0]) in _TITLES):
        return headings
    count = Region(0, 0, len(tree.texts), tuple(marks)).ages_in(tree)
    items = defaultdict[tuple[int, str], list[int]](list)  # those that stand in one element and have one name
    for element, ages in count.items():
        if ages == 1:
            items[tree.parents[element], tree.tags[element]].append(element)
    starts = [heading.start for heading in headings]
    known: dict[tuple[int, str], bool] = {}

    def is_headline(heading: Heading) -> bool:
        item = _item_around(tree, heading, count)
        if item is None or (not alone and tag_of(heading) == tag_of(headings[0])):
            return False
        place = tree.parents[item], tree.tags[item]
        if place not in known:
            first = None if alone else tree.owners[starts[0]]
            known[place] = _are_one_block(tree, items[place], starts, first)
        return known[place]

    return [heading for heading in headings if not is_headline(heading)]


def _item_around(tree: Tree, heading: Heading, count: Mapping[int, int]) -> int | None:
    """The largest element around a heading that holds one age, if there is one; ``count``: how many each element holds."""
    element = tree.blocks[tree.owners[heading.start]]
    while element > 0 and count.get(element, 0) == 0:
        element = tree.parents[element]
    while element > 0 and count.get(tree.parents[element]) == 1:
        element = tree.parents[element]
    return element if element > 0 and count[element] == 1 else None


def _are_one_block(tree: Tree, items: Sequence[int], headings: Sequence[int], first: int | None) -> bool:
    """Whether elements of one age each are items and not blocks: few hold one of the ``headings``, and none the ``first``."""
    headed = [bisect_left(headings, tree.starts[one]) < bisect_left(headings, tree.ends[one]) for one in items]
    return 2 * sum(headed) < len(items) and not (first and any(tree.inside(first, one) for one in items))


def _holder(tree: Tree, heading: Heading, first: Mark) -> int | None:
    """The smallest element around the heading that holds the first age behind it; None where it heads something else."""
    element = tree.blocks[tree.owners[heading.start]]
    holder = tree.common(element, first.element)
    if first.element != holder and tree.tags[tree.child_around(holder, first.element)] == "footer":
        return None
    while element != holder:
        alone = (
            tree.tags[element] == "li"
            and tree.inside(first.element, tree.parents[element])
            and _lines(tree, heading.end, tree.ends[element]) == 0
        )
        if (tree.tags[element] in _BOUNDS and not (alone and not _is_link(tree, heading))) or _is_filled(
            tree, heading, element
        ):
            return None
        element = tree.parents[element]
    return holder


def _heads_something_else(tree: Tree, region: Region, title: int) -> bool:
    """Whether before the first of several ages another title begins something else: ``Meer uit Sport``, links, ``Reacties``.

    One that is no lower, or the title of a landmark that holds the ages, unless such a title stands before each item.
    """
    marks, count = region.marks, region.ages_in(tree)
    if len(marks) < 2:
        return False
    own = _TITLES.get(tree.tags[title], len(_TITLES))
    for element in range(bisect_left(tree.starts, region.start, region.element + 1), len(tree.tags)):
        start, end = tree.starts[element], tree.ends[element]
        if start >= marks[0].start:
            break
        level = _TITLES.get(tree.tags[element], 0)
        if level and start < end <= marks[0].start:
            around = element
            while around > region.element and count.get(around, 0) == 0:
                around = tree.parents[around]
            if count.get(around, 0) == 1:  # an item's
                continue
            opens = tree.tags[around] in _LANDMARKS and tree.is_blank(tree.starts[around], start)
            behind = around > region.element and opens and not tree.is_blank(region.start, tree.starts[around])
            if level <= own or behind:
                items = _level_behind(tree, region, marks[0], _Items(tree, region))
                if (level <= own < items) or (behind and level != items):
                    return True
    return False


def _is_filled(tree: Tree, heading: Heading, element: int) -> bool:
    """Whether an element without ages holds what the heading heads, or only a link to more of it at its end."""
    behind = _lines(tree, heading.end, tree.ends[element])
    if behind >= _LIST or (behind > 1 and tree.tags[element] == "section"):
        return True
    return behind == 0 and _is_link(tree, heading) and _lines(tree, tree.starts[element], heading.start) > 0


def _lines(tree: Tree, start: int, end: int) -> int:
    """How many lines the fragments print, counted up to a few."""
    found: set[int] = set()
    for fragment in range(start, end):
        if not tree.is_blank(fragment, fragment + 1):
            found.add(tree.lines[fragment])
            if len(found) >= _LIST:
                break
    return len(found)


def _is_link(tree: Tree, heading: Heading) -> bool:
    """Whether the heading is a link and no title."""
    around = {tree.tags[element] for element in tree.around(tree.owners[heading.start])}
    return "a" in around and not around & _TITLES.keys()


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
            return region._replace(end=start, marks=_within(region.marks, start))
    return region


def _within(marks: Iterable[Mark], end: int) -> tuple[Mark, ...]:
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
        if tree.tags[element] not in _TITLES or tree.tags[element] in self._first:
            return False
        return tree.is_blank(tree.starts[outer], tree.starts[element]) and tree.is_blank(
            tree.ends[element], tree.ends[outer]
        )


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
        if tree.tags[element] in _TITLES and not items.hold(element):
            return _TITLES[tree.tags[element]]
    level = _level_behind(tree, region, region.marks[0], items) if len(region.marks) > 1 else 7
    return level if level < 7 and level == _level_behind(tree, region, region.marks[1], items) else 7


def _level_behind(tree: Tree, region: Region, mark: Mark, items: _Items) -> int:
    """The level of the heading next behind an age, beside the items; 7 where something else is."""
    fragment = bisect_right(tree.filled, tree.filled[mark.end], mark.end) - 1
    element = tree.owners[fragment] if fragment < region.end else region.element
    while element > region.element:
        if tree.tags[element] in _TITLES:
            return 7 if items.hold(element) else _TITLES[tree.tags[element]]
        element = tree.parents[element]
    return 7
