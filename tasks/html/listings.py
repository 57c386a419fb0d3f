"""The lists of a page that was declared a listing: all that hold three or more teasers, with the title above each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from meeruit.tasks.grammar.ages import Date
from meeruit.tasks.grammar.items import is_noise, is_prose
from meeruit.tasks.grammar.section_names import has_clock, is_name
from meeruit.tasks.html.anchors import reads_like_headline
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.links import leads_to_part
from meeruit.tasks.html.lists import heads, path_of, titles_between
from meeruit.tasks.html.records import Record, Stretch, find_reports, find_titled, is_report
from meeruit.tasks.html.skim import ancestors
from meeruit.tasks.html.tree import TITLES, Anchor, Tree

#: Fewer teasers are no list.
_FEWEST = 3
#: Bare links of fewer words each, and fewer letters, lead to parts of a site.
_WORDS, _LONG = 4, 40
#: The name of who comments has no more words.
_NAME = 2
#: Headings of this level and below are parts of a card, or of an article.
_LOW = 4
#: So many fragments around a list can belong to its first and last record.
_BELOW = 4
#: In these are menus, and what every page of a site prints.
_MENUS = frozenset({"nav", "footer", "header"})
_NAV = frozenset({"nav"})
#: So many entries show what a menu is.
_ENTRIES = 50


class Listed(NamedTuple):
    """A list without a heading that says so: its title, if there is one, and its records."""

    name: str | None
    records: list[Record]


def find_lists(reader: Reader) -> list[Listed]:
    """The lists of teasers on a page that was declared a listing."""
    tree = reader.tree
    records = find_titled(reader, Stretch(0, 0, len(tree.texts)), inner=_FEWEST)
    runs = [run for run in _runs(reader, records) if _are_teasers(reader, run) or _are_lead_stories(reader, run)]
    starts = [run[0].start for run in runs if len(run) >= _FEWEST]
    lists = _Lists(starts, frozenset(one.anchor.element for run in runs for one in run))
    return [Listed(_name(reader, run[0]) or _name_of_box(reader, run[0], lists), run) for run in runs]


def find_report_lists(reader: Reader) -> list[Listed]:
    """The lists of which half of the records have an age and half open with a dateline."""
    whole = Stretch(0, 0, len(reader.tree.texts))
    starts = [mark.start for mark in reader.marks if not isinstance(mark.age.when, Date)]

    def are_reports(run: Sequence[Record]) -> bool:
        end = run[-1].end + _BELOW if run[-1].element is None or not run[-1].anchor.title else run[-1].end
        aged = bisect_left(starts, end) - bisect_left(starts, run[0].start - _BELOW)
        if len(run) < _FEWEST or 2 * aged < len(run):
            return False
        return 2 * sum(_is_report(reader, one) for one in run) >= len(run)

    if 2 * len(starts) < _FEWEST:
        return []
    for records in (find_titled(reader, whole), find_reports(reader, whole)):
        if found := [Listed(_name(reader, run[0]), run) for run in _runs(reader, records) if are_reports(run)]:
            return found
    return []


def _is_report(reader: Reader, record: Record) -> bool:
    return any(is_report(reader, line.text) for line in reader.lines(record.start, record.end))


def _runs(reader: Reader, records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records that stand beside each other, with no title between them."""
    run: list[Record] = []
    for one in records:
        if run and not _goes_on(reader, run, one):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _goes_on(reader: Reader, run: list[Record], one: Record) -> bool:
    tree, last = reader.tree, run[-1]
    if any(heads(tree, each, one.start) for each in titles_between(tree, last.end, one.start, 0)):
        return False
    if one.parent == last.parent:
        return True
    return path_of(tree, 0, one) == path_of(tree, 0, last) and not any(
        is_prose(line) for line in reader.lines(last.end, one.start)
    )


def _are_teasers(reader: Reader, run: Sequence[Record]) -> bool:
    """Whether records have headlines: most of them, and of many words where there is nothing else."""
    if len({one.anchor.key for one in run}) < _FEWEST or _stands_in(reader.tree, run[0].parent, _MENUS):
        return False
    texts = [one.anchor.text for one in run]
    if 2 * sum(reads_like_headline(text, reader.profile) for text in texts) < len(run):
        return False
    bare = not any(one.anchor.level for one in run)
    return (
        not bare
        or sum(map(len, texts)) >= _LONG * len(run)
        or sum(len(one.split()) for one in texts) >= _WORDS * len(run)
    )


def are_entries(reader: Reader, run: Sequence[Record]) -> bool:
    """Whether the list of a heading is a menu: titles of few words, or of some more that lead to parts of sites, and no more.

    In a ``<nav>``, or in an entry of a menu, all that has no ages and does not lead to articles. In a ``<header>`` stand
    menus and the newest titles.
    """
    words, parent = sum(len(one.anchor.text.split()) for one in run), run[0].parent
    in_menu = _stands_in(reader.tree, parent, _NAV) or _stands_in_entry(reader.tree.nodes[parent])
    if in_menu and 2 * len(reader.marks_in(run[0].start, run[-1].end)) < len(run):
        return 2 * sum(one.anchor.linked and not leads_to_part(one.anchor.key) for one in run) <= len(run)
    linked = [one.anchor.key for one in run if one.anchor.linked]
    parts = sum(map(leads_to_part, linked))
    to_parts, to_articles = len(run) > 1 and 2 * parts > len(run), 2 * (len(linked) - parts) > len(run)
    menus = _MENUS - {"header"} if to_articles else _MENUS
    enough = _WORDS + 2 if to_parts or _stands_in(reader.tree, parent, menus) else _WORDS - 1
    if words >= enough * len(run):
        return False
    start, end, titles = run[0].start, run[-1].end, {one.anchor.text for one in run}
    lines = (line for line in reader.lines(start, end) if line.text not in titles)
    texts = sum(is_prose(line) and len(line.text.split()) >= _WORDS for line in lines)
    return not reader.marks_in(start, end) and 2 * texts <= len(run)


def are_comments(run: Sequence[Record]) -> bool:
    """Whether titles are the names of those who wrote: of one word or two, and mostly the same ones."""
    titles = [one.anchor.text for one in run]
    return all(len(title.split()) <= _NAME for title in titles) and 2 * len(set(titles)) < len(titles)


def are_parts(reader: Reader, run: Sequence[Record]) -> bool:
    """Whether a list is made of the parts of an article: titles and texts without links, ages or datelines."""
    tree, start, end = reader.tree, run[0].start, run[-1].end
    if any(one.anchor.linked or one.anchor.link for one in run) or reader.marks_in(start, end):
        return False
    cards = [one.element for one in run if one.element is not None]
    linked = any("a" in tree.tags[element : tree.behind[element]] for element in cards)
    return not linked and not any(reader.opens(line) for line in reader.lines(start, end))


def _are_lead_stories(reader: Reader, run: Sequence[Record]) -> bool:
    """Whether fewer records than a list has are the stories that a front page opens with: headings of many words, each a link."""
    return len(run) < _FEWEST and all(_is_lead_story(reader, one.anchor, one.parent) for one in run)


def _is_lead_story(reader: Reader, title: Anchor, parent: int) -> bool:
    if not (0 < title.level < _LOW and title.linked and len(title.text.split()) >= _WORDS):
        return False
    outside = not _stands_in(reader.tree, title.element or parent, _MENUS - {"header"})
    return outside and reads_like_headline(title.text, reader.profile)


def _stands_in(tree: Tree, element: int, names: Set[str]) -> bool:
    while element >= 0:
        if tree.tags[element] in names:
            return True
        element = tree.parents[element]
    node = None if tree.whole else tree.nodes[0].parent
    while node is not None:
        if node.tag in names:
            return True
        node = node.parent
    return False


def _stands_in_entry(node: LexborNode) -> bool:
    """Whether a node stands in an entry of a menu, behind its link: the entries beside it open with such links, too."""
    for entry in ancestors(node):
        if entry.tag != "li" or entry.parent is None or not _opens_with_name(entry):
            continue
        entries = [_opens_with_name(one) for one in islice(entry.parent.iter(), _ENTRIES) if one.tag == "li"]
        if sum(entries) >= _FEWEST and 2 * sum(entries) > len(entries):
            return True
    return False


def _opens_with_name(entry: LexborNode) -> bool:
    """Whether an entry opens with a link of one word or two."""
    printed = (
        one for one in entry.traverse(include_text=True) if one.is_text_node and (one.text_content or "").strip()
    )
    link = next((one for one in ancestors(next(printed, None)) if one.tag in ("a", "li")), entry)
    return link.tag == "a" and len(link.text().split()) <= _NAME


def _name(reader: Reader, first: Record) -> str | None:
    """The title above a list: the last heading before it that heads it; not that of a ticker, a title above clock times."""
    tree, limit = reader.tree, first.start
    for element in range(bisect_left(tree.starts, first.start) - 1, 0, -1):
        if tree.tags[element] not in TITLES or tree.ends[element] > limit or not heads(tree, element, first.start):
            continue
        if any(has_clock(line.text) for line in reader.lines(tree.ends[element], limit)):
            limit = tree.starts[element]
            continue
        return _title(reader, element)
    return None


class _Lists(NamedTuple):
    """What a page lists: where its lists begin, lead stories left out, and the elements of all headlines."""

    starts: list[int]
    headlines: frozenset[int | None]

    def is_alone(self, tree: Tree, box: int) -> bool:
        """Whether one list begins in a box."""
        return bisect_left(self.starts, tree.ends[box]) - bisect_left(self.starts, tree.starts[box]) == 1


def _name_of_box(reader: Reader, first: Record, lists: _Lists) -> str | None:
    """The title in a box with one list alone: a lead story, a link to subscribe, a count may stand between, but no text."""
    tree = reader.tree
    for one in range(bisect_left(tree.starts, first.start) - 1, 0, -1):
        if tree.tags[one] in TITLES and tree.ends[one] <= first.start and one not in lists.headlines:
            box = tree.common(one, first.parent)
            if box and lists.is_alone(tree, box):
                texts = any(is_prose(line) for line in reader.lines(tree.ends[one], first.start))
                return None if texts else _title(reader, one)
            break
    box = first.parent
    while box > 0 and tree.is_blank(tree.starts[box], first.start):
        box = tree.parents[box]
    above = reader.lines(tree.starts[box], first.start) if box and lists.is_alone(tree, box) else ()
    if len(above) != 1 or above[0].url or is_noise(above[0].text, reader.profile):
        return None
    return above[0].text if is_name(above[0].text) else None


def _title(reader: Reader, element: int) -> str | None:
    """What a title says that names a list, without a link set behind it: to a site, to more."""
    tree = reader.tree
    start, end = tree.starts[element], tree.ends[element]
    links = [one for one in range(element + 1, tree.behind[element]) if tree.tags[one] == "a"]
    if links and not tree.is_blank(start, tree.starts[links[-1]]) and tree.is_blank(tree.ends[links[-1]], end):
        end = tree.starts[links[-1]]
    title = " ".join(line.text for line in reader.lines(start, end))
    return title if title and is_name(title) else None
