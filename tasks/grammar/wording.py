"""Phrases of a language profile, turned into regular expressions.

A phrase is plain words with slots: ``Meer uit {section}``, ``{n} {unit} geleden``. White space in it stands for any run
of white space within a line. Knows the slots that every phrase may use; the ages add their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

#: White space that does not end a line.
SPACE = r"[^\S\n]"
_NAME = r"[^\W\d_a-z][\w'’.-]*"
_PARTICLE = r"(?:van|von|de|den|der|het|ten|ter|in|'t|’t|du|la|le|di|da|and|en)"

#: A short label that is no sentence: one to four words, the first with a capital.
LABEL = rf"[^\W\d_a-z][^\s]*(?:{SPACE}+[^\s]+){{0,3}}(?<![.!?…:;,])"
_APOSTROPHES = "'’‘´`"

SLOTS: Mapping[str, str] = {
    "any": r"[^\n]+",
    "n": r"\d{1,6}",
    # A person: capitalised words, with what stands between them in a name.
    "name": rf"{_NAME}(?:{SPACE}+(?:{_PARTICLE}|{_NAME})){{0,5}}",
}
_SLOT = re.compile(r"\{(\w+)\}")


class Expression:
    """A regular expression that is compiled when it is first used: a page needs few of those of all languages."""

    def __init__(self, source: str) -> None:
        self._source = source

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression itself, for those that ask it many times."""
        return re.compile(self._source)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """As of ``re.Pattern``."""
        return self.compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """As of ``re.Pattern``."""
        return self.compiled.fullmatch(text)

    def search(self, text: str) -> re.Match[str] | None:
        """As of ``re.Pattern``."""
        return self.compiled.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As of ``re.Pattern``."""
        return self.compiled.finditer(text)


def slots_of(phrase: str) -> list[str]:
    """The names of the slots in ``phrase``, in order."""
    return _SLOT.findall(phrase)


def pattern(phrase: str, slots: Mapping[str, str] = SLOTS, *, any_case: bool = False) -> str:
    """The regular expression for one phrase; ``KeyError`` names a slot that does not exist.

    ``any_case``: its words in upper or lower case; what stands in its slots keeps its own.
    """
    parts = _SLOT.split(phrase)
    parts[::2] = [f"(?i:{_literal(part)})" if any_case and part else _literal(part) for part in parts[::2]]
    parts[1::2] = [f"(?:{slots[name]})" for name in parts[1::2]]
    return "".join(parts)


def choice(patterns: Iterable[str]) -> str:
    """Any of ``patterns``, the longest first; matches nothing where there are none."""
    ordered = sorted(set(patterns), key=lambda one: (-len(one), one))
    return f"(?:{'|'.join(ordered)})" if ordered else r"(?!)"


def literals(words: Iterable[str]) -> str:
    """Any of ``words``; what is matched stays so, lest ``Stunde`` is found in ``Stunden`` and ``Std`` in ``Std.``."""
    return f"(?>{choice(_literal(word) for word in words)})"


def first_letters(words: Iterable[str]) -> str:
    """The letters that ``words`` begin with, in either case, for a set: a look at the first one rules out nearly every line."""
    letters = {letter for one in words for letter in (one[0].lower(), one[0].upper()) if letter != "{"}
    return re.escape("".join(sorted(letters)))


def starts_with(phrases: Iterable[str]) -> str:
    """A look at the first letter of ``phrases``; nothing where one begins with a slot."""
    known = sorted(phrases)
    return "" if any(one.startswith("{") for one in known) else rf"(?=[{first_letters(known)}])" if known else "(?!)"


def plain_words(text: str) -> str:
    """``text`` in lower case with single spaces and plain apostrophes, to be looked up in a table."""
    return " ".join(_APOSTROPHE.sub("'", text).lower().split())


_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")


def _literal(text: str) -> str:
    """The words as they are, with any white space between them and any apostrophe."""
    spaced = re.sub(r"(?:\\?\s)+", lambda _: SPACE + "+", re.escape(text))
    return _APOSTROPHE.sub(f"[{_APOSTROPHES}]", spaced)
