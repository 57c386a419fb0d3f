"""What a packed file unpacks to, up to the byte where its packing breaks. Knows gzip and Zstandard, and no records."""

from __future__ import annotations

import io
import sys
import zlib
from typing import Any, BinaryIO

from meeruit.tasks import zstd

#: What broken packing raises.
BROKEN = (OSError, EOFError, zlib.error, zstd.ZstdError)
#: Bytes that are read of the file at a time.
_STEP = 131_072


class Unpacked(io.RawIOBase):
    """The bytes that a file unpacks to, as a file: it ends where its packing breaks, and ``broken`` says then how.

    A decoder that meets what is broken keeps what it had unpacked in that call to itself. So the file is unpacked once
    more from its start, and byte by byte where it broke.
    """

    def __init__(self, file: BinaryIO, packing: str) -> None:
        super().__init__()
        self._file = file
        self._packing = packing
        #: The place in the file from which it is read byte by byte.
        self._careful = sys.maxsize
        self._begin()

    def _begin(self) -> None:
        self._file.seek(0)
        self._decoder: Any = None
        #: Bytes of the file that were read, the last of them, and those that the decoder was not given yet.
        self._passed = self._last = 0
        self._data = b""
        self._at = 0
        self.broken: BaseException | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes: to go back unpacks the file from its start."""
        return True

    def tell(self) -> int:
        """The place in what it unpacks to."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, or to the end where it lies behind that."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a packed file is entered from its start")
        if offset < self._at:
            self._begin()
        while self._at < offset and (passed := self._next(min(offset - self._at, io.DEFAULT_BUFFER_SIZE << 4))):
            self._at += len(passed)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill some of a buffer; nothing at the end."""
        content = self._next(len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def _next(self, room: int) -> bytes:
        """Some bytes, ``room`` at most; none at the end."""
        while room and self.broken is None:
            try:
                return self._decode(room)
            except BROKEN as exc:
                if isinstance(exc, EOFError | OSError):
                    self.broken = exc
                    break
                if self._passed > self._careful:
                    self.broken, self._careful = exc, self._passed - 1
                    break
            at, self._careful = self._at, self._passed - self._last
            self._begin()
            self.seek(at)
        return b""

    def _decode(self, room: int) -> bytes:
        """The next bytes; raises what is broken."""
        while True:
            ended = False
            if self._decoder is None:
                if not self._begin_member():
                    return b""
            elif not self._data and self._decoder.needs_input:
                self._data = self._read()
                ended = not self._data
            data, self._data = self._data, b""
            content: bytes = self._decoder.decompress(data, room)
            if self._decoder.eof:
                self._data, self._decoder = self._decoder.unused_data, None
            elif ended and not content:
                raise EOFError("it ends too early")
            if content:
                return content

    def _begin_member(self) -> bool:
        """A decoder for what comes next; False at the end of the file."""
        padding = b"\0" if self._packing == ".gz" and self._passed else b""
        while not (data := self._data.lstrip(padding) if padding else self._data):
            self._data = self._read()
            if not self._data:
                return False
        self._data = data
        self._decoder = _Gzip() if self._packing == ".gz" else zstd.ZstdDecompressor()
        return True

    def _read(self) -> bytes:
        data = self._file.read(min(_STEP, self._careful - self._passed) if self._passed < self._careful else 1)
        self._passed, self._last = self._passed + len(data), len(data)
        return data


class _Gzip:
    """A decoder of one gzip member, with the methods of one of Zstandard."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        """Whether all that it was given is used up."""
        return not self._decoder.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What stands behind the member."""
        return self._decoder.unused_data

    def decompress(self, data: bytes, room: int) -> bytes:
        """Up to ``room`` bytes."""
        return self._decoder.decompress(self._decoder.unconsumed_tail + data, room)
