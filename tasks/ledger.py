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
from sqlalchemy.sql import ColumnElement

from tasks.capture import Reference
from tasks.counts import Counts
from tasks.errors import Unreadable
from tasks.models import Page, Run, Source, Work, WorkState, table
from tasks.read import split_slice

#: Longer than the hard time limit of a task (120 s): who holds a lease that ran out is dead.
LEASE = timedelta(seconds=150)
#: Who derives for a run has it to himself for so long, and again with every step.
SETTLING = timedelta(seconds=30)
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


def start_run(db: Connection, target: str, source: str | None, now: datetime) -> int:
    """A new run; its ``started_at`` is the one ingest time of the whole command."""
    row = insert(_run).values(target=target, source=source, started_at=now, **asdict(Counts()))
    return int(db.scalars(row.returning(_run.c.id)).one())


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


def enrolled(db: Connection, run_id: int, now: datetime) -> None:
    """All work of a run stands in the ledger."""
    db.execute(update(_run).where(_run.c.id == run_id).values(enrolled_at=now))


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


def brought_news(db: Connection, source: str, now: datetime) -> None:
    """A source showed an item that nobody had seen before."""
    db.execute(update(_source).where(_source.c.name == source).values(last_new_at=now))


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


def totals(db: Connection, run_id: int) -> Counts:
    """The counts of a run: the sum over its finished work."""
    names = list(asdict(Counts()))
    row = db.execute(
        select(*(func.coalesce(func.sum(_work.c[n]), 0) for n in names)).where(_work.c.run_id == run_id)
    ).one()
    return Counts(*map(int, row))


def failures(db: Connection, run_id: int) -> list[tuple[str, str]]:
    """The pages of a run that are in quarantine, as (address, reason), known ones among them."""
    rows = db.execute(
        select(_work.c.failed).where(_work.c.run_id == run_id, _work.c.pages_failed > 0).order_by(_work.c.id)
    )
    return [(address, reason) for row in rows for address, reason in row.failed]


def waiting_pages(db: Connection, run_id: int) -> list[tuple[str, str]]:
    """The pages of a run that have not ended, as (address, until when they wait)."""
    query = select(_work.c.reference, _work.c.not_before).where(_work.c.run_id == run_id, _work.c.state.in_(UNFINISHED))
    return [
        (str(page.get("fetch") or page.get("address") or page.get("file") or page.get("slice")), _until(row.not_before))
        for row in db.execute(query.order_by(_work.c.id))
        for page in row.reference["pages"]
    ]


def _until(not_before: datetime | None) -> str:
    return "not done yet" if not_before is None else f"must wait until {not_before:%Y-%m-%dT%H:%M:%SZ}"


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


def ended_runs(db: Connection, run_id: int | None) -> list[int]:
    """Runs (or this one) that are not finished though all their work has ended, the oldest first.

    Without ``run_id`` also those with work to be derived whose enrolment never ended: their command died, or still
    waits for what comes in.
    """
    underived = select(_work.c.run_id).where(_work.c.state == WorkState.DONE, ~_work.c.derived)
    ready = and_(_run.c.finished_at.is_(None), _run.c.enrolled_at.is_not(None))
    which = or_(ready, _run.c.id.in_(underived)) if run_id is None else and_(ready, _run.c.id == run_id)
    return list(db.scalars(select(_run.c.id).where(which, ~_open_work()).order_by(_run.c.id)))


def _open_work() -> ColumnElement[bool]:
    return select(_work.c.run_id).where(_work.c.run_id == _run.c.id, _work.c.state.in_(UNFINISHED)).exists()


def take_underived(db: Connection, run_id: int, most: int, now: datetime) -> list[int] | None:
    """Some pieces of a run that nothing was derived for yet, for one process at a time; None where another is at it."""
    free = or_(_run.c.settling_until.is_(None), _run.c.settling_until <= now)
    mine = update(_run).where(_run.c.id == run_id, free).values(settling_until=now + SETTLING)
    if db.execute(mine).rowcount == 0:
        return None
    done = and_(_work.c.run_id == run_id, _work.c.state == WorkState.DONE, ~_work.c.derived)
    return list(db.scalars(select(_work.c.id).where(done).order_by(_work.c.id).limit(most)))


def derived(db: Connection, run_id: int, pieces: Sequence[int]) -> None:
    """All that hangs on these pieces of a run has been derived; the next ones may be taken."""
    db.execute(update(_work).where(_work.c.id.in_(pieces)).values(derived=True))
    db.execute(update(_run).where(_run.c.id == run_id).values(settling_until=None))


def finish_run(db: Connection, run_id: int, now: datetime) -> None:
    """Finish a run whose work has all ended and is derived; may be called any time, by anybody, twice."""
    db.execute(update(_run).where(_run.c.id == run_id).values(settling_until=None))
    counts = totals(db, run_id)
    ready = and_(_run.c.finished_at.is_(None), _run.c.enrolled_at.is_not(None), ~_open_work())
    db.execute(
        update(_run)
        .where(_run.c.id == run_id, ready)
        .values(finished_at=now, outcome=run_outcome(db, run_id, counts), **asdict(counts))
    )


@dataclass(frozen=True, slots=True)
class Flip:
    """A page that was read again and ended otherwise than before: with another problem, or with one, or with none."""

    work_id: int
    address: str
    before: str | None
    after: str | None


def recount(db: Connection, pages: Iterable[int], flips: Iterable[Flip]) -> None:
    """Bring the counts of finished work and runs up to pages that were counted anew, and to those that ended anew."""
    for flip in flips:
        _end_anew(db, flip)
    owned = select(_page.c.work_id).where(_page.c.id.in_(list(pages)))
    sums = {f"items_{name}": func.coalesce(func.sum(_page.c[name]), 0) for name in ("new", "seen", "rejected")}
    labels = [each.label(name) for name, each in sums.items()]
    query = select(_page.c.work_id, *labels).where(_page.c.work_id.in_(owned)).group_by(_page.c.work_id)
    for row in db.execute(query).all():
        db.execute(update(_work).where(_work.c.id == row.work_id).values({name: row._mapping[name] for name in sums}))
    for run_id in db.scalars(select(_work.c.run_id).where(_work.c.id.in_(owned)).distinct()).all():
        _recount_run(db, run_id)


def _end_anew(db: Connection, flip: Flip) -> None:
    row = db.execute(select(_work).where(_work.c.id == flip.work_id).with_for_update()).one()
    failed = list(row.failed)
    if flip.before is not None and [flip.address, flip.before] in failed:
        failed.remove([flip.address, flip.before])
    if flip.after is not None:
        failed.append([flip.address, flip.after])
    more = (flip.after is not None) - (flip.before is not None)
    counts = {"pages_done": row.pages_done - more, "pages_failed": row.pages_failed + more}
    db.execute(update(_work).where(_work.c.id == flip.work_id).values(failed=failed, **counts))


def _recount_run(db: Connection, run_id: int) -> None:
    """The counts of a finished run; its outcome too, where that was said by them."""
    run = db.execute(select(_run).where(_run.c.id == run_id)).one()
    if run.finished_at is None:
        return
    before, after = Counts(**{name: run._mapping[name] for name in asdict(Counts())}), totals(db, run_id)
    said = outcome(after) if run.outcome == outcome(before) else run.outcome
    db.execute(update(_run).where(_run.c.id == run_id).values(outcome=said, **asdict(after)))


def finished(db: Connection, run_id: int) -> bool:
    """True once a run is finished: all of it is stored, and all that hangs on it."""
    return db.scalar(select(_run.c.finished_at).where(_run.c.id == run_id)) is not None


def run_outcome(db: Connection, run_id: int, counts: Counts) -> str:
    """A run in plain words: what its pages have in common (``not modified``, ``HTTP 503``), else the sum of them."""
    query = select(_page.c.outcome).where(_page.c.run_id == run_id).distinct().limit(2)
    said = list(db.scalars(query))
    if len(said) == 1 and not counts.pages_known and (counts.pages_new == 1 or " new, " not in said[0]):
        return str(said[0])
    return outcome(counts)


def outcome(counts: Counts) -> str:
    """Counts in plain words: ``14 new, 0 seen``, ``2 pages known``, with what failed."""
    said = []
    if counts.pages_new - counts.pages_failed > 0 or counts.items_new or counts.items_seen:
        said.append(f"{counts.items_new} new, {counts.items_seen} seen")
    if counts.items_rejected:
        said.append(f"{counts.items_rejected} rejected")
    if counts.pages_known:
        said.append(f"{counts.pages_known} {'page' if counts.pages_known == 1 else 'pages'} known")
    if counts.pages_failed:
        said.append(f"{counts.pages_failed} {'page' if counts.pages_failed == 1 else 'pages'} failed")
    return ", ".join(said) or "no pages"


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
