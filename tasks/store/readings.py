"""Runs that were stopped, and how far they had enrolled each file: the same command, started again, goes on with them.

    started with a key ──→ places in its files, with the work that they stand behind ──→ its end: key and places go

Every function takes a connection inside a transaction; none of them commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from meeruit.tasks.references import Body, Fetch, File, read_work
from meeruit.tasks.store.rows import insert_into
from meeruit.tasks.store.tables import Reading, Run, Work, WorkKind, table

_reading, _run, _work = table(Reading), table(Run), table(Work)


class Stopped(NamedTuple):
    """A run whose command was stopped before its end."""

    id: int
    #: The ingest time of the whole command.
    started_at: datetime


class At(NamedTuple):
    """A place in a file; ``mark`` says which file it was."""

    mark: str
    line: int
    offset: int
    complete: bool


def set_resume_key(db: Connection, run_id: int, key: str) -> None:
    """Have a run gone on with, should it be stopped."""
    db.execute(update(_run).where(_run.c.id == run_id).values(resume_key=key))


def go_on(db: Connection, key: str, holder: str, has_died: Callable[[str], bool]) -> Stopped | None:
    """Take over the last run of this key whose command has died, to enrol the rest of it; None where there is none."""
    query = select(_run.c.id, _run.c.started_at, _run.c.holder).where(_run.c.resume_key == key)
    for row in db.execute(query.order_by(_run.c.id.desc()).with_for_update()).all():
        if row.holder is None or has_died(row.holder):
            again = {"holder": holder, "enrolled_at": None, "finished_at": None, "outcome": None}
            db.execute(update(_run).where(_run.c.id == row.id).values(again))
            return Stopped(row.id, row.started_at)
    return None


def record(db: Connection, run_id: int, places: Mapping[str, At]) -> None:
    """Store how far files are enrolled, in the transaction that stores their work."""
    if not places:
        return
    rows = [
        {"run_id": run_id, "key": hashlib.sha256(path.encode()).hexdigest(), "path": path, **at._asdict()}
        for path, at in sorted(places.items())
    ]
    statement = insert_into(db, _reading)
    named = {name: statement.excluded[name] for name in At._fields}
    db.execute(statement.on_conflict_do_update(index_elements=["run_id", "key"], set_=named), rows)


def places(db: Connection, run_id: int) -> dict[str, At]:
    """How far the files of a run are enrolled, by path."""
    rows = db.execute(select(_reading).where(_reading.c.run_id == run_id))
    return {row.path: At(row.mark, row.line, row.offset, row.complete) for row in rows}


def enrolled(db: Connection, run_id: int) -> Iterator[str]:
    """The files that are one page each, and the addresses, that stand in the ledger for a run."""
    kinds = (WorkKind.FILES, WorkKind.FETCH, WorkKind.BODIES)
    query = select(_work.c.reference).where(_work.c.run_id == run_id, _work.c.kind.in_(kinds))
    for row in db.execute(query.execution_options(yield_per=100)):
        for page in read_work(row.reference)[1]:
            if isinstance(page, File):
                yield page.path
            elif isinstance(page, Fetch):
                yield page.url
            elif isinstance(page, Body) and page.place is None:
                yield page.address


def forget(db: Connection, run_id: int) -> None:
    """A command has come to its end: asked for again, it begins anew."""
    db.execute(update(_run).where(_run.c.id == run_id).values(resume_key=None))
    db.execute(delete(_reading).where(_reading.c.run_id == run_id))
