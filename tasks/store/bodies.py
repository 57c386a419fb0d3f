"""Raw bodies: each distinct one kept once, compressed, so that pages can be extracted again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from meeruit.tasks import zstd
from meeruit.tasks.store.rows import in_chunks, insert_into, lock
from meeruit.tasks.store.tables import Body, table

_body = table(Body)


def compress(body: bytes) -> bytes:
    """A body as it is stored: one Zstandard frame of level 3."""
    return zstd.compress(body, level=3)


def expand(content: bytes) -> bytes:
    """The body that ``compress`` was given."""
    return zstd.decompress(content)


def load_bodies(db: Connection, hashes: Iterable[str]) -> dict[str, bytes]:
    """Stored bodies by their SHA-256; what is not there is not in the answer."""
    rows = in_chunks(db, select(_body.c.sha256, _body.c.content), _body.c.sha256, hashes)
    return {row.sha256: expand(row.content) for row in rows}


def store_bodies(db: Connection, bodies: Mapping[str, tuple[int, str, bytes]]) -> None:
    """Keep distinct bodies, given as SHA-256 to (size in bytes, media type, compressed content)."""
    rows = [
        {"sha256": sha, "size": size, "media_type": media_type, "content": content}
        for sha, (size, media_type, content) in sorted(bodies.items())
    ]
    if rows:
        lock(db, "bodies", shared=True)
        db.execute(insert_into(db, _body).on_conflict_do_nothing(), rows)


def lock_bodies(db: Connection) -> None:
    """Wait for whoever keeps a body and may be about to refer to it; nobody else keeps one until the end of this transaction."""
    lock(db, "bodies")
