"""Clean text, fold it, hash it: the identity of an item.

Texts that differ in typography only have one hash; one digit changed gives another. A change to ``clean`` or ``fold``
that changes a hash needs a new ``HASH_VERSION``. Knows nothing of pages, items or storage.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

#: The version of the rules below, stored with every item.
HASH_VERSION = 1

#: Characters that print nothing: soft hyphen, zero width space, word joiner, byte order mark, the bidi controls.
_INVISIBLE = "\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SURROGATE = re.compile("[\ud800-\udfff]")
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
    if len(text) > _MARKS:
        run, kept = 0, list[str]()
        for letter in text:
            run = run + 1 if unicodedata.combining(letter) else 0
            if run <= _MARKS:
                kept.append(letter)
        text = "".join(kept)
    return unicodedata.normalize("NFC", text)


def collapse(text: str) -> str:
    """``text`` with every run of white space as one space, trimmed."""
    if text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:  # no white space but single spaces
        return text
    return " ".join(text.split())


def tidy(text: str) -> str:
    """``text`` with invisible characters dropped, in NFC, white space as single spaces, trimmed; NUL and U+0001 stay."""
    return collapse(text if is_plain(text) else drop_invisible(text))


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
