"""Webhooks in the database: who tells one, up to where it was told, and what it refused. Sends nothing.

One process at a time tells a webhook, so that its events come in the order of their cursor. Its place is that of a reader
(``store.outbox``), remembered after each event that it took: whoever is killed in between tells one event again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from meeruit.tasks.store import outbox
from meeruit.tasks.store.rows import insert_into, lock
from meeruit.tasks.store.tables import Undelivered, Webhook, table

_hook, _undelivered = table(Webhook), table(Undelivered)
#: For so long nobody else tells it; longer than one event can take.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a webhook by whoever tells it."""

    cursor: int
    failed: int
    refused: int
    next_at: datetime | None
    gone: bool


#: How the names of webhooks' readers begin.
OWN = "webhook:"


def reader_of(name: str) -> str:
    """The name of its reader."""
    return f"{OWN}{name}"


def hold(
    db: Connection, name: str, address: str, holder: str, at: datetime, has_died: Callable[[str], bool]
) -> State | None:
    """Take a webhook, or go on holding it; None where another process does. A new one is told what comes from now on.

    ``address``: the SHA-256 of its address; under another one it is not gone any more.
    """
    lock(db, "webhook", name)
    row = db.execute(select(_hook).where(_hook.c.name == name)).one_or_none()
    if row is None:
        new: dict[str, Any] = {"name": name, "failed": 0, "refused": 0, "holder": holder, "lease_until": at + LEASE}
        db.execute(insert_into(db, _hook).values(**new))
        outbox.remember(db, reader_of(name), None, outbox.newest(db), at)
        return State(outbox.place_of(db, reader_of(name)) or 0, 0, 0, None, gone=False)
    if row.holder not in {None, holder} and row.lease_until > at and not has_died(row.holder):
        return None
    gone = row.gone == address
    next_at = row.next_at if row.gone is None or gone else None
    own = {"holder": holder, "lease_until": at + LEASE, "gone": row.gone if gone else None, "next_at": next_at}
    _set(db, name, **own)
    return State(outbox.place_of(db, reader_of(name)) or 0, row.failed, row.refused, next_at, gone)


def is_told_all(db: Connection, name: str) -> bool:
    """Whether nothing is new to a webhook that is known."""
    return outbox.place_of(db, reader_of(name)) == outbox.newest(db) and _is_known(db, name)


def _is_known(db: Connection, name: str) -> bool:
    return db.scalar(select(_hook.c.name).where(_hook.c.name == name)) is not None


def release(db: Connection, name: str, holder: str) -> None:
    """Leave a webhook to others."""
    db.execute(update(_hook).where(_hook.c.name == name, _hook.c.holder == holder).values(holder=None))


def took(db: Connection, name: str, holder: str, before: int, cursor: int, at: datetime) -> bool:
    """It took an event; False where another process tells it by now."""
    held = _hook.c.name == name, _hook.c.holder == holder
    own = {"failed": 0, "refused": 0, "reason": None, "next_at": None, "lease_until": at + LEASE}
    if db.execute(update(_hook).where(*held).values(**own)).rowcount != 1:
        return False
    return outbox.remember(db, reader_of(name), before, cursor, at)


def did_not_take(db: Connection, name: str, failed: int, refused: int, reason: str, next_at: datetime) -> None:
    """It did not take an event, which is sent again."""
    _set(db, name, failed=failed, refused=refused, reason=reason, next_at=next_at)


def is_gone(db: Connection, name: str, address: str, reason: str) -> None:
    """It said that it is gone."""
    _set(db, name, gone=address, reason=reason)


def set_aside(db: Connection, name: str, cursor: int, count: int, reason: str, at: datetime) -> None:
    """Keep an event that was refused too often; refused once more, its first time stays."""
    new = insert_into(db, _undelivered).values(
        webhook=name, cursor=cursor, first_at=at, last_at=at, count=count, reason=reason
    )
    again = {"last_at": at, "count": _undelivered.c.count + count, "reason": reason}
    db.execute(new.on_conflict_do_update(index_elements=["webhook", "cursor"], set_=again))


def taken_after_all(db: Connection, name: str, cursor: int) -> None:
    """An event that was set aside was taken, or its item is no more."""
    db.execute(delete(_undelivered).where(_undelivered.c.webhook == name, _undelivered.c.cursor == cursor))


def set_aside_of(db: Connection, name: str) -> list[int]:
    """The cursors of what was set aside of a webhook, in their order."""
    query = select(_undelivered.c.cursor).where(_undelivered.c.webhook == name)
    return list(db.scalars(query.order_by(_undelivered.c.cursor)))


def states(db: Connection) -> list[dict[str, Any]]:
    """Every webhook: how it goes, how many events it has still to be told, how many were set aside."""
    aside: dict[str, int] = {
        row.webhook: row.number
        for row in db.execute(
            select(_undelivered.c.webhook, func.count().label("number")).group_by(_undelivered.c.webhook)
        )
    }
    newest, found = outbox.newest(db), []
    for row in db.execute(select(_hook).order_by(_hook.c.name)):
        left = newest - (outbox.place_of(db, reader_of(row.name)) or 0)
        shown = {key: row._mapping[key] for key in ("name", "failed", "reason", "next_at")}
        shown["held_until"] = row.lease_until if row.holder else None
        found.append({**shown, "gone": row.gone is not None, "waiting": left, "set_aside": aside.get(row.name, 0)})
    return found


def _set(db: Connection, name: str, **values: Any) -> None:
    db.execute(update(_hook).where(_hook.c.name == name).values(**values))
