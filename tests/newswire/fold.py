"""The folded form of a text and its hash, a second time and as plainly as it can be said.

Written from the list of characters that the hash ignores, not from the product's code. Slow and obvious on purpose.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata

DROPPED_WHEN_CLEANED = (
    "\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
DROPPED_WHEN_FOLDED = "\u180e\u200c\u200d\u2061\u2062\u2063\u2064"
DOUBLE_QUOTES = "“”„«»"
SINGLE_QUOTES = "‘’‚´`"
DASHES = "–—‑−"


def clean(text: str) -> str:
    """A text as the tables show it: invisible marks dropped, NFC, single spaces, trimmed."""
    for mark in DROPPED_WHEN_CLEANED:
        text = text.replace(mark, "")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def fold(text: str) -> str:
    """A text with everything ironed out that is only presentation."""
    text = clean(text)
    for mark in DROPPED_WHEN_FOLDED:
        text = text.replace(mark, "")
    for quote in DOUBLE_QUOTES:
        text = text.replace(quote, '"')
    for quote in SINGLE_QUOTES:
        text = text.replace(quote, "'")
    for dash in DASHES:
        text = text.replace(dash, "-")
    text = text.replace("…", "...").replace("\u01ab", "ë")
    return re.sub(r"\s+", " ", text).strip()


@functools.lru_cache(maxsize=100_000)
def content_hash(text: str) -> str:
    """SHA-256, in hex, of the UTF-8 of the folded text."""
    return hashlib.sha256(fold(text).encode()).hexdigest()
