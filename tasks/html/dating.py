"""Which of the ages and dates in a record is its own: decided once for a list, by the place at which most records have one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from meeruit.tasks.grammar.ages import Age, Date
from meeruit.tasks.html.ages import Mark
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.parts import Part
from meeruit.tasks.html.tree import Tree

#: A clock time of one digit, without what says so, is a film's length; one of two may be.
_LENGTH, _PERHAPS = re.compile(r"\d:\d\d"), re.compile(r"\d\d:\d\d")


def ages_of(reader: Reader, parts: Sequence[Part]) -> list[Age | None]:
    """The age of each record, or None."""
    tree = reader.tree
    inside = [[mark for mark in reader.marks_in(one.start, one.end) if _is_own(tree, one, mark)] for one in parts]
    several = any(len(own) > 1 for own in inside)
    ages = _usual(tree, parts, inside) if several else [own[0].age if own else None for own in inside]
    return ages if _are_times(ages) else [None for _ in ages]


def _is_own(tree: Tree, part: Part, mark: Mark) -> bool:
    """Whether an age stands in a record; an element that prints nothing stands between two fragments."""
    if mark.start == mark.end and part.record.element is not None:
        return tree.inside(mark.element, part.record.element)
    return mark.start < part.end >= mark.end and not (
        _LENGTH.fullmatch(mark.age.text) or _is_on_still(tree, part, mark)
    )


def _is_on_still(tree: Tree, part: Part, mark: Mark) -> bool:
    """Whether a clock time is a film's length: in the box of a picture, or beside labels in a link that is not the title's."""
    if mark.age.moment or not _PERHAPS.fullmatch(mark.age.text):
        return False
    if _is_on_picture(tree, mark):
        return True
    link = tree.link_around(mark.element)
    if link <= 0 or tree.starts[link] <= part.record.anchor.start < tree.ends[link]:
        return False
    return not (tree.is_blank(tree.starts[link], mark.start) and tree.is_blank(mark.end, tree.ends[link]))


def _is_on_picture(tree: Tree, mark: Mark) -> bool:
    """Whether a clock time is all that is printed in the box of a picture."""
    element = box = mark.element
    while (
        element > 0 and tree.is_blank(tree.starts[element], mark.start) and tree.is_blank(mark.end, tree.ends[element])
    ):
        box, element = element, tree.parents[element]
    return tree.nodes[box].css_first("img, picture, video") is not None


def _usual(tree: Tree, parts: Sequence[Part], inside: Sequence[Sequence[Mark]]) -> list[Age | None]:
    """Of several ages of a record the one that stands where most records have one."""
    places = Counter(
        place for own, part in zip(inside, parts, strict=True) for place in {_place(tree, part, one) for one in own}
    )
    return [
        max(own, key=lambda one: (_kind(one), places[_place(tree, part, one)], -one.start)).age if own else None
        for own, part in zip(inside, parts, strict=True)
    ]


def _kind(mark: Mark) -> int:
    """What is more surely the time of an item: a point, an age, a date, a clock time."""
    when = mark.age.when
    if isinstance(when, Date):
        return 0 if when.is_clock and not mark.age.moment else 1
    return 2 if when or mark.age.moment else 0


def _place(tree: Tree, part: Part, mark: Mark) -> tuple[str, ...]:
    element, path = mark.element, list[str]()
    top = part.record.element if part.record.element is not None else part.record.parent
    while element > top:
        path.append(tree.tags[element])
        element = tree.parents[element]
    return tuple(path)


def _are_times(ages: Sequence[Age | None]) -> bool:
    """Whether clock times alone are in order, but for one midnight: films' lengths are not."""
    clocks = [
        age.when.clock for age in ages if age and isinstance(age.when, Date) and age.when.is_clock and age.when.clock
    ]
    if len(clocks) < 3 or len(clocks) < sum(age is not None for age in ages):
        return True
    steps = [one >= other for one, other in pairwise(clocks)]
    return min(steps.count(True), steps.count(False)) <= len(clocks) // 4
