"""Sightings and runs that were given up: items, gaps and counts stay, and stay right whatever comes later."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select, update

from meeruit.tasks.report import explanations
from meeruit.tasks.report.damage import damages
from meeruit.tasks.report.tightening import seen
from meeruit.tasks.store import prune_runs, prune_sightings, readings, runs
from meeruit.tasks.store.tables import Item, Page, Run, Sighting, Work, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import replay as replaying
from meeruit.tasks.work.replay import Report, changed_items, replay
from meeruit.worker.database import reading
from tests.conftest import Inside
from tests.newswire.ages import Age
from tests.newswire.camera import LISTINGS, Camera, Plan
from tests.newswire.oracle import tables
from tests.newswire.strategies import arrivals, capture_sets
from tests.storing import clear, store
from tests.tables import stored_gaps, stored_items, true_gaps, true_items
from tests.test_replay import contents
from tests.test_rounding import shot

_item, _page, _run, _sighting, _work = table(Item), table(Page), table(Run), table(Sighting), table(Work)
EVER = datetime(2100, 1, 1, tzinfo=UTC)


def pruned(engine: Engine, before: datetime = EVER) -> int:
    """Give up the sightings that decide nothing; returns how many there were."""
    number = last = 0
    while some := read_only(engine, lambda db: prune_sightings.old_items(db, before, last)):  # noqa: B023
        number += transaction(engine, lambda db: prune_sightings.drop_sightings(db, some, before))
        last = some[-1]
    return number


def sound(engine: Engine) -> None:
    with reading(engine) as db:
        assert list(damages(db, now(), every=True)) == []


def shown(engine: Engine) -> dict[str, Any]:
    """Everything but the sightings themselves, and what pages say of new and seen."""
    with reading(engine) as db:
        counts = select(_page.c.capture_key, _page.c.new + _page.c.seen, _page.c.rejected)
        found = {name: rows for name, rows in contents(engine).items() if name != "sightings"}
        return found | {"counts": sorted(map(tuple, db.execute(counts)))}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_newswire_that_was_pruned_half_way_ends_as_one_that_was_not(engine: Engine, seed: int) -> None:
    """Late, repeated and new captures come afterwards, and it is pruned again; nothing shows."""
    plan = Plan(90, seed=seed, days=0.3, articles=0.2, stale=0.08, known=0.05, undated=0, listings=LISTINGS[:3])
    camera = Camera(plan)
    captures = [camera.capture(number) for number in camera.numbers()]
    dice = random.Random(seed)
    late = dice.sample(captures, len(captures) // 4)
    later = captures[len(captures) * 2 // 3 :]
    first = [one for one in captures[: len(captures) * 2 // 3] if one not in late]
    again = dice.sample(first, 5)
    parts = [first, late, later, again]
    for part in parts:
        store(engine, [[part]])
    expected = shown(engine)
    clear(engine)
    middle = sorted(one.observed_at for one in first if one.observed_at)[len(first) // 2]
    for part, before in zip(parts, (middle, EVER, middle, EVER), strict=True):
        store(engine, [[part]])
        pruned(engine, before)
        sound(engine)
    with reading(engine) as db:
        gone = int(db.scalar(select(func.sum(_item.c.pruned))) or 0)
        assert gone == int(db.scalar(select(func.sum(_page.c.pruned))) or 0) > 50
    assert shown(engine) == expected
    assert pruned(engine) == 0
    report = Report()
    for _ in replay(engine, report):
        pass
    with reading(engine) as db:
        assert list(changed_items(db, report)) == []
    assert shown(engine) == expected


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_comes_after_it_was_pruned_no_count_and_no_first_time_is_lost(
    engine: Engine, data: st.DataObject
) -> None:
    """Captures that contradict each other in everything; where a late one does, the window may rest on fewer."""
    clear(engine)
    captures = data.draw(capture_sets(max_size=10))
    batches = data.draw(arrivals(captures))
    for batch in batches:
        store(engine, [[batch]])
        pruned(engine)
    sound(engine)
    truth = tables(captures)
    window = ("published_after", "published_before", "published_from", "conflicts")
    agree = not any(item.conflicts for item in truth.items.values()) and not any(page.stale for page in truth.pages)
    for row, true in zip(stored_items(engine), true_items(truth), strict=True):
        same = [key for key in true if agree or key not in window]
        assert {key: row[key] for key in same} == {key: true[key] for key in same}
    assert stored_gaps(engine) == true_gaps(truth)


def test_what_is_given_up_while_others_store_is_missed_by_nobody(engine: Engine) -> None:
    """Runs are stored by three connections, in any order, and derived, while a fourth gives up all that it can."""
    plan = Plan(160, seed=4, days=0.4, stale=0, lies=0, undated=0, articles=0.2, listings=LISTINGS[:3])
    camera = Camera(plan)
    captures = [camera.capture(number) for number in camera.numbers()]
    shuffled = random.Random(4).sample(captures, len(captures))
    ended = Event()

    def prune_on() -> int:
        number = 0
        while not ended.wait(0.05):
            number += pruned(engine)
        return number

    with ThreadPoolExecutor(1) as pool:
        pruning = pool.submit(prune_on)
        try:
            store(
                engine, [[shuffled[at : at + 8] for at in range(start, len(shuffled), 24)] for start in (0, 8, 16)], 3
            )
        finally:
            ended.set()
        pruning.result()
    truth = tables(captures)
    assert stored_items(engine) == true_items(truth)
    assert stored_gaps(engine) == true_gaps(truth)
    sound(engine)


def test_a_copy_of_a_page_whose_sightings_were_given_up_says_nothing_new(engine: Engine) -> None:
    """The same body at the same address a year later: its ages were true then."""
    ages = [(hours, Age(hours, "hour")) for hours in (1, 2, 3, 4, 5)]
    captures = [shot(hours, ("brandt", age)) for hours, age in ages]
    store(engine, [[captures]])
    before = stored_items(engine)
    assert pruned(engine) == 2
    again = [replace(one, observed_at=one.observed_at and one.observed_at + timedelta(days=365)) for one in captures]
    late = shot(2.5, ("brandt", Age(2, "hour")), url="https://radio.example/")
    store(engine, [[again], [[late]]])
    (row,) = stored_items(engine)
    moved = {"last_seen_at", "sightings", "published_after", "published_before"}
    assert {key for key in row if row[key] != before[0][key]} <= moved
    assert (row["sightings"], row["conflicts"]) == (11, 0)
    with reading(engine) as db:
        number = db.scalar(select(_item.c.id))
        assert number is not None
        assert len(explanations.windows(db, number)) == 1
        assert {one.effect for one in seen(db, number) if one.observed_at.year == 2026} == {
            "same text of the same page again"
        }
    sound(engine)


def test_pages_that_a_pruned_item_rests_on_are_neither_read_again_nor_forgotten(engine: Engine, inside: Inside) -> None:
    captures = [shot(hours, ("brandt", Age(hours, "hour"))) for hours in (1, 2, 3, 4, 5)]
    other = shot(6, ("regent", Age(1, "hour")))
    store(engine, [[[*captures, other]]])
    said = inside("prune", "--sightings-older-than", "1d", database=engine.url)
    assert ": 2 would go" in said
    assert pruned(engine) == 2
    with reading(engine) as db:
        ids = {row.observed_at: row.id for row in db.execute(select(_page))}
    frozen, free = (
        [str(ids[one.observed_at]) for one in captures if one.observed_at],
        str(ids[other.observed_at or EVER]),
    )
    assert "stay" in inside("forget", frozen[0], "--yes", database=engine.url, status=2)
    assert "see prune" in inside("replay", frozen[0], database=engine.url, status=2)
    assert "forgot 1 page and 1 item" in inside("forget", frozen[0], free, "--yes", database=engine.url)
    assert "no item changed" in inside("replay", database=engine.url)
    (row,) = stored_items(engine)
    assert row["sightings"] == 5
    assert "seen 5 times; 2 of these sightings were given up" in inside(
        "show", row["content_hash"][:8], database=engine.url
    )
    assert "nothing is damaged" in inside("db", "check", "--all", database=engine.url)


def test_what_gave_up_sightings_while_it_was_read_again_stays_as_it_is(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(engine, [[[shot(hours, ("brandt", Age(hours, "hour"))) for hours in (1, 2, 3, 4, 5)]]])
    with engine.begin() as db:
        db.execute(update(_sighting).values(dateline="OUD"))  # as an older version read it
    read_again = replaying._again

    def meanwhile(*given: Any) -> Any:
        found = read_again(*given)
        assert pruned(engine) == 2
        return found

    monkeypatch.setattr(replaying, "_again", meanwhile)
    for _ in replay(engine, Report()):
        pass
    (row,) = rows(engine, _item)
    assert (row["sightings"], row["pruned"]) == (5, 2)
    assert len(rows(engine, _sighting)) == 3
    sound(engine)


def test_an_ingest_that_was_stopped_long_ago_is_gone_on_with(engine: Engine) -> None:
    store(engine, [[[shot(1, ("brandt", Age(1, "hour")))]]])
    with engine.begin() as db:
        stopped = rows_of(db, _run)[0]["id"]
        readings.set_resume_key(db, stopped, "asked")
        db.execute(update(_work).values(reference={"kind": "files", "pages": []}))
        assert prune_runs.old_runs(db, EVER) == (0, 0)
        assert prune_runs.drop_runs(db, EVER) == prune_runs.drop_references(db, EVER) == 0
        readings.forget(db, stopped)
        assert prune_runs.old_runs(db, EVER) == (0, 1)


def test_runs_that_left_no_page_go_and_the_others_keep_their_counts(engine: Engine, inside: Inside) -> None:
    captures = [shot(hours, ("brandt", Age(hours, "hour"))) for hours in (1, 2)]
    store(engine, [[captures[:1], captures[1:]]])
    store(engine, [[captures]])
    with engine.begin() as db:
        poll = runs.start_run(db, "a source", "abroad", now())
        follows = runs.start_run(db, "links", "abroad", now(), follows=poll)
        for run in (poll, follows):
            runs.set_enrolled(db, run, now())
            runs.finish_run(db, run, now())
        kept = runs.start_run(db, "one that is not finished", None, now())
    before = rows(engine, _run)
    expected = shown(engine)
    with engine.begin() as db:
        found = prune_runs.old_runs(db, EVER)
        assert (found.runs, found.work) == (3, 2)
        assert prune_runs.drop_runs(db, EVER) == 3
        assert prune_runs.drop_references(db, EVER) == 2
        assert prune_runs.old_runs(db, EVER) == (0, 0)
    after = rows(engine, _run)
    assert [row["id"] for row in after] == [before[0]["id"], kept]
    assert after == [row for row in before if row["id"] in {before[0]["id"], kept}]
    assert [row["reference"] for row in rows(engine, _work)] == [{}, {}]
    sound(engine)
    assert shown(engine) == expected
    assert "no item changed" in inside("replay", database=engine.url)
    assert inside("runs", database=engine.url)
    assert " 0, and" in inside("prune", "--runs-older-than", "30d", "--yes", database=engine.url)
    assert len(rows(engine, _run)) == 2
    assert "say what is given up" in inside("prune", "--yes", database=engine.url, status=2)
    assert "--runs-older-than: 'soon'" in inside("prune", "--runs-older-than", "soon", database=engine.url, status=2)


def rows(engine: Engine, which: Any) -> list[dict[str, Any]]:
    with reading(engine) as db:
        return rows_of(db, which)


def rows_of(db: Connection, which: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in db.execute(select(which).order_by(*which.primary_key))]
