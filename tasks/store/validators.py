"""The validators (ETag, Last-Modified) of the next request to an address, and the body that they stand for. Rows only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from meeruit.tasks.store.bodies import KEPT, expand
from meeruit.tasks.store.rows import in_chunks, insert_into
from meeruit.tasks.store.tables import Body, Validator, table

_body, _validator = table(Body), table(Validator)
#: Bytes of stored bodies that are loaded at once, for many addresses. One that is asked in full costs no more than that.
_MOST = 32_000_000


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What an address answered last, and the body that it stands for."""

    etag: str | None
    last_modified: str | None
    sha256: str
    #: As it is stored; many are held at once, and of few the body is asked for.
    content: bytes
    media_type: str
    #: Requests with these validators since the last one without.
    uses: int

    @property
    def body(self) -> bytes:
        """The body itself."""
        return expand(self.content)


def load_validators(db: Connection, addresses: Iterable[str]) -> dict[str, LastAnswer]:
    """The last answers of these addresses; none where the body is gone, nor where all of them would be too large."""
    columns = (_validator, _body.c.content)
    query = select(*columns).join(_body, _body.c.sha256 == _validator.c.body).where(KEPT)
    found: dict[str, LastAnswer] = {}
    left = _MOST
    for row in in_chunks(db, query, _validator.c.key, map(_key, addresses)):
        left -= len(row.content)
        if left >= 0:
            its = row.etag, row.last_modified, row.body, row.content, row.media_type, row.uses
            found[row.address] = LastAnswer(*its)
    return found


def change_validators(
    db: Connection,
    kept: Mapping[str, tuple[str | None, str | None, str, str]],
    gone: Iterable[str],
    used: Iterable[str],
) -> None:
    """Bring validators up to date after requests to some addresses.

    ``kept``: those that came with a body that was read whole, by address: ETag, Last-Modified, the body's SHA-256, its
    media type. ``gone``: addresses without any from now on; ``used``: addresses that said that nothing had changed.
    """
    rows = [
        {"key": _key(address), "address": address, "etag": etag, "last_modified": last_modified}
        | {"body": body, "media_type": media_type, "uses": 0}
        for address, (etag, last_modified, body, media_type) in kept.items()
    ]
    if rows:
        statement = insert_into(db, _validator)
        new = {name: statement.excluded[name] for name in rows[0] if name != "key"}
        rows.sort(key=lambda row: str(row["key"]))
        db.execute(statement.on_conflict_do_update(index_elements=["key"], set_=new), rows)
    if dropped := sorted(map(_key, gone)):
        db.execute(delete(_validator).where(_validator.c.key.in_(dropped)))
    if asked := sorted(map(_key, used)):
        row = _validator.c
        db.execute(update(_validator).where(row.key.in_(asked)).values(uses=row.uses + 1))


def _key(address: str) -> str:
    """An address can be longer than an index takes; its hash stands for it."""
    return hashlib.sha256(address.encode()).hexdigest()
