"""Reading failures back: which there are, and which pages to ask for again. Only reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from meeruit.tasks.captures import address_key
from meeruit.tasks.references import Fetch, Reference, read_reference
from meeruit.tasks.store.failures import KIND
from meeruit.tasks.store.rows import in_chunks
from meeruit.tasks.store.tables import Failure, FailureState, Page, PageState, Undelivered, table

Row = dict[str, Any]
_failure, _page, _undelivered = table(Failure), table(Page), table(Undelivered)
KEYS = (
    "id", "kind", "address", "source", "count", "first_at", "last_at", "reason", "state", "closed_at",
)  # fmt: skip


def failures(
    db: Connection,
    limit: int | None = None,
    *,
    source: str | None = None,
    ids: Sequence[int] = (),
    every: bool = False,
    since: datetime | None = None,
) -> Iterator[Row]:
    """Failures, the latest first, of ``since`` or later; with ``every`` not only open ones."""
    query = select(*(_failure.c[key] for key in KEYS)).where(*_which(source, ids, every=every))
    query = query if since is None else query.where(_failure.c.last_at >= since)
    query = query.order_by(_failure.c.last_at.desc(), _failure.c.id.desc()).limit(limit)
    for row in db.execute(query):
        yield dict(row._mapping)


def undelivered(db: Connection, since: datetime | None = None) -> Iterator[Row]:
    """Events that webhooks refused, the latest first, as failures without a number: ``meeruit tell --again`` sends them."""
    query = select(_undelivered).order_by(_undelivered.c.last_at.desc(), _undelivered.c.cursor.desc())
    for row in db.execute(query if since is None else query.where(_undelivered.c.last_at >= since)):
        found = dict.fromkeys(KEYS) | {key: row._mapping[key] for key in ("count", "first_at", "last_at")}
        yield found | {
            "kind": "telling",
            "address": f"webhook {row.webhook}, event {row.cursor}",
            "reason": row.reason,
            "state": FailureState.OPEN.value,
        }


def _which(source: str | None, ids: Sequence[int], *, every: bool) -> list[ColumnElement[bool]]:
    which = []
    if source is not None:
        which.append(_failure.c.source == source)
    if ids:
        which.append(_failure.c.id.in_(ids))
    if not every:
        which.append(_failure.c.state == FailureState.OPEN)
    return which


def open_by_kind(db: Connection) -> dict[str, int]:
    """How many failures are open, by kind."""
    query = select(_failure.c.kind, func.count().label("number")).where(_failure.c.state == FailureState.OPEN)
    return {row.kind: row.number for row in db.execute(query.group_by(_failure.c.kind).order_by(_failure.c.kind))}


def to_ask_again(db: Connection, ids: Sequence[int] = ()) -> list[tuple[Any, Reference]]:
    """The pages behind open failures (or behind these), the newest first, each with how it is read again.

    An address on the web is asked for once, however often it failed.
    """
    open_ones = select(_failure).where(*_which(None, ids, every=bool(ids)))
    rows = {(row.address, row.kind): row for row in db.execute(open_ones)}
    query = (
        select(_page, KIND.label("kind"))
        .where(_page.c.state == PageState.QUARANTINED, _page.c.reference.is_not(None))
        .order_by(_page.c.id.desc())
    )
    found: dict[Reference | str, tuple[Any, Reference]] = {}
    for page in in_chunks(db, query, _page.c.address_key, {address_key(address) for address, _ in rows}):
        failure = rows.get((page.address, page.kind))
        if failure is None or not failure.first_at <= page.observed_at <= failure.last_at:
            continue
        reference = read_reference(page.reference)
        found.setdefault(reference.url if isinstance(reference, Fetch) else reference, (page, reference))
    return list(found.values())
