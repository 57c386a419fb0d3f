"""How two texts differ: word by word for people to read, and where they first part. Says nothing of what that means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

#: Characters shown on either side of a first difference.
_AROUND = 24


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two texts first differ."""

    #: Characters that both begin with.
    at: int
    #: What stands around there in each.
    one: str
    other: str
    #: The first character that differs, named: ``6 (U+0036 DIGIT SIX)``; or ``the end``.
    one_has: str
    other_has: str


def words_changed(old: str, new: str) -> Iterator[tuple[Change, str]]:
    """The words of both texts in order, in runs of kept, deleted and inserted words."""
    before, after = old.split(), new.split()
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Change.SAME, " ".join(before[a:b])
            continue
        if a < b:
            yield Change.GONE, " ".join(before[a:b])
        if c < d:
            yield Change.NEW, " ".join(after[c:d])


def inline_diff(old: str, new: str) -> str:
    """The difference in plain characters: ``zeker [-elf-] {+twaalf+} doden``."""
    forms = {Change.SAME: "{}", Change.GONE: "[-{}-]", Change.NEW: "{{+{}+}}"}
    return " ".join(forms[change].format(words) for change, words in words_changed(old, new))


def first_difference(one: str, other: str) -> Difference | None:
    """Where two texts first differ, or None where they are equal."""
    if one == other:
        return None
    pairs = zip(one, other, strict=False)
    at = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return Difference(at, _around(one, at), _around(other, at), _named(one, at), _named(other, at))


def _around(text: str, at: int) -> str:
    start, end = max(at - _AROUND, 0), at + _AROUND
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _named(text: str, at: int) -> str:
    if at >= len(text):
        return "the end"
    character = text[at]
    return f"{character} (U+{ord(character):04X} {unicodedata.name(character, 'unnamed')})"
