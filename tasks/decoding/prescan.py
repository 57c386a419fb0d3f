"""The encoding that a page's own first bytes declare: ``<meta charset>``, ``<meta http-equiv>``, an XML declaration.

WHATWG HTML 13.2.3.2, "prescan a byte stream to determine its encoding", on the first 1,024 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from meeruit.tasks.decoding.charsets import encoding_of

_FAR = 1024
_SPACE = r"[\t\n\f\r ]"
_COMMENT = re.compile(r"<!--(?:-?>|.*?-->)", re.DOTALL)
_META = re.compile(rf"<meta(?:{_SPACE}|/)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^\t\n\f\r >]*", re.IGNORECASE)
_OTHER = re.compile(r"<[!/?][^>]*>")
_ATTRIBUTE = re.compile(
    rf"(?:{_SPACE}|/)*([^\t\n\f\r />][^\t\n\f\r />=]*)"
    rf"(?:{_SPACE}*={_SPACE}*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r \"'>][^\t\n\f\r >]*))?)?"
)
_IN_CONTENT = re.compile(rf"charset{_SPACE}*={_SPACE}*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r ;\"']+))", re.IGNORECASE)
_XML = re.compile(rf"<\?xml[^>]*?encoding{_SPACE}*={_SPACE}*(?:\"([^\"]*)\"|'([^']*)')")


def prescan(body: bytes) -> str | None:
    """The encoding that the page declares in its first 1,024 bytes, or None."""
    if body.startswith(b"<\0?\0x\0"):
        return "utf-16le"
    if body.startswith(b"\0<\0?\0x"):
        return "utf-16be"
    text = body[:_FAR].decode("latin-1")
    return next(_declared(text), None) or _of_xml(text)


def _declared(text: str) -> Iterator[str]:
    """The encodings that the ``<meta>`` elements of ``text`` name, in order."""
    at = text.find("<")
    while at >= 0:
        if comment := _COMMENT.match(text, at):
            at = comment.end()
        elif meta := _META.match(text, at):
            attributes, at = _attributes(text, meta.end() - 1)
            if at < len(text) and (encoding := _of_meta(attributes)):  # else the tag goes on beyond what is looked at
                yield encoding
        elif tag := _TAG.match(text, at):
            _, at = _attributes(text, tag.end())
        elif other := _OTHER.match(text, at):
            at = other.end()
        else:
            at += 1
        at = text.find("<", at)


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes of a tag from behind its name, the first of each name, and where they end."""
    found: dict[str, str] = {}
    while match := _ATTRIBUTE.match(text, at):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        found.setdefault(match[1].lower(), value.lower())
        at = match.end()
    return found, at


def _of_meta(attributes: dict[str, str]) -> str | None:
    label = attributes.get("charset")
    if label is None:
        content = _IN_CONTENT.search(attributes.get("content", ""))
        if content is None or attributes.get("http-equiv") != "content-type":
            return None
        label = next(filter(None, content.groups()), "")
    return _as_read(encoding_of(label))


def _of_xml(text: str) -> str | None:
    match = _XML.match(text)
    return _as_read(encoding_of(match[1] or match[2] or "")) if match else None


def _as_read(encoding: str | None) -> str | None:
    """What could be read as ASCII so far is no UTF-16, whatever it says."""
    if encoding in ("utf-16le", "utf-16be"):
        return "utf-8"
    return "windows-1252" if encoding == "x-user-defined" else encoding
