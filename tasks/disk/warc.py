"""WARC files as records, each with its place: plain, packed record by record (gzip, zstd, mixed), or packed as one stream.

ISO 28500. Knows no HTTP and no pages; ``warc_pages`` does. Whatever is broken is named with its offset, and reading goes on
with the next record that can be found.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from meeruit.tasks import zstd
from meeruit.tasks.disk.packing import BROKEN, Unpacked
from meeruit.tasks.disk.streams import CHUNK, Stream, said
from meeruit.tasks.records import MAX_BODY

#: Bytes of a record that is held, at most: a page of the largest size and its headers.
MAX_RECORD = MAX_BODY + 1_000_000
_HEAD, _LONGEST_HEAD, _STEP = 4_096, 262_144, 32_768
_GZIP, _ZSTD, _VERSION = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"WARC/"
#: zstd's skippable frames; one of them can hold a dictionary.
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_NEXT = re.compile(rb"(?<=\n)WARC/1\.[01]\r?\n|\x1f\x8b\x08|\x28\xb5\x2f\xfd")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FIELDS = re.compile(rb"^([!-9;-~]+):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_LONGER, _ZSTD_ROOM = 64, 8_000_000
#: Whether the last files are one stream: to find out may mean to unpack a file whole.
_known: dict[tuple[int, int, int], bool] = {}


class Record(NamedTuple):
    """One record: its named fields, in lower case, and its block."""

    fields: dict[str, str]
    block: bytes


class Unit(NamedTuple):
    """What can be read alone: a packed member, or a record that is not packed."""

    offset: int
    #: Bytes in the stream that it was found in.
    length: int
    #: One record, or several; None where it is too large to be held.
    content: bytes | None
    problem: str | None = None


def is_one_stream(stream: Stream) -> bool:
    """Whether a packed file holds many records in one member, so that places in it are those of what it unpacks to."""
    if not stream.packed:
        return False
    if (known := _known.get(stream.mark)) is not None:
        return known
    at = stream.file.tell()
    try:
        first = _unit(stream.file, 0, stream.size)
        is_member = first.content is None and not (first.problem and first.length)
        start = _start(stream.file) if is_member else first.content or b""
    finally:
        stream.file.seek(at)
    if len(_known) >= 8:
        _known.clear()
    _known[stream.mark] = one = len(list(zip(range(2), split_records(start), strict=False))) > 1
    return one


def units(stream: Stream, start: int = 0, end: int | None = None) -> Iterator[Unit]:
    """The units from ``start`` on, up to ``end``; one with a problem stands for all bytes up to the next good one."""
    one = is_one_stream(stream)
    file, size = (stream.unpacked, None) if one else (stream.file, stream.size)
    at = start
    while end is None or at < end:
        try:
            if (begins := _past_blanks(file, at)) is None:
                if one:
                    stream.check()
                return
            at = begins
            unit = _unit(file, at, size)
            if unit.problem:
                unit = unit._replace(length=_next_start(file, at, unit.length) - at)
                if one and _past_blanks(file, at + unit.length) is None:
                    stream.check()
        except BROKEN as exc:
            yield Unit(at, 0, None, said(exc))
            return
        yield unit
        if not unit.length:
            return
        at += unit.length


def _past_blanks(file: BinaryIO, at: int) -> int | None:
    """The place of the next byte that is no line end; None at the end of the file."""
    while True:
        file.seek(at)
        some = file.read(_LONGER)
        if not some:
            return None
        rest = some.lstrip(b"\r\n")
        at += len(some) - len(rest)
        if rest:
            return at


def _unit(file: BinaryIO, at: int, size: int | None) -> Unit:
    """The unit that begins here; ``size`` is None for an unpacked stream, in which there are no members."""
    file.seek(at)
    head = file.read(_HEAD)
    if head.startswith(_VERSION):
        return _plain(file, at, head, size)
    if size is not None and head.startswith(_GZIP):
        return _member(file, at, zlib.decompressobj(31))
    if size is not None and head.startswith(_ZSTD):
        return _member(file, at, zstd.ZstdDecompressor())
    if size is not None and _SKIPPABLE.match(head):
        return Unit(at, 8 + int.from_bytes(head[4:8], "little"), None, "a zstd dictionary, which is not read")
    return Unit(at, 0, None, "no WARC record")


def _plain(file: BinaryIO, at: int, head: bytes, size: int | None) -> Unit:
    end = _END_OF_HEAD.search(head)
    if end is None and len(head) == _HEAD:
        head += file.read(_LONGEST_HEAD - _HEAD)
        end = _END_OF_HEAD.search(head)
    if end is None:
        return Unit(at, 0, None, "its header has no end" if len(head) == _LONGEST_HEAD else "it ends too early")
    length = _content_length(head[: end.end()])
    if length is None:
        return Unit(at, end.end(), None, "it has no Content-Length")
    whole, content = end.end() + length, None
    if size is not None and at + whole > size:
        return Unit(at, end.end(), None, "it ends too early")
    if whole <= MAX_RECORD:
        content = head[:whole] if whole <= len(head) else head + file.read(whole - len(head))
    file.seek(at + whole)
    reached = at + len(content) if content is not None else file.tell()
    if reached < at + whole:
        return Unit(at, end.end(), None, "it ends too early")
    tail = file.read(_LONGER)
    rest = tail.lstrip(b"\r\n")
    if rest and not tail.startswith(b"\r\n\r\n") and not rest.startswith((_VERSION, _GZIP, _ZSTD)):
        return Unit(at, end.end(), None, "its Content-Length is wrong")
    return Unit(at, whole + len(tail) - len(rest), content)


def _member(file: BinaryIO, at: int, decoder: Any) -> Unit:
    """A packed member: its length shows only when it is unpacked."""
    file.seek(at)
    parts: list[bytes] = []
    size = read = 0
    try:
        while not decoder.eof:
            data = file.read(_STEP)
            if not data:
                return Unit(at, 0, None, "it ends too early")
            read += len(data)
            for part in _unpacked(decoder, data):
                size += len(part)
                if size <= MAX_RECORD:
                    parts.append(part)
    except (zlib.error, zstd.ZstdError) as exc:
        return Unit(at, 0, None, f"broken: {exc}")
    content = b"".join(parts) if size <= MAX_RECORD else None
    return Unit(at, read - len(decoder.unused_data), content)


def _unpacked(decoder: Any, data: bytes) -> Iterator[bytes]:
    """What some bytes unpack to; zstd in steps, since there a few bytes can be a gigabyte."""
    if not isinstance(decoder, zstd.ZstdDecompressor):
        yield decoder.decompress(data)
        return
    yield decoder.decompress(data, _ZSTD_ROOM)
    while not decoder.eof and not decoder.needs_input:
        yield decoder.decompress(b"", _ZSTD_ROOM)


def _start(file: BinaryIO) -> bytes:
    """As much of what the first member unpacks to as is held."""
    file.seek(0)
    packing = ".gz" if file.read(len(_GZIP)) == _GZIP else ".zst"
    return io.BufferedReader(Unpacked(file, packing)).read(MAX_RECORD)


def _next_start(file: BinaryIO, at: int, known: int) -> int:
    """Where the next unit begins behind a broken one of which ``known`` bytes are understood; else the end of the file."""
    start = at + max(known, 1)
    file.seek(start - 1)
    data = file.read(1)
    base = start - 1
    while more := file.read(CHUNK):
        data += more
        for match in _NEXT.finditer(data):
            found = base + match.start()
            if found >= start and _begins(file, found, match[0]):
                return found
            file.seek(base + len(data))
        keep = data[-16:]
        base, data = base + len(data) - len(keep), keep
    return base + len(data)


def _begins(file: BinaryIO, at: int, magic: bytes) -> bool:
    """Whether a record begins where something looks like one."""
    if magic.startswith(_VERSION):
        return True
    file.seek(at)
    data = file.read(_HEAD)
    decoder: Any = zlib.decompressobj(31) if magic == _GZIP else zstd.ZstdDecompressor()
    try:
        return bytes(decoder.decompress(data, _LONGER)).startswith(_VERSION)
    except (zlib.error, zstd.ZstdError):
        return False


def split_records(content: bytes) -> Iterator[Record | str]:
    """The records of a unit; the last of them may be broken, and is what is wrong with it."""
    at = 0
    while True:
        while content[at : at + 1] in {b"\r", b"\n"}:
            at += 1
        if at >= len(content):
            return
        end = _END_OF_HEAD.search(content, at)
        if not content.startswith(_VERSION, at) or end is None:
            yield "no WARC record"
            return
        fields = _fields(content[at : end.end()])
        length = _number(fields.get("content-length"))
        if length is None:
            yield "it has no Content-Length"
            return
        block = content[end.end() : end.end() + length]
        tail = content[end.end() + length : end.end() + length + _LONGER]
        rest = tail.lstrip(b"\r\n")
        if len(block) < length or (rest and not tail.startswith(b"\r\n\r\n") and not rest.startswith(_VERSION)):
            yield "its Content-Length is wrong"
            return
        yield Record(fields, block)
        at = end.end() + length


def _content_length(head: bytes) -> int | None:
    return _number(_fields(head).get("content-length"))


def _fields(head: bytes) -> dict[str, str]:
    return {name.decode().lower(): value.decode("utf-8", "replace") for name, value in _FIELDS.findall(head)}


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None
