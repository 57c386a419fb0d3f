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

from meeruit.tasks.captures import Reference
from meeruit.tasks.counts import Counts
from meeruit.tasks.disk.read import split_slice
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.store.tables import Page, Run, Source, Work, WorkState, table

#: Longer than the hard time limit of a task (120 s): who holds a lease that ran out is dead.
LEASE = timedelta(seconds=150)
#: A page that killed its worker this often, alone, is quarantined.
MAX_ATTEMPTS = 3
#: Pages of one piece of work, at most: one task a page would spend most of its time on messages.
BATCH_PAGES = 200
#: Bytes of bodies of one piece of work, at most, so that a worker's memory stays small.
BATCH_BYTES = 8_000_000

_work = table(Work)
_run = table(Run)
_page = table(Page)
_source = table(Source)
UNFINISHED = (WorkState.PENDING, WorkState.RUNNING)


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work that this process holds until its lease runs out."""

    id: int
    run_id: int
    kind: str
    #: ``{"pages": [Reference, …], "observed_at", "observed_from", "source", "profile"}``.
    reference: dict[str, Any]
    attempts: int
    #: True where this page alone killed its worker too often: it is to be quarantined, not tried.
    given_up: bool


def enrol(
    db: Connection,
    run_id: int,
    kind: str,
    reference: dict[str, Any],
    pages: int,
    now: datetime,
    not_before: datetime | None = None,
) -> int:
    """One piece of work into the ledger, as sent now: the message follows the commit."""
    row = insert(_work).values(
        kind=kind,
        reference=reference,
        pages=pages,
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


def claim(db: Connection, work_id: int, holder: str, now: datetime, *, again: bool = False) -> Claim | list[int] | None:
    """Take a piece of work.

    Returns the claim; or None where there is nothing to do (done, not yet due, or somebody else holds it); or, where
    the worker that held it died and it has several pages, the ids of the two halves that it was split into. ``again``
    says that this message was sent again because its worker was lost, so that its own lease is void.
    """
    row = db.execute(select(_work).where(_work.c.id == work_id).with_for_update()).one_or_none()
    if row is None or row.state not in UNFINISHED or (row.not_before and row.not_before > now):
        return None
    died = row.state == WorkState.RUNNING
    if died and row.lease_until > now and not (again and row.holder == holder):
        return None
    if died and row.pages > 1 and (halves := _halves(row)):
        return _split(db, row, halves, now)
    given_up = died and row.attempts >= MAX_ATTEMPTS
    attempts = row.attempts + (not given_up)
    db.execute(
        update(_work)
        .where(_work.c.id == work_id)
        .values(state=WorkState.RUNNING, attempts=attempts, holder=holder, lease_until=now + LEASE, not_before=None)
    )
    return Claim(row.id, row.run_id, row.kind, row.reference, attempts, given_up)


def finish(db: Connection, held: Claim, holder: str, counts: Counts, failed: Sequence[tuple[str, str]]) -> bool:
    """Mark work as done, in the transaction that stores its pages; False where somebody else took it over meanwhile."""
    named = [list(page) for page in failed]
    return _release(
        db, held, holder, state=WorkState.DONE, lease_until=None, last_error=None, failed=named, **asdict(counts)
    )


def put_back(
    db: Connection,
    held: Claim,
    holder: str,
    not_before: datetime,
    error: str | None,
    reference: dict[str, Any] | None = None,
) -> bool:
    """Return work unharmed: what went wrong was not its fault (a full disk, a lock), so no attempt is spent."""
    return _release(
        db,
        held,
        holder,
        state=WorkState.PENDING,
        attempts=held.attempts - 1,
        lease_until=None,
        not_before=not_before,
        last_error=error,
        reference=reference or held.reference,
    )


def _release(db: Connection, held: Claim, holder: str, **values: Any) -> bool:
    mine = and_(
        _work.c.id == held.id,
        _work.c.state == WorkState.RUNNING,
        _work.c.attempts == held.attempts,
        _work.c.holder == holder,
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


def _halves(row: Any) -> list[tuple[list[Reference], int]]:
    """The pages of a piece in two halves, each with its number of pages; empty where it cannot be split."""
    pages: Sequence[Reference] = row.reference["pages"]
    if len(pages) > 1:
        half = len(pages) // 2
        return [(list(pages[:half]), half), (list(pages[half:]), len(pages) - half)]
    try:
        first, second = split_slice(pages[0])
    except (Unreadable, OSError):
        return []
    half = second["line"] - first["line"]
    return [([first], half), ([second], row.pages - half)] if half else []


def _split(db: Connection, row: Any, halves: Sequence[tuple[list[Reference], int]], now: datetime) -> list[int]:
    db.execute(update(_work).where(_work.c.id == row.id).values(state=WorkState.SPLIT, lease_until=None))
    return [
        enrol(db, row.run_id, row.kind, row.reference | {"pages": pages}, max(count, 1), now) for pages, count in halves
    ]
