"""JSON Lines: a file, packed or not, in slices of whole lines; the lines of a slice as pages."""

from __future__ import annotations

from collections.abc import Iterator

from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, Raw
from meeruit.tasks.disk.found import Found, Place, Reached, Start, problem
from meeruit.tasks.disk.packing import BROKEN
from meeruit.tasks.disk.read import MAX_LINE, printable_path, read_record
from meeruit.tasks.disk.streams import CHUNK, Stream, kept_stream, read_at, said
from meeruit.tasks.references import Slice

#: Lines without a page after which it is said how far it went.
_OFTEN = 5_000


def cut(place: Place, begin: Reached) -> Iterator[Found]:
    """The file in slices, up to BATCH_PAGES and about BATCH_BYTES each; a line that is too long is named."""
    path = printable_path(place.path)
    with kept_stream(path, place.root and printable_path(place.root)) as stream:
        stream.unpacked.seek(begin.offset)
        start = offset = begin.offset
        line = number = begin.line + 1
        pages = 0
        try:
            for length, blank, whole in _line_ends(stream):
                if not whole:
                    if pages:
                        yield place.slice(start, offset - start, line, pages)
                    yield problem(f"{path}:{number}", f"the line is longer than {MAX_LINE:,} bytes")
                    start, line, pages = offset + length, number + 1, 0
                offset, number = offset + length, number + 1
                pages += whole and not blank
                if pages == BATCH_PAGES or (offset - start >= BATCH_BYTES and pages):
                    yield place.slice(start, offset - start, line, pages)
                    start, line, pages = offset, number, 0
                if not pages and (start == offset or number % _OFTEN == 0):
                    yield Reached(place.path, number - 1, offset, stream.passed)
        except BROKEN as exc:
            if pages:
                yield place.slice(start, offset - start, line, pages)
            yield problem(f"{path}:{number}", said(exc))
        else:
            if pages:
                yield place.slice(start, offset - start, line, pages)
        yield Reached(place.path, number - 1, offset, stream.size, complete=True)


def read(reference: Slice) -> Iterator[Raw]:
    """The pages of some lines."""
    with kept_stream(reference.path, reference.root) as stream:
        content = read_at(stream, reference.offset, reference.length)
    offset, number = reference.offset, reference.line
    for line in lines_of(content):
        if line.strip():
            own = Slice(
                reference.path, offset, len(line), number, reference.replaces, reference.root, reference.columns
            )
            yield read_record(line, own.address, own, reference.columns)
        offset += len(line)
        number += 1


def starts(reference: Slice) -> list[Start]:
    """Where the lines of a slice begin."""
    with kept_stream(reference.path, reference.root) as stream:
        content = read_at(stream, reference.offset, reference.length)
    found, offset = list[Start](), reference.offset
    for number, line in enumerate(lines_of(content), reference.line):
        if line.strip():
            found.append(Start(offset, number))
        offset += len(line)
    return found


def lines_of(content: bytes) -> list[bytes]:
    """Lines that end at a line feed and nowhere else; bytes.splitlines also ends them at a lone carriage return."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _line_ends(stream: Stream) -> Iterator[tuple[int, bool, bool]]:
    """Each line as (length in bytes, blank, whole): a line beyond MAX_LINE is passed over without being held.

    Raises what broke the packing, in place of the line that lost its end by it.
    """
    length, blank = 0, True
    while chunk := stream.unpacked.read(CHUNK):
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            length += end + 1 - start
            yield length, blank and not chunk[start:end].strip(), length <= MAX_LINE
            length, blank, start = 0, True, end + 1
        length += len(chunk) - start
        blank = blank and not chunk[start:].strip()
    stream.check()
    if length:
        yield length, blank, length <= MAX_LINE
