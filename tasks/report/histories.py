"""Runs a page at a time, and what became of an address each time. Only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from meeruit.tasks.captures import address_key
from meeruit.tasks.store.tables import Page, Run, table

Row = dict[str, Any]
_page, _run = table(Page), table(Run)
#: Captures of one address that are told.
_EACH = 12
_KEYS = (
    "id", "source", "target", "kind", "started_at", "finished_at", "outcome", "pages_new", "pages_known", "pages_done",
    "pages_failed", "items_new", "items_seen", "items_rejected",
)  # fmt: skip


def page_of_runs(
    db: Connection, *, source: str | None = None, before: int | None = None, limit: int = 50
) -> tuple[list[Row], int | None]:
    """Runs older than the one with this number, the newest first; and where the next page begins, if there is one."""
    query = select(*(_run.c[key] for key in _KEYS)).order_by(_run.c.id.desc()).limit(limit + 1)
    if source is not None:
        query = query.where(_run.c.source == source)
    if before is not None:
        query = query.where(_run.c.id < before)
    rows = [dict(row._mapping) for row in db.execute(query)]
    return rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None


def histories(db: Connection, addresses: Sequence[str]) -> dict[str, list[Row]]:
    """What became of each of these addresses the last few times, the latest first."""
    found: dict[str, list[Row]] = defaultdict(list)
    for address in addresses:
        query = select(_page.c.observed_at, _page.c.state, _page.c.outcome).where(
            _page.c.address_key == address_key(address), _page.c.address == address
        )
        rows = db.execute(query.order_by(_page.c.observed_at.desc()).limit(_EACH))
        found[address] = [dict(row._mapping) for row in rows]
    return found
