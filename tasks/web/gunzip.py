"""Unpack gzip as it arrives, with a bound on what comes out. Knows nothing of HTTP.

zlib is asked for no more than still fits, so that a bomb costs its bound and not its size; several members are read
whole; one that ends too early is an error (what httpx does in each case: reliability, section 3).
"""

from __future__ import annotations

import zlib

from meeruit.tasks.errors import TryAgain, Unreadable

#: gzip only, largest window; a raw or zlib stream under this name is broken.
_GZIP = 31
#: Members of one body, at most: real ones have one, or one a flush; a member can be as small as 20 bytes.
_MEMBERS = 1_000


class Gunzip:
    """One gzip body on its way in. ``room``: decoded bytes that may come out of it."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._member = zlib.decompressobj(_GZIP)
        self._members = 1
        self._begun = False
        self._padding = False

    def feed(self, data: bytes) -> bytes:
        """What ``data`` unpacks to, at most one byte more than there is room for: then the body is too large.

        Raises TryAgain for broken gzip, Unreadable for more members than any real body has.
        """
        out: list[bytes] = []
        while data and self._room >= 0:
            if self._member.eof and not self._next_member(data):
                break
            self._begun = True
            try:
                piece = self._member.decompress(data, self._room + 1)
            except zlib.error as exc:
                raise TryAgain("broken gzip") from exc
            out.append(piece)
            self._room -= len(piece)
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return b"".join(out)

    def close(self) -> None:
        """The body has ended; raises TryAgain where it ended too early. An empty body is empty, not broken."""
        if self._begun and not self._member.eof:
            raise TryAgain("broken gzip: it ends too early")

    def _next_member(self, data: bytes) -> bool:
        """Begin another member where one follows; zero bytes behind the last one are padding (RFC 1952, gzip(1))."""
        if self._padding or data.startswith(b"\0"):
            self._padding = True
            if data.strip(b"\0"):
                raise TryAgain("broken gzip: something follows its end")
            return False
        self._members += 1
        if self._members > _MEMBERS:
            raise Unreadable(f"more than {_MEMBERS:,} gzip members")
        self._member = zlib.decompressobj(_GZIP)
        return True
