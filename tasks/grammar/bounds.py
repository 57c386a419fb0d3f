"""Where a text is cut: at its ages and, below a heading, at its dates; and the headings themselves.

An age stands at the beginning of a line and ends it, or the next item follows directly; or it is all of a short line, labels
and authors around it. Looks for the words that every age has, and reads the lines that hold one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from meeruit.tasks.fold import collapse
from meeruit.tasks.grammar.age_words import Ages
from meeruit.tasks.grammar.openings import Lines
from meeruit.tasks.grammar.profiles import Profile

#: An age stands so near to the beginning of its line, labels counted in.
_NEAR = 120
#: A short line with a digit or with what parts a label from an age.
_SHORT = re.compile(r"\n(?=[^\n]{1,100}(?:\n|\Z))[^\n\d·•|]*+[\d·•|]")
#: The next line that is not empty; a headline has more words than a menu's name.
_NEXT = re.compile(r"\s*\n[^\S\n]*([^\n]+)")
_HEADLINE = 3
#: The next line is one of a ticker: ``- Buitenland 11:40 Kabinet valt``.
_TICKER = re.compile(r"\s*[-–•*] [^\n]{0,160}\b\d{1,2}[:.]\d{2}\b")


class Bound(NamedTuple):
    """An age or a date, by the line feed before its line and the end of what belongs to it; as printed."""

    start: int
    end: int
    printed: str


class Heading(NamedTuple):
    """A heading, by the line feed before it and its end."""

    start: int
    end: int
    section: str
    #: Whether it names a section beside its own words.
    named: bool = True


def find_bounds(text: str, lines: Lines, ages: Ages) -> list[Bound]:
    """The ages that end items, in order; ``text`` begins with a line feed, and ``lines`` are its lines."""
    found = {bound.start: bound for bound in _at(_anchored(text, ages), text, ages)}
    for start in lines.like(ages.unanchored_ends):
        if match := ages.unanchored.match(text, start):
            found.setdefault(start, Bound(start, match.end(), match[1]))
    return [found[start] for start in sorted(found)]


def _anchored(text: str, ages: Ages) -> Iterator[int]:
    """Where the lines begin that hold, near their beginning, a word which every age with a number has."""
    for word in ages.line_anchors:
        at = text.find(word)
        while at >= 0:
            start = text.rfind("\n", max(at - _NEAR, 0), at + 1)
            if start >= 0:
                yield start
            at = text.find(word, at + 1)


def _at(starts: Iterable[int], text: str, ages: Ages) -> Iterator[Bound]:
    boundary = ages.boundary.compiled
    for start in starts:
        if match := boundary.match(text, start):
            yield Bound(start, match.end(), match[match.lastindex or 0])


def find_dates(text: str, ages: Ages) -> Iterator[Bound]:
    """The short lines of ``text`` that are dates, or days behind a label (``Sport · gisteren``), in order."""
    for line in _SHORT.finditer(text):
        start = line.start()
        if match := ages.date_line.match(text, start) or ages.boundary.match(text, start):
            yield Bound(start, match.end(), match[match.lastindex or 0])


def find_headings(text: str, lines: Lines, bounds: Sequence[Bound], profile: Profile) -> list[Heading]:
    """The lines that are headings, in order, also those glued to an age.

    That of a ticker heads no items, and a word among other names (``Actueel``, ``Sport``) is one of a menu.
    """
    line_of = profile.heading_line
    starts = lines.like(profile.heading_ends)
    found = [_heading(match, 0) for start in starts if (match := line_of.match(text, start))]
    for bound in bounds:
        if text[bound.end : bound.end + 1] not in ("\n", "", " "):
            line = "\n" + text[bound.end : bound.end + _NEAR].partition("\n")[0]
            if match := line_of.match(line):
                found.append(_heading(match, bound.end - 1))
    if not found:
        return []
    ages = {bound.start for bound in bounds}
    return sorted(one for one in found if not (_TICKER.match(text, one.end) or _is_of_menu(one, text, ages, profile)))


def _heading(match: re.Match[str], offset: int) -> Heading:
    name = match.lastindex or 0
    named = any(map(str.isalpha, match.string[match.start() : match.start(name)]))
    return Heading(match.start() + offset, match.end() + offset, collapse(match[name]), named)


def _is_of_menu(heading: Heading, text: str, ages: Collection[int], profile: Profile) -> bool:
    """Whether a heading of one word stands above another short line, which is neither a time nor a headline."""
    if heading.named or " " in heading.section or not (below := _NEXT.match(text, heading.end)):
        return False
    line = text.rfind("\n", 0, below.start(1))
    return len(below[1].split()) < _HEADLINE and line not in ages and not profile.ages.date_line.match(text, line)
