"""Which stretch of a page's tree each heading heads.

The block is the smallest element around the heading that holds ages (design.md section 2). Where that element holds more
than the block, ``region`` says where it ends.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence

from meeruit.tasks.html.marks import Heading, Mark
from meeruit.tasks.html.region import TITLES, Region, heads_something_else, up_to_next_title, within
from meeruit.tasks.html.tree import Tree

#: A heading heads nothing outside of these.
_BOUNDS = frozenset({"main", "article", "aside", "nav", "footer", "form", "li", "dialog"})
#: So many lines behind a heading are what it heads; fewer may introduce it.
_LIST = 3


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
            region = Region(element, heading.end, end, within(own, end), heading.section, heading.start)
            title = tree.blocks[tree.owners[heading.start]]
            if not heads_something_else(tree, region, title):
                regions.append(up_to_next_title(tree, region, own[0].end, title))
    return regions


def _without_headlines(tree: Tree, headings: Sequence[Heading], marks: Sequence[Mark]) -> Sequence[Heading]:
    """``headings`` but for what reads like one in an item (17): in one of several items, of another kind than the first.

    A single one is none if it is no title.
    """

    def tag_of(heading: Heading) -> str:
        return tree.tags[tree.blocks[tree.owners[heading.start]]]

    alone = len(headings) == 1
    if not headings or (alone and tag_of(headings[0]) in TITLES):
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
    return 2 * sum(headed) < len(items) and (first is None or not any(tree.inside(first, one) for one in items))


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
    return "a" in around and not around & TITLES.keys()
