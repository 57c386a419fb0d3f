"""The noise with which the same text is printed differently, in two layers.

``spelled`` changes what the tables show and the hash ignores: quotes, dashes, dots, the site's broken ë.
``smudged`` and ``encoded`` change what cleaning takes out again: spaces, invisible marks, composition, entities.
Changes no letter, digit, word or stop.
"""

from __future__ import annotations

import html.entities
import random
import re
import unicodedata
from collections.abc import Callable

#: Marks around a run of text: embedding, isolates, single marks.
BIDI = (("\u202a", "\u202c"), ("\u2066", "\u2069"), ("\u2067", "\u2069"), ("\u200e", "\u200e"), ("\u200f", "\u061c"))

Change = Callable[[random.Random, str], str]


class Quiet(random.Random):
    """A generator that never asks for noise: the rarest chance, the first choice, the lowest number."""

    def random(self) -> float:
        return 1 - 2**-53

    def getrandbits(self, k: int, /) -> int:
        return 0


def spelled(rng: random.Random, text: str) -> str:
    """The text in one of the spellings that fold to the same; plain half of the time."""
    return _changed(rng, text, SPELLINGS) if rng.random() < 0.5 else text


def smudged(rng: random.Random, text: str, *, lines: bool = False) -> str:
    """The text as a careless page holds it; cleaning gives ``text`` again. Clean half of the time.

    ``lines`` allows a line break inside, which a body survives and a headline does not.
    """
    if rng.random() >= 0.5:
        return text
    text = _changed(rng, text, (*SMUDGES, _line_break) if lines else SMUDGES)
    return unicodedata.normalize("NFD", text) if rng.random() < 0.2 else text


def encoded(rng: random.Random, text: str, *, markup: bool = False) -> str:
    """The text with some characters as entities, which either door decodes once; without any four times in five.

    ``markup`` asks for the one that HTML cannot do without; the texts hold no angle brackets.
    """
    some = rng.random() < 0.2
    if markup or some:
        text = text.replace("&", "&amp;")
    if not some:
        return text
    return re.sub("[€°²½à-öø-ÿÎÉ'\"\u00a0\u00ad–—…“”‘’]", lambda found: _entity(rng, found[0]), text)


def _entity(rng: random.Random, character: str) -> str:
    named = html.entities.codepoint2name.get(ord(character))
    forms = [f"&#{ord(character)};", f"&#x{ord(character):x};", character] + [f"&{named};"] * (named is not None)
    return rng.choice(forms)


def _changed(rng: random.Random, text: str, changes: tuple[Change, ...]) -> str:
    for change in rng.sample(changes, rng.randint(1, 3)):
        text = change(rng, text)
    return text


def _double_quotes(rng: random.Random, text: str) -> str:
    opening, closing = rng.choice([("“", "”"), ("„", "”"), ("«", "»"), ("”", "“")])
    return re.sub(r'"', lambda quote: closing if quote.start() and text[quote.start() - 1] != " " else opening, text)


def _single_quotes(rng: random.Random, text: str) -> str:
    return text.replace("'", rng.choice("‘’‚´`"))


def _dashes(rng: random.Random, text: str) -> str:
    return text.replace("-", rng.choice("–—‑−"))


def _dots(rng: random.Random, text: str) -> str:
    return text.replace("...", "…")


def _broken_e(rng: random.Random, text: str) -> str:
    """The site's own fault: bytes C3 AB became C6 AB."""
    return text.replace("ë", "\u01ab")


def _joiner(rng: random.Random, text: str) -> str:
    return _inside_word(rng, text, rng.choice("\u180e\u200c\u200d\u2061\u2062\u2063\u2064"))


def _space(rng: random.Random, text: str) -> str:
    return _once(rng, text, " ", rng.choice(["\u00a0", "\u202f", "\u2009", "  ", " \t", "\u00a0 "]))


def _line_break(rng: random.Random, text: str) -> str:
    """A new line before a word in small letters, so that the line opens with neither a dateline nor an age.

    Not above ``(ANP) -`` in running text: what is left of the sentence would stand as a place does.
    """
    return _once(rng, text, r" (?=[a-z]{2,} [a-z])(?!.*\(ANP\) )", "\n")


def _soft_hyphen(rng: random.Random, text: str) -> str:
    return _inside_word(rng, text, "\u00ad")


def _zero_width(rng: random.Random, text: str) -> str:
    return _inside_word(rng, text, rng.choice("\u200b\u2060\ufeff"))


def _bidi(rng: random.Random, text: str) -> str:
    opening, closing = rng.choice(BIDI)
    return f"{opening}{text}{closing}"


def _inside_word(rng: random.Random, text: str, mark: str) -> str:
    return _once(rng, text, r"(?<=[a-z])(?=[a-z])", mark)


def _once(rng: random.Random, text: str, pattern: str, new: str) -> str:
    """The text with one of the places that match replaced: the first from somewhere on, or none."""
    place = re.compile(pattern).search(text, rng.randrange(len(text) or 1))
    return text[: place.start()] + new + text[place.end() :] if place else text


SPELLINGS: tuple[Change, ...] = (_double_quotes, _single_quotes, _dashes, _dots, _broken_e, _joiner)
SMUDGES: tuple[Change, ...] = (_space, _soft_hyphen, _zero_width, _bidi)
