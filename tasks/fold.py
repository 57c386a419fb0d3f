"""Clean text, fold it, hash it: the identity of an item.

The rules are those of design.md section 3 (Identity). Their version is ``HASH_VERSION``: a change to ``fold`` or ``clean``
that changes a hash needs a new one. Knows nothing of pages, items or storage.
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
_DROPPED = re.compile(f"[{_INVISIBLE}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: The marks that nearly all decomposed text holds.
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327"

_FOLDS: dict[int, str | None] = {
    **dict.fromkeys([0x180E, 0x200C, 0x200D, *range(0x2061, 0x2065)]),
    **dict.fromkeys(map(ord, "“”„«»"), '"'),
    **dict.fromkeys(map(ord, "‘’‚´`"), "'"),
    **dict.fromkeys(map(ord, "–—‑−"), "-"),
    ord("…"): "...",
    0x01AB: "ë",  # a known fault of the site: bytes C3 AB stored as C6 AB (catalogue 36)
}
_FOLDED = re.compile("[" + "".join(map(chr, _FOLDS)) + "]")


def is_plain(text: str) -> bool:
    """Whether ``drop_invisible`` would hardly change ``text``: a fast look that only rare decomposed letters escape."""
    return not any([one in text for one in _INVISIBLE + _MARKS])  # noqa: C419 - a list is faster than a generator here


def drop_invisible(text: str) -> str:
    """``text`` without the characters that print nothing, in NFC; lone surrogates become U+FFFD."""
    if text.isascii():
        return text
    text = _SURROGATE.sub("\ufffd", _DROPPED.sub("", text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def clean(text: str, *, entities: bool = False) -> str:
    """``text`` as it is stored: invisible characters dropped, NFC, white space as single spaces, trimmed; no NUL.

    ``entities``: decode HTML's character references first, once; for text that no HTML parser has seen.
    """
    if entities and "&" in text:
        text = html.unescape(text)
    return " ".join(drop_invisible(text.replace("\0", "")).split())


def fold(text: str) -> str:
    """Cleaned ``text`` with quotes, dashes and joiners made alike; for the hash only, never for display.

    Digits, case and compatibility characters stay as they are: one digit changed is another text.
    """
    text = clean(text)
    if text.isascii() and "`" not in text:
        return text
    return " ".join(_FOLDED.sub(_fold_one, text).split())


def _fold_one(match: re.Match[str]) -> str:
    return _FOLDS[ord(match[0])] or ""


def content_hash(text: str) -> str:
    """SHA-256, in hex, of the UTF-8 of the folded ``text``: an item's body, or its headline where it has no body."""
    return hashlib.sha256(fold(text).encode()).hexdigest()
