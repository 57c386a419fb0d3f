"""Unpack a body as it arrives, with a bound on what comes out. Knows nothing of HTTP but the names of codings.

Each decoder is asked for no more than still fits, so that a bomb costs its bound and not its size; several members are
read whole; a body that ends too early is an error; what follows a whole body and begins no other member is left off, as
browsers do. Neither is what httpx does: it inflates whole chunks, and takes a truncated gzip for an empty page.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

import brotli

from meeruit.tasks import zstd
from meeruit.tasks.errors import TryAgain, Unreadable

#: What a request asks for.
ACCEPTED = "gzip, br, zstd"
#: Members of one body, at most: real ones have one, or one a flush; a member can be as small as 20 bytes.
_MEMBERS = 1_000
#: Codings that exist and that nobody here can undo (IANA registry, and some that are not in it).
_UNKNOWN = frozenset(
    "aes128gcm bzip2 compress dcb dcz exi lzma pack200-gzip sdch x-bzip2 x-compress x-lzma x-xz xz".split()
)
#: Bytes of history, as a power of two, that zstd may need on the web (RFC 9659): 8 MB.
_WINDOW: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class Took(NamedTuple):
    """One step of a decoder."""

    out: bytes
    #: What it did not take: the rest where there is no more room, or what stands behind the member's end.
    rest: bytes
    ended: bool


class Decoder(Protocol):
    """One member on its way in."""

    def take(self, data: bytes, limit: int) -> Took:
        """Decode ``data``, to about ``limit`` bytes; raises whatever the library does for broken data."""


class Coding(NamedTuple):
    """A content coding."""

    name: str
    decoder: Callable[[bytes], Decoder]
    #: How a further member begins; empty: there is none.
    magic: bytes


class Unpack:
    """One body on its way in. ``room``: decoded bytes that may come out of it."""

    def __init__(self, coding: Coding, room: int) -> None:
        self._coding = coding
        self._room = room
        self._decoder: Decoder | None = None
        self._members = 0
        #: The last member has ended; what comes is another one, or rubbish.
        self._between = False
        self._held = b""
        self._over = False

    def feed(self, data: bytes) -> bytes:
        """What ``data`` unpacks to, at most one byte more than there is room for: then the body is too large.

        Raises TryAgain for broken data, Unreadable for more members than any real body has.
        """
        out: list[bytes] = []
        data = self._held + data
        self._held = b""
        while data and self._room >= 0 and not self._over:
            if self._between and not self._goes_on(data):
                break
            data = self._step(data, out)
        return b"".join(out)

    def _step(self, data: bytes, out: list[bytes]) -> bytes:
        if self._decoder is None:
            self._decoder = self._coding.decoder(data)
            self._members += 1
        try:
            took = self._decoder.take(data, self._room + 1)
        except (zlib.error, zstd.ZstdError, brotli.error) as exc:
            raise TryAgain(f"broken {self._coding.name}") from exc
        out.append(took.out[: self._room + 1])
        self._room -= len(out[-1])
        if took.ended:
            self._decoder, self._between = None, True
        return took.rest

    def _goes_on(self, data: bytes) -> bool:
        """Whether another member begins here. Anything else is left off: zero bytes, a line end, a whole page."""
        magic = self._coding.magic
        if not magic or not (data.startswith(magic) or magic.startswith(data)):
            self._over = True
            return False
        if len(data) < len(magic):
            self._held = data
            return False
        if self._members >= _MEMBERS:
            raise Unreadable(f"more than {_MEMBERS:,} {self._coding.name} members")
        self._between = False
        return True

    def close(self) -> None:
        """The body has ended; raises TryAgain where it ended too early. An empty body is empty, not broken."""
        if self._decoder is not None or self._held:
            raise TryAgain(f"broken {self._coding.name}: it ends too early")


class _Zlib:
    """gzip (wbits 31), zlib (15) or raw deflate (-15)."""

    def __init__(self, wbits: int) -> None:
        self._zlib = zlib.decompressobj(wbits)

    def take(self, data: bytes, limit: int) -> Took:
        out = self._zlib.decompress(data, limit)
        return Took(out, self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail, self._zlib.eof)


class _Zstd:
    def __init__(self) -> None:
        self._zstd = zstd.ZstdDecompressor(options=_WINDOW)

    def take(self, data: bytes, limit: int) -> Took:
        out = self._zstd.decompress(data, limit)
        return Took(out, self._zstd.unused_data if self._zstd.eof else b"", self._zstd.eof)


class _Brotli:
    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()

    def take(self, data: bytes, limit: int) -> Took:
        # it may give somewhat more than the limit, and keeps what it has not read: so it is emptied here
        out = self._brotli.process(data, output_buffer_limit=limit)
        while len(out) < limit and not (self._brotli.is_finished() or self._brotli.can_accept_more_data()):
            out += self._brotli.process(b"", output_buffer_limit=limit - len(out))
        return Took(out, b"", self._brotli.is_finished())


def _inflate(data: bytes) -> Decoder:
    """``deflate`` is zlib by RFC 9110; some servers send raw deflate, whose first byte is no zlib header."""
    return _Zlib(15 if data[0] & 0x0F == 8 and data[0] >> 4 <= 7 else -15)


_GZIP = Coding("gzip", lambda _: _Zlib(31), b"\x1f\x8b")
_CODINGS = {
    "gzip": _GZIP,
    "x-gzip": _GZIP,
    "br": Coding("br", lambda _: _Brotli(), b""),
    "zstd": Coding("zstd", lambda _: _Zstd(), b"\x28\xb5\x2f\xfd"),
    "deflate": Coding("deflate", _inflate, b""),
}


def coding_of(header: str) -> Coding | None:
    """The coding that a Content-Encoding names; None where it names none, whatever it says (``UTF-8``, ``none``).

    Raises Unreadable for one that exists and cannot be undone here, and for several: no site means that.
    """
    names = [word.strip().lower() for word in header.split(",")]
    named = [name for name in names if name in _CODINGS or name in _UNKNOWN]
    if len(named) > 1 or _UNKNOWN.intersection(named):
        raise Unreadable(f"refused Content-Encoding {header.strip()[:40]!r}")
    return _CODINGS[named[0]] if named else None
