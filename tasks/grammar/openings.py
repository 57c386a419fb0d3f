"""How the lines of a text begin and end: where a phrase of a profile can stand as a whole line.

Most lines of most pages begin and end with no word of any phrase. A page's lines are looked at once, for all languages; an
expression is then tried on the lines that it can match, and on no others. Decides nothing, and may name too many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

#: The first word of each line, whatever signs stand before it; an empty one where there is none.
_FIRSTS = re.compile(r"\n[^\n\w]*+(\w*+)")
#: The first word of a phrase, where no slot stands before it or is glued to it.
_FIRST = re.compile(r"[^\w{]*+(\w++)(?!\{)")
#: What can stand behind the last word of a line: a count, a colon, an arrow, the stops of a sentence.
_BEHIND = " \t()0123456789.:›»→>!…\"'”’?"
#: Letters that an expression takes for an ``i`` in any case, and ``casefold`` does not.
_LIKE_I = str.maketrans("İı", "ii")


@dataclass(frozen=True, slots=True)
class Ends:
    """The words that the lines of some phrases begin with, or end with; None: a line of them can begin with any word."""

    firsts: frozenset[str] | None
    #: Of phrases that begin with a slot.
    lasts: frozenset[str] = frozenset()


def ends_of(phrases: Iterable[str]) -> Ends:
    """The ends of lines that are one of ``phrases``, alone but for signs around it."""
    firsts, lasts = set[str](), set[str]()
    for phrase in phrases:
        last = next(iter(phrase.rstrip(_BEHIND).rsplit(None, 1)[-1:]), "")
        if first := _FIRST.match(phrase):
            firsts.add(_alike(first[1]))
        elif last.isalpha():
            lasts.add(_alike(last))
        else:
            return Ends(None)
    return Ends(frozenset(firsts), frozenset(lasts))


class Lines:
    """The lines of a text, which begins with a line feed, by their first and last words."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")[1:]
        self._firsts = _alike("\n".join(_FIRSTS.findall(text))).split("\n")  # one for each line
        self._words = frozenset(self._firsts)

    def like(self, ends: Ends) -> list[int]:
        """Where the line feeds stand before the lines that can be one of the phrases with these ends, in order."""
        if ends.firsts is None:
            return [self._starts[number] for number in range(len(self._lines))]
        found = set[int]()
        if not ends.firsts.isdisjoint(self._words):
            found.update([number for number, first in enumerate(self._firsts) if first in ends.firsts])
        if ends.lasts:
            found.update(self._that_end(ends.lasts))
        return [self._starts[number] for number in sorted(found)] if found else []

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self._lines), initial=0))

    def _that_end(self, words: frozenset[str]) -> list[int]:
        """The numbers of the lines that end in one of the words, or in a sign of which nobody knows what stands before it."""
        longest, ends = max(map(len, words)), tuple(words)
        tails = [line.rstrip(_BEHIND)[-longest:] for line in self._lines]
        alike = enumerate(_alike("\n".join(tails)).split("\n"))
        return [number for number, tail in alike if tail.endswith(ends) or (tail and not tail[-1].isalpha())]


def _alike(word: str) -> str:
    """A word as an expression takes it that is read in any case."""
    return word.lower() if word.isascii() else word.translate(_LIKE_I).casefold()
