"""Raw bodies: each distinct one kept once, compressed, so that pages can be extracted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from sqlalchemy import Connection, select

from meeruit.tasks import zstd
from meeruit.tasks.store.bulk import Insert
from meeruit.tasks.store.rows import in_chunks
from meeruit.tasks.store.tables import Body, table

_body = table(Body)
_INSERT = Insert(_body, ("sha256", "size", "media_type", "content"), "ON CONFLICT DO NOTHING")


def compress(body: bytes) -> bytes:
    """A body as it is stored: one Zstandard frame of level 3."""
    return _compressor().compress(body, zstd.ZstdCompressor.FLUSH_FRAME)


@cache
def _compressor() -> zstd.ZstdCompressor:
    """Made once: it takes as long to make one as to compress a page of text."""
    return zstd.ZstdCompressor(level=3)


def expand(content: bytes) -> bytes:
    """The body that ``compress`` was given."""
    return zstd.decompress(content)


def load_bodies(db: Connection, hashes: Iterable[str]) -> dict[str, bytes]:
    """Stored bodies by their SHA-256; what is not there is not in the answer."""
    rows = in_chunks(db, select(_body.c.sha256, _body.c.content), _body.c.sha256, hashes)
    return {row.sha256: expand(row.content) for row in rows}


def store_bodies(db: Connection, bodies: Mapping[str, tuple[int, str, bytes]]) -> None:
    """Keep distinct bodies, given as SHA-256 to (size in bytes, media type, compressed content)."""
    _INSERT.run(db, [(sha, *values) for sha, values in sorted(bodies.items())])
