"""Raw bodies: each distinct one kept once, compressed, so that pages can be extracted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, func, select

from meeruit.tasks import zstd
from meeruit.tasks.captures import address_key
from meeruit.tasks.store.bulk import Insert
from meeruit.tasks.store.rows import in_chunks, lock
from meeruit.tasks.store.tables import Body, Page, PageState, table

_body, _page = table(Body), table(Page)
_INSERT = Insert(
    _body,
    ("sha256", "size", "media_type", "content"),
    "ON CONFLICT (sha256) DO UPDATE SET content = excluded.content "
    "WHERE length(body.content) = 0 AND length(excluded.content) > 0",
)
#: What stands for the content of a body that is known and not kept. No compressed body is empty.
NOT_KEPT = b""
#: Whether the content of a body is there.
KEPT = func.length(_body.c.content) > 0


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
    """Stored bodies by their SHA-256; what is not there, or was not kept, is not in the answer."""
    rows = in_chunks(db, select(_body.c.sha256, _body.c.content), _body.c.sha256, hashes)
    return {row.sha256: expand(row.content) for row in rows if row.content}


def find_capture(db: Connection, address: str, observed_at: datetime) -> tuple[str | None, str, bytes | None] | None:
    """The SHA-256, the media type and the body of the page of this address and time; None where there is none.

    The body is None where it was not kept.
    """
    which = (_page.c.address_key == address_key(address), _page.c.observed_at == observed_at)
    query = select(_page.c.address, _page.c.body, _page.c.media_type).where(*which, _page.c.state == PageState.DONE)
    row = next((row for row in db.execute(query.order_by(_page.c.id)) if row.address == address), None)
    if row is None:
        return None
    return row.body, row.media_type, load_bodies(db, [row.body]).get(row.body) if row.body else None


def known_captures(db: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of these capture keys of which there is a page."""
    return frozenset(row.capture_key for row in in_chunks(db, select(_page.c.capture_key), _page.c.capture_key, keys))


def store_bodies(db: Connection, bodies: Mapping[str, tuple[int, str, bytes]]) -> None:
    """Keep distinct bodies, given as SHA-256 to (size in bytes, media type, compressed content).

    One that is there without its content gets it.
    """
    if not bodies:
        return
    lock(db, "bodies", shared=True)
    _INSERT.run(db, [(sha, *values) for sha, values in sorted(bodies.items())])


def lock_bodies(db: Connection) -> None:
    """Wait for whoever keeps a body and may be about to refer to it; nobody else keeps one until the end of this transaction."""
    lock(db, "bodies")
