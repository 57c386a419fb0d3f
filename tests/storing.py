"""Captures into the tables without Celery: as workers do it, claim by claim, on any number of connections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, Engine, text

from meeruit.tasks.captures import Raw
from meeruit.tasks.counts import Counts
from meeruit.tasks.records import Rounding
from meeruit.tasks.references import Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.derive_runs import derive_ended_runs, derive_together
from meeruit.tasks.store.merge import Part, merge, merge_parts
from meeruit.tasks.store.tables import metadata
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.capturing import capture
from tests.newswire.captures import Capture


def clear(engine: Engine) -> None:
    """Empty every table."""
    with engine.begin() as db:
        db.execute(text("UPDATE item SET revision_of = NULL"))
        for each in reversed(metadata.sorted_tables):
            db.execute(each.delete())


def store(
    engine: Engine,
    ingests: Sequence[Sequence[list[Capture]]],
    connections: int = 1,
    profile: str | None = None,
    rounding: Rounding | None = None,
) -> Counts:
    """Store some runs, each of some batches, and derive whenever the work of a run has ended.

    Batches are taken up in turn from all runs, so that runs overlap. Returns the counts of all.
    """
    at = now()
    work = [(run, piece, batch) for run, batches in enumerate(ingests) for piece, batch in enumerate(batches)]
    terms = Terms(at, "ingest", profile=profile, rounding=rounding)
    with engine.begin() as db:
        ids = [runs.start_run(db, "test", None, at) for _ in ingests]
        pieces = [
            (ids[run], ledger.enrol(db, ids[run], "bodies", Terms(at, "ingest"), [], len(batch), at), batch)
            for run, _, batch in sorted(work, key=lambda each: each[1])
        ]
        for run in ids:
            runs.set_enrolled(db, run, at)
    with ThreadPoolExecutor(connections) as pool:
        side_by_side = pool.map if connections > 1 else map
        counts = list(side_by_side(lambda piece: _store(engine, piece[0], piece[1], piece[2], terms), pieces))
    derive_ended_runs(engine)
    return _sum(counts)


def _store(engine: Engine, run_id: int, work_id: int, batch: list[Capture], terms: Terms) -> Counts:
    """One batch, as ``work.process`` does a piece of work."""
    captures = [capture(_raw(each), terms) for each in batch]
    bodies = {c.body: (len(c.raw.body), "", compress(c.raw.body)) for c in captures if c.body and c.raw.body}
    holder = f"test {work_id}"
    held = transaction(engine, lambda db: ledger.claim(db, work_id, holder, now()))
    assert isinstance(held, ledger.Claim)

    def work(db: Connection) -> Counts:
        store_bodies(db, bodies)
        belongs = {"source": batch[0].source, "profile": terms.profile, "rounding": terms.rounding}
        counts, failed = merge(db, captures, run_id=run_id, work_id=work_id, **belongs)
        assert ledger.finish(db, held, counts, failed)
        return counts

    counts = transaction(engine, work)
    derive_ended_runs(engine, run_id)
    return counts


def store_together(engine: Engine, batches: Sequence[list[Capture]]) -> Counts:
    """Store some batches, each a run of its own, in one transaction, and derive for all of the runs at once."""
    at, terms = now(), Terms(now(), "ingest")
    with engine.begin() as db:
        ids = [runs.start_run(db, "test", None, at) for _ in batches]
        work = [ledger.enrol(db, run, "bodies", terms, [], len(b), at) for run, b in zip(ids, batches, strict=True)]
        for run in ids:
            runs.set_enrolled(db, run, at)
    claims = [transaction(engine, lambda db, each=each: ledger.claim(db, each, "test", now())) for each in work]  # type: ignore[misc]
    captures = [[capture(_raw(each), terms) for each in batch] for batch in batches]
    every = [c for some in captures for c in some]
    bodies = {c.body: (len(c.raw.body), "", compress(c.raw.body)) for c in every if c.body and c.raw.body}

    def merge_all(db: Connection) -> Counts:
        store_bodies(db, bodies)
        parts = [
            Part(some, run, each, batch[0].source, None)
            for some, run, each, batch in zip(captures, ids, work, batches, strict=True)
        ]
        merge_parts(db, parts)
        for held, part in zip(claims, parts, strict=True):
            assert isinstance(held, ledger.Claim)
            assert ledger.finish(db, held, part.counts, part.failed)
        return _sum(part.counts for part in parts)

    counts = transaction(engine, merge_all)
    derive_together(engine, ids)
    with engine.connect() as db:
        assert runs.all_finished(db, ids)
    return counts


def _raw(each: Capture) -> Raw:
    media_type = "text/html; charset=utf-8" if each.is_html else "text/plain; charset=utf-8"
    observed_from = "record" if each.observed_at else None
    url = each.url if "://" in each.url else None  # else it is a file of which nobody knows the address
    return Raw(each.url, None, each.body.encode(), url, media_type, each.observed_at, observed_from)


def _sum(counts: Iterable[Counts]) -> Counts:
    total = Counts()
    for each in counts:
        for name in Counts.__slots__:
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return total
