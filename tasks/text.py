"""The text door: a page as plain text, cut at its ages.

Catalogue forms G, N, H (headed) and L, S (without a heading). Says where blocks and pieces begin and end; what a piece
says is read in ``item``, and whether a block without a heading is one is decided in ``extract``.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from tasks.age import Age, read_age
from tasks.blocks import Found, Piece
from tasks.fold import INVISIBLE, clean, drop_invisible
from tasks.item import lines_of
from tasks.profiles import Profile

#: The line breaks of Unicode (UAX 14, mandatory) other than a line feed.
_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
#: One of these, or it is plain already. The marks stand for all decomposed text: hardly any is without one of them.
_UNUSUAL = (
    "&",
    "\r",
    "\v",
    "\f",
    "\x85",
    "\u2028",
    "\u2029",
    *map(chr, INVISIBLE),
    *"\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327",
)


def plain(text: str) -> str:
    """``text`` with entities decoded (once), every line break a line feed, invisible characters dropped, in NFC."""
    if any([one in text for one in _UNUSUAL]):
        text = drop_invisible(_BREAKS.sub("\n", html.unescape(text)))
    return text


class Text:
    """A page as text, ready to be read in one language after another."""

    #: Text does not say.
    language: str | None = None

    def __init__(self, text: str) -> None:
        self.text = plain(text)

    def read(self, profile: Profile) -> tuple[list[str], tuple[Found, ...]]:
        """The lines of the lead, and the blocks: those with a heading or, where there is none, all of the page as one."""
        parts = profile.ages.boundary.split("\n" + self.text)
        lead, found = _headed(parts, profile)
        if not found and len(parts) > 1:
            pieces = [
                Piece(one, _age(age, profile))
                for one, age in zip(parts[:-1:2], parts[1::2], strict=True)
                if one.strip()
            ]
            found = (Found(None, headed=False, pieces=tuple(pieces), tail=parts[-1]),)
        return [line.text for line in lines_of(lead)], found


def _headed(parts: list[str], profile: Profile) -> tuple[str, tuple[Found, ...]]:
    """The text before the first heading, and a block for each: the last heading before an age (design.md section 2).

    ``parts`` are texts and, between them, the ages that end them. An age right behind another is the same age again.
    """
    lead, blocks = "", list[Found]()
    pieces, section = list[Piece](), None
    for at in range(0, len(parts), 2):
        text = parts[at]
        if heading := _last_heading(text, profile):
            if section is None:
                lead = "\n".join([*parts[:at], text[: heading.start]])
            else:
                blocks.append(Found(section, headed=True, pieces=tuple(pieces), tail=text[: heading.start]))
            section, pieces, text = heading.section, [], text[heading.end :]
        if section is not None and at + 1 < len(parts) and (not pieces or text.strip()):
            pieces.append(Piece(text, _age(parts[at + 1], profile)))
    if section is not None:
        blocks.append(Found(section, headed=True, pieces=tuple(pieces), tail=text))
    return lead, tuple(blocks)


class _Heading(NamedTuple):
    section: str
    start: int
    end: int


def _last_heading(text: str, profile: Profile) -> _Heading | None:
    """The last line of ``text`` that is a heading, and where it stands."""
    last = None
    for last in profile.heading_line.finditer("\n" + text):
        pass
    return last and _Heading(clean(last[last.lastindex or 0]), max(last.start() - 1, 0), last.end() - 1)


def _age(raw: str, profile: Profile) -> Age:
    text = clean(raw)
    return read_age(text, profile.ages) or Age(text, None)
