"""A list: the run of records that a heading heads, each with the stretch of the page that is its own."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.items import is_prose
from meeruit.tasks.grammar.section_names import has_clock
from meeruit.tasks.html.anchors import has_own_title
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.records import Record, Stretch
from meeruit.tasks.html.tree import TITLES, Tree


def run_of(reader: Reader, records: Sequence[Record], title: int, stretch: Stretch) -> list[Record]:
    """The records of the list that a heading heads: from the first one up to where something else begins.

    ``title``: the heading's element. What is unlike the others is passed over.
    """
    tree, own = reader.tree, TITLES.get(reader.tree.tags[title], 7)
    run: list[Record] = []
    paths: set[tuple[str, ...]] = set()
    grouped = False
    said: Counter[str] | None = None
    records = _without_boxes(reader, records)
    groups = [(parent, _alike(tree, list(group))) for parent, group in groupby(records, attrgetter("parent"))]
    several = len(groups) > 1  # else nobody asks for the paths
    path_at = {one.start: path_of(tree, stretch.element, one, passed=WRAPPERS) if several else () for one in records}
    all_paths = Counter(path_at.values())
    for parent, likes in groups:
        paths_of = [path_at[one.start] for one in likes]
        likes_of = Counter(paths_of) if several else {}
        for one, path in zip(likes, paths_of, strict=True):
            start = run[-1].end if run else stretch.start
            above = [each for each in titles_between(tree, start, one.start, title) if heads(tree, each, one.start)]
            if above:
                said = said or Counter(
                    _text(tree, each) for each in titles_between(tree, stretch.start, stretch.end, title)
                )
                above = [each for each in above if said[_text(tree, each)] == 1]  # what comes again is a label
                inside = bool(run) and run[-1].parent == parent and tree.tags[parent] in _LISTS
                if any(_ends(reader, each, 0 if inside else own) for each in above):
                    return run
            if not run:
                grouped = bool(above)
                if not one.anchor.title and _heads_other(reader, start, one.start):
                    return run
                if one.anchor.title and _is_above_own_title(tree, title, start, one.start):
                    return run
                if _is_below_other(reader, title, start, one):
                    return run
            elif run[-1].parent != parent:
                between = reader.lines(start, one.start)
                if (above and not grouped) or any(is_prose(line) or _names_other(reader, line) for line in between):
                    return run
                kin = one.anchor.title and likes_of[path] == len(likes)
                if one.anchor.level and one.anchor.level == run[-1].anchor.level:  # columns below the first stories
                    kin = kin and all_paths[path] >= _LIST
                else:
                    kin = kin and likes_of[path] >= _LIST
                if path not in paths and len(run) > 1 and not kin:
                    continue
            run.append(one)
            paths.add(path)
    return run


def _without_boxes(reader: Reader, records: Sequence[Record]) -> list[Record]:
    """``records`` without those of a box among them that a line opens which heads another list: *Most read*."""
    tree, kept, counts = reader.tree, list[Record](), Counter([one.parent for one in records])
    around = min([parent for parent, count in counts.items() if count >= _BESIDE], default=-1)
    if len(counts) == 1 or around < 0:
        return list(records)

    def box_of(one: Record) -> int:
        """The child of the list's element that a record stands deeper in; or 0."""
        deeper = one.parent > around and tree.inside(one.parent, around)
        return tree.child_around(around, one.parent) if deeper else 0

    for box, group in groupby(records, box_of):
        inside = list(group)
        opening = reader.lines(tree.starts[box], inside[-1].end)[:1] if box and len(inside) >= _BESIDE else ()
        if not any(reader.profile.other.fullmatch(line.text) for line in opening):
            kept += inside
    return kept


def _alike(tree: Tree, group: list[Record]) -> list[Record]:
    """The records of one element but for those that are like no other, by name and by kind of title."""
    if len(group) < _FEW:
        return group
    if len({one.anchor.level for one in group}) == 1:
        return group
    levels = Counter([one.anchor.level for one in group])
    if 1 not in levels.values():
        return group
    cores = Counter([_core(tree, one) for one in group])
    return [
        one for at, one in enumerate(group) if at == 0 or levels[one.anchor.level] > 1 or cores[_core(tree, one)] > 1
    ]


#: The label of a tab has no more words.
_TAB = 4
#: So many records side by side are a list, and so many titles in a box.
_BESIDE = 2
#: In these a title ends nothing.
_LISTS = frozenset({"ul", "ol", "dl", "tbody"})
#: Elements that say nothing.
WRAPPERS = frozenset({"div", "span", "section"})
#: So many records of their own kind go on a list.
_LIST = 3
#: So many siblings show what is usual among them.
_FEW = 4


def _core(tree: Tree, record: Record) -> str:
    """The name of a record's element, wrappers around it left out."""
    element = record.element
    if element is None:
        return ""
    while True:
        inner = [one for one in tree.children(element) if not tree.is_blank(tree.starts[one], tree.ends[one])]
        if len(inner) != 1 or (tree.starts[inner[0]], tree.ends[inner[0]]) != (
            tree.starts[element],
            tree.ends[element],
        ):
            return tree.tags[element]
        element = inner[0]


def path_of(tree: Tree, outer: int, record: Record, *, passed: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The names of the elements from a record's title out, but for those that are ``passed``."""
    element, path = record.anchor.element or record.parent, list[str]()
    while element > outer:
        if tree.tags[element] not in passed:
            path.append(tree.tags[element])
        element = tree.parents[element]
    return tuple(path)


def titles_between(tree: Tree, start: int, end: int, title: int) -> Iterator[int]:
    """The elements between two records that can be titles of lists: headings, and what looks like the list's own one."""
    for element in range(bisect_left(tree.starts, start), len(tree.tags)):
        if tree.starts[element] >= end:
            return
        if tree.ends[element] > end or tree.is_blank(tree.starts[element], tree.ends[element]):
            continue
        if tree.tags[element] in TITLES or (
            tree.tags[element] == tree.tags[title] and _looks_like(tree, element, title)
        ):
            yield element


def _looks_like(tree: Tree, element: int, title: int) -> bool:
    """Whether an element looks like a title of its name: by what it is set in, or as a paragraph that opens a box."""
    looks = tree.nodes[title].attributes.get("class")
    if looks and tree.nodes[element].attributes.get("class") == looks:
        return True
    return tree.tags[title] == "p" and tree.parents[element] != tree.parents[title] and _opens(tree, element)


def _heads_other(reader: Reader, start: int, end: int) -> bool:
    """Whether links, the page's own article or a ticker stand between a heading and texts without titles."""
    tags = _tags_between(reader.tree, start, end)
    return tags.count("a") > 1 or "h1" in tags or any(has_clock(line.text) for line in reader.lines(start, end))


def _is_above_own_title(tree: Tree, title: int, start: int, end: int) -> bool:
    """Whether the page's own title stands between a heading that is none by its name and the first record."""
    if tree.tags[title] in TITLES or "h1" not in tree.tags:
        return False
    return "h1" in _tags_between(tree, start, end) and has_own_title(tree)


def _is_below_other(reader: Reader, title: int, start: int, first: Record) -> bool:
    """Whether what heads another list stands before the first record, or opens it as a title of no lower rank than ``title``."""
    tree = reader.tree
    names = [line for line in reader.lines(start, first.start) if _names_other(reader, line)]
    if any(not _stands_in_row(tree, line) for line in names):
        return True
    opening = titles_between(tree, first.start, first.anchor.start, title)
    own = [one for one in opening if TITLES.get(tree.tags[one], 7) <= TITLES.get(tree.tags[title], 7)]
    return any(reader.profile.other.fullmatch(_text(tree, one)) for one in own)


def _stands_in_row(tree: Tree, line: Line) -> bool:
    """Whether a line is all of one of several like elements of few words beside each other: the label of a tab, a button."""
    block = line.paragraph - 1
    element = next((one for one in tree.children(block) if _text(tree, one) == line.text), block)
    beside = [one for one in tree.children(tree.parents[element]) if tree.tags[one] == tree.tags[element]]
    words = [len(_text(tree, one).split()) for one in beside]
    return sum(few > 0 for few in words) > 1 and max(words) <= _TAB


def _tags_between(tree: Tree, start: int, end: int) -> list[str]:
    """The names of the elements that print something, and all of it between two fragments."""
    between = range(bisect_left(tree.starts, start), bisect_left(tree.starts, end))
    return [tree.tags[one] for one in between if start <= tree.starts[one] < tree.ends[one] <= end]


def _ends(reader: Reader, title: int, own: int) -> bool:
    """Whether a title ends the list of a heading of the level ``own``: one of no lower rank, or that of a known other list."""
    tree = reader.tree
    return (
        TITLES.get(tree.tags[title], own or 1) <= own or reader.profile.other.fullmatch(_text(tree, title)) is not None
    )


def _names_other(reader: Reader, line: Line) -> bool:
    """Whether a line heads another list; a link can be a label."""
    return line.url is None and reader.profile.other.fullmatch(line.text) is not None


def _text(tree: Tree, element: int) -> str:
    return tree.text(tree.starts[element], tree.ends[element])


def _opens(tree: Tree, element: int) -> bool:
    """Whether it is the first thing printed in the element that it stands in, and no link."""
    return (
        tree.is_blank(tree.starts[tree.parents[element]], tree.starts[element])
        and "a" not in tree.tags[element : tree.behind[element]]
    )


def heads(tree: Tree, title: int, fragment: int) -> bool:
    """Whether a title heads what is printed at ``fragment``: nothing else follows the title in a smaller element."""
    element = title
    while element > 0 and tree.is_blank(tree.ends[title], tree.ends[element]):
        element = tree.parents[element]
    return fragment < tree.ends[element]
