"""The validators (ETag, Last-Modified) of the next request to an address, and the body that they stand for. Rows only."""

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
    #: Requests with these validators since the last one without.
    uses: int


def load_validators(db: Connection, addresses: Iterable[str]) -> dict[str, LastAnswer]:
    """The last answers of these addresses; none where the body is gone."""
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
    """Keep the validators that came with a body that was read whole; ``body`` is its SHA-256."""
    values = {"etag": etag, "last_modified": last_modified, "body": body, "media_type": media_type, "uses": 0}
    statement = insert_into(db, _validator).values(key=_key(address), address=address, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))


def drop_validator(db: Connection, address: str) -> None:
    """Forget the validators of an address."""
    db.execute(delete(_validator).where(_validator.c.key == _key(address)))


def count_uses(db: Connection, addresses: Iterable[str]) -> None:
    """Count a request with validators to each of these addresses, which said that nothing had changed."""
    asked = sorted(map(_key, addresses))
    if asked:
        row = _validator.c
        db.execute(update(_validator).where(row.key.in_(asked)).values(uses=row.uses + 1))


def _key(address: str) -> str:
    """An address can be longer than an index takes; its hash stands for it."""
    return hashlib.sha256(address.encode()).hexdigest()
