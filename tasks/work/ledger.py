"""The ledger: which work there is, who holds it, how it ended. Rows only; the broker's messages merely point here.

    enrolled ──→ pending ──claim──→ running ──finish──→ done
                    ↑                  │ its worker died (the lease ran out)
                    └──── split ←──────┘ two halves, down to single pages

Attempts are committed before the work starts. Every function takes the time as an argument and a connection inside a
transaction; none of them commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from meeruit.tasks.counts import Counts
from meeruit.tasks.references import Reference, Terms, read_work, work_json
from meeruit.tasks.store.tables import UNFINISHED, Run, Work, WorkState, table

#: Longer than the hard time limit of a task (120 s): who holds a lease that ran out is dead.
LEASE = timedelta(seconds=150)
#: A page that killed its worker this often, alone, is quarantined.
MAX_ATTEMPTS = 3

_work = table(Work)
_run = table(Run)


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work that this process holds until its lease runs out."""

    id: int
    run_id: int
    kind: str
    terms: Terms
    pages: Sequence[Reference]
    attempts: int
    holder: str
    #: Whether this page alone killed its worker too often: it is to be quarantined, not tried.
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Work of several pages whose worker died: it is to be split before anybody tries it again."""

    id: int
    attempts: int
    pages: Sequence[Reference]
    #: How many pages its references stand for: those of a slice are many.
    count: int


def enrol(
    db: Connection,
    run_id: int,
    kind: str,
    terms: Terms,
    pages: Sequence[Reference],
    count: int,
    now: datetime,
    not_before: datetime | None = None,
) -> int:
    """One piece of work of ``count`` pages into the ledger, as sent now: the message follows the commit."""
    row = insert(_work).values(
        kind=kind,
        reference=work_json(terms, pages),
        pages=count,
        run_id=run_id,
        state=WorkState.PENDING,
        attempts=0,
        sent_at=now,
        not_before=not_before,
        derived=False,
        failed=[],
        **asdict(Counts()),
    )
    return int(db.scalars(row.returning(_work.c.id)).one())


def claim(db: Connection, work_id: int, holder: str, now: datetime, *, again: bool = False) -> Claim | Abandoned | None:
    """Take a piece of work.

    Returns the claim; or None where there is nothing to do (done, not yet due, or somebody else holds it); or, where
    the worker that held it died and it stands for several pages, what is to be split. ``again`` says that this message
    was sent again because its worker was lost, so that its own lease is void.
    """
    row = db.execute(select(_work).where(_work.c.id == work_id).with_for_update()).one_or_none()
    if row is None or row.state not in UNFINISHED or (row.not_before and row.not_before > now):
        return None
    died = row.state == WorkState.RUNNING
    if died and row.lease_until > now and not (again and row.holder == holder):
        return None
    if died and row.pages > 1:
        return Abandoned(row.id, row.attempts, read_work(row.reference)[1], row.pages)
    return _take(db, row, holder, now, died=died)


def take(db: Connection, work: Abandoned, holder: str, now: datetime) -> Claim | None:
    """Take abandoned work that cannot be split, as if it were one page; None where somebody else was first."""
    row = _abandoned(db, work)
    return None if row is None else _take(db, row, holder, now, died=True)


def split(
    db: Connection, work: Abandoned, halves: Sequence[tuple[Sequence[Reference], int]], now: datetime
) -> list[int]:
    """Put two halves, each with its number of pages, in the place of abandoned work; returns their ids.

    Empty where somebody else was first.
    """
    row = _abandoned(db, work)
    if row is None:
        return []
    db.execute(update(_work).where(_work.c.id == row.id).values(state=WorkState.SPLIT, lease_until=None))
    terms, _ = read_work(row.reference)
    return [enrol(db, row.run_id, row.kind, terms, pages, max(count, 1), now) for pages, count in halves]


def _abandoned(db: Connection, work: Abandoned) -> Any:
    """The row, locked, where it is still as it was found; None where somebody else took it up."""
    as_found = and_(_work.c.id == work.id, _work.c.state == WorkState.RUNNING, _work.c.attempts == work.attempts)
    return db.execute(select(_work).where(as_found).with_for_update()).one_or_none()


def _take(db: Connection, row: Any, holder: str, now: datetime, *, died: bool) -> Claim:
    given_up = died and row.attempts >= MAX_ATTEMPTS
    attempts = row.attempts + (not given_up)
    db.execute(
        update(_work)
        .where(_work.c.id == row.id)
        .values(state=WorkState.RUNNING, attempts=attempts, holder=holder, lease_until=now + LEASE, not_before=None)
    )
    terms, pages = read_work(row.reference)
    return Claim(row.id, row.run_id, row.kind, terms, pages, attempts, holder, given_up)


def finish(db: Connection, held: Claim, counts: Counts, failed: Sequence[tuple[str, str]]) -> bool:
    """Mark work as done, in the transaction that stores its pages; False where somebody else took it over meanwhile."""
    named = [list(page) for page in failed]
    return _release(db, held, state=WorkState.DONE, lease_until=None, last_error=None, failed=named, **asdict(counts))


def put_back(
    db: Connection, held: Claim, not_before: datetime, error: str | None, pages: Sequence[Reference] | None = None
) -> bool:
    """Return work unharmed: what went wrong was not its fault (a full disk, a lock), so no attempt is spent.

    ``pages``: what it stands for from now on, where that has changed.
    """
    return _release(
        db,
        held,
        state=WorkState.PENDING,
        attempts=held.attempts - 1,
        lease_until=None,
        not_before=not_before,
        last_error=error,
        reference=work_json(held.terms, held.pages if pages is None else pages),
    )


def _release(db: Connection, held: Claim, **values: Any) -> bool:
    mine = and_(
        _work.c.id == held.id,
        _work.c.state == WorkState.RUNNING,
        _work.c.attempts == held.attempts,
        _work.c.holder == held.holder,
    )
    return db.execute(update(_work).where(mine).values(**values)).rowcount == 1


def void_leases(db: Connection, now: datetime) -> int:
    """End every lease: for whoever knows that no worker lives. Returns how many pieces of work there were."""
    db.execute(update(_run).where(_run.c.settling_until.is_not(None)).values(settling_until=None))
    held = and_(_work.c.state == WorkState.RUNNING, _work.c.lease_until > now)
    return db.execute(update(_work).where(held).values(lease_until=now)).rowcount


def overdue(db: Connection, now: datetime, sent_before: datetime) -> list[int]:
    """Work that nobody does and that was last sent before ``sent_before``; marked as sent now."""
    due = or_(
        and_(_work.c.state == WorkState.PENDING, or_(_work.c.not_before.is_(None), _work.c.not_before <= now)),
        and_(_work.c.state == WorkState.RUNNING, _work.c.lease_until <= now),
    )
    ids = [
        int(row.id)
        for row in db.execute(select(_work.c.id).where(due, _work.c.sent_at <= sent_before).order_by(_work.c.id))
    ]
    for start in range(0, len(ids), 5_000):
        db.execute(update(_work).where(_work.c.id.in_(ids[start : start + 5_000])).values(sent_at=now))
    return ids


def waiting(db: Connection, now: datetime) -> int:
    """How many pieces of work wait for a worker, and for nothing else."""
    due = or_(_work.c.not_before.is_(None), _work.c.not_before <= now)
    return int(db.scalar(select(func.count()).select_from(_work).where(_work.c.state == WorkState.PENDING, due)) or 0)


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
