"""Phrases of a language profile, turned into regular expressions.

A phrase is plain words with slots: ``Meer uit {section}``, ``{n} {unit} geleden``. White space in it stands for any run
of white space within a line. Knows the slots that every phrase may use; the ages add their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: White space that does not end a line.
SPACE = r"[^\S\n]"
_NAME = r"[^\W\d_a-z][\w'’.-]*"
_PARTICLE = r"(?:van|von|de|den|der|het|ten|ter|in|'t|’t|du|la|le|di|da|and|en)"

SLOTS: Mapping[str, str] = {
    "any": r"[^\n]+",
    "n": r"\d{1,6}",
    # A person: capitalised words, with what stands between them in a name.
    "name": rf"{_NAME}(?:{SPACE}+(?:{_PARTICLE}|{_NAME})){{0,5}}",
}
_SLOT = re.compile(r"\{(\w+)\}")


def slots_of(phrase: str) -> list[str]:
    """The names of the slots in ``phrase``, in order."""
    return _SLOT.findall(phrase)


def pattern(phrase: str, slots: Mapping[str, str] = SLOTS) -> str:
    """The regular expression for one phrase; ``KeyError`` names a slot that does not exist."""
    parts = _SLOT.split(phrase)
    parts[::2] = [_literal(part) for part in parts[::2]]
    parts[1::2] = [f"(?:{slots[name]})" for name in parts[1::2]]
    return "".join(parts)


def choice(patterns: Iterable[str]) -> str:
    """Any of ``patterns``, the longest first; matches nothing where there are none."""
    ordered = sorted(set(patterns), key=lambda one: (-len(one), one))
    return f"(?:{'|'.join(ordered)})" if ordered else r"(?!)"


def literals(words: Iterable[str]) -> str:
    """Any of ``words``; what is matched stays so, lest ``Stunde`` is found in ``Stunden`` and ``Std`` in ``Std.``."""
    return f"(?>{choice(_literal(word) for word in words)})"


def _literal(text: str) -> str:
    return re.sub(r"(?:\\?\s)+", lambda _: SPACE + "+", re.escape(text))
