"""Files as streams of bytes that can be entered at any place, packed ones too.

No offset leads into a packed file, so to enter one means to unpack all that stands before. A process therefore keeps the
last streams open: slices of one file come in order, and each begins where the one before it ended, or further on.
"""

from __future__ import annotations

import atexit
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, cast

from meeruit.tasks.disk.kinds import unpacked_name
from meeruit.tasks.disk.packing import BROKEN, Unpacked
from meeruit.tasks.disk.read import open_regular, os_problem
from meeruit.tasks.errors import Unreadable

#: Bytes that are read at a time.
CHUNK = 1 << 20
#: Streams that a process keeps open.
_KEPT = 2


class Stream(NamedTuple):
    """An open file: its bytes as they are, and as they are unpacked (the same where it is not packed)."""

    file: BinaryIO
    unpacked: BinaryIO
    #: Size, time of change and number of the file: another one under this name is another stream.
    mark: tuple[int, int, int]

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self.mark[0]

    @property
    def passed(self) -> int:
        """Bytes on the disk that were read."""
        return self.file.tell()

    @property
    def packed(self) -> bool:
        """Whether the two differ."""
        return self.unpacked is not self.file

    @property
    def broken(self) -> BaseException | None:
        """What is wrong with the packing, once it was read up to there: the stream ends at that place."""
        raw = getattr(self.unpacked, "raw", None)
        return raw.broken if isinstance(raw, Unpacked) else None

    def check(self) -> None:
        """At the end of the stream: raise what broke it, where it is no true end."""
        if self.broken is not None:
            raise self.broken


_open: dict[tuple[str, str | None], Stream] = {}


def open_stream(path: str, root: str | None) -> Stream:
    """Open a file, whose path is printable. Raises Unreadable."""
    raw = open_regular(path, root)
    file = cast("BinaryIO", io.BufferedReader(cast("Any", raw).detach(), CHUNK))
    stat = os.fstat(file.fileno())
    packing = unpacked_name(path)[1]
    unpacked = cast("BinaryIO", io.BufferedReader(Unpacked(file, packing), CHUNK)) if packing else file
    return Stream(file, unpacked, (stat.st_size, stat.st_mtime_ns, stat.st_ino))


@contextmanager
def kept_stream(path: str, root: str | None) -> Iterator[Stream]:
    """A stream that stays open for the next slice; closed where something goes wrong. Raises Unreadable."""
    stream = _take(path, root)
    try:
        yield stream
    except BaseException:
        _close(stream)
        raise
    if not stream.packed:
        _close(stream)
        return
    if (other := _open.pop((path, root), None)) is not None:
        _close(other)
    _open[path, root] = stream
    while len(_open) > _KEPT:
        _close(_open.pop(next(iter(_open))))


def _take(path: str, root: str | None) -> Stream:
    """The stream that was kept, or another one where there is none or its file has changed."""
    fresh, kept = open_stream(path, root), _open.pop((path, root), None)
    if kept is None:
        return fresh
    stays, goes = (kept, fresh) if kept.mark == fresh.mark else (fresh, kept)
    _close(goes)
    return stays


def _close(stream: Stream) -> None:
    stream.unpacked.close()
    stream.file.close()


@atexit.register
def close_streams() -> None:
    """Close the streams that were kept."""
    while _open:
        _close(_open.popitem()[1])


def read_at(stream: Stream, offset: int, length: int) -> bytes:
    """Bytes of the unpacked stream. Raises Unreadable where it ends before, or is broken."""
    try:
        stream.unpacked.seek(offset)
        content = stream.unpacked.read(length)
        if len(content) < length:
            stream.check()
    except BROKEN as exc:
        raise Unreadable(said(exc)) from exc
    if len(content) < length:
        raise Unreadable("the file became shorter while it was read; ingest it again")
    return content


def said(exc: BaseException) -> str:
    """What is wrong with a stream, in plain words."""
    if isinstance(exc, OSError) and exc.errno is not None:
        return os_problem(exc)
    return f"broken from here on: {exc}"
