"""Slices of files of records, whatever their kind: read again, and split where a page in them kills its worker."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk import csv_rows, lines, parquet, warc_pages
from meeruit.tasks.disk.found import Found, Place, Reached, Start, problem
from meeruit.tasks.disk.kinds import Kind, kind_of
from meeruit.tasks.disk.packing import BROKEN
from meeruit.tasks.disk.read import os_problem, real_path, short
from meeruit.tasks.disk.streams import said
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
    """A file in slices from a place on, what is broken in it, and how far it went; whatever it holds, others go on."""
    try:
        yield from _FORMATS[kind].cut(place, begin)
    except (Unreadable, *BROKEN) as exc:
        yield problem(place.path, _said(exc))
    except Exception as exc:  # noqa: BLE001 - a fault of ours in one file must not cost its neighbours
        yield problem(place.path, f"not read: unexpected {type(exc).__name__}: {short(exc)}")


def read_slice(reference: Slice) -> Iterator[Raw]:
    """The pages of a slice; what cannot be read comes with its problem."""
    try:
        yield from _format(reference).read(reference)
    except (Unreadable, *BROKEN) as exc:
        yield Raw(reference.address, reference, problem=_said(exc))


def split_slice(reference: Slice, place: int | None = None) -> list[tuple[Slice, int]]:
    """A slice in parts, each with its number of pages; empty where it is one record, or cannot be read any more.

    ``place``: the page that is to stand alone, from 0; None: there are two halves.
    """
    try:
        starts = _format(reference).starts(reference)
    except (Unreadable, *BROKEN):
        return []
    if len(starts) < 2:
        return []
    before = list(accumulate(start.pages for start in starts))
    alone = len(starts) if place is None else bisect_right(before, place)
    cuts = {len(starts) // 2} if alone == len(starts) else {alone, alone + 1}
    ends = sorted(cuts | {0, len(starts)})
    return [(_part(reference, starts, *at), sum(one.pages for one in starts[slice(*at)])) for at in pairwise(ends)]


def _part(reference: Slice, starts: Sequence[Start], first: int, end: int) -> Slice:
    """Some of the records of a slice; a page that is replaced gives way to the first of all."""
    offset = starts[first].offset if first else reference.offset
    behind = starts[end].offset if end < len(starts) else reference.offset + reference.length
    line = starts[first].line if first else reference.line
    replaces = None if first else reference.replaces
    return replace(reference, offset=offset, length=behind - offset, line=line, replaces=replaces)


def is_archive(reference: Slice) -> bool:
    """Whether it is of a file that others made to publish or archive pages: any kind but JSON Lines, which is our own form."""
    return _kind(reference.path) not in {None, Kind.LINES}


def _format(reference: Slice) -> _Format:
    return _FORMATS[_kind(reference.path) or Kind.LINES]


@lru_cache(maxsize=64)
def _kind(path: str) -> Kind | None:
    """The kind of a file by its printable path; asked for each page of it."""
    return kind_of(real_path(path))


def _said(exc: BaseException) -> str:
    if isinstance(exc, Unreadable):
        return str(exc)
    return os_problem(exc) if isinstance(exc, OSError) and exc.errno is not None else said(exc)
