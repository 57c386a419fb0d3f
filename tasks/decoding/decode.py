"""From bytes to text, as browsers do it.

The encoding: byte order mark, Content-Type, ``<meta>`` (``prescan``), which bytes that can only be UTF-8 overrule; then
UTF-8 where the bytes are that, but for a cut-off end or one bad sequence in 1,000 bytes; else windows-1252 (WHATWG HTML
13.2.3, Encoding 4.2). Bad sequences become U+FFFD and are counted. Does not look at what the text says.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import NamedTuple

from meeruit.tasks.decoding.charsets import codec_of, encoding_of
from meeruit.tasks.decoding.prescan import prescan

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16be"), (codecs.BOM_UTF16_LE, "utf-16le"))
_CHARSET = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]+))", re.IGNORECASE)
#: The longest Content-Type that is looked at.
_LONGEST = 1024
#: UTF-8 may hold one bad sequence in so many bytes.
_FEW = 1000
#: The first bytes of sequences of several; so many valid ones, and no bad one, are UTF-8 whatever a page declares.
_LEADS = bytes(range(0xC2, 0xF5))
_ENOUGH = 3
#: More than one NUL in so many bytes, and the page is in an encoding that nobody named (UTF-16 without a mark).
_NULS = 10
_BAD = "\ufffd"
#: So many bytes are looked at at once: what they become stays in a processor's own memory.
_PIECE = 16_384


class Decoded(NamedTuple):
    """A page in UTF-8, what it was read in (WHATWG name), and how many bad sequences it has."""

    utf8: bytes
    encoding: str
    replaced: int = 0

    @property
    def text(self) -> str:
        """The page as text, made anew each time."""
        return self.utf8.decode()


def decode(body: bytes, media_type: str = "", *, markup: bool = True) -> Decoded:
    """Decode ``body``; ``media_type`` as declared, perhaps with a charset; ``markup``: whether a ``<meta>`` counts."""
    decoded = _decode(body, media_type, markup)
    if b"\0" not in decoded.utf8:
        return decoded
    text = decoded.text
    nuls = text.count("\0")
    if nuls * _NULS > len(text) and text.strip("\0\t\n\r "):
        return Decoded(text.replace("\0", _BAD).encode(), decoded.encoding, decoded.replaced + nuls)
    return Decoded(text.replace("\0", "").encode(), decoded.encoding, decoded.replaced)


def _decode(body: bytes, media_type: str, markup: bool) -> Decoded:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding)
    declared = _charset(media_type)
    if declared is None and markup:
        declared = prescan(body)
        if declared and _is_utf8(body, cut=True) and _sequences(body) >= _ENOUGH:
            declared = "utf-8"
    if declared and declared != "utf-8":
        return _decoded(body, declared)
    if _is_utf8(body):
        return Decoded(body, "utf-8")
    return _decoded(body, "utf-8") if declared else _guessed(body)


def _is_utf8(body: bytes, *, cut: bool = False) -> bool:
    """Whether there is no bad sequence, found piece by piece: a page can be several times larger as text.

    ``cut``: the last one may lack its end.
    """
    at = 0
    try:
        while at < len(body):
            piece = body[at : at + _PIECE]
            last = at + _PIECE >= len(body)
            at += codecs.utf_8_decode(piece, "strict", last and not cut)[1]
            if last:
                break
    except UnicodeDecodeError:
        return False
    return True


def _sequences(body: bytes) -> int:
    """How many sequences of several bytes there are in UTF-8."""
    return len(body) - len(body.translate(None, _LEADS))


@lru_cache(maxsize=64)
def _charset(media_type: str) -> str | None:
    match = _CHARSET.search(media_type[:_LONGEST])
    return encoding_of(match[1] or match[2] or "") if match else None


def _guessed(body: bytes) -> Decoded:
    """UTF-8 with few faults, or else windows-1252, in which every byte is something.

    Without one valid sequence of several bytes nothing speaks for UTF-8.
    """
    decoded = _decoded(body, "utf-8")
    faults = decoded.replaced - _is_cut(body)
    if faults * _FEW <= len(body) and _sequences(decoded.utf8) > decoded.replaced:
        return decoded
    return _decoded(body, "windows-1252")


def _is_cut(body: bytes) -> bool:
    """Whether the last sequence of UTF-8 lacks its end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(body[-3:])
    return bool(decoder.getstate()[0])


def _decoded(body: bytes, encoding: str) -> Decoded:
    if encoding == "replacement":
        return Decoded(_BAD.encode() if body else b"", encoding, int(bool(body)))
    handler = "meeruit.c1" if encoding.startswith("windows-") else "replace"
    text, _ = codec_of(encoding).decode(body, handler)
    meant = body.count(_BAD.encode()) if encoding == "utf-8" else 0
    return Decoded(text.encode(), encoding, text.count(_BAD) - meant)


def _c1(error: UnicodeError) -> tuple[str, int]:
    """A byte that a single-byte encoding leaves open is the control character of that number, as browsers have it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start]
    return (chr(byte) if 0x80 <= byte < 0xA0 else _BAD), error.end


codecs.register_error("meeruit.c1", _c1)
