"""What kind of thing the bytes are: HTML, text, or no page at all.

The media type decides where it says; else the bytes do (WHATWG MIME Sniffing 7, bad input 53). Reads nothing in detail.
"""

from __future__ import annotations

import re

from meeruit.tasks.errors import Unreadable

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TEXT_TYPES = frozenset({"text/plain"})
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a zip file",
    b"PK\x05\x06": "a zip file",
    b"\x1f\x8b": "gzip data",
    b"\x28\xb5\x2f\xfd": "zstd data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ\0": "xz data",
    b"7z\xbc\xaf\x27\x1c": "a 7z file",
    b"Rar!\x1a\x07": "a rar file",
    b"\x7fELF": "a program",
    b"SQLite format 3\0": "a SQLite database",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Office file",
    b"OggS\0": "an Ogg file",
    b"ID3": "an MP3 file",
    b"wOFF": "a font",
    b"wOF2": "a font",
}
_STARTS = tuple(_SIGNATURES)
#: RIFF and MP4 name themselves a few bytes on.
_INSIDE = re.compile(rb"RIFF....(?:WEBP|WAVE|AVI )|....ftyp", re.DOTALL)
#: Control characters that no text holds (NUL apart), and how many of them in the first bytes make them no text.
_CONTROL = bytes([*range(1, 9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_LOOKED_AT, _MOST = 1024, 20

_ELEMENTS = (
    "a abbr address article aside b base blockquote body br button center dd details div dl dt em figure footer form h1 h2 h3 "
    "h4 h5 h6 head header hr html i iframe img li link main meta nav ol p pre script section small span strong style table "
    "tbody td template th thead time title tr ul video".split()
)
_OPENS_HTML = re.compile(
    rf"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<!--|<(?:{'|'.join(_ELEMENTS)})(?=[\s/>]))", re.IGNORECASE
)
_MARKUP = re.compile(rf"</(?:{'|'.join(_ELEMENTS)})\s*>|<br\s*/?>|<(?:p|li|tr|td|dt|dd)>", re.IGNORECASE)
#: Text that begins without markup is HTML from so many tags on, and how far is looked for them.
_FEW_TAGS, _FAR = 3, 100_000


def refuse_binary(body: bytes) -> None:
    """Raise ``Unreadable`` for what is no text in any encoding."""
    if body.startswith(_STARTS):
        name = next(name for signature, name in _SIGNATURES.items() if body.startswith(signature))
        raise Unreadable(f"{name}, not a page")
    head = body[:_LOOKED_AT]
    if _INSIDE.match(head):
        raise Unreadable("a media file, not a page")
    if len(head) - len(head.translate(None, _CONTROL)) > len(head) / _MOST and head[:2] not in (
        b"\xff\xfe",
        b"\xfe\xff",
    ):
        raise Unreadable("binary data, not a page")


def says_html(media_type: str) -> bool | None:
    """What the declared media type says: HTML, text, or (None) nothing of use."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence in _HTML_TYPES:
        return True
    return False if essence in _TEXT_TYPES else None


def looks_html(text: str) -> bool:
    """Whether ``text`` is HTML by its looks: it begins with markup, or holds several tags of it."""
    if "<" not in text:
        return False
    if _OPENS_HTML.match(text):
        return True
    tags = _MARKUP.finditer(text, 0, _FAR)
    return sum(1 for _ in zip(range(_FEW_TAGS), tags, strict=False)) == _FEW_TAGS
