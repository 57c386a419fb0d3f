"""What waits in the ledger, and why: one row a reason. Only reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from meeruit.tasks.errors import REDIRECTED
from meeruit.tasks.store.tables import Run, Work, WorkState, table

Row = dict[str, Any]
_run, _work = table(Run), table(Work)
_TURN = re.compile(r"in [0-9.]+ s\b")


def waits(db: Connection) -> list[Row]:
    """Work that is not being done, by reason, the most pages first.

    ``pieces``, ``pages``, ``next_at`` (when the first of it is due; null where it is due now), ``since`` (when its run
    began), ``setbacks`` (how often in a row at most something else kept it from being done).
    """
    query = (
        select(
            _work.c.last_error,
            func.count().label("pieces"),
            func.sum(_work.c.pages).label("pages"),
            func.min(_work.c.not_before).label("next_at"),
            func.min(_run.c.started_at).label("since"),
            func.max(_work.c.setbacks).label("setbacks"),
        )
        .join(_run)
        .where(_work.c.state == WorkState.PENDING)
        .group_by(_work.c.last_error)
    )
    found: dict[str, Row] = {}
    for row in db.execute(query):
        said, _, _ = (row.last_error or "for a worker").partition(REDIRECTED)  # wherever each of them was sent
        reason = _TURN.sub("soon", said)
        found[reason] = _joined(found.get(reason), {**row._mapping, "pages": int(row.pages), "reason": reason})
    return sorted(found.values(), key=lambda row: (-row["pages"], row["reason"]))


def _joined(one: Row | None, other: Row) -> Row:
    names = ("reason", "pieces", "pages", "next_at", "since", "setbacks")
    if one is None:
        return {name: other[name] for name in names}
    return {
        "reason": one["reason"],
        "pieces": one["pieces"] + other["pieces"],
        "pages": one["pages"] + other["pages"],
        "next_at": _first(one["next_at"], other["next_at"]),
        "since": min(one["since"], other["since"]),
        "setbacks": max(one["setbacks"], other["setbacks"]),
    }


def _first(*times: datetime | None) -> datetime | None:
    known: Iterable[datetime] = [time for time in times if time is not None]
    return min(known, default=None)


def oldest_due(db: Connection, now: datetime) -> dict[str, datetime]:
    """Since when the oldest work of each kind is due that nobody does."""
    due = func.coalesce(_work.c.not_before, _run.c.started_at)
    query = select(_work.c.kind, func.min(due).label("since")).join(_run)
    query = query.where(_work.c.state == WorkState.PENDING, due <= now).group_by(_work.c.kind)
    return {row.kind: row.since for row in db.execute(query)}
