"""New items in the order in which they are told: each gets a number once it is stored, and keeps it.

A merge takes no number: two that run at once would commit in another order than they took theirs, and whoever had read up
to the later one would never hear of the earlier. So items are numbered when somebody asks, by one process at a time, and only
those whose merge is committed. Numbers grow, and no number is given twice, though its item be taken back; whoever remembers
one is told all behind it, once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from meeruit.tasks.store.rows import insert_into, lock
from meeruit.tasks.store.tables import Item, Reader, table

_item, _reader = table(Item), table(Reader)
#: The reader, without a name, that holds the number given last.
_LAST = ""
#: Items that are numbered in one transaction.
TOGETHER = 1_000
#: What a reader listens to on PostgreSQL (LISTEN); the call says in which schema there is something new.
CHANNEL = "meeruit_item"


def number_items(db: Connection, now: datetime) -> int:
    """Number the next items; returns how many there were, TOGETHER where there may be more.

    One that a merge holds at this moment has its turn the next time.
    """
    lock(db, "outbox")
    query = select(_item.c.id).where(_item.c.cursor.is_(None), _item.c.sightings > 0).order_by(_item.c.id)
    ids = list(db.scalars(query.limit(TOGETHER).with_for_update(skip_locked=True)))
    if ids:
        last = newest(db)
        numbered = update(_item).where(_item.c.id == bindparam("item")).values(cursor=bindparam("n"), stored_at=now)
        db.execute(numbered, [{"item": item, "n": last + place} for place, item in enumerate(ids, 1)])
        given = insert_into(db, _reader).values(name=_LAST, cursor=last + len(ids), told_at=now)
        own = {"cursor": given.excluded.cursor, "told_at": given.excluded.told_at}
        db.execute(given.on_conflict_do_update(index_elements=["name"], set_=own))
    return len(ids)


def wake(db: Connection) -> None:
    """Once this transaction is committed, whoever listens hears that there are new items. SQLite has no such thing.

    A reader that hears nothing looks every few seconds: a lost call costs time, and no item.
    """
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_notify(CHANNEL, func.current_schema())))


def newest(db: Connection) -> int:
    """The number that was given last; 0 where none was."""
    return place_of(db, _LAST) or 0


def place_of(db: Connection, reader: str) -> int | None:
    """Up to where a reader was told; None for a new one."""
    found = db.scalar(select(_reader.c.cursor).where(_reader.c.name == reader))
    return None if found is None else int(found)


def remember(db: Connection, reader: str, before: int | None, cursor: int, now: datetime) -> bool:
    """Record up to where a reader was told; False where another one of this name was told meanwhile."""
    values = {"cursor": cursor, "told_at": now}
    if before is None:
        new = insert_into(db, _reader).values(name=reader, **values).on_conflict_do_nothing()
        return db.scalar(new.returning(_reader.c.name)) is not None
    mine = (_reader.c.name == reader) & (_reader.c.cursor == before)
    return db.execute(update(_reader).where(mine).values(**values)).rowcount == 1
