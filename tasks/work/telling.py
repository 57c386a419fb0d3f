"""What became of a piece of work, told in the log: read back from its rows once it has been done.

fetched    an address: what it gave, or why it gave nothing
read       some files, lines or stored pages: how many, and what was on them
failed     one of those that could not be read
waits      work that is put off, until when and why
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.events import say
from meeruit.tasks.store.tables import Page, PageState, Run, RunKind, Work, WorkKind, WorkState, table
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.times import iso
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools

_page, _run, _work = table(Page), table(Run), table(Work)
#: Failed pages of one piece of work that are named.
_NAMED = 20


class Event(NamedTuple):
    """One line of the log."""

    name: str
    level: int
    fields: dict[str, Any]


def process_and_tell(tools: Tools, work_id: int, message: str, *, again: bool = False) -> None:
    """Do one piece of work, and log what became of it. What the database did not let us do is put back, and waits."""
    began = monotonic()
    try:
        counts = process(tools, work_id, message, again=again)
        told = read_only(tools.engine, lambda db: events(db, work_id, done=counts is not None), patience=0)
    except DBAPIError as exc:
        told = [_put_back(tools, work_id, exc)]
    for event in told:
        say(event.name, event.level, **event.fields, seconds=round(monotonic() - began, 3))


def tell(tools: Tools, done: Mapping[int, bool], began: Mapping[int, float]) -> None:
    """Log what became of some pieces of work, whether they are done now and since when (monotonic) they were in work."""
    try:
        told = read_only(tools.engine, lambda db: events_of(db, done), patience=0)
    except DBAPIError:  # what it would not let us do has its reason in the ledger
        return
    for event in told:
        say(event.name, event.level, **event.fields, seconds=round(monotonic() - began[event.fields["work"]], 3))


def events(db: Connection, work_id: int, *, done: bool) -> list[Event]:
    """What is to be said of a piece of work; ``done``: just now, by us."""
    return events_of(db, {work_id: done})


def events_of(db: Connection, done: Mapping[int, bool]) -> list[Event]:
    """What is to be said of pieces of work, each with whether we have just done it."""
    query = select(_work, _run.c.source, _run.c.kind.label("run_kind")).join(_run).where(_work.c.id.in_(done))
    work = {row.id: row for row in db.execute(query.order_by(_work.c.id))}
    fetched = [row.id for row in work.values() if done[row.id] and row.kind == WorkKind.FETCH]
    columns = (_page.c.work_id, _page.c.address, _page.c.state, _page.c.outcome, _page.c.found)
    pages = select(*columns).where(_page.c.work_id.in_(fetched)).order_by(_page.c.id)
    told = [_fetched(page, work[page.work_id]) for page in db.execute(pages)] if fetched else []
    for row in work.values():
        if done[row.id] and row.kind != WorkKind.FETCH:
            told += _read(row)
        elif not done[row.id] and row.state == WorkState.PENDING and row.last_error:
            told.append(_waits(row))
    return told


def _fetched(page: Any, work: Any) -> Event:
    listless = work.run_kind == RunKind.POLL and not page.found and not page.outcome.startswith("feed, ")
    wrong = page.state == PageState.QUARANTINED or listless
    said = {"source": work.source, "address": page.address, "outcome": page.outcome}
    return Event("fetched", logging.WARNING if wrong else logging.INFO, said | _numbers(work))


def _read(work: Any) -> Iterator[Event]:
    pages = {"pages": work.pages_done + work.pages_failed, "known": work.pages_known, "failed": work.pages_failed}
    items = {"new": work.items_new, "seen": work.items_seen, "rejected": work.items_rejected}
    level = logging.WARNING if work.pages_failed else logging.INFO
    yield Event("read", level, {"source": work.source, "kind": work.kind} | pages | items | _numbers(work))
    for address, reason in work.failed[:_NAMED]:
        said = {"source": work.source, "address": address, "reason": reason}
        yield Event("failed", logging.WARNING, said | _numbers(work))


def _waits(work: Any) -> Event:
    said = {"source": work.source, "reason": work.last_error, "until": work.not_before and iso(work.not_before)}
    level = logging.WARNING if work.setbacks else logging.INFO
    return Event("waits", level, said | {"pages": work.pages} | _numbers(work))


def _numbers(work: Any) -> dict[str, int]:
    return {"run": work.run_id, "work": work.id}


def _put_back(tools: Tools, work_id: int, exc: DBAPIError) -> Event:
    """The event of work that the database did not let us do, as far as it answers."""
    try:
        told = read_only(tools.engine, lambda db: events(db, work_id, done=False), patience=0)
    except DBAPIError:
        told = []
    reason = str(exc.orig or exc).strip().split("\n", 1)[0]
    return told[0] if told else Event("waits", logging.WARNING, {"reason": reason, "work": work_id})
