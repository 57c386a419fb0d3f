"""The text door: a page as plain text, cut at its ages.

Catalogue forms G, N, H (headed) and L, S (without a heading). Says where blocks and pieces begin and end; what a piece
says is read in ``item``, and whether a block without a heading is one is decided in ``extract``.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from meeruit.tasks.fold import collapse, drop_invisible, is_plain
from meeruit.tasks.grammar.ages import Age, read_age
from meeruit.tasks.grammar.blocks import Findings, Found, Piece
from meeruit.tasks.grammar.items import lines_of
from meeruit.tasks.grammar.lead import LONGEST_LEAD, read_lead
from meeruit.tasks.grammar.profiles import Profile

#: The line breaks of Unicode (UAX 14, mandatory) other than a line feed.
_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_UNUSUAL = ("&", "\0", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")


def plain(text: str) -> str:
    """``text`` with entities decoded (once), every line break a line feed, invisible characters dropped, in NFC."""
    if any([one in text for one in _UNUSUAL]):  # noqa: C419 - a list is faster than a generator here
        text = _BREAKS.sub("\n", html.unescape(text).replace("\0", ""))
    return text if is_plain(text) else drop_invisible(text)


class Text:
    """A page as text, ready to be read in one language after another."""

    #: Text does not say.
    language: str | None = None

    def __init__(self, text: str) -> None:
        self.text = plain(text)

    def hints(self, profile: Profile) -> bool:
        """Whether the page holds a word of an age in that language."""
        return profile.ages.hinted(self.text.lower())

    def read(self, profile: Profile) -> Findings:
        """The blocks: those with a heading or, where there is none, all of the page as one without."""
        return read_plain(self.text, profile)


def read_plain(text: str, profile: Profile) -> Findings:
    """Read text that is ``plain`` already."""
    parts = profile.ages.boundary.split("\n" + text)
    lead, found = _headed(parts, profile)
    if not found:
        lead = text
        pieces = zip(parts[:-1:2], parts[1::2], strict=True)
        known = tuple(Piece(one, _age(age, profile)) for one, age in pieces if one.strip())
        found = (Found(None, headed=False, pieces=known, rests=(parts[-1],), unbounded=True),) if known else ()
    return Findings(found, lambda: read_lead([line.text for line in lines_of(lead[:LONGEST_LEAD])], profile))


def _headed(parts: list[str], profile: Profile) -> tuple[str, tuple[Found, ...]]:
    """The text before the first heading, and a block for each: the last heading before an age (design.md section 2).

    ``parts`` are texts and, between them, the ages that end them. An age right behind another is the same age again.
    """
    lead, blocks = "", list[Found]()
    pieces, section, text = list[Piece](), None, ""
    for at in range(0, len(parts), 2):
        text = parts[at]
        if heading := _last_heading(text, profile):
            before = text[: heading.start]
            if section is None:
                lead = "\n".join([*parts[:at], before])
            else:
                blocks.append(Found(section, headed=True, pieces=tuple(pieces), rests=(before,)))
            section, pieces, text = heading.section, [], text[heading.end :]
        if section is not None and at + 1 < len(parts) and (not pieces or text.strip()):
            pieces.append(Piece(text, _age(parts[at + 1], profile)))
    if section is not None:
        blocks.append(Found(section, headed=True, pieces=tuple(pieces), rests=(text,)))
    return lead, tuple(blocks)


class _Heading(NamedTuple):
    section: str
    start: int
    end: int


def _last_heading(text: str, profile: Profile) -> _Heading | None:
    """The last line of ``text`` that is a heading, and where it stands."""
    found = list(profile.heading_line.finditer("\n" + text))
    if not found:
        return None
    last = found[-1]
    return _Heading(collapse(last[last.lastindex or 0]), max(last.start() - 1, 0), last.end() - 1)


def _age(raw: str, profile: Profile) -> Age:
    text = collapse(raw)
    return read_age(text, profile.ages) or Age(text, None)
