"""Runs: one ingest, or one poll of a source, from its first row to its counts and its outcome in plain words.

    started ──→ enrolled ──→ its work ended (``work.ledger``) ──→ derived, step by step ──→ finished

Counts are always the sum over the run's work. Every function takes the time as an argument and a connection inside a
transaction; none of them commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, or_, select, update

from meeruit.tasks.counts import Counts
from meeruit.tasks.references import read_work
from meeruit.tasks.store.rows import has_come, in_chunks
from meeruit.tasks.store.tables import UNFINISHED, Page, PageState, Run, RunKind, Source, Work, WorkState, table
from meeruit.tasks.times import iso

_page, _run, _source, _work = table(Page), table(Run), table(Source), table(Work)
#: One process derives for a run alone for so long; each step begins this time anew.
SETTLING = timedelta(seconds=30)


def is_run(db: Connection, run_id: int) -> bool:
    """Whether there is a run with this number."""
    return db.scalar(select(_run.c.id).where(_run.c.id == run_id)) is not None


def starts(db: Connection, run_ids: Collection[int]) -> dict[int, datetime]:
    """When each of these runs started, by number."""
    query = select(_run.c.id, _run.c.started_at)
    return {row.id: row.started_at for row in in_chunks(db, query, _run.c.id, run_ids)}


def start_run(
    db: Connection,
    target: str,
    source: str | None,
    now: datetime,
    kind: RunKind = RunKind.INGEST,
    *,
    holder: str | None = None,
    follows: int | None = None,
) -> int:
    """A new run; its ``started_at`` is the one ingest time of the whole command.

    ``holder``: the process that enrols it; ``follows``: the poll that led to it.
    """
    named = {"target": target, "source": source, "kind": kind, "holder": holder, "follows": follows}
    row = insert(_run).values(started_at=now, **named, **asdict(Counts()))
    return int(db.scalars(row.returning(_run.c.id)).one())


def start_polls(db: Connection, polls: Sequence[tuple[str, str]], now: datetime, holder: str) -> list[int]:
    """New runs of sources, given as (target, source), whose work is enrolled in the same transaction."""
    same = {"kind": RunKind.POLL, "holder": holder, "started_at": now, "enrolled_at": now, **asdict(Counts())}
    rows = [{"target": target, "source": source, **same} for target, source in polls]
    return list(db.scalars(insert(_run).returning(_run.c.id, sort_by_parameter_order=True), rows)) if rows else []


def set_enrolled(db: Connection, run_id: int, now: datetime) -> None:
    """Record that all work of a run stands in the ledger."""
    db.execute(update(_run).where(_run.c.id == run_id).values(enrolled_at=now))


def close_abandoned(db: Connection, now: datetime, has_died: Callable[[str], bool]) -> int:
    """Record that no more work comes for runs whose process died while it enrolled them. Returns how many there were."""
    open_ = and_(_run.c.enrolled_at.is_(None), _run.c.finished_at.is_(None), _run.c.holder.is_not(None))
    dead = [row.id for row in db.execute(select(_run.c.id, _run.c.holder).where(open_)) if has_died(row.holder)]
    if dead:
        db.execute(update(_run).where(_run.c.id.in_(dead), _run.c.enrolled_at.is_(None)).values(enrolled_at=now))
    return len(dead)


def family(db: Connection, run_id: int) -> list[int]:
    """A run, and the runs of the links that it found."""
    return list(db.scalars(select(_run.c.id).where(or_(_run.c.id == run_id, _run.c.follows == run_id))))


def set_last_new(db: Connection, source: str, now: datetime) -> None:
    """Record that a source showed a new item."""
    db.execute(update(_source).where(_source.c.name == source).values(last_new_at=now))


def find_last_new(db: Connection, source: str) -> None:
    """Say of a source, of which pages were forgotten, that it showed a new item last when the pages left say so."""
    last = db.scalar(select(func.max(_page.c.observed_at)).where(_page.c.source == source, _page.c.new > 0))
    known = _source.c.last_new_at
    later = known > last if last else known.is_not(None)
    db.execute(update(_source).where(_source.c.name == source, later).values(last_new_at=last))


def totals(db: Connection, run_ids: Collection[int]) -> Counts:
    """The counts of runs: the sum over their finished work."""
    names = list(asdict(Counts()))
    sums = (func.coalesce(func.sum(_work.c[name]), 0) for name in names)
    row = db.execute(select(*sums).where(_work.c.run_id.in_(run_ids))).one()
    return Counts(*map(int, row))


def failures(db: Connection, run_ids: Collection[int]) -> list[tuple[str, str]]:
    """The pages of runs that are in quarantine, as (address, reason), known ones among them."""
    which = and_(_work.c.run_id.in_(run_ids), _work.c.pages_failed > 0)
    rows = db.execute(select(_work.c.failed).where(which).order_by(_work.c.id))
    return [(address, reason) for row in rows for address, reason in row.failed]


def waiting_pages(db: Connection, run_ids: Collection[int]) -> list[tuple[str, str]]:
    """The pages of these runs that are not done, as (address, until when they wait, and why)."""
    query = select(_work.c.reference, _work.c.not_before, _work.c.last_error)
    which = and_(_work.c.run_id.in_(run_ids), _work.c.state.in_(UNFINISHED))
    return [
        (page.address, _until(row.not_before, row.last_error))
        for row in db.execute(query.where(which).order_by(_work.c.id))
        for page in read_work(row.reference)[1]
    ]


def _until(not_before: datetime | None, reason: str | None) -> str:
    said = "not done yet" if not_before is None else f"must wait until {iso(not_before)}"
    return f"{said}: {reason}" if reason else said


def ended_runs(db: Connection, run_id: int | None) -> list[int]:
    """Runs that are not finished though all their work has ended, the oldest first; or only ``run_id``, if it is one.

    Without ``run_id``, runs with underived work whose enrolment has not ended are included: their command died, or
    still waits for input.
    """
    ready = select(_run.c.id).where(_run.c.finished_at.is_(None), _run.c.enrolled_at.is_not(None))
    underived = select(_work.c.run_id).where(_work.c.state == WorkState.DONE, ~_work.c.derived)
    which = ready.union(underived) if run_id is None else ready.where(_run.c.id == run_id)
    return list(db.scalars(select(_run.c.id).where(_run.c.id.in_(which), ~_open_work()).order_by(_run.c.id)))


def _open_work() -> ColumnElement[bool]:
    return select(_work.c.run_id).where(_work.c.run_id == _run.c.id, _work.c.state.in_(UNFINISHED)).exists()


def take_underived(db: Connection, run_id: int, most: int, now: datetime) -> list[int] | None:
    """Take some pieces of a run that are done and not derived; None while another process derives for the run."""
    free = has_come(_run.c.settling_until, now, SETTLING)
    mine = update(_run).where(_run.c.id == run_id, free).values(settling_until=now + SETTLING)
    if db.execute(mine).rowcount == 0:
        return None
    done = and_(_work.c.run_id == run_id, _work.c.state == WorkState.DONE, ~_work.c.derived)
    return list(db.scalars(select(_work.c.id).where(done).order_by(_work.c.id).limit(most)))


def set_derived(db: Connection, run_id: int, pieces: Sequence[int]) -> None:
    """Mark these pieces of a run as derived; the next ones may be taken."""
    db.execute(update(_work).where(_work.c.id.in_(pieces)).values(derived=True))
    db.execute(update(_run).where(_run.c.id == run_id).values(settling_until=None))


def finish_run(db: Connection, run_id: int, now: datetime) -> None:
    """Finish a run if all its work has ended and is derived. Idempotent; any process may call it at any time."""
    db.execute(update(_run).where(_run.c.id == run_id).values(settling_until=None))
    counts = totals(db, [run_id])
    ready = and_(_run.c.finished_at.is_(None), _run.c.enrolled_at.is_not(None), ~_open_work())
    db.execute(
        update(_run)
        .where(_run.c.id == run_id, ready)
        .values(finished_at=now, outcome=run_outcome(db, run_id, counts), **asdict(counts))
    )


def take_ended(db: Connection, run_ids: Collection[int], most: int, now: datetime) -> dict[int, list[int]]:
    """Take those of these runs whose work has ended, each with its pieces that are not derived, for one process to derive.

    Runs with more than ``most`` such pieces are left out, and those that another process derives for.
    """
    free = has_come(_run.c.settling_until, now, SETTLING)
    open_ = and_(_run.c.finished_at.is_(None), _run.c.enrolled_at.is_not(None))
    query = select(_run.c.id).where(_run.c.id.in_(run_ids), open_, free, ~_open_work()).order_by(_run.c.id)
    taken: dict[int, list[int]] = {run_id: [] for run_id in db.scalars(query.with_for_update(skip_locked=True))}
    done = and_(_work.c.run_id.in_(taken), _work.c.state == WorkState.DONE, ~_work.c.derived)
    for row in db.execute(select(_work.c.id, _work.c.run_id).where(done).order_by(_work.c.id)):
        taken[row.run_id].append(row.id)
    small = {run_id: pieces for run_id, pieces in taken.items() if len(pieces) <= most}
    db.execute(update(_run).where(_run.c.id.in_(small)).values(settling_until=now + SETTLING))
    return small


def finish_derived(db: Connection, taken: Mapping[int, Sequence[int]], now: datetime) -> None:
    """Mark the pieces of these runs as derived, and finish the runs, in a few statements for all of them."""
    if not taken:
        return
    pieces = [piece for its in taken.values() for piece in its]
    db.execute(update(_work).where(_work.c.id.in_(pieces)).values(derived=True))
    names = list(asdict(Counts()))
    sums = (func.coalesce(func.sum(_work.c[name]), 0) for name in names)
    query = select(_work.c.run_id, *sums).where(_work.c.run_id.in_(taken)).group_by(_work.c.run_id)
    counts = {run_id: Counts(*map(int, rest)) for run_id, *rest in db.execute(query)}
    said = _outcomes(db, counts)
    open_ = and_(_run.c.id.in_(counts), _run.c.finished_at.is_(None), ~_open_work())
    ready = list(db.scalars(select(_run.c.id).where(open_).order_by(_run.c.id).with_for_update()))
    values: dict[str, Any] = {name: bindparam(f"its_{name}") for name in ("finished_at", "outcome", *names)}
    rows = [
        {"run": run_id, "its_finished_at": now, "its_outcome": said[run_id]}
        | {f"its_{name}": value for name, value in asdict(counts[run_id]).items()}
        for run_id in ready
    ]
    db.execute(update(_run).where(_run.c.id.in_(taken)).values(settling_until=None))
    if rows:
        db.execute(update(_run).where(_run.c.id == bindparam("run")).values(values), rows)


def _outcomes(db: Connection, counts: Mapping[int, Counts]) -> dict[int, str]:
    """What ``run_outcome`` says of each of these runs."""
    first, last = func.min(_page.c.outcome), func.max(_page.c.outcome)
    query = select(_page.c.run_id, first, last).where(_page.c.run_id.in_(counts)).group_by(_page.c.run_id)
    shared = {run_id: one for run_id, one, other in db.execute(query) if one == other}
    return {run_id: _in_words(shared.get(run_id), its) for run_id, its in counts.items()}


@dataclass(frozen=True, slots=True)
class ChangedOutcome:
    """A page that ended differently when it was read again; ``before`` and ``after`` are its problem, or None."""

    work_id: int
    address: str
    before: str | None
    after: str | None


def recount(
    db: Connection, pages: Iterable[int], flips: Iterable[ChangedOutcome], told_anew: Collection[int] = ()
) -> None:
    """Update the counts of finished work and runs after their pages were recounted or ended differently.

    ``told_anew``: work whose run says anew what became of it, since pages were forgotten.
    """
    for flip in flips:
        _change_outcome(db, flip)
    owners = set(in_chunks(db, select(_page.c.work_id).distinct(), _page.c.id, pages))
    works = sorted({row.work_id for row in owners} | set(told_anew))
    sums = {f"items_{name}": func.coalesce(func.sum(_page.c[name]), 0) for name in ("new", "seen", "rejected")}
    query = select(_page.c.work_id, *(each.label(name) for name, each in sums.items())).group_by(_page.c.work_id)
    counts = {
        row.work_id: {name: int(row._mapping[name]) for name in sums}
        for row in in_chunks(db, query, _page.c.work_id, works)
    }
    for work_id in works:
        db.execute(update(_work).where(_work.c.id == work_id).values(counts.get(work_id) or dict.fromkeys(sums, 0)))
    its_run = select(_work.c.id, _work.c.run_id)
    owned = {row.id: row.run_id for row in in_chunks(db, its_run, _work.c.id, works)}
    anew = {owned[work_id] for work_id in told_anew}
    for run_id in sorted(set(owned.values())):
        _recount_run(db, run_id, anew=run_id in anew)


def forget_pages(db: Connection, pages: Iterable[Any]) -> None:
    """Take pages that are gone, given as rows of ``page``, off the counts of the work that stored them."""
    by_work: dict[int, list[Any]] = defaultdict(list)
    for page in pages:
        by_work[page.work_id].append(page)
    for work_id, gone in sorted(by_work.items()):
        row = db.execute(select(_work).where(_work.c.id == work_id).with_for_update()).one()
        failed = list(row.failed)
        in_quarantine = [[page.address, page.outcome] for page in gone if page.state == PageState.QUARANTINED]
        for page in in_quarantine:
            if page in failed:
                failed.remove(page)
        counts = {
            "pages_new": row.pages_new - len(gone),
            "pages_done": row.pages_done - len(gone) + len(in_quarantine),
            "pages_failed": row.pages_failed - len(in_quarantine),
        }
        db.execute(update(_work).where(_work.c.id == work_id).values(failed=failed, **counts))


def _change_outcome(db: Connection, flip: ChangedOutcome) -> None:
    row = db.execute(select(_work).where(_work.c.id == flip.work_id).with_for_update()).one()
    failed = list(row.failed)
    if flip.before is not None and [flip.address, flip.before] in failed:
        failed.remove([flip.address, flip.before])
    if flip.after is not None:
        failed.append([flip.address, flip.after])
    more = (flip.after is not None) - (flip.before is not None)
    counts = {"pages_done": row.pages_done - more, "pages_failed": row.pages_failed + more}
    db.execute(update(_work).where(_work.c.id == flip.work_id).values(failed=failed, **counts))


def _recount_run(db: Connection, run_id: int, *, anew: bool) -> None:
    """Recount a finished run; its outcome too, where it is made of the counts, or is to be said ``anew``."""
    run = db.execute(select(_run).where(_run.c.id == run_id)).one()
    if run.finished_at is None:
        return
    before, after = Counts(**{name: run._mapping[name] for name in asdict(Counts())}), totals(db, [run_id])
    said = outcome(after) if run.outcome == outcome(before) else run.outcome
    if anew:
        said = run_outcome(db, run_id, after)
    db.execute(update(_run).where(_run.c.id == run_id).values(outcome=said, **asdict(after)))


def open_runs(db: Connection) -> list[int]:
    """The runs that are not finished, the oldest first."""
    return list(db.scalars(select(_run.c.id).where(_run.c.finished_at.is_(None)).order_by(_run.c.id)))


def outcomes(db: Connection, run_ids: Collection[int]) -> list[tuple[int, str, str]]:
    """Those of these runs that are finished, as (number, target, outcome), the oldest first."""
    query = select(_run.c.id, _run.c.target, _run.c.outcome).where(_run.c.finished_at.is_not(None))
    return sorted((row.id, row.target, row.outcome) for row in in_chunks(db, query, _run.c.id, run_ids))


def all_finished(db: Connection, run_ids: Collection[int]) -> bool:
    """Whether all these runs are finished: everything is stored and derived."""
    unfinished = select(_run.c.id).where(_run.c.id.in_(run_ids), _run.c.finished_at.is_(None))
    return db.scalar(unfinished.limit(1)) is None


def run_outcome(db: Connection, run_id: int, counts: Counts) -> str:
    """A run in plain words: what its pages have in common (``not modified``, ``HTTP 503``), else the sum of them."""
    query = select(_page.c.outcome).where(_page.c.run_id == run_id).distinct().limit(2)
    said = list(db.scalars(query))
    return _in_words(said[0] if len(said) == 1 else None, counts)


def _in_words(shared: str | None, counts: Counts) -> str:
    """The outcome of a run; ``shared``: that of all its pages, where they have one in common."""
    if shared is not None and not counts.pages_known and (counts.pages_new == 1 or " seen" not in shared):
        return str(shared)
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
