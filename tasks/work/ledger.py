"""The ledger: which work there is, who holds it, how it ended. Rows only; the broker's messages merely point here.

    enrolled ──→ pending ──claim──→ running ──finish──→ done
                 ↑  ↑  ↑              │ │ │
                 │  │  └── put off ←──┘ │ │  it has to wait
                 │  └───── put back ←───┘ │  something else was at fault
                 └──────── split ←────────┘  its worker died, or met what nobody foresaw: the page at hand apart, or halves,
                                             down to single pages

Attempts are committed before the work starts. Every function takes the time as an argument and a connection inside a
transaction; none of them commits. A time further ahead than any that is ever set, and than clocks may differ, was written
by a wrong clock, and counts as past.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, select, text, update

from meeruit.tasks.counts import Counts
from meeruit.tasks.references import Reference, Terms, read_work, work_json
from meeruit.tasks.store.tables import UNFINISHED, Work, WorkKind, WorkState, table
from meeruit.tasks.times import lies_ahead

#: Longer than the hard time limit of a task (120 s): who holds a lease that ran out is dead.
LEASE = timedelta(seconds=150)
#: A page that killed its worker this often, alone, is quarantined.
MAX_ATTEMPTS = 3
#: No work is put off for longer: an hour that a site can ask for, its turn at a slow host, and some more.
LONGEST_WAIT = timedelta(hours=3)
#: Work that was put back so often in a row, through no fault of its own, spends an attempt each further time.
MAX_SETBACKS = 12
#: How an error that nobody foresaw is told.
UNFORESEEN = "unexpected "

_work = table(Work)
#: In words, as its index says it: a value that is bound later finds no partial index on SQLite.
WAITING_FETCHES = text(f"work.state = '{WorkState.PENDING}' AND work.kind = '{WorkKind.FETCH}'")


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of work that this process holds until its lease runs out."""

    id: int
    run_id: int
    kind: str
    terms: Terms
    pages: Sequence[Reference]
    #: How many pages these references stand for: those of a slice are many.
    count: int
    attempts: int
    #: How often it was put back in a row.
    setbacks: int
    holder: str
    #: Whether this page alone killed its worker too often: it is to be quarantined, not tried.
    given_up: bool = False
    #: What nobody foresaw, where that ended an attempt, and no worker died.
    unforeseen: str | None = None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Work of several pages whose worker died: it is to be split before anybody tries it again."""

    id: int
    kind: str
    attempts: int
    pages: Sequence[Reference]
    #: How many pages these references stand for.
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
    reason: str | None = None,
) -> int:
    """One piece of work of ``count`` pages into the ledger, as sent now: the message follows the commit.

    ``reason``: why it has to wait until ``not_before``.
    """
    return enrol_all(db, [(run_id, kind, terms, pages, count)], now, not_before, reason)[0]


#: A piece that is to be enrolled: its run, kind, terms and references, and how many pages these stand for.
Piece = tuple[int, str, Terms, Sequence[Reference], int]


def enrol_all(
    db: Connection,
    pieces: Sequence[Piece],
    now: datetime,
    not_before: datetime | None = None,
    reason: str | None = None,
) -> list[int]:
    """Many pieces of work into the ledger, in one statement; in their order."""
    same = {
        "state": WorkState.PENDING,
        "attempts": 0,
        "sent_at": now,
        "not_before": not_before,
        "last_error": reason,
        "setbacks": 0,
        "derived": False,
        "failed": [],
        **asdict(Counts()),
    }
    rows = [
        {"run_id": run_id, "kind": kind, "reference": work_json(terms, pages), "pages": count, **same}
        for run_id, kind, terms, pages, count in pieces
    ]
    return list(db.scalars(insert(_work).returning(_work.c.id, sort_by_parameter_order=True), rows)) if rows else []


def claim(db: Connection, work_id: int, holder: str, now: datetime, *, again: bool = False) -> Claim | Abandoned | None:
    """Take a piece of work.

    Returns the claim; or None where there is nothing to do (done, not yet due, or somebody else holds it); or, where
    the worker that held it died and it stands for several pages, what is to be split. ``again`` says that this message
    was sent again because its worker was lost, so that its own lease is void.
    """
    row = db.execute(select(_work).where(_work.c.id == work_id).with_for_update()).one_or_none()
    if row is None or row.state not in UNFINISHED or lies_ahead(row.not_before, now, LONGEST_WAIT):
        return None
    died = row.state == WorkState.RUNNING
    if died and lies_ahead(row.lease_until, now, LEASE) and not (again and _message(row.holder) == _message(holder)):
        return None
    if died and row.pages > 1:
        return Abandoned(row.id, row.kind, row.attempts, read_work(row.reference)[1], row.pages)
    return _take(db, row, holder, now, died=died)


def take(db: Connection, work: Abandoned, holder: str, now: datetime) -> Claim | None:
    """Take abandoned work that cannot be split, as if it were one page; None where somebody else was first."""
    row = _abandoned(db, work)
    return None if row is None else _take(db, row, holder, now, died=True)


def split(
    db: Connection, work: Abandoned, parts: Sequence[tuple[Sequence[Reference], int]], now: datetime
) -> list[int]:
    """Put parts, each with its number of pages, in the place of abandoned work; returns their ids.

    Empty where somebody else was first.
    """
    row = _abandoned(db, work)
    if row is None:
        return []
    db.execute(update(_work).where(_work.c.id == row.id).values(state=WorkState.SPLIT, lease_until=None))
    terms, _ = read_work(row.reference)
    return [enrol(db, row.run_id, row.kind, terms, pages, max(count, 1), now) for pages, count in parts]


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
    error = row.last_error if row.last_error and row.last_error.startswith(UNFORESEEN) else None
    return Claim(row.id, row.run_id, row.kind, terms, pages, row.pages, attempts, row.setbacks, holder, given_up, error)


def finish(db: Connection, held: Claim, counts: Counts, failed: Sequence[tuple[str, str]]) -> bool:
    """Mark work as done, in the transaction that stores its pages; False where somebody else took it over meanwhile."""
    named = [list(page) for page in failed]
    return _release(db, held, state=WorkState.DONE, lease_until=None, last_error=None, failed=named, **asdict(counts))


def let_go(db: Connection, held: Claim, now: datetime, reason: str) -> bool:
    """Let go of work that met what nobody foresaw: it is split and tried as if its worker had died now.

    ``reason`` begins with ``UNFORESEEN``.
    """
    return _release(db, held, lease_until=now, sent_at=now, last_error=reason)


def put_off(db: Connection, held: Claim, not_before: datetime, reason: str, pages: Sequence[Reference]) -> bool:
    """Return work whose turn has not come; no attempt is spent. ``pages``: what it stands for from now on."""
    return _return(db, held, held.attempts - 1, 0, not_before, reason, pages)


def put_back(db: Connection, held: Claim, not_before: datetime, reason: str) -> bool:
    """Return work that something else kept from being done (a full disk, a lock).

    No attempt is spent, unless it has been so ``MAX_SETBACKS`` times in a row: no wait is without an end.
    """
    attempts = held.attempts - (held.setbacks < MAX_SETBACKS)
    return _return(db, held, attempts, held.setbacks + 1, not_before, reason, held.pages)


def _return(
    db: Connection,
    held: Claim,
    attempts: int,
    setbacks: int,
    not_before: datetime,
    reason: str,
    pages: Sequence[Reference],
) -> bool:
    return _release(
        db,
        held,
        state=WorkState.PENDING,
        attempts=attempts,
        setbacks=setbacks,
        lease_until=None,
        not_before=not_before,
        last_error=reason,
        reference=work_json(held.terms, pages),
    )


def _release(db: Connection, held: Claim, **values: Any) -> bool:
    mine = and_(
        _work.c.id == held.id,
        _work.c.state == WorkState.RUNNING,
        _work.c.attempts == held.attempts,
        _work.c.holder == held.holder,
    )
    return db.execute(update(_work).where(mine).values(**values)).rowcount == 1


def void_leases(db: Connection, now: datetime, has_died: Callable[[str], bool]) -> int:
    """End the leases of processes that have died; what they held counts as not sent. Returns how many pieces there were."""
    held = and_(_work.c.state == WorkState.RUNNING, _work.c.lease_until > now)
    rows = db.execute(select(_work.c.id, _work.c.holder).where(held)).all()
    dead = [row.id for row in rows if has_died(_process(row.holder))]
    if dead:
        still = and_(_work.c.id.in_(dead), held)
        db.execute(update(_work).where(still).values(lease_until=now, sent_at=None))
    return len(dead)


def is_held(db: Connection, now: datetime) -> bool:
    """Whether a worker holds some piece of work."""
    held = and_(_work.c.state == WorkState.RUNNING, _work.c.lease_until > now)
    return db.scalar(select(_work.c.id).where(held).limit(1)) is not None


def holder_of(process: str, message: str) -> str:
    """Who holds work: the process, and the message that it acts on."""
    return f"{process}/{message}"


def _process(holder: str) -> str:
    return holder.rpartition("/")[0]


def _message(holder: str) -> str:
    return holder.rpartition("/")[2]
