"""What the next request to an address can ask with, and the body that it stands for. Rows only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from meeruit.tasks.store.bodies import load_bodies
from meeruit.tasks.store.rows import in_chunks, insert_into
from meeruit.tasks.store.tables import Validator, table

_validator = table(Validator)


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What an address answered last, and the body that it stands for."""

    etag: str | None
    last_modified: str | None
    sha256: str
    body: bytes
    media_type: str
    #: How often it was asked with since it was given.
    uses: int


def load_validators(db: Connection, addresses: Iterable[str]) -> dict[str, LastAnswer]:
    """What is known of these addresses; nothing of one whose body is gone."""
    rows = list(in_chunks(db, select(_validator), _validator.c.key, map(_key, addresses)))
    bodies = load_bodies(db, {row.body for row in rows})
    return {
        row.address: LastAnswer(row.etag, row.last_modified, row.body, bodies[row.body], row.media_type, row.uses)
        for row in rows
        if row.body in bodies
    }


def keep_validator(
    db: Connection, address: str, etag: str | None, last_modified: str | None, body: str, media_type: str
) -> None:
    """Keep what an address gave with a body, by its SHA-256, that was read whole."""
    values = {"etag": etag, "last_modified": last_modified, "body": body, "media_type": media_type, "uses": 0}
    statement = insert_into(db, _validator).values(key=_key(address), address=address, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))


def drop_validator(db: Connection, address: str) -> None:
    """Forget what an address gave."""
    db.execute(delete(_validator).where(_validator.c.key == _key(address)))


def count_uses(db: Connection, addresses: Iterable[str]) -> None:
    """These addresses were asked with what they gave, and said that nothing had changed."""
    asked = sorted(map(_key, addresses))
    if asked:
        row = _validator.c
        db.execute(update(_validator).where(row.key.in_(asked)).values(uses=row.uses + 1))


def _key(address: str) -> str:
    """An address can be longer than an index takes; its hash stands for it."""
    return hashlib.sha256(address.encode()).hexdigest()
