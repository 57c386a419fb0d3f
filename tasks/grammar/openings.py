"""How the lines of a text begin and end: where a phrase of a profile can stand as a whole line.

Most lines of most pages begin and end with no word of any phrase. A page's lines are looked at once, for all languages; an
expression is then tried on the lines that it can match, and on no others. Decides nothing, and may name too many.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

#: A line with its line feed; its group is the first word in it, whatever signs stand before that.
_LINE = re.compile(r"\n[^\n\w]*+(\w*+)[^\n]*+")
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
        last = _last_word(phrase)
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
        firsts, lasts = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
        for line in _LINE.finditer(text):
            start, first, last = line.start(), line[1], _last_word(line[0])
            firsts[_alike(first)].append(start)
            lasts[_alike(last) if last[-1:].isalpha() else ""].append(start)
        self._firsts, self._lasts = dict(firsts), dict(lasts)

    def like(self, ends: Ends) -> list[int]:
        """Where the lines begin that can be one of the phrases with these ends, in order."""
        if ends.firsts is None:
            return sorted(start for starts in self._firsts.values() for start in starts)
        found = {start for word in self._firsts.keys() & ends.firsts for start in self._firsts[word]}
        if ends.lasts:
            found.update(start for word in self._lasts.keys() & {*ends.lasts, ""} for start in self._lasts[word])
        return sorted(found)


def _last_word(line: str) -> str:
    """The last word of a line, or what is left of it where it ends in no letter."""
    return next(iter(line.rstrip(_BEHIND).rsplit(None, 1)[-1:]), "")


def _alike(word: str) -> str:
    """A word as an expression takes it that is read in any case."""
    return word.lower() if word.isascii() else word.translate(_LIKE_I).casefold()
