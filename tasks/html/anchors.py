"""What the records of a list are found by: their titles, or their texts where they have none.

A title is a heading element or a link that reads like a headline. Decides nothing about where a record begins or ends.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from meeruit.tasks.fold import nfc
from meeruit.tasks.grammar.ages import find_age, find_labelled_age
from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.datelines import read_dateline
from meeruit.tasks.grammar.items import is_noise, is_prose
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.links import leads_to_author
from meeruit.tasks.html.tree import TITLES, Anchor, Tree

#: A link of so many words, or of two and so many letters, reads like a headline.
_WORDS, _LETTERS = 3, 20
#: So many fragments of a line beside a link are looked at.
_NEAR = 8
#: What stands before an author has no more letters: ``By``, ``Door``.
_OPENER = 6
#: How words end behind which white space is due: without it a link stands beside them, not in their sentence.
_ENDS = re.compile(r"[^\W_][\"'”“’»«!?]{0,2}\Z")
#: What leads to more places is a label.
_LABELS = 2


def find_titles(tree: Tree, start: int, end: int, inside: int, profile: Profile) -> Iterator[Anchor]:
    """The headings and links in an element's fragments from ``start`` to ``end``, in order; each by its place."""
    behind, titles = 0, tree.titles
    for at in range(bisect_right(titles, inside), bisect_left(titles, tree.behind[inside])):
        element = titles[at]
        if element < behind or tree.starts[element] < start or tree.ends[element] > end:
            continue
        if tree.is_blank(tree.starts[element], tree.ends[element]):
            continue
        if tree.tags[element] == "a":
            if any([one in TITLES for one in tree.tags[element + 1 : tree.behind[element]]]):  # noqa: C419 - faster
                continue
            if not _is_mention(tree, element, profile):
                yield _anchor(tree, element, element, _href(tree, element), 0)
        elif known_heading := tree.headings.get(element):
            yield known_heading
        else:
            tree.headings[element] = heading = _heading(tree, element)
            yield heading
        behind = tree.behind[element]


def _heading(tree: Tree, element: int) -> Anchor:
    """A heading by the longest of its links, or the link that it stands in."""
    links = [
        one
        for one in range(element + 1, tree.behind[element])
        if tree.tags[one] == "a" and not tree.is_blank(tree.starts[one], tree.ends[one])
    ]
    level = TITLES[tree.tags[element]]
    if len(links) == 1 and (tree.starts[links[0]], tree.ends[links[0]]) == (tree.starts[element], tree.ends[element]):
        return _anchor(tree, element, links[0], _href(tree, links[0]), level)
    link = max(links, key=lambda one: len(tree.text(tree.starts[one], tree.ends[one])), default=element)
    whole = len(tree.text(tree.starts[element], tree.ends[element]))
    if links and (
        2 * len(tree.text(tree.starts[link], tree.ends[link])) >= whole
        or tree.text(tree.starts[element], tree.starts[link]).endswith(":")
    ):
        return _anchor(tree, element, link, _href(tree, link), level)
    above = tree.link_around(element)
    anchor = _anchor(tree, element, element, _href(tree, above) if above > 0 else "", level)
    return anchor._replace(link=above, linked=True) if above > 0 else anchor


def _anchor(tree: Tree, element: int, inner: int, href: str, level: int) -> Anchor:
    start, end = tree.starts[inner], tree.ends[inner]
    text = tree.text(start, end)
    return Anchor(start, end, element, href or text, True, level, tree.tags[inner] == "a", text)


def _is_mention(tree: Tree, link: int, profile: Profile) -> bool:
    """Whether a link stands in running text: ``de <a>minister van Sport</a> zegt``."""
    start, end = tree.starts[link], tree.ends[link]
    first, last = tree.line_at(tree.lines[start])
    if (first, last) == (start, end) or tree.lines[end - 1] != tree.lines[start]:
        return False
    printed = _bare if _words(tree.text(start, end)) >= _WORDS else Tree.text
    before, after = printed(tree, max(first, start - _NEAR), start), printed(tree, end, min(last, end + _NEAR))
    if after and (find_labelled_age(after, profile.ages) or (not before and _stands_apart(tree, link, end, last))):
        after = ""
    if before and find_labelled_age(before, profile.ages):
        before = ""
    if before and is_noise(f"{before} {tree.text(start, end)}", profile):  # the author behind a ``By``
        return True
    if _ENDS.search(before) and start > first and not _is_spaced(tree, start):  # side by side, no running text
        before = ""
    if len(before.split()) >= _WORDS and not before.endswith(":"):
        return True
    return (
        after[:1].islower()
        or after[:1] in tuple(",.;)")
        or (before != "" and before[-1:].isalnum() and before[-1:].islower() and bool(after) and not after[0].isalnum())
    )


def _stands_apart(tree: Tree, link: int, start: int, end: int) -> bool:
    """Whether what a line prints behind a link is one element of its own: ``<a>Title</a> <small>this morning</small>``."""
    while start < end and not tree.texts[start].strip():
        start += 1
    if start == end:
        return False
    around = tree.common(tree.owners[start], link)
    beside = tree.child_around(around, tree.owners[start])
    return beside != around and tree.starts[beside] <= start and tree.is_blank(tree.ends[beside], end)


def _is_spaced(tree: Tree, start: int) -> bool:
    """Whether white space parts a fragment from the one before it."""
    return tree.texts[start - 1].endswith(" ") or tree.texts[start].startswith(" ")


def _bare(tree: Tree, start: int, end: int) -> str:
    """What fragments print that stand in no link: links in a row are no text around each other."""
    return nfc("".join([tree.texts[one] for one in range(start, end) if not _in_link(tree, tree.owners[one])]).strip())


def _in_link(tree: Tree, element: int) -> bool:
    while tree.tags[element] != "a" and tree.blocks[element] != element:
        element = tree.parents[element]
    return tree.tags[element] == "a"


def _href(tree: Tree, link: int) -> str:
    href = (tree.nodes[link].attrs.get("href") or "").strip()
    return "" if href.startswith("#") or href.lower().startswith("javascript:") else href


@known
def reads_like_headline(text: str, profile: Profile) -> bool:
    """Whether a text has the words of a headline, and is no label, no link to more, no age."""
    words = _words(text)
    if words < 2 or (words < _WORDS and len(text) < _LETTERS):
        return False
    if is_noise(text, profile) or profile.heading.fullmatch(text):
        return False
    age = find_labelled_age(text, profile.ages)
    if age is None:
        return True
    # With more than a label of one or two words beside the age, it is a title that names a day.
    return not find_age(text, profile.ages) and words - _words(age.text) >= _WORDS


def _words(text: str) -> int:
    return sum(map(_has_letter, text.split()))


def _has_letter(word: str) -> bool:
    return any(map(str.isalpha, word))


def strong_titles(tree: Tree, found: Sequence[Anchor], profile: Profile) -> list[Anchor]:
    """Those of the titles that records can have: no labels, no links to more."""
    places: dict[str, set[str]] = {}
    for one in found:
        places.setdefault(one.text, set()).add(one.key if one.linked else str(one.start))
    authors = {one.start for one in found if one.level and _names_author(tree, one, profile)}
    headings = [one for one in found if one.level and one.start not in authors]
    bare_too = 2 * sum(one.linked for one in headings) <= len(headings)
    names, labels = _names(headings, found, profile), _labels(tree, found, profile)
    own = has_own_title(tree)

    def is_strong(one: Anchor) -> bool:
        if (own and one.level == 1) or one.start in authors:
            return False
        if len(places[one.text]) > _LABELS or _names_list(one.text, profile):
            return False
        if one.level and find_labelled_age(one.text, profile.ages):
            return False
        if (one.level in names and len(one.text.split()) < _WORDS) or one.element in labels:
            return False
        if one.level:
            return one.linked or bare_too
        return reads_like_headline(one.text, profile) and not leads_to_author(one.key)

    strong: dict[int, Anchor] = {}
    for one in found:
        if is_strong(one):
            strong[one.start] = one
        elif one.level and one.link is not None and _is_label(tree, one, profile):  # a label in a card that is a link
            strong.setdefault(tree.starts[one.link], _anchor(tree, one.link, one.link, one.key, 0))
    levels: dict[int, int] = {}
    for one in strong.values():
        if one.level and one.link:
            levels[one.link] = min(levels.get(one.link, one.level), one.level)
    # of several headings in one link the highest is the title: ``<a><h4>Kicker</h4><h3>Title</h3></a>``
    strong = {
        start: one for start, one in strong.items() if not one.link or one.level <= levels.get(one.link, one.level)
    }
    links = {one.link for one in strong.values() if one.link is not None}
    return [strong[start] for start in sorted(strong) if strong[start].element not in links]


def _names_author(tree: Tree, heading: Anchor, profile: Profile) -> bool:
    """Whether a heading says who wrote an item: by where its link leads, by ``By`` in it or printed right before it."""
    if leads_to_author(heading.key):
        return True
    start, end = (tree.starts[heading.element], tree.ends[heading.element]) if heading.element else heading[:2]
    text, before = tree.text(start, end), start - 1
    if start < heading.start and is_noise(text, profile):
        return True
    while before >= 0 and not tree.texts[before].strip():
        before -= 1
    opener = tree.text(before, start) if before >= 0 else ""
    return 0 < len(opener) <= _OPENER and opener.isalpha() and is_noise(f"{opener} {text}", profile)


def has_own_title(tree: Tree) -> bool:
    """Whether the page has one ``<h1>`` alone, its own title, and that stands in this part of it."""
    if tree.tags.count("h1") != 1:
        return False
    if tree.whole or tree.one_h1:
        return True
    top = tree.nodes[0]
    while top.parent is not None:
        top = top.parent
    return len(top.css("h1")) == 1


def _is_label(tree: Tree, one: Anchor, profile: Profile) -> bool:
    """Whether a heading is not all that the link around it says."""
    link = one.link or 0
    rest = tree.text(tree.starts[link], one.start), tree.text(one.end, tree.ends[link])
    return any(text and not _names_list(text, profile) for text in rest)


@known
def _names_list(text: str, profile: Profile) -> bool:
    """Whether a title is the heading of a list, or says nothing."""
    return bool(is_noise(text, profile) or profile.heading.fullmatch(text) or profile.other.fullmatch(text))


def _labels(tree: Tree, found: Sequence[Anchor], profile: Profile) -> set[int | None]:
    """The links that are labels: of those that look alike, most have few words: authors, rubrics, topics."""
    links: dict[str, list[Anchor]] = {}
    for one in found:
        if not one.level and one.element is not None:
            links.setdefault(tree.tags[tree.parents[one.element]], []).append(one)
    labels: set[int | None] = set()
    for some in links.values():
        headlines = {one.start for one in some if reads_like_headline(one.text, profile)}
        if not headlines or len(headlines) == len(some):
            continue
        alike: dict[tuple[str | None, str | None], list[Anchor]] = {}
        for one in some:
            element = one.element or 0
            looks = tree.nodes[element].attrs.get("class"), tree.nodes[tree.parents[element]].attrs.get("class")
            if any(looks):
                alike.setdefault(looks, []).append(one)
        for same in alike.values():
            few = sum(one.start in headlines for one in same)
            if 0 < 2 * few < len(same) and len(found) - len(same) >= few:
                labels.update(one.element for one in same)
    return labels


def _names(headings: Sequence[Anchor], found: Sequence[Anchor], profile: Profile) -> set[int]:
    """The levels of headings that name sections: of few words each, above many others that read like headlines."""
    levels: dict[int, list[Anchor]] = {}
    for one in headings:
        levels.setdefault(one.level, []).append(one)
    few = {
        level: {one.key for one in same}
        for level, same in levels.items()
        if sum([len(one.text.split()) for one in same]) < _WORDS * len(same)
    }
    if not few:
        return set()
    others = {one.key for one in found if reads_like_headline(one.text, profile)}
    return {level for level, own in few.items() if len(others - own) >= 2 * len(levels[level])}


def find_texts(tree: Tree, start: int, end: int, skipped: set[int], profile: Profile) -> Iterator[Anchor]:
    """The lines that can be an item's text."""
    at = start
    while at < end:
        line = tree.lines[at]
        stop = at
        while stop < end and tree.lines[stop] == line:
            stop += 1
        kept = [one for one in range(at, stop) if one not in skipped]
        text = "".join(tree.texts[one] for one in kept).strip()
        if text:
            dateline = read_dateline(text, profile.agencies)
            if dateline or is_prose(Line(text)):
                block = tree.blocks[tree.owners[kept[0]]]
                alone = tree.starts[block] == at and tree.ends[block] == stop
                yield Anchor(kept[0], kept[-1] + 1, block if alone else None, text, False, 0, False, text)
        at = stop
