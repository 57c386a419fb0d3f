"""Claims of addresses, many pieces of work at once, and their end: the ledger for a round of fetching.

What was in work before, or that something kept from being done, is none of this: ``ledger.claim`` takes it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, update

from meeruit.tasks.counts import Counts
from meeruit.tasks.errors import LedgerError
from meeruit.tasks.references import read_work
from meeruit.tasks.store.rows import has_come
from meeruit.tasks.store.tables import Run, RunKind, Work, WorkKind, WorkState, table
from meeruit.tasks.work.ledger import LEASE, LONGEST_WAIT, WAITING_FETCHES, Claim

_run, _work = table(Run), table(Work)


def claim_fetches(
    db: Connection, holder: str, now: datetime, polls: int, others: int
) -> tuple[list[Claim], list[Claim]]:
    """Take addresses that are due, in many pieces at once: so many that are polled, and so many others at most.

    A piece whose worker died, or that something kept from being done, is none of these: it is claimed alone, so that
    what is at fault with it falls on no other.
    """
    found: tuple[list[Claim], list[Claim]] = [], []
    for which, most, claims in (
        (_run.c.kind == RunKind.POLL, polls, found[0]),
        (_run.c.kind != RunKind.POLL, others, found[1]),
    ):
        query = select(_work).join(_run).where(WAITING_FETCHES, _due_fetches(now), which).order_by(_work.c.id)
        for row in db.execute(query.limit(max(most, 0)).with_for_update(of=_work, skip_locked=True)).all():
            try:
                claims.append(_claimed(row, holder))
            except LedgerError as exc:  # of another version: alone, it stops nobody else
                mine = update(_work).where(_work.c.id == row.id)
                db.execute(mine.values(setbacks=row.setbacks + 1, last_error=str(exc)))
    ids = [held.id for claims in found for held in claims]
    values = {"state": WorkState.RUNNING, "holder": holder, "lease_until": now + LEASE, "not_before": None}
    db.execute(update(_work).where(_work.c.id.in_(ids)).values(attempts=_work.c.attempts + 1, **values))
    return found


def _claimed(row: Any, holder: str) -> Claim:
    """The claim of a row that nobody claimed before."""
    terms, pages = read_work(row.reference)
    return Claim(row.id, row.run_id, row.kind, terms, pages, row.pages, row.attempts + 1, row.setbacks, holder)


def next_fetch(db: Connection, now: datetime) -> int | None:
    """A piece that ``claim_fetches`` would take; None where there is none."""
    found = db.scalar(select(_work.c.id).where(WAITING_FETCHES, _due_fetches(now)).limit(1))
    return None if found is None else int(found)


def many_fetches(db: Connection, now: datetime, number: int) -> bool:
    """Whether there are more pieces than so many that ``claim_fetches`` would take."""
    query = select(_work.c.id).where(WAITING_FETCHES, _due_fetches(now)).limit(number + 1)
    return len(db.scalars(query).all()) > number


def is_fetched(db: Connection, work_id: int) -> bool:
    """Whether a piece of work is addresses to fetch."""
    return db.scalar(select(_work.c.kind).where(_work.c.id == work_id)) == WorkKind.FETCH


def is_claimed_alone(db: Connection, work_id: int) -> bool:
    """Whether a piece of addresses was in work, or something kept it from being done: ``claim`` is for it, if anything is."""
    row = db.execute(select(_work.c.state, _work.c.setbacks).where(_work.c.id == work_id)).one()
    return bool(row.state == WorkState.RUNNING or (row.state == WorkState.PENDING and row.setbacks > 0))


def _due_fetches(now: datetime) -> ColumnElement[bool]:
    return and_(has_come(_work.c.not_before, now, LONGEST_WAIT), _work.c.setbacks == 0)


def still_held(db: Connection, claims: Sequence[Claim]) -> set[int]:
    """The pieces, by id, that nobody took over meanwhile; nobody does until the end of this transaction."""
    ours = {held.id: (WorkState.RUNNING, held.attempts, held.holder) for held in claims}
    columns = (_work.c.id, _work.c.state, _work.c.attempts, _work.c.holder)
    rows = db.execute(select(*columns).where(_work.c.id.in_(ours)).order_by(_work.c.id).with_for_update())
    return {row.id for row in rows if ours[row.id] == (row.state, row.attempts, row.holder)}


def finish_all(db: Connection, done: Sequence[tuple[Claim, Counts, Sequence[tuple[str, str]]]]) -> None:
    """Mark pieces that are ``still_held`` as done."""
    names = ("failed", *asdict(Counts()))
    values: dict[str, Any] = {name: bindparam(f"its_{name}") for name in names}
    rows = [
        {"work": held.id, "its_failed": [list(page) for page in failed]}
        | {f"its_{name}": value for name, value in asdict(counts).items()}
        for held, counts, failed in done
    ]
    if rows:
        ended = {"state": WorkState.DONE, "lease_until": None, "last_error": None}
        db.execute(update(_work).where(_work.c.id == bindparam("work")).values(**values, **ended), rows)
