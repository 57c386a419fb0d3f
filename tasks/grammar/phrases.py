"""Whole lines that are one of many phrases, told fast: nearly every line of a page is none of them.

A look at a line's first and last word rules it out, before any expression is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from meeruit.tasks.grammar.wording import Expression, plain_words, slots_of

#: What may stand behind the last word: a count, a colon, an arrow.
_TAIL = " ()0123456789.:›»→>"


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The expression of some phrases, and the words that a line begins or ends with where it is one."""

    pattern: Expression
    firsts: frozenset[str]
    #: Of phrases that begin with a slot.
    lasts: frozenset[str]

    def fullmatch(self, line: str) -> re.Match[str] | None:
        """The match of a cleaned ``line`` that is one of the phrases, or None."""
        return self.pattern.compiled.fullmatch(line) if self._likely(line) else None

    def _likely(self, line: str) -> bool:
        if not line[:1].isalnum():
            return line != ""
        first = line.partition(" ")[0].rstrip(_TAIL)
        if (first.lower() if first.isascii() else plain_words(first)) in self.firsts:
            return True
        return bool(self.lasts) and (line.rstrip(_TAIL).rpartition(" ")[2].lower() in self.lasts or "" in self.lasts)


def phrases_of(pattern: Expression, phrases: Iterable[str]) -> Phrases:
    """``pattern`` is the expression for whole lines that are one of ``phrases``."""
    firsts, lasts = set[str](), set[str]()
    for phrase in phrases:
        words = plain_words(phrase).split()
        if not slots_of(words[0]):
            firsts.add(words[0].rstrip(_TAIL))
        else:
            lasts.add("" if slots_of(words[-1]) else words[-1].rstrip(_TAIL))
    return Phrases(pattern, frozenset(firsts), frozenset(lasts))
