"""The dateline of a wire report: ``BRUSSEL (ANP/AFP) - `` before its text.

Reads one cleaned line; what the line is part of is not its concern.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: The dashes that can end a dateline.
DASHES = "-–—‑−"
_DASH = f"[{DASHES}]"
#: The longest place before a bracket, and the limits of one without.
_LONGEST, _WORDS, _CHARACTERS = 80, 5, 40
#: The dash stands no further off.
_FAR = 2 * _LONGEST + 10
_BRACKET = re.compile(rf"\(([^()]{{1,80}})\) ?{_DASH}{{1,2}}(?: |$|(?=\S))")
_BARE = re.compile(rf"(.{{1,{_CHARACTERS}}}?)( ?){_DASH}{{1,2}}(?: (.*)|$)", re.DOTALL)
#: ``'s-`` and ``'t `` stand in small letters before the capitals of a name.
_ELIDED = re.compile(r"['’‘`][a-z][- ]")
_WORD = re.compile(r"[^\W\d_][\w'’/-]*\.?")
_LABEL = re.compile(r"\[[^\[\]]+\]|\([^()]+\)")
#: What no place has in it: running text that mentions an agency before a dash.
_SENTENCE = re.compile(r"^[a-zà-öø-ÿ]|[a-zà-öø-ÿ]{3}['\"’”»)]*[.!?…] ")
_RESULT = re.compile(r"\S+(?: \S+){0,2} \d+-\d+(?!\S)")


class Dateline(NamedTuple):
    """What stands before the text, and the text."""

    place: str | None
    #: In printed order.
    agencies: tuple[str, ...]
    #: As printed, without the dash.
    printed: str
    #: The line without its dateline; empty where the dateline stands alone.
    rest: str
    #: Whether it can hardly be anything else: an agency bracket, or a place in capitals.
    sure: bool


def read_dateline(line: str, agencies: frozenset[str]) -> Dateline | None:
    """The dateline that a cleaned ``line`` opens with, or None; ``agencies``: who can stand first in a bracket."""
    head = line[:_FAR]
    if "-" not in head and (head.isascii() or not any([dash in head for dash in DASHES])):  # noqa: C419 - lists are faster
        return None
    return _known(line, agencies) if len(line) <= _KEPT else read_new_dateline(line, agencies)


def read_new_dateline(line: str, agencies: frozenset[str]) -> Dateline | None:
    """The same of a line that nobody asks for again: it is not kept in mind."""
    return _bracketed(line, agencies) or _bare(line)


#: Each line is asked several times; long ones are not kept.
_KEPT = 2_000
_known = lru_cache(maxsize=2048)(read_new_dateline)


def _bracketed(line: str, agencies: frozenset[str]) -> Dateline | None:
    at = line.find("(", 0, _LONGEST + 2)
    if at < 0 or not (match := _BRACKET.search(line, at)):
        return None
    place = line[: match.start()].removesuffix(" ")
    parts = _credited(match[1], agencies)
    if not parts or len(place) > _LONGEST or _SENTENCE.search(place):
        return None
    return Dateline(place or None, parts, line[: match.end(1) + 1], line[match.end() :].strip(), sure=True)


@lru_cache(maxsize=1024)
def _credited(bracket: str, agencies: frozenset[str]) -> tuple[str, ...]:
    """The agencies that a bracket names; none where it is no credit."""
    parts = tuple(part.strip() for part in bracket.split("/"))
    known = parts[0] in agencies and all(part in agencies or part.isupper() for part in parts)
    return parts if known else ()


def _bare(line: str) -> Dateline | None:
    head = line[: _CHARACTERS + 2]
    if not any([dash in head for dash in DASHES]) or not (match := _BARE.match(line)):  # noqa: C419 - lists are faster
        return None
    place, rest = match[1], match[3] or ""
    if not match[2] and rest[:1].islower():  # "Noord- en Zuid-Korea"
        return None
    name = _ELIDED.sub("", place, count=1) if place[0] in "'’‘`" else place
    capitals = name.isupper() and len(place.split()) <= _WORDS
    if not capitals and not _LABEL.fullmatch(place) and not (name[:1].isupper() and _WORD.fullmatch(name)):
        return None
    if _RESULT.match(rest):  # "Ajax - PSV 2-1"
        return None
    return Dateline(place, (), place, rest.strip(), sure=capitals)
