"""The text door: a page as plain text, cut at its ages.

Catalogue forms G, N, H (headed) and L, S (without a heading). Says where blocks and pieces begin and end; what a piece
says is read in ``item``, and whether a block without a heading is one is decided in ``extract``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from meeruit.tasks.fold import collapse, drop_invisible, is_plain
from meeruit.tasks.grammar.ages import Age, Ago, read_age, read_time
from meeruit.tasks.grammar.blocks import Findings, Found, Piece
from meeruit.tasks.grammar.bounds import Bound, Heading, find_bounds, find_dates, find_headings
from meeruit.tasks.grammar.items import is_noise, is_text, lines_of
from meeruit.tasks.grammar.lead import LONGEST_LEAD, read_lead
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.unmark import unmark

#: The line breaks of Unicode (UAX 14, mandatory) other than a line feed.
_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
#: Spaces that do not break: French sets them before signs and units.
_SPACES = ("\xa0", "\u202f")
_UNUSUAL = ("&", "\0", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")


def plain(text: str) -> str:
    """``text`` with entities decoded (once), every line break a line feed, invisible characters dropped, in NFC."""
    if any([one in text for one in _UNUSUAL]):  # noqa: C419 - a list is faster than a generator here
        text = _BREAKS.sub("\n", html.unescape(text).replace("\0", ""))
    for space in _SPACES:
        text = text.replace(space, " ")
    return text if is_plain(text) else drop_invisible(text)


class Text:
    """A page as text, ready to be read in one language after another."""

    #: Text does not say.
    language: str | None = None

    def __init__(self, text: str) -> None:
        self.text = unmark(plain(text))

    def hints(self, profile: Profile) -> bool:
        """Whether the page holds a word of an age with a number in that language."""
        return any([word in self.text for word in profile.ages.line_anchors])  # noqa: C419 - a list is faster here

    def read(self, profile: Profile) -> Findings:
        """The blocks: those with a heading or, where there is none, all of the page as one without."""
        return read_plain(self.text, profile)


def read_plain(text: str, profile: Profile) -> Findings:
    """Read text that is ``plain`` already."""
    text = "\n" + text
    ages = find_bounds(text, profile.ages)
    headings = find_headings(text, ages, profile)
    lead = text
    if headings:
        dates = find_dates(text, ages, profile.ages)
        first, found = _headed(text, sorted({*ages, *dates}), headings, profile)
        lead = text[:first]
    else:
        found = _unheaded(text, ages, profile)
    return Findings(found, lambda: read_lead([line.text for line in lines_of(lead[:LONGEST_LEAD])], profile))


def _unheaded(text: str, ages: Sequence[Bound], profile: Profile) -> tuple[Found, ...]:
    """All of the page as one block."""
    starts = [0, *(age.end for age in ages)]
    pieces = [Piece(text[start : age.start], _age(age, profile)) for start, age in zip(starts, ages, strict=False)]
    known = tuple(piece for piece in pieces if str(piece.lines).strip())
    return (Found(None, headed=False, pieces=known, rests=(text[starts[-1] :],), unbounded=True),) if known else ()


def _headed(
    text: str, bounds: Sequence[Bound], headings: Sequence[Heading], profile: Profile
) -> tuple[int, tuple[Found, ...]]:
    """Where the first block's heading begins, and a block for each: the last heading before an age.

    A line that heads another list ends a block.
    """
    blocks = list[_Block]()
    first = at = 0
    carried = ""
    left = list(reversed(headings))
    for bound in (*bounds, Bound(len(text), len(text), "")):
        heading = None
        while left and left[-1].start < bound.start:
            heading = left.pop()
        if heading:
            if blocks:
                blocks[-1].end(carried + text[at : heading.start], profile)
            else:
                first = heading.start
            blocks.append(_Block(heading.section))
            at, carried = heading.end, ""
        if blocks:
            own = carried + text[at : bound.start]
            carried = blocks[-1].add(own, bound, profile) if bound.printed else blocks[-1].end(own, profile)
        at = bound.end
    return first, tuple(block.found() for block in blocks)


class _Block:
    """A headed block that is being read."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.pieces = list[Piece]()
        self.rest = ""
        self.ended = False

    def add(self, text: str, bound: Bound, profile: Profile) -> str:
        """Take a text and the age that ends it; what is no item yet is given back.

        An age right behind another is the same age again; a day or a date ends an item only where it has running text.
        """
        self.ended = self.ended or _heads_another(text, profile)
        if self.ended:
            return ""
        age = _age(bound, profile)
        if isinstance(age.when, Ago):
            if text.strip() or not self.pieces:
                self.pieces.append(Piece(text, age))
        elif any(is_text(line, profile) for line in lines_of(text)):
            self.pieces.append(Piece(text, age))
        else:
            return text
        return ""

    def end(self, text: str, profile: Profile) -> str:
        """Take what stands behind the last age."""
        if not self.ended and not _heads_another(text, profile):
            self.rest = text
        return ""

    def found(self) -> Found:
        """The block as it was found."""
        return Found(self.section, headed=True, pieces=tuple(self.pieces), rests=(self.rest,))


def _heads_another(text: str, profile: Profile) -> bool:
    """Whether a text begins with a line that heads another list (``Meest gelezen``); notices may stand before it."""
    match = profile.other_line.search(text if text[:1] == "\n" else "\n" + text)
    return match is not None and all(is_noise(line.text, profile) for line in lines_of(text[: match.start()]))


def _age(bound: Bound, profile: Profile) -> Age:
    text = collapse(bound.printed)
    read = read_time if bound.is_date else read_age
    return read(text, profile.ages) or Age(text, None)
