"""An HTTP answer as an archive holds it: status, fields, and the body as it was before transfer. RFC 9112; knows no network."""

from __future__ import annotations

import re
from typing import NamedTuple

from meeruit.tasks.decoding.unpack import Unpack, coding_of
from meeruit.tasks.errors import PageError, Unreadable
from meeruit.tasks.records import MAX_BODY

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FIELDS = re.compile(rb"^([!-9;-~]+):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


class Head(NamedTuple):
    """The status and the fields of an answer, their names in lower case, and where its body begins."""

    status: int
    fields: dict[str, str]
    end: int


def read_head(block: bytes) -> Head | None:
    """The head of an answer; None for what is none."""
    status = _STATUS.match(block)
    if status is None:
        return None
    end = _END_OF_HEAD.search(block)
    stop = end.end() if end else len(block)
    fields: dict[str, str] = {}
    for name, value in _FIELDS.findall(block[:stop]):
        fields.setdefault(name.decode().lower(), value.decode("latin-1"))
    return Head(int(status[1]), fields, stop)


def read_body(block: bytes, head: Head) -> bytes:
    """The body of an answer without its transfer and content codings. Raises Unreadable where they are broken.

    Many archives hold bodies that are decoded already below fields that still name the codings: what does not begin as
    coded is taken as it is.
    """
    body = block[head.end :]
    if "chunked" in head.fields.get("transfer-encoding", "").lower() and _SIZE.match(body):
        body = _joined(body)
    coding = coding_of(head.fields.get("content-encoding", ""))
    if coding is None or (coding.magic and not body.startswith(_PACKED)):
        return body
    unpack = Unpack(coding, MAX_BODY)
    try:
        unpacked = unpack.feed(body)
        if len(unpacked) <= MAX_BODY:
            unpack.close()
    except PageError as exc:
        if not coding.magic and body.lstrip()[:1] == b"<":
            return body
        raise Unreadable(str(exc)) from exc
    return unpacked


def _joined(body: bytes) -> bytes:
    """Chunks in one piece."""
    parts: list[bytes] = []
    at = 0
    while True:
        size = _SIZE.match(body, at)
        if size is None:
            raise Unreadable("broken chunks: a size is missing")
        length = int(size[1], 16)
        if not length:
            return b"".join(parts)
        at = size.end() + length
        if at > len(body):
            raise Unreadable("broken chunks: the last one ends too early")
        parts.append(body[size.end() : at])
        if body.startswith(b"\r\n", at):
            at += 2
        elif body.startswith(b"\n", at):
            at += 1
        else:
            raise Unreadable("broken chunks: one is longer than its size")
