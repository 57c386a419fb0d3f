"""The records of a list: the largest elements that hold one title each, or stretches of flat markup from title to title."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import NamedTuple

from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.items import is_noise, is_prose, is_text
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.ages import Mark
from meeruit.tasks.html.anchors import find_texts, find_titles, has_own_title, strong_titles
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.links import leads_to_part
from meeruit.tasks.html.tree import Anchor, Tree

#: So many links that read like headlines below one title are a list of their own.
_LIST = 2
_NEVER = 1_000
#: A list of more is none that people read.
_MOST = 10_000


class Record(NamedTuple):
    """The fragments of one item, the element around just them, if there is one, and what it is known by."""

    start: int
    end: int
    element: int | None
    anchor: Anchor
    #: The element that it stands in, beside its siblings.
    parent: int


class Stretch(NamedTuple):
    """The fragments from ``start`` to ``end`` of an element."""

    element: int
    start: int
    end: int


def find_records(reader: Reader, stretch: Stretch, *, inner: int = _NEVER) -> list[Record]:
    """All that look like records in a stretch of the page, in order.

    By their titles; where ages or datelines are many more, by their texts; else by their ages. ``inner``: so many links
    below the title of a card are a list of their own.
    """
    titles = find_titled(reader, stretch, inner=inner)
    ages = reader.marks_in(stretch.start, stretch.end)
    if titles and len(titles) >= len(ages) > 0:
        return titles
    texts = list(islice(find_texts(reader.tree, stretch.start, stretch.end, reader.skipped, reader.profile), _MOST))
    datelines = sum(reader.dateline_of(one.text) is not None for one in texts)
    if titles and 2 * len(titles) >= max(len(ages), datelines):
        return titles
    if datelines < len(ages) != len(texts):
        records = grown(reader.tree, stretch, [_of_age(reader.tree, mark) for mark in ages[:_MOST]])
        return [] if 2 * sum(_are_labels(reader, one) for one in records) > len(records) else records
    return grown(reader.tree, stretch, texts if len(texts) == len(ages) else _with_datelines(reader, texts))


def _are_labels(reader: Reader, record: Record) -> bool:
    """Whether there are links beside an age, and none is a title: the buttons of a comment."""
    tree = reader.tree
    if record.element is None or any(is_text(line, reader.profile) for line in reader.lines(record.start, record.end)):
        return False
    return tree.tags[record.element : tree.behind[record.element]].count("a") > 1


def find_titled(reader: Reader, stretch: Stretch, *, inner: int = _NEVER) -> list[Record]:
    """The records that have titles."""
    tree = reader.tree
    found = list(islice(find_titles(tree, stretch.start, stretch.end, stretch.element, reader.profile), _MOST))
    strong = _without_rubrics(tree, stretch, _merged(tree, strong_titles(tree, found, reader.profile)), found)
    strong = _without_inner(tree, stretch, strong, inner)
    records = _with_likes(tree, stretch, strong, found, reader.profile)
    return [
        one
        for one in records
        if not _is_paid(tree, one.anchor) and (one.element is None or not _is_other(tree, one.element))
    ]


def find_reports(reader: Reader, stretch: Stretch) -> list[Record]:
    """The records whose texts open with datelines; those beside them that have an age, too."""
    texts = find_texts(reader.tree, stretch.start, stretch.end, reader.skipped, reader.profile)
    reports = grown(reader.tree, stretch, [one for one in texts if is_report(reader, one.text)])
    around = {one.parent for one in reports if one.element is not None}
    aged = [
        one
        for one in grown(reader.tree, stretch, [_of_age(reader.tree, mark) for mark in reader.marks])
        if one.parent in around
    ]
    return aged if len(aged) > len(reports) else reports


def is_report(reader: Reader, text: str) -> bool:
    """Whether a text opens with a dateline, and goes on as one."""
    dateline = reader.dateline_of(text)
    return dateline is not None and (dateline.agencies != () or is_prose(Line(dateline.rest)))


def _with_datelines(reader: Reader, texts: Sequence[Anchor]) -> list[Anchor]:
    return [one for one in texts if reader.dateline_of(one.text)]


def _is_other(tree: Tree, element: int) -> bool:
    """Whether an element is no item: there is something to fill in, or it is the page's own article."""
    inside = tree.tags[element : tree.behind[element]]
    return "form" in inside or ("h1" in inside and has_own_title(tree))


def _is_paid(tree: Tree, title: Anchor) -> bool:
    """Whether a title's link says that it is an advertisement (HTML: ``rel=sponsored``)."""
    if not title.linked or title.element is None:
        return False
    inside = range(title.element, tree.behind[title.element])
    link = title.link or next((one for one in inside if tree.tags[one] == "a"), None)
    return link is not None and "sponsored" in (tree.nodes[link].attrs.get("rel") or "").lower().split()


def _of_age(tree: Tree, mark: Mark) -> Anchor:
    return Anchor(mark.start, mark.end, mark.element, str(mark.start), False, 0, False, mark.age.text)


def _merged(tree: Tree, anchors: Sequence[Anchor]) -> list[Anchor]:
    """Each title once: a picture's link before it, a copy or a teaser behind it; a heading before others.

    Of two headings right below each other the one of fewer words is a label.
    """
    merged: list[Anchor] = []
    for one in anchors:
        if not merged or not _same(tree, merged[-1], one):
            merged.append(one)
        elif one.level:
            if not merged[-1].level or _says_more(one, merged[-1]):
                merged[-1] = one
        elif _is_kicker(tree, merged[-1], one) or _is_of_labels(tree, merged[-1], one):
            merged[-1] = one
    return merged


def _is_kicker(tree: Tree, one: Anchor, other: Anchor) -> bool:
    """Whether of two links to one place the first opens what the second says: ``Zeeland:``; the colon may stand behind it."""
    opens = one.text.endswith(":") or tree.text(one.end, other.start) == ":"
    return one.level == other.level == 0 and opens and one.text != other.text


def _is_of_labels(tree: Tree, one: Anchor, other: Anchor) -> bool:
    """Whether of two links to one place the first prints labels alone, on lines of their own: ``watch now``, ``VIDEO``."""
    if one.level or other.level or tree.lines[one.start] == tree.lines[one.end - 1]:
        return False
    lines = groupby(range(one.start, one.end), tree.lines.__getitem__)
    longest = max(len(tree.text(min(own), max(own) + 1).split()) for own in (list(own) for _, own in lines))
    return longest < _LABEL <= len(other.text.split())


#: A label has no more words.
_LABEL = 4


def _says_more(one: Anchor, other: Anchor) -> bool:
    """Whether of two headings the first is the title: that with more words, but of two that lead to one place, where the
    other has few; of a link and of one of lower rank that is none, the link.
    """
    if one.linked != other.linked and (one.level < other.level) == one.linked:
        return one.linked
    words, others = len(one.text.split()), len(other.text.split())
    return words > others and (one.key != other.key or others <= _LABEL)


def _same(tree: Tree, one: Anchor, other: Anchor) -> bool:
    """Whether two titles are one item's: they say the same, or lead to the same from different places."""
    if tree.is_blank(one.end, other.start):
        return one.text == other.text or (one.linked and one.key == other.key) or 0 < one.level != other.level > 0
    if not one.linked or one.key != other.key:
        return False
    if _place(tree, one) != _place(tree, other):
        return True
    if one.text == other.text:  # set twice, for narrow screens and for wide ones
        return len(tree.text(one.end, other.start).split()) <= _LABEL
    return not one.level  # two headings that lead to one place are two items


def _place(tree: Tree, anchor: Anchor) -> tuple[int, str]:
    return anchor.level, tree.tags[tree.parents[anchor.element]] if anchor.element else ""


def _without_inner(tree: Tree, stretch: Stretch, anchors: list[Anchor], inner: int) -> list[Anchor]:
    """``anchors`` without the links below a heading of the same card."""
    headings = [one for one in anchors if one.level]
    if not headings or len(headings) == len(anchors):
        return anchors
    cards = grown(tree, stretch, headings)
    siblings = Counter(card.parent for card in cards)
    starts = [one.start for one in anchors]
    covered: set[int] = set()
    for card in cards:
        within = anchors[bisect_left(starts, card.start) : bisect_left(starts, card.end)]
        below = [one for one in within if not one.level]
        if len(below) >= inner:
            continue
        narrow = _narrowed(tree, card, below) if siblings[card.parent] == 1 else card
        covered.update(one.start for one in below if narrow.start <= one.start < narrow.end)
    return [one for one in anchors if one.start not in covered]


def _without_rubrics(tree: Tree, stretch: Stretch, anchors: list[Anchor], found: Sequence[Anchor]) -> list[Anchor]:
    """``anchors`` without the rubrics and tags of cards: links to parts of a site, each shorter than the title beside it.

    Most of the cards that stand side by side have some, of however few words: ``found`` are all links.
    """
    titles = [one for one in anchors if not (one.linked and leads_to_part(one.key))]
    if len(titles) == len(anchors) or len(titles) < _LIST:
        return anchors
    parts = {one.start: one for one in found if one.linked and leads_to_part(one.key)}
    starts, rubrics = list(parts), set[int]()
    cards = sorted([one for one in grown(tree, stretch, titles) if one.element], key=attrgetter("parent"))
    for _, beside in groupby(cards, attrgetter("parent")):
        inside = [(card, starts[bisect_left(starts, card.start) : bisect_left(starts, card.end)]) for card in beside]
        own = [(card, some) for card, some in inside if some]
        short = [3 * max(len(parts[one].text) for one in some) <= 2 * len(card.anchor.text) for card, some in own]
        if sum(short) >= _LIST and 2 * sum(short) >= len(inside):
            rubrics.update(one for _, some in own for one in some)
    return [one for one in anchors if one.start not in rubrics]


def _narrowed(tree: Tree, card: Record, below: list[Anchor]) -> Record:
    """The card of the only heading: no larger than the element beside which like ones hold links."""
    element = card.anchor.element
    while element is not None and card.element is not None and element > card.element:
        above = tree.parents[element]
        beside = [one for one in below if not tree.starts[element] <= one.start < tree.ends[element]]
        foreign = [one for one in beside if tree.starts[above] <= one.start < tree.ends[above]]
        alike = any(tree.tags[tree.child_around(above, one.element or above)] == tree.tags[element] for one in foreign)
        if foreign and (alike or len(foreign) >= _LIST):
            return Record(tree.starts[element], tree.ends[element], element, card.anchor, above)
        element = above
    return card


def _with_likes(
    tree: Tree, stretch: Stretch, anchors: list[Anchor], found: Sequence[Anchor], profile: Profile
) -> list[Record]:
    """The records of ``anchors``, with those of short titles that stand in siblings of them, at the same place.

    Where those are more, all of them are entries of a menu.
    """
    if len(anchors) == 1 and _is_in_menu(tree, anchors[0], found):
        return []
    records = grown(tree, stretch, anchors)
    if len(found) == len(anchors):
        return records
    places = {
        (one.parent, _path(tree, one.element, one.anchor.element)): one for one in records if one.element is not None
    }
    taken, all_link = [one.start for one in records], all(one.linked for one in anchors)
    more: dict[int, list[Anchor]] = {}
    times = Counter((one.text, one.key) for one in found)
    for one in found:
        at = bisect_left(taken, one.start + 1) - 1
        if at >= 0 and one.start < records[at].end:
            continue
        if one.element is None or not one.text[0].isupper() or is_noise(one.text, profile):
            continue
        if not one.level and profile.heading.fullmatch(one.text):
            continue
        if one.linked and times[one.text, one.key] > 1 and leads_to_part(one.key):  # a rubric
            continue
        element, path = one.element, [tree.tags[one.element]]
        while element > stretch.element:
            parent = tree.parents[element]
            if (parent, tuple(path)) in places:
                # a bare title among linked ones is no item; one that names another list would end this one, were it none
                if (
                    one.linked
                    or not all_link
                    or profile.other.fullmatch(one.text)
                    or not _is_all_of(tree, one, element)
                ):
                    more.setdefault(parent, []).append(one)
                break
            element = parent
            path.append(tree.tags[element])
    strong = Counter(one.parent for one in records)
    short = {parent: _merged(tree, likes) for parent, likes in more.items()}
    menus = {parent for parent, likes in short.items() if len(likes) > strong[parent]}
    if not short:
        return records
    kept = [one.anchor for one in records if one.parent not in menus]
    likes = [one for parent, likes in short.items() if parent not in menus for one in likes]
    return grown(tree, stretch, sorted([*kept, *likes], key=lambda one: one.start))


def _is_all_of(tree: Tree, one: Anchor, element: int) -> bool:
    """Whether a title is all that an element prints."""
    return tree.is_blank(tree.starts[element], one.start) and tree.is_blank(one.end, tree.ends[element])


def _is_in_menu(tree: Tree, anchor: Anchor, found: Sequence[Anchor]) -> bool:
    """Whether the only title is one of several links in a row, of which the others are short."""
    element = anchor.element
    while element:
        tag, above = tree.tags[element], tree.parents[element]
        like = {
            one.key
            for one in found
            if one.level == anchor.level
            and one.element
            and tree.parents[child := tree.child_around(above, one.element)] == above
            and tree.tags[child] == tag
        }
        if len(like) > _LIST:
            return True
        if tree.behind[above] - above > tree.behind[element] - element + 1:
            return False
        element = above
    return False


def _path(tree: Tree, outer: int, inner: int | None) -> tuple[str, ...]:
    """The names of the elements from the inner one out."""
    path = []
    while inner is not None and inner >= outer:
        path.append(tree.tags[inner])
        inner = tree.parents[inner]
    return tuple(path)


def grown(tree: Tree, stretch: Stretch, anchors: Sequence[Anchor]) -> list[Record]:
    """Of each anchor the largest element that holds no other."""
    starts, ends, parents = tree.starts, tree.ends, tree.parents
    outer, first, records = stretch.element, stretch.start, list[Record]()
    for one, following in zip(anchors, [*(each.start for each in anchors[1:]), stretch.end], strict=False):
        last = min(following, stretch.end)
        element, start, end = None, one.start, one.end
        above = one.element if one.element is not None else tree.blocks[tree.owners[start]]
        while above > outer and first <= starts[above] <= start and end <= ends[above] <= last:
            element, start, end = above, starts[above], ends[above]
            above = parents[above]
        records.append(Record(start, end, element, one, above))
        first = max(stretch.start, one.end)
    return records
