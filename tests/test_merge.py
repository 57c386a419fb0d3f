"""The merge: any order, repeats, batches and number of connections leave the same rows (design, section 3)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from tasks import ledger
from tasks.capture import Raw
from tasks.clock import now
from tasks.models import metadata
from tasks.process import capture
from tasks.store import Counts, compress, merge, store_bodies
from tasks.transaction import transaction
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.oracle import tables
from tests.newswire.strategies import arrivals, capture_sets
from tests.tables import check


def clear(engine: Engine) -> int:
    """Empty every table; returns a run to belong to."""
    with engine.begin() as db:
        db.execute(text("UPDATE item SET revision_of = NULL"))
        for each in reversed(metadata.sorted_tables):
            db.execute(each.delete())
        return ledger.start_run(db, "test", None, now())


def store(engine: Engine, run_id: int, batch: list[Capture]) -> Counts:
    """Extract and merge one batch, as a piece of work does."""
    defaults = {"observed_at": now().isoformat(), "observed_from": "ingest"}
    captures = [capture(_raw(each), defaults) for each in batch]
    bodies = {c.body: (len(c.raw.body), "", compress(c.raw.body)) for c in captures if c.body and c.raw.body}
    with engine.begin() as db:
        work_id = ledger.enrol(db, run_id, "bodies", {"pages": []}, len(batch), now())

    def work(db: Connection) -> Counts:
        store_bodies(db, bodies)
        return merge(db, captures, run_id=run_id, work_id=work_id, source=None, profile=None)[0]

    return transaction(engine, work)


def _raw(each: Capture) -> Raw:
    media_type = "text/html; charset=utf-8" if each.is_html else "text/plain; charset=utf-8"
    observed_from = "record" if each.observed_at else None
    return Raw(each.url, {}, each.body.encode(), each.url, media_type, each.observed_at, observed_from)


@pytest.mark.parametrize("connections", [1, 4])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_rows_are_the_same_whatever_the_order_the_repeats_and_the_batches(
    engine: Engine, connections: int, data: st.DataObject
) -> None:
    captures = data.draw(capture_sets())
    batches = data.draw(arrivals(captures))
    run_id = clear(engine)
    with ThreadPoolExecutor(connections) as pool:
        counts = list(pool.map(lambda batch: store(engine, run_id, batch), batches))
    truth = check(engine, captures, leave_out=["revision_of"])
    assert sum(c.items_new for c in counts) == len(truth.items)
    assert sum(c.items_seen for c in counts) == len(truth.sightings) - len(truth.items)
    assert sum(c.items_rejected for c in counts) == sum(truth.report.rejected.values())
    assert sum(c.pages_new for c in counts) == len(truth.pages)
    assert sum(c.pages_known for c in counts) == sum(map(len, batches)) - len(truth.pages)


@settings(max_examples=60, deadline=None)
@given(captures=capture_sets())
def test_the_oracle_itself_does_not_care_for_order(captures: list[Capture]) -> None:
    assert tables(captures).items == tables(reversed(captures)).items


def test_four_writers_on_the_same_items_neither_fail_nor_lose_one(engine: Engine) -> None:
    """Sorted upserts wait for each other; unsorted ones would deadlock at four writers, and not at two."""
    camera = Camera(Plan(240, seed=5, days=0.2))
    captures = [camera.capture(number) for number in camera.numbers()]
    run_id = clear(engine)
    batches = [captures[start::16] for start in range(16)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda batch: store(engine, run_id, batch), batches))
    check(engine, captures, leave_out=["revision_of", "headline", "url"])


def test_work_that_was_taken_over_stores_nothing(engine: Engine) -> None:
    run_id = clear(engine)
    with engine.begin() as db:
        work_id = ledger.enrol(db, run_id, "files", {"pages": []}, 1, now())
        held = ledger.claim(db, work_id, "first", now())
        ledger.void_leases(db, now())
        again = ledger.claim(db, work_id, "second", now())
        assert isinstance(held, ledger.Claim)
        assert isinstance(again, ledger.Claim)
        assert not ledger.finish(db, held, "first", Counts(), [])
        assert ledger.finish(db, again, "second", Counts(), [])
        assert ledger.claim(db, work_id, "third", now()) is None
