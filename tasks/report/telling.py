"""New items as events: CloudEvents 1.0 in JSON, in the order of their cursor. Only reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from meeruit.tasks.report.listings import Row, item_rows
from meeruit.tasks.store.tables import Item, table
from meeruit.tasks.times import iso

_item = table(Item)
#: The version of the shape of an event's data; a key that is added does not change it.
VERSION = 1


def new_items(db: Connection, since: int, most: int) -> list[tuple[int, Any, Row]]:
    """Items behind a cursor, as (cursor, when it was numbered, the object of ``meeruit items``)."""
    query = select(_item.c.id, _item.c.cursor, _item.c.stored_at).where(_item.c.cursor > since)
    found = db.execute(query.order_by(_item.c.cursor).limit(most)).all()
    rows = item_rows(db, iter([row.id for row in found]))
    return [(row.cursor, row.stored_at, item) for row, item in zip(found, rows, strict=True)]


def all_items(db: Connection, since: int, until: int) -> Iterator[Row]:
    """The objects of items behind one cursor up to another, in constant memory."""
    while since < until and (found := new_items(db, since, 1_000)):
        for cursor, _, row in found:
            if cursor > until:
                return
            yield row
        since = found[-1][0]


def all_unnumbered(db: Connection) -> Iterator[Row]:
    """The objects of all items, whether they have a cursor or not, in the order in which their merge began."""
    last = 0
    while ids := db.scalars(
        select(_item.c.id).where(_item.c.id > last, _item.c.sightings > 0).order_by(_item.c.id).limit(1_000)
    ).all():
        yield from item_rows(db, iter(ids))
        last = ids[-1]


def event(cursor: int, stored_at: Any, item: Row) -> Row:
    """An item as an event; ``id`` is the same whoever tells it, and however often."""
    return {
        "specversion": "1.0",
        "id": item["content_hash"],
        "type": f"meeruit.item.new.v{VERSION}",
        "source": "/meeruit",
        "subject": item["content_hash"],
        "time": stored_at,
        "cursor": cursor,
        "datacontenttype": "application/json",
        "data": item,
    }


def as_bytes(said: Row) -> bytes:
    """An event as JSON, in UTF-8."""
    return json.dumps(said, ensure_ascii=False, default=_said).encode("utf-8", "replace")


def _said(value: object) -> str:
    return iso(value) if isinstance(value, datetime) else str(value)
