"""The text door: a page as plain text, cut at its ages.

Catalogue forms G, N, H (headed) and L, S (without a heading). Says where blocks and pieces begin and end; what a piece
says is read in ``items``, and whether a block without a heading is one is decided in ``extract``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from meeruit.tasks.fold import collapse, drop_invisible, is_plain
from meeruit.tasks.grammar.age_words import Ages
from meeruit.tasks.grammar.ages import Age, Ago, begins_age, read_age, read_time
from meeruit.tasks.grammar.blocks import Findings, Found, Piece
from meeruit.tasks.grammar.bounds import Bound, Heading, find_bounds, find_dates, find_headings
from meeruit.tasks.grammar.items import is_noise, is_text, lines_of
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.lead import LONGEST_LEAD, read_lead
from meeruit.tasks.grammar.openings import Lines
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.unmark import unmark

#: The line breaks of Unicode (UAX 14, mandatory) other than a line feed.
_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_UNUSUAL = ("\0", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")


def plain(text: str) -> str:
    """``text`` with entities decoded (once), every line break a line feed, invisible characters dropped, in NFC."""
    if "&" in text:
        text = html.unescape(text)
    if any([one in text for one in _UNUSUAL]):  # noqa: C419 - a list is faster than a generator here
        text = _BREAKS.sub("\n", text.replace("\0", ""))
    if not text.isascii():
        text = text.replace("\xa0", " ").replace("\u202f", " ")  # French sets them before signs and units
    return text if is_plain(text) else drop_invisible(text)


class Text:
    """A page as text, ready to be read in one language after another."""

    #: Text does not say.
    language: str | None = None
    base: str | None = None

    def __init__(self, text: str, url: str | None) -> None:
        self.address = url
        self.text = "\n" + unmark(plain(text))
        self._lines = Lines(self.text)

    def hints(self, profile: Profile) -> bool:
        """Whether the page holds a word of an age with a number in that language."""
        return any([word in self.text for word in profile.ages.line_hints])  # noqa: C419 - a list is faster here

    def read(self, profile: Profile) -> Findings:
        """The blocks: those with a heading or, where there is none, all of the page as one without."""
        return _read(self.text, self._lines, profile)


def read_plain(text: str, profile: Profile) -> Findings:
    """Read text that is ``plain`` already."""
    text = "\n" + text
    return _read(text, Lines(text), profile)


def _read(text: str, lines: Lines, profile: Profile) -> Findings:
    ages = find_bounds(text, lines, profile.ages)
    headings = find_headings(text, lines, ages, profile)
    first, found = _headed(text, ages, headings, profile) if headings else (len(text), _unheaded(text, ages, profile))
    return Findings(found, lambda: read_lead([line.text for line in lines_of(text[:first][:LONGEST_LEAD])], profile))


def _unheaded(text: str, ages: Sequence[Bound], profile: Profile) -> tuple[Found, ...]:
    """All of the page as one block."""
    starts = [0, *(age.end for age in ages)]
    pieces = [
        Piece(text[start : age.start], _age(age.printed, profile.ages))
        for start, age in zip(starts, ages, strict=False)
    ]
    known = tuple(piece for piece in pieces if str(piece.lines).strip())
    return (Found(None, headed=False, pieces=known, rests=(text[starts[-1] :],), unbounded=True),) if known else ()


def _headed(
    text: str, ages: Sequence[Bound], headings: Sequence[Heading], profile: Profile
) -> tuple[int, tuple[Found, ...]]:
    """Where the first block's heading begins, and a block for each: the last heading before an age.

    A line that heads another list ends a block.
    """
    blocks = list[_Block]()
    first = at = 0
    left = list(reversed(headings))
    for age in (*ages, None):
        start = age.start if age else len(text)
        heading = None
        while left and left[-1].start < start:
            heading = left.pop()
        if heading:
            if blocks:
                blocks[-1].add(text[at : heading.start], None, profile)
            else:
                first = heading.start
            blocks.append(_Block(heading.section))
            at = heading.end
        if blocks:
            blocks[-1].add(text[at:start], age, profile, last=age is None)
        at = age.end if age else start
    return first, tuple(block.found() for block in blocks)


class _Block:
    """A headed block that is being read."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.pieces = list[Piece]()
        #: What stands above a day without being an item yet: a title.
        self.titles = list[str]()
        self.rest = ""
        self.ended = False

    def add(self, text: str, bound: Bound | None, profile: Profile, *, last: bool = False) -> None:
        """Take a text and the age that ends it, or what stands behind the last age; ``last``: it ends the page.

        An age right behind another is the same age again; a day ends an item only where it has running text, as a date does.
        """
        if self.ended:
            return
        cut = _cut(text, profile)
        if last and self._has_ages():
            cut = _without_cut_age(cut, profile.ages)
        for piece in cut.dated:
            self._take(str(piece.lines), piece.age)
        self.ended = cut.ended
        age = _age(bound.printed, profile.ages) if bound else None
        if age is None or cut.ended:
            self.rest = cut.rest
        elif not isinstance(age.when, Ago) and not _is_item(cut.rest, profile):
            self.titles.append(cut.rest)
        elif cut.rest.strip() or not self.pieces:
            self._take(cut.rest, age)

    def _has_ages(self) -> bool:
        return any(piece.age is not None and isinstance(piece.age.when, Ago) for piece in self.pieces)

    def _take(self, text: str, age: Age | None) -> None:
        self.pieces.append(Piece("".join([*self.titles, text]), age))
        self.titles.clear()

    def found(self) -> Found:
        """The block as it was found."""
        return Found(self.section, headed=True, pieces=tuple(self.pieces), rests=(self.rest,))


class _Cut(NamedTuple):
    """A text between two ages, cut at its dates; ``ended`` where another list begins in it."""

    dated: tuple[Piece, ...]
    rest: str = ""
    ended: bool = False


def _without_cut_age(cut: _Cut, ages: Ages) -> _Cut:
    """The same without a date at its end that may be an age cut inside a word: ``1 maa``, of ``1 maand geleden``."""
    if not cut.dated or cut.ended or cut.rest.strip():
        return cut
    last = cut.dated[-1]
    if last.age is None or not begins_age(last.age.text, ages):
        return cut
    return _Cut(cut.dated[:-1], f"{last.lines}\n{last.age.text}")


def _cut(text: str, profile: Profile) -> _Cut:
    """``text`` cut at the lines that are dates, up to one that heads another list."""
    text = text if text[:1] == "\n" else "\n" + text
    return (_known_cut if len(text) <= _KEPT else _cut_text)(text, profile)


def _cut_text(text: str, profile: Profile) -> _Cut:
    dated, titles, at = list[Piece](), list[str](), 0
    for date in find_dates(text, profile.ages):
        own, at = text[at : date.start], date.end
        if _heads_another(own, profile):
            return _Cut(tuple(dated), ended=True)
        titles.append(own)
        if _is_item(own, profile):
            dated.append(Piece("".join(titles), _date(date.printed, profile.ages)))
            titles.clear()
    if _heads_another(text[at:], profile):
        return _Cut(tuple(dated), ended=True)
    return _Cut(tuple(dated), "".join([*titles, text[at:]]))


#: Most items are printed many times, letter by letter: each is looked at once. Longer ones are not kept.
_KEPT = 4_000
_known_cut = lru_cache(maxsize=1024)(_cut_text)


def _is_item(text: str, profile: Profile) -> bool:
    """Whether a text has a line that can be the body of an item."""
    return any(is_text(line, profile) for line in lines_of(text))


def _heads_another(text: str, profile: Profile) -> bool:
    """Whether a text begins with a line that heads another list (``Meest gelezen``); notices may stand before it."""
    match = profile.other_line.search(text)
    return match is not None and all(is_noise(line.text, profile) for line in lines_of(text[: match.start()]))


@known
def _age(printed: str, ages: Ages) -> Age:
    text = collapse(printed)
    return read_age(text, ages) or Age(text, None)


@known
def _date(printed: str, ages: Ages) -> Age:
    text = collapse(printed)
    return read_time(text, ages) or Age(text, None)
