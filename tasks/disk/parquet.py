"""Parquet as corpora are published in: a row a page, read row by row whatever the size of a row group.

Reading it takes pyarrow, which is an extra: ``pip install 'meeruit[archives]'``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, BinaryIO

from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, Raw
from meeruit.tasks.disk.columns import check_columns, read_columns
from meeruit.tasks.disk.found import Found, Place, Reached, Start
from meeruit.tasks.disk.read import as_page, open_regular, printable_path
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.references import Slice

#: Bytes of a column that are read at a time.
_BUFFER = 1 << 20


def missing() -> str | None:
    """What to install before a Parquet file can be read; None where all is there."""
    try:
        import pyarrow.parquet  # noqa: F401 - 0.2 s to import, and an extra
    except ImportError:
        return "reading Parquet takes pyarrow; run: pip install 'meeruit[archives]'"
    return None


def cut(place: Place, begin: Reached) -> Iterator[Found]:
    """The file in slices of rows, none of them across two row groups. Raises Unreadable."""
    path = printable_path(place.path)
    with open_regular(path, place.root and printable_path(place.root)) as file:
        parquet = _open(file)
        names = parquet.schema_arrow.names
        check_columns(names, place.columns)
        wanted = read_columns(place.columns).wanted(names)
        size, row, passed = file.seek(0, 2), 0, 0
        for number in range(parquet.metadata.num_row_groups):
            group = parquet.metadata.row_group(number)
            end, step = row + group.num_rows, _step(group, wanted)
            for start in range(row, end, step):
                if start >= begin.offset:
                    rows = min(step, end - start)
                    yield place.slice(start, rows, start + 1, rows)
                    share = group.total_byte_size * (start + rows - row) // max(group.num_rows, 1)
                    yield Reached(place.path, start + rows, start + rows, _on_disk(parquet, size, passed + share))
            row, passed = end, passed + group.total_byte_size
        yield Reached(place.path, row, row, size, complete=True)


def read(reference: Slice) -> Iterator[Raw]:
    """The pages of some rows."""
    rows = _kept(reference)
    for number, record in enumerate(rows.read(reference.offset, reference.length), reference.offset):
        own = replace(reference, offset=number, length=1, line=number + 1)
        yield as_page(record, own.address, own, reference.columns)


def starts(reference: Slice) -> list[Start]:
    """The rows of a slice."""
    return [Start(row, row + 1) for row in range(reference.offset, reference.offset + reference.length)]


def _open(file: BinaryIO) -> Any:
    if (said := missing()) is not None:
        raise Unreadable(said)
    import pyarrow as pa  #  as above
    from pyarrow.parquet import ParquetFile  #  as above

    try:
        return ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
    except (pa.ArrowException, OSError) as exc:
        raise Unreadable(f"not Parquet that can be read: {str(exc).splitlines()[0][:200]}") from exc


def _step(group: Any, wanted: list[str]) -> int:
    """Rows of a slice: no more pages and bytes than a piece of work may have."""
    columns = [group.column(number) for number in range(group.num_columns)]
    size = sum(column.total_uncompressed_size for column in columns if column.path_in_schema in wanted)
    return max(1, min(BATCH_PAGES, int(BATCH_BYTES * group.num_rows // max(size, 1))))


def _on_disk(parquet: Any, size: int, passed: int) -> int:
    whole = sum(parquet.metadata.row_group(n).total_byte_size for n in range(parquet.metadata.num_row_groups))
    return int(size * passed // max(whole, 1))


@dataclass(slots=True)
class _Rows:
    """An open file whose rows are read one after another; going back begins the row group anew."""

    file: BinaryIO
    parquet: Any
    wanted: list[str]
    mark: tuple[str, str | None, int, int]
    at: int = -1
    end: int = -1
    batches: Iterator[Any] | None = None
    rest: Any = None

    def read(self, offset: int, length: int) -> Iterator[dict[str, object]]:
        """Rows, each by the names of its columns. Raises Unreadable."""
        import pyarrow as pa  #  it is there, since the file is open

        try:
            if not (self.at <= offset < self.end) or self.batches is None:
                self._enter(offset)
            while length:
                batch = self._next()
                skipped = min(offset - self.at, batch.num_rows)
                taken = min(length, batch.num_rows - skipped)
                self.at += skipped + taken
                self.rest = batch.slice(skipped + taken)
                offset, length = offset + taken, length - taken
                for values in batch.slice(skipped, taken).to_pylist():
                    yield {name: _plain(value) for name, value in values.items()}
        except (pa.ArrowException, OSError, StopIteration) as exc:
            self.batches = None
            said = str(exc).splitlines()[0][:200] if str(exc) else "the file became shorter; ingest it again"
            raise Unreadable(f"broken: {said}") from exc

    def _enter(self, row: int) -> None:
        first = 0
        for number in range(self.parquet.metadata.num_row_groups):
            group = self.parquet.metadata.row_group(number)
            if first <= row < first + group.num_rows:
                self.at, self.end, self.rest = first, first + group.num_rows, None
                size = _step(group, self.wanted)
                self.batches = self.parquet.iter_batches(
                    batch_size=size, row_groups=[number], columns=self.wanted, use_threads=False
                )
                return
            first += group.num_rows
        raise Unreadable("the file became shorter; ingest it again")

    def _next(self) -> Any:
        if self.rest is not None and self.rest.num_rows:
            return self.rest
        assert self.batches is not None
        try:
            return next(self.batches)
        except StopIteration:
            raise OSError("a row group ends too early") from None


#: The file that was read last.
_last: list[_Rows] = []


def _kept(reference: Slice) -> _Rows:
    """The open file of a slice: the one that was read last, where it is the same."""
    file = open_regular(reference.path, reference.root)
    try:
        stat = _stat(file)
        mark = (reference.path, reference.columns, *stat)
        if _last and _last[0].mark == mark:
            file.close()
            return _last[0]
        parquet = _open(file)
        wanted = read_columns(reference.columns).wanted(parquet.schema_arrow.names)
    except BaseException:
        file.close()
        raise
    while _last:
        _last.pop().file.close()
    _last.append(_Rows(file, parquet, wanted, mark))
    return _last[0]


def _stat(file: BinaryIO) -> tuple[int, int]:
    stat = os.fstat(file.fileno())
    return stat.st_size, stat.st_mtime_ns


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value
