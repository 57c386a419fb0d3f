"""Clean text, fold it, hash it: the identity of an item.

Texts that differ in typography only have one hash; one digit changed gives another. A change to ``clean`` or ``fold``
that changes a hash needs a new ``HASH_VERSION``. Knows nothing of pages, items or storage.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from itertools import pairwise

#: The version of the rules below, stored with every item.
HASH_VERSION = 1

#: Characters that print nothing: soft hyphen, zero width space, word joiner, byte order mark, the bidi controls.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SURROGATE = re.compile("[\ud800-\udfff]")
#: White space that ``collapse`` changes, but for the line feed, and what of it is ASCII.
_IN_LINES = (
    "  ",
    *"\t\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a",
    *"\u2028\u2029\u202f\u205f\u3000",
)
_IN_ASCII_LINES = tuple(one for one in _IN_LINES if one.isascii())
#: Combining marks kept on one letter; no letter that people read has more.
_MARKS = 500

_FOLDS: dict[int, str | None] = {
    **dict.fromkeys([0x180E, 0x200C, 0x200D, *range(0x2061, 0x2065)]),
    **dict.fromkeys(map(ord, "“”„«»"), '"'),
    **dict.fromkeys(map(ord, "‘’‚´`"), "'"),
    **dict.fromkeys(map(ord, "–—‑−"), "-"),
    ord("…"): "...",
    0x01AB: "ë",  # a known fault of the site: bytes C3 AB stored as C6 AB
}
_FOLDED = re.compile("[" + "".join(map(chr, _FOLDS)) + "]")


def is_plain(text: str) -> bool:
    """Whether ``text`` is in NFC and has no invisible characters; many times faster than ``drop_invisible``."""
    # What is printable has none of them; a list is faster than a generator, and many searches than one for all characters.
    return text.isascii() or (
        unicodedata.is_normalized("NFC", text) and (text.isprintable() or not any([one in text for one in _INVISIBLE]))  # noqa: C419
    )


def drop_invisible(text: str) -> str:
    """``text`` without the characters that print nothing, in NFC."""
    for one in _INVISIBLE:
        text = text.replace(one, "")
    return nfc(text)


def plain_text(text: str) -> str:
    """The same, at once where nothing is to be done."""
    return text if is_plain(text) else drop_invisible(text)


def nfc(text: str) -> str:
    """``text`` in NFC (UAX 15). Sorting combining marks is quadratic; at most 500 a letter are kept."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", _with_few_marks(text) if _may_have_many_marks(text) else text)


def _may_have_many_marks(text: str) -> bool:
    """Whether more than 500 combining marks may stand in a row: such a row covers two neighbours of these samples."""
    marks = [unicodedata.combining(letter) for letter in text[:: _MARKS // 2]]
    return any([one and other for one, other in pairwise(marks)])  # noqa: C419 - a list is faster here


def _with_few_marks(text: str) -> str:
    run, kept = 0, list[str]()
    for letter in text:
        run = run + 1 if unicodedata.combining(letter) else 0
        if run <= _MARKS:
            kept.append(letter)
    return "".join(kept)


def collapse(text: str) -> str:
    """``text`` with every run of white space as one space, trimmed."""
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:  # no white space but single spaces
        return text
    return " ".join(text.split())


def is_spaced(text: str) -> bool:
    """Whether ``text`` holds no white space but single spaces and line feeds."""
    return not any([one in text for one in (_IN_ASCII_LINES if text.isascii() else _IN_LINES)])  # noqa: C419


def tidy(text: str) -> str:
    """``text`` with invisible characters dropped, in NFC, every run of white space as one space, at its ends, too."""
    if text.isspace():
        return " "
    if text.isprintable() and "  " not in text:  # no invisible character is printable, nor white space but the space
        return text if text.isascii() else nfc(text)
    text = plain_text(text)
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{words}{' ' * text[-1].isspace()}"


def clean(text: str, *, entities: bool = False) -> str:
    """``text`` as it is stored: invisible characters dropped, NFC, white space as single spaces, trimmed; no NUL.

    ``entities``: decode HTML's character references first, once; for text that no HTML parser has seen.
    """
    if entities and "&" in text:
        text = html.unescape(text)
    return collapse((text if is_plain(text) else drop_invisible(text)).replace("\0", ""))


def fold(text: str) -> str:
    """Cleaned ``text`` with quotes, dashes and joiners made alike; for the hash only, never for display.

    Digits, case and compatibility characters stay as they are: one digit changed is another text.
    """
    return _fold_clean(clean(text))


def _fold_clean(text: str) -> str:
    if text.isascii() and "`" not in text:
        return text
    folded = _FOLDED.sub(_fold_one, text).strip(" ")
    return " ".join(folded.split()) if "  " in folded else folded


def _fold_one(match: re.Match[str]) -> str:
    return _FOLDS[ord(match[0])] or ""


def content_hash(text: str) -> str:
    """SHA-256, in hex, of the UTF-8 of the folded ``text``: an item's body, or its headline where it has no body.

    Lone surrogates, which UTF-8 cannot hold, count as U+FFFD.
    """
    return hash_clean(clean(text))


def hash_clean(text: str) -> str:
    """``content_hash`` of a text that is clean already, twice as fast."""
    folded = _fold_clean(text)
    try:
        data = folded.encode()
    except UnicodeEncodeError:
        data = _SURROGATE.sub("\ufffd", folded).encode()
    return hashlib.sha256(data).hexdigest()
