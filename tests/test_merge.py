"""The merge and what is derived after it: whatever the order, repeats, batches, runs and connections, the same rows.

Compared with the oracle of the made-up newswire.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from meeruit.tasks.counts import Counts
from meeruit.tasks.references import Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Item, table
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.worker.database import reading
from tests.newswire.ages import Age
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.oracle import tables
from tests.newswire.strategies import BASE, arrivals, capture_sets
from tests.storing import clear, store, store_together
from tests.tables import check
from tests.test_rounding import shot

_item = table(Item)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_rows_are_the_same_whatever_the_order_the_repeats_and_the_batches(
    engine: Engine, data: st.DataObject
) -> None:
    captures = data.draw(capture_sets())
    batches = data.draw(arrivals(captures))
    first = data.draw(st.integers(0, len(batches)))
    connections = data.draw(st.sampled_from([1, 4]))
    clear(engine)
    counts = store(engine, [run for run in (batches[:first], batches[first:]) if run], connections)
    truth = check(engine, captures)
    assert counts.items_new == len(truth.items)
    assert counts.items_seen == len(truth.sightings) - len(truth.items)
    assert counts.items_rejected == sum(truth.report.rejected.values())
    assert counts.pages_new == len(truth.pages)
    assert counts.pages_known == sum(map(len, batches)) - len(truth.pages)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_pieces_that_are_stored_together_are_stored_as_each_alone(engine: Engine, data: st.DataObject) -> None:
    captures = data.draw(capture_sets())
    batches = data.draw(arrivals(captures))
    most = data.draw(st.integers(2, 8))
    clear(engine)
    groups = [batches[first : first + most] for first in range(0, len(batches), most)]
    counts = [store_together(engine, group) for group in groups]
    truth = check(engine, captures)
    assert sum(each.items_new for each in counts) == len(truth.items)
    assert sum(each.items_seen for each in counts) == len(truth.sightings) - len(truth.items)
    assert sum(each.pages_new for each in counts) == len(truth.pages)
    assert sum(each.pages_known for each in counts) == sum(map(len, batches)) - len(truth.pages)


@settings(max_examples=60, deadline=None)
@given(captures=capture_sets())
def test_the_oracle_itself_does_not_care_for_order(captures: list[Capture]) -> None:
    assert tables(captures).items == tables(reversed(captures)).items


def test_four_writers_on_the_same_items_neither_fail_nor_lose_one(engine: Engine) -> None:
    """Sorted upserts wait for each other; unsorted ones would deadlock at four writers, and not at two."""
    camera = Camera(Plan(240, seed=5, days=0.2, articles=0.3))
    captures = [camera.capture(number) for number in camera.numbers()]
    store(engine, [[captures[start::16]] for start in range(16)], 4)
    check(engine, captures)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_one_body_that_was_read_in_two_ways_gives_one_window_whatever_the_order(
    engine: Engine, order: tuple[int, ...]
) -> None:
    """As an English page it shows nothing, so that the capture which shows the item is the first that does."""
    wide = shot(0, ("brand", Age(5, "hour")))
    page = shot(1, ("brand", Age(370, "minute")), url="https://krant.example/2")
    later = BASE + timedelta(hours=1, minutes=3)
    again = replace(page, observed_at=later)
    read = [(wide, None), (page, "en"), (again, None)]
    for capture, profile in (read[at] for at in order):
        store(engine, [[[capture]]], profile=profile)
    with reading(engine) as db:
        row = db.execute(select(_item.c.published_after, _item.c.published_before)).one()
    said = later - timedelta(minutes=371), later - timedelta(minutes=370)
    assert (row.published_after, row.published_before) == said


def test_work_that_was_taken_over_stores_nothing(engine: Engine) -> None:
    at = now()
    with engine.begin() as db:
        run_id = runs.start_run(db, "test", None, at)
        work_id = ledger.enrol(db, run_id, "files", Terms(at, "ingest"), [], 1, at)
        held = ledger.claim(db, work_id, ledger.holder_of("first", "1"), now())
        ledger.void_leases(db, now(), lambda process: process == "first")
        again = ledger.claim(db, work_id, ledger.holder_of("second", "2"), now())
        assert isinstance(held, ledger.Claim)
        assert isinstance(again, ledger.Claim)
        assert not ledger.finish(db, held, Counts(), [])
        assert ledger.finish(db, again, Counts(), [])
        assert ledger.claim(db, work_id, "third", now()) is None
