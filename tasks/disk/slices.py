"""Slices of files of records, whatever their kind: read again, and split where a page in them kills its worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk import csv_rows, lines, parquet, warc_pages
from meeruit.tasks.disk.found import Found, Place, Reached, Start, problem
from meeruit.tasks.disk.kinds import Kind, kind_of
from meeruit.tasks.disk.read import os_problem, real_path
from meeruit.tasks.disk.streams import BROKEN, said
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.references import Slice


class _Format(NamedTuple):
    """How the files of a kind are cut, read and split."""

    cut: Callable[[Place, Reached], Iterator[Found]]
    read: Callable[[Slice], Iterator[Raw]]
    starts: Callable[[Slice], list[Start]]


_FORMATS = {
    Kind.LINES: _Format(lines.cut, lines.read, lines.starts),
    Kind.CSV: _Format(csv_rows.cut, csv_rows.read, csv_rows.starts),
    Kind.WARC: _Format(warc_pages.cut, warc_pages.read, warc_pages.starts),
    Kind.PARQUET: _Format(parquet.cut, parquet.read, parquet.starts),
}


def cut(kind: Kind, place: Place, begin: Reached) -> Iterator[Found]:
    """A file in slices from a place on, what is broken in it, and how far it went."""
    try:
        yield from _FORMATS[kind].cut(place, begin)
    except (Unreadable, *BROKEN) as exc:
        yield problem(place.path, _said(exc))


def read_slice(reference: Slice) -> Iterator[Raw]:
    """The pages of a slice; what cannot be read comes with its problem."""
    try:
        yield from _format(reference).read(reference)
    except (Unreadable, *BROKEN) as exc:
        yield Raw(reference.address, reference, problem=_said(exc))


def split_slice(reference: Slice) -> list[tuple[Slice, int]]:
    """Two halves of a slice, each with its number of pages; empty where it is one record, or cannot be read any more."""
    try:
        starts = _format(reference).starts(reference)
    except (Unreadable, *BROKEN):
        return []
    half = len(starts) // 2
    if not half:
        return []
    middle = starts[half]
    length = middle.offset - reference.offset
    second = replace(reference, offset=middle.offset, length=reference.length - length, line=middle.line, replaces=None)
    return [
        (replace(reference, length=length), sum(start.pages for start in starts[:half])),
        (second, sum(start.pages for start in starts[half:])),
    ]


def is_archive(reference: Slice) -> bool:
    """Whether it is of a file that others made to publish or archive pages: any kind but JSON Lines, which is our own form."""
    return kind_of(real_path(reference.path)) not in {None, Kind.LINES}


def _format(reference: Slice) -> _Format:
    return _FORMATS[kind_of(real_path(reference.path)) or Kind.LINES]


def _said(exc: BaseException) -> str:
    if isinstance(exc, Unreadable):
        return str(exc)
    return os_problem(exc) if isinstance(exc, OSError) and exc.errno is not None else said(exc)
