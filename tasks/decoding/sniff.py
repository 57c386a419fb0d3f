"""What kind of thing the bytes are: HTML, text, or no page at all.

The media type decides where it says; else the bytes do (WHATWG MIME Sniffing 7). Reads nothing in detail.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from meeruit.tasks.errors import Unreadable

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TEXT_TYPES = frozenset({"text/plain"})
#: How files begin that are no page, whatever they are declared as; nothing that a text could begin with.
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"\0\0\1\0": "an icon",
    b"%PDF-": "a PDF",
    b"PK\3\4": "a zip file",
    b"PK\5\6": "a zip file",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\xfd7zXZ\0": "an xz file",
    b"7z\xbc\xaf\x27\x1c": "a 7z file",
    b"Rar!\x1a\7": "a rar file",
    b"\x7fELF": "a program",
    b"SQLite format 3\0": "a database",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Office file",
    b"OggS\0": "an Ogg file",
    b"\x1aE\xdf\xa3": "a video",
    b"wOFF": "a font",
    b"wOF2": "a font",
}
_STARTS = tuple(_SIGNATURES)
#: These name themselves a few bytes on.
_INSIDE = (
    (re.compile(rb"RIFF....(?:WEBP|WAVE|AVI )|....ftyp", re.DOTALL), "an image, sound or video"),
    (re.compile(rb"ID3[\2-\4]"), "an MP3 file"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "a bzip2 file"),
)
#: Records and archives are text; what they are called where they are read page by page.
_RECORDS = (
    (re.compile(rb"\s*WARC/1\."), "a web archive; name it .warc or .warc.gz"),
    (
        re.compile(rb"(?:From|Subject|Date|MIME-Version|Snapshot-Content-Location):.*multipart/related", re.DOTALL),
        "an MHTML archive; save the page as HTML",
    ),
    (
        re.compile(rb'\s*\{\s*(?:"[^{}]*,\s*)?"(?:text|html|content|url)"\s*:'),
        "a record in JSON; name its file .jsonl",
    ),
)
#: The parts of JSON; the inside of a text is not read.
_JSON_PART = re.compile(rb'\s*+("(?:[^"\\]|\\.)*+"|[{}\[\]:,]|[-+.\w]++)')
#: Keys that a shell and jq take as they are.
_PLAIN_KEY = re.compile(rb'"[A-Za-z_]\w{0,39}"')
#: Names of columns of a table of pages: what it takes for a page, and what else says that it is one.
_BODIES, _OTHERS = (
    {b"text", b"html", b"content", b"body"},
    {b"url", b"link", b"address", b"date", b"timestamp", b"title"},
)
_PARTS = re.compile(rb"[,;\t]")
#: Bytes of the names of columns; a first line that is longer is a text.
_HEADER = 300
#: Control characters that no text holds (NUL apart), and how many of them in the first bytes make them no text.
_CONTROL = bytes([*range(1, 9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_LOOKED_AT, _MOST = 1024, 20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

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
    """Raise ``Unreadable``, named in plain words (``not a page but a PDF``), for what is no text in any encoding."""
    if what := _kind(body[:_LOOKED_AT]):
        raise Unreadable(f"not a page but {what}")


def _kind(head: bytes) -> str | None:
    """What a body is that cannot be a page, by its first bytes; None for everything else."""
    if head.startswith(_STARTS):
        return next(name for signature, name in _SIGNATURES.items() if head.startswith(signature))
    if not head.startswith(b"<") and (
        name := next((name for one, name in (*_INSIDE, *_RECORDS) if one.match(head)), None)
        or _table(head)
        or _holds_records(head)
    ):
        return name
    if len(head) - len(head.translate(None, _CONTROL)) > len(head) / _MOST and not head.startswith(_UTF_16):
        return "binary data"
    return None


def _table(head: bytes) -> str | None:
    """That a body is rows of pages, by the names of its columns."""
    first, newline, _ = head.partition(b"\n")
    if len(first) > _HEADER:
        return None
    names = {name.strip(b'\xef\xbb\xbf\r "').lower() for name in _PARTS.split(first)} if newline else set()
    return "a table of pages; name it .csv" if names & _BODIES and names & _OTHERS else None


def _holds_records(head: bytes) -> str | None:
    """That a body is one JSON object whose records stand in a list inside, as interfaces answer."""
    if not head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{"):
        return None
    path, last, before = list[bytes](), b"", b""
    at = len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    while part := _JSON_PART.match(head, at):
        at, token = part.end(), part[1]
        if token == b"{" and before == b"[" and path:
            path = path[1:]  # the object around all has no key
            if not all(path):
                return None
            if not all(map(_PLAIN_KEY.fullmatch, path)):
                return "a JSON object that holds records; write them as JSON Lines"
            where = ".".join(key.strip(b'"').decode() for key in path)
            return (
                f"a JSON object whose records stand in {where}; make lines of them: jq -c '.{where}[]' x.json > x.jsonl"
            )
        if token in {b"{", b"["}:
            path.append(last if before == b":" else b"")
        elif token in {b"}", b"]"} and path:
            path.pop()
        elif token.startswith(b'"') and before in {b"{", b","}:
            last = token
        before = token
    return None


@lru_cache(maxsize=64)
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
