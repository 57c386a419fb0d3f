"""From bytes to text, as browsers do it."""

from __future__ import annotations


def decode(body: bytes) -> tuple[str, str, int]:
    """The text, the encoding it was read in, and how many sequences were replaced by U+FFFD."""
    try:
        return body.decode("utf-8-sig"), "utf-8", 0
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace"), "windows-1252", 0
