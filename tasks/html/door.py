"""The HTML door: a page of any markup, by what its tree says and no class name.

    parse | tree (fragments, lines, elements) | headings | records (titles, lists) | fields (title, text, age)

The structure says what an item is; an age only dates it. Ends in the same blocks and pieces as the text door; what the
pieces say is read in ``items``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from meeruit.tasks.grammar.ages import Date
from meeruit.tasks.grammar.blocks import Findings, Found, Line
from meeruit.tasks.grammar.items import is_text
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.text import read_plain
from meeruit.tasks.html.ages import is_glued
from meeruit.tasks.html.article import read_article
from meeruit.tasks.html.fields import pieces_of
from meeruit.tasks.html.headings import Heading, find_headings
from meeruit.tasks.html.limits import check_html
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.links import base_of
from meeruit.tasks.html.listings import are_comments, are_entries, are_parts, find_lists, find_report_lists
from meeruit.tasks.html.lists import run_of
from meeruit.tasks.html.page import is_whole, open_shadows, parse
from meeruit.tasks.html.parts import parts_of
from meeruit.tasks.html.reach import Outgrown, headed
from meeruit.tasks.html.records import Record, Stretch, find_records
from meeruit.tasks.html.skim import Skim
from meeruit.tasks.html.stated import read_stated
from meeruit.tasks.html.tree import TITLES, Tree, read_tree

#: A list goes on over no more headings that head nothing.
_WINDOW = 20
#: So many headings alike are rubrics of records, or stand in a menu.
_RUBRIC = 3
#: The name of who comments has no more words.
_NAME = 2


class _Glued(Exception):
    """Markup parts no items: text is glued to ages."""


#: The stretch that a heading heads, and its records.
_List = tuple[Stretch, list[Record]]


class _Placed(NamedTuple):
    """A block and the fragments that it stands in."""

    start: int
    end: int
    found: Found


def _has_text(placed: _Placed, profile: Profile) -> bool:
    """Whether one of a block's records is more than a headline; a ticker's are not."""
    lines = (line for piece in placed.found.pieces for line in piece.lines if isinstance(line, Line))
    return any(is_text(line, profile) for line in lines)


def _is_ticker(placed: _Placed) -> bool:
    """Whether there are only clock times beside headlines."""
    ages = [piece.age for piece in placed.found.pieces if piece.age]
    return bool(ages) and all(isinstance(age.when, Date) and age.when.is_clock for age in ages)


def _run(reader: Reader, heading: Heading, limit: int) -> _List | None:
    """The list that a heading heads, before the fragment ``limit``."""
    tree = reader.tree
    stretch = headed(tree, heading, limit, reader.profile)
    if stretch is None:
        return None
    if is_glued(tree.texts[stretch.start : stretch.end], reader.profile.ages):
        raise _Glued
    title = tree.blocks[tree.owners[heading.start]]
    run = run_of(reader, find_records(reader, stretch), title, stretch)
    if not run or (tree.tags[title] not in TITLES and not _are_items(reader, heading, stretch, run)):
        return None
    if run[0].anchor.title and (are_entries(reader, run) or are_comments(run) or are_parts(reader, run)):
        return None
    return stretch, run


def _without_labels(tree: Tree, runs: list[tuple[Heading, _List]]) -> list[tuple[Heading, _List]]:
    """``runs`` without those of headings alike that are rubrics of one record each, or stand in the entries of a menu."""
    alike: dict[str, list[tuple[Heading, _List]]] = {}
    for one in runs:
        alike.setdefault(one[0].section, []).append(one)
    dropped = set()
    for section, same in alike.items():
        if len(same) < _RUBRIC:
            continue
        around = reduce(tree.common, [tree.owners[heading.start] for heading, _ in same])
        if all(len(run) == 1 for _, (_, run) in same) or tree.tags[around] in ("ul", "ol"):
            dropped.add(section)
    return [one for one in runs if one[0].section not in dropped]


def _are_items(reader: Reader, heading: Heading, stretch: Stretch, run: Sequence[Record]) -> bool:
    """Whether what stands behind a heading that is no title is more than any link, or any paragraphs."""
    if len(run) == 1 and _is_link(reader.tree, heading):
        return False  # a label of a card or of the page's own article, an entry of a menu
    aged = bool(reader.marks_in(stretch.start, stretch.end))
    if not any(one.anchor.title for one in run):
        return aged
    return len(run) > 1 or _is_told(reader, run[0])


def _is_link(tree: Tree, heading: Heading) -> bool:
    element = tree.owners[heading.start]
    while tree.tags[element] != "a" and tree.blocks[element] != element:
        element = tree.parents[element]
    return tree.tags[element] == "a"


def _is_told(reader: Reader, only: Record) -> bool:
    """Whether the only record is more than a link, or a comment below the name of its author."""
    anchor = only.anchor
    if not anchor.title or anchor.level:
        return True
    aged = any(only.start <= mark.start < only.end for mark in reader.marks)
    return aged and len(anchor.text.split()) > _NAME


def _placed(reader: Reader, stretch: Stretch, run: Sequence[Record], name: str | None, *, headed: bool) -> _Placed:
    parts = parts_of(reader, stretch, run)
    found = Found(name, headed=headed, pieces=tuple(pieces_of(reader, parts)))
    return _Placed(parts[0].start, parts[-1].end, found)


class Html:
    """A page as HTML, ready to be read in one language after another."""

    def __init__(self, page: bytes, url: str | None, *, listing: bool = False) -> None:
        """``page``: in UTF-8. Raises ``Unreadable`` for what cannot be parsed safely."""
        check_html(page)
        self._document = parse(page)
        self._page = page
        self._listing = listing
        root = self._document.root
        lang = (root.attributes.get("lang") or "") if root else ""
        #: ``nl`` for ``<html lang="nl-NL">``, or None.
        self.language = lang.strip().partition("-")[0].lower() or None
        #: The page's address: as given, or else as the page states it.
        self._stated = read_stated(self._document)
        self.address = url or self._stated.address
        #: What its links resolve against.
        self.base = base_of(self._stated.base, self.address)
        self._whole = is_whole(self._document, page)
        self._skim = Skim(self._document)
        self._trees: dict[int, Tree] = {}

    def hints(self, profile: Profile) -> bool:
        """Whether the page may hold a list in that language."""
        return self._listing or self._skim.hints(profile)

    def read(self, profile: Profile) -> Findings:
        """The blocks: those with a heading or, where there is none, the listings."""
        body = self._skim.body
        if body is None:
            return Findings((), lambda: None)
        roots = [body] if self._listing or not self._whole else self._skim.roots(profile)
        try:
            found, top = self._blocks(roots, profile)
        except Outgrown:
            found, top = self._blocks([body], profile)
        except _Glued:
            return read_plain(self._tree(body).printed.replace("\0", ""), profile)
        if not found and b"shadowrootmode" in self._page and open_shadows(self._document):
            self._skim, self._trees = Skim(self._document), {}
            return self.read(profile)
        return Findings(
            tuple(one.found for one in found),
            lambda: read_article(self._document, self._stated, top, profile, listing=self._listing),
        )

    def _blocks(self, roots: Sequence[LexborNode], profile: Profile) -> tuple[list[_Placed], LexborNode | None]:
        """The blocks in these elements, and the element of the first heading that has one."""
        found: list[_Placed] = []
        top = None
        for root in roots:
            reader = Reader(self._tree(root), profile)
            blocks, first = self._headed(reader)
            found, top = found + blocks, top or first
        alike = Counter([one.found.section for one in found])
        if len(roots) > 1 and max(alike.values(), default=0) >= _RUBRIC:
            raise Outgrown
        if self._listing:
            found = self._listed(reader, found)
        elif (
            not any(_has_text(one, profile) for one in found)
            and self._skim.body
            and self._skim.hints_at_reports(profile)
        ):
            reader = Reader(self._tree(self._skim.body), profile)
            if is_glued(reader.tree.texts, profile.ages):
                raise _Glued
            found = self._reported(reader) or found
        if not self._whole:  # what a ticker stands above may be gone
            found = [one for one in found if _has_text(one, profile) or not _is_ticker(one)]
        return found, top

    def _headed(self, reader: Reader) -> tuple[list[_Placed], LexborNode | None]:
        """The lists below headings, and the element of the first heading that has one."""
        tree, last = reader.tree, len(reader.tree.texts)
        headings = find_headings(tree, reader.profile)
        ends = [one.start for one in headings[_WINDOW:]] + [last] * _WINDOW
        runs = [(one, _run(reader, one, end)) for one, end in zip(headings, ends, strict=False)]
        valid = _without_labels(tree, [(heading, run) for heading, run in runs if run])
        limits = [*(heading.start for heading, _ in valid[1:]), last]
        found: list[_Placed] = []
        top = None
        for (heading, run), limit in zip(valid, limits, strict=False):
            own = run if run[0].end <= limit else _run(reader, heading, limit)
            if own:
                top = top or tree.nodes[tree.blocks[tree.owners[heading.start]]]
                found.append(_placed(reader, *own, heading.section, headed=True))
        return found, top

    def _listed(self, reader: Reader, headed: list[_Placed]) -> list[_Placed]:
        """The headed lists, and all others of teasers."""
        found = list(headed)
        for name, run in find_lists(reader):
            start, end = run[0].start, run[-1].end
            if not any(one.start < end and start < one.end for one in headed):
                found.append(_placed(reader, Stretch(0, start, end), run, name, headed=True))
        return sorted(found, key=lambda one: one.start)

    def _reported(self, reader: Reader) -> list[_Placed]:
        """The lists without a heading, to be judged by their datelines."""
        whole = Stretch(0, 0, len(reader.tree.texts))
        lists = find_report_lists(reader)
        return [_placed(reader, whole, run, name, headed=False) for name, run in lists]

    def _tree(self, root: LexborNode) -> Tree:
        if root.mem_id not in self._trees:
            cut_off = root.tag == "body" and not self._whole
            self._trees[root.mem_id] = tree = read_tree(root, self._page if cut_off else None)
            tree.one_h1 = self._page.count(b"<h1") + self._page.count(b"<H1") <= 1
        return self._trees[root.mem_id]
