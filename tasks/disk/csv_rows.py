"""CSV as corpora are published in: RFC 4180, UTF-8, a header line, a row a page. Packed or not.

A row ends at a line end outside of quotes, so a file is cut by counting quotes; what stands in a row the standard library
reads.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, Raw
from meeruit.tasks.disk.columns import check_columns
from meeruit.tasks.disk.found import Found, Place, Reached, Start, problem
from meeruit.tasks.disk.packing import BROKEN
from meeruit.tasks.disk.read import MAX_LINE, as_page, printable_path
from meeruit.tasks.disk.streams import Stream, kept_stream, read_at, said
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.references import Slice

csv.field_size_limit(MAX_LINE)
_DELIMITERS = (",", "\t", ";")
_LONE_CR = "not read: its header holds a carriage return (CR) alone; save it with lines that end in LF or CRLF"


class _Header(NamedTuple):
    """The names of the columns, what parts them, and where the rows begin."""

    names: list[str]
    delimiter: str
    end: int
    lines: int


#: The headers of the last files: to go back to the start of a packed one means to unpack it again.
_known: dict[tuple[int, int, int], _Header] = {}


def cut(place: Place, begin: Reached) -> Iterator[Found]:
    """The file in slices of whole rows, up to BATCH_PAGES and about BATCH_BYTES each. Raises Unreadable without a header."""
    path = printable_path(place.path)
    with kept_stream(path, place.root and printable_path(place.root)) as stream:
        header = _header(stream)
        check_columns(header.names, place.columns)
        start = offset = max(begin.offset, header.end)
        line = number = begin.line + 1 if begin.offset else header.lines + 1
        pages = 0
        stream.unpacked.seek(start)
        broken = None
        try:
            for length, lines, whole in _rows(stream):
                if not whole:
                    if pages:
                        yield place.slice(start, offset - start, line, pages)
                    yield problem(f"{path}:{number}", f"the row is longer than {MAX_LINE:,} bytes")
                    start, line, pages = offset + length, number + lines, 0
                offset, number, pages = offset + length, number + lines, pages + whole
                if pages == BATCH_PAGES or offset - start >= BATCH_BYTES:
                    yield place.slice(start, offset - start, line, pages)
                    start, line, pages = offset, number, 0
                    yield Reached(place.path, number - 1, offset, stream.passed)
        except BROKEN as exc:
            broken = said(exc)
        if pages:
            yield place.slice(start, offset - start, line, pages)
        if broken:
            yield problem(f"{path}:{number}", broken)
        yield Reached(place.path, number - 1, offset, stream.size, complete=True)


def read(reference: Slice) -> Iterator[Raw]:
    """The pages of some rows."""
    with kept_stream(reference.path, reference.root) as stream:
        header = _header(stream)
        content = read_at(stream, reference.offset, reference.length)
    for offset, number, row in _split(content, reference):
        own = replace(reference, offset=offset, length=len(row), line=number)
        try:
            yield as_page(_record(row, header), own.address, own, reference.columns)
        except Unreadable as exc:
            yield Raw(own.address, own, problem=str(exc))


def starts(reference: Slice) -> list[Start]:
    """Where the rows of a slice begin."""
    with kept_stream(reference.path, reference.root) as stream:
        content = read_at(stream, reference.offset, reference.length)
    return [Start(offset, number) for offset, number, _ in _split(content, reference)]


def _record(row: bytes, header: _Header) -> dict[str, object]:
    try:
        values = next(csv.reader([row.decode()], delimiter=header.delimiter, strict=True))
    except UnicodeDecodeError as exc:
        raise Unreadable(f"not UTF-8: {exc.reason} at byte {exc.start} of the row") from exc
    except (csv.Error, StopIteration) as exc:
        raise Unreadable(f"not CSV: {str(exc) or 'an empty row'}") from exc
    if len(values) != len(header.names):
        raise Unreadable(f"{len(values)} columns, where the header names {len(header.names)}")
    return {name: value or None for name, value in zip(header.names, values, strict=True)}


def _header(stream: Stream) -> _Header:
    if (known := _known.get(stream.mark)) is not None:
        return known
    try:
        stream.unpacked.seek(0)
        length, lines, whole = next(_rows(stream), (0, 0, True))
        stream.unpacked.seek(0)
        line = stream.unpacked.read(length) if whole else b""
        text = line.decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError as exc:
        raise Unreadable("not read: its header is no UTF-8") from exc
    except BROKEN as exc:
        raise Unreadable(said(exc)) from exc
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        names = next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error as exc:
        if "\r" in text:
            raise Unreadable(_LONE_CR) from exc
        raise Unreadable(f"not CSV: its header: {exc}") from exc
    if len(_known) >= 8:
        _known.clear()
    _known[stream.mark] = header = _Header([name.strip() for name in names], delimiter, length, lines)
    return header


def _rows(stream: Stream) -> Iterator[tuple[int, int, bool]]:
    """Each row that is not blank as (length in bytes, number of lines, whole); blank lines count to the row before them.

    Raises what broke the packing, in place of the row that lost its end by it.
    """
    length = lines = 0
    is_open, blank, line = False, True, b""
    while more := stream.unpacked.readline(MAX_LINE):
        line = more
        if not is_open and length and not blank and (line.strip(b"\r\n") or length > MAX_LINE):
            yield length, lines, length <= MAX_LINE
            length, lines, blank = 0, 0, True
        is_open ^= bool(line.count(b'"') % 2)
        blank = blank and not line.strip(b"\r\n")
        length, lines = length + len(line), lines + line.endswith(b"\n")
        if length > MAX_LINE:
            is_open = False
    if length and not blank and (stream.broken is None or (line.endswith(b"\n") and not is_open)):
        yield length, lines, length <= MAX_LINE
    stream.check()


def _split(content: bytes, reference: Slice) -> Iterator[tuple[int, int, bytes]]:
    """The rows of a slice as (offset, number of its first line, bytes), blank ones left out."""
    offset, number, row = reference.offset, reference.line, b""
    lines, is_open = 0, False
    for line in content.splitlines(keepends=True) if b"\r" not in content else _lines(content):
        is_open ^= bool(line.count(b'"') % 2)
        row, lines = row + line, lines + 1
        if is_open:
            continue
        if row.strip(b"\r\n"):
            yield offset, number, row
        offset, number, row, lines = offset + len(row), number + lines, b"", 0
    if row.strip(b"\r\n"):
        yield offset, number, row


def _lines(content: bytes) -> list[bytes]:
    parts = content.split(b"\n")
    last = parts.pop()
    return [part + b"\n" for part in parts] + ([last] if last else [])
