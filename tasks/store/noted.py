"""What a source has shown already: links of a feed, files of a folder as they were. Rows only.

A feed's own page and the marks of its links are stored in one transaction, so no link is lost or fetched twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from meeruit.tasks.store.rows import in_chunks, insert_into
from meeruit.tasks.store.tables import Noted, table

_noted = table(Noted)


def all_marks(db: Connection, source: str) -> dict[str, str]:
    """The mark of every address that a source has shown."""
    rows = db.execute(select(_noted.c.address, _noted.c.mark).where(_noted.c.source == source))
    return {row.address: row.mark for row in rows}


def marks_for(db: Connection, source: str, addresses: Iterable[str]) -> dict[str, str]:
    """The marks of those of these addresses that the source has shown."""
    keys = {_key(source, address): address for address in addresses}
    return {keys[row.key]: row.mark for row in in_chunks(db, select(_noted), _noted.c.key, sorted(keys))}


def record_marks(db: Connection, source: str, marks: Mapping[str, str]) -> set[str]:
    """Store the marks of addresses. Returns the addresses whose mark is new or has changed."""
    keys = {_key(source, address): address for address in marks}
    known = marks_for(db, source, marks)
    fresh = {key: address for key, address in sorted(keys.items()) if known.get(address) != marks[address]}
    if fresh:
        statement = insert_into(db, _noted)
        db.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"mark": statement.excluded.mark}),
            [{"key": k, "source": source, "address": a, "mark": marks[a]} for k, a in fresh.items()],
        )
    return set(fresh.values())


def _key(source: str, address: str) -> str:
    return hashlib.sha256(f"{source}\0{address}".encode()).hexdigest()
