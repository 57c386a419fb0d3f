"""What is left in the ledger: which work is due and has no message, how much waits, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from meeruit.tasks.store.rows import has_come
from meeruit.tasks.store.tables import UNFINISHED, Work, WorkKind, WorkState, table
from meeruit.tasks.times import AHEAD
from meeruit.tasks.work.ledger import LEASE, LONGEST_WAIT, WAITING_FETCHES

_work = table(Work)


class Overdue(NamedTuple):
    """Work that no worker holds."""

    id: int
    kind: str
    #: Whether it needs a message of its own; one message is enough for many addresses.
    alone: bool


def overdue(
    db: Connection, now: datetime, sent_before: datetime, fetches_before: datetime | None = None
) -> list[Overdue]:
    """Work that no worker holds and that was not sent since ``sent_before``; marked as sent now.

    ``fetches_before``: the same for addresses that wait to be fetched, many at once.
    """
    together = and_(WAITING_FETCHES, _work.c.setbacks == 0)
    before = case((together, fetches_before or sent_before), else_=sent_before)
    unsent = or_(_work.c.sent_at.is_(None), _work.c.sent_at <= before, _work.c.sent_at > now + AHEAD)
    query = select(_work.c.id, _work.c.kind, together.label("together")).where(_due(now), unsent)
    found = [Overdue(row.id, row.kind, not row.together) for row in db.execute(query.order_by(_work.c.id))]
    for start in range(0, len(found), 5_000):
        ids = [each.id for each in found[start : start + 5_000]]
        db.execute(update(_work).where(_work.c.id.in_(ids)).values(sent_at=now))
    return found


def _due(now: datetime) -> ColumnElement[bool]:
    """Work that a worker may take now."""
    return or_(
        and_(_work.c.state == WorkState.PENDING, has_come(_work.c.not_before, now, LONGEST_WAIT)),
        and_(_work.c.state == WorkState.RUNNING, has_come(_work.c.lease_until, now, LEASE)),
    )


def waiting(db: Connection, now: datetime) -> int:
    """How many pieces of work, each with a message of its own, wait for a worker and for nothing else."""
    own = and_(_work.c.state == WorkState.PENDING, _work.c.kind != WorkKind.FETCH)
    query = select(func.count()).select_from(_work).where(own, _due(now))
    return int(db.scalar(query) or 0)


def unfinished_pages(db: Connection, runs: Iterable[int] | None, now: datetime) -> tuple[int, int, datetime | None]:
    """Pages and pieces not yet ended, in these runs (None: in all), and when the next of those that wait is due.

    The time is None where some of it can be worked on now.
    """
    where = [_work.c.state.in_(UNFINISHED)]
    if runs is not None:
        where.append(_work.c.run_id.in_(list(runs)))
    pages, pieces, later, due = db.execute(
        select(
            func.coalesce(func.sum(_work.c.pages), 0),
            func.count(),
            func.count(_work.c.id).filter(_work.c.not_before > now),
            func.min(_work.c.not_before),
        ).where(*where)
    ).one()
    return int(pages), int(pieces), due if pieces and pieces == later else None


class Backlog(NamedTuple):
    """Unfinished pieces of work with the same state and reason."""

    state: str
    #: Why they wait, where the ledger knows.
    reason: str | None
    pieces: int
    pages: int
    #: When the next of them is due.
    next_at: datetime | None


def backlog(db: Connection, runs: Iterable[int] | None) -> list[Backlog]:
    """The unfinished work of these runs (None: of all) by state and reason, the most pages first."""
    where = [_work.c.state.in_(UNFINISHED)]
    if runs is not None:
        where.append(_work.c.run_id.in_(list(runs)))
    pages = func.sum(_work.c.pages)
    kind = (_work.c.state, _work.c.last_error)
    query = select(*kind, func.count(), pages, func.min(_work.c.not_before)).where(*where).group_by(*kind)
    return [
        Backlog(state, reason, number, int(all_), at)
        for state, reason, number, all_, at in db.execute(query.order_by(pages.desc()))
    ]
