"""What is given up of runs that ended long ago: those that left no page, whole; of the others what their work referred to.

The work of a run whose pages are kept stays, without its references: its counts add up to those of the run. An ingest that was
stopped can be gone on with, however long ago that was: all of its run stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, String, and_, cast, delete, func, select, update

from meeruit.tasks.store.tables import Page, Reading, Run, Work, table

_page, _reading, _run, _work = table(Page), table(Reading), table(Run), table(Work)
_follower = _run.alias("follower")
#: Runs of one transaction, or pieces of work.
TOGETHER = 1_000


class Runs(NamedTuple):
    """How many runs, and how many pieces of work of other runs."""

    runs: int
    work: int


def old_runs(db: Connection, before: datetime) -> Runs:
    """The runs that ended before a time and left no page, and the pieces of work of the others that refer to something."""
    runs = db.scalar(select(func.count()).select_from(_run).where(_leaves_nothing(before)))
    work = select(func.count()).select_from(_work).join(_run, _run.c.id == _work.c.run_id)
    others = db.scalar(work.where(_ended(before), ~_leaves_nothing(before), _refers()))
    return Runs(int(runs or 0), int(others or 0))


def drop_runs(db: Connection, before: datetime) -> int:
    """Delete some of these runs with their work; returns how many there were, TOGETHER where there may be more."""
    query = select(_run.c.id).where(_leaves_nothing(before)).order_by(_run.c.id.desc()).limit(TOGETHER)
    which = list(db.scalars(query))  # those that follow a poll before the poll
    for rows, run in ((_reading, _reading.c.run_id), (_work, _work.c.run_id), (_run, _run.c.id)):
        db.execute(delete(rows).where(run.in_(which)))
    return len(which)


def drop_references(db: Connection, before: datetime) -> int:
    """Give up what some pieces of work of such runs referred to; returns as ``drop_runs`` does."""
    old = _work.c.run_id.in_(select(_run.c.id).where(_ended(before)))
    which = list(db.scalars(select(_work.c.id).where(old, _refers()).order_by(_work.c.id).limit(TOGETHER)))
    db.execute(update(_work).where(_work.c.id.in_(which)).values(reference={}))
    return len(which)


def _leaves_nothing(before: datetime) -> ColumnElement[bool]:
    """That a run ended before a time, no page is of it, and none is of a run that follows it."""
    page = select(_page.c.id).where(_page.c.run_id == _run.c.id).exists()
    its_page = select(_page.c.id).where(_page.c.run_id == _follower.c.id).exists()
    kept = ~func.coalesce(_follower.c.finished_at < before, False) | its_page
    followed = select(_follower.c.id).where(_follower.c.follows == _run.c.id, kept).exists()
    return and_(_ended(before), ~page, ~followed)


def _ended(before: datetime) -> ColumnElement[bool]:
    """That a run ended before a time, and no ingest goes on with it."""
    return and_(_run.c.finished_at < before, _run.c.resume_key.is_(None))


def _refers() -> ColumnElement[bool]:
    return cast(_work.c.reference, String) != "{}"
