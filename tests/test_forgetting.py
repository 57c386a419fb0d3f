"""Forgetting pages: the tables become what they would be had these pages never been read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from meeruit.tasks.report.damage import damages
from meeruit.tasks.report.failures import failures
from meeruit.tasks.store.forgetting import forget
from meeruit.tasks.store.rounding import settle
from meeruit.tasks.store.tables import Body, Page, Run, table
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.worker.database import reading
from tests.conftest import Inside, fresh_database, hasty_engine
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.strategies import BASE
from tests.storing import clear, store
from tests.tables import stored_items
from tests.test_derive import shot
from tests.test_replay import assert_adds_up, contents
from tests.test_sources_health import LIST, MINUTE, WALL, poll, state

_body, _page, _run = table(Body), table(Page), table(Run)


def batches(captures: list[Capture]) -> list[list[list[Capture]]]:
    """Two runs, of some pieces each."""
    pieces = [captures[start : start + 25] for start in range(0, len(captures), 25)]
    return [pieces[:2], pieces[2:]]


def numbers(engine: Engine, captures: list[Capture]) -> list[int]:
    """The numbers of the pages that these captures became."""
    wanted = {(capture.url, capture.body_sha256, capture.observed_at) for capture in captures}
    with reading(engine) as db:
        rows = db.execute(select(_page.c.id, _page.c.address, _page.c.body, _page.c.observed_at, _page.c.observed_from))
        return [
            row.id
            for row in rows
            if (row.address, row.body, None if row.observed_from == "ingest" else row.observed_at) in wanted
        ]


def forgotten(engine: Engine, pages: list[int]) -> None:
    """Forget these pages, a few at a time."""
    for start in range(0, len(pages), 7):
        transaction(engine, lambda db, start=start: forget(db, pages[start : start + 7]))  # type: ignore[misc]
    settle(engine)


def counts(engine: Engine) -> list[tuple[object, ...]]:
    """What pages and runs say of themselves."""
    with reading(engine) as db:
        pages = select(_page.c.capture_key, _page.c.outcome, _page.c.new, _page.c.seen).order_by(_page.c.capture_key)
        names = ("pages_new", "pages_done", "pages_failed", "items_new", "items_seen", "items_rejected", "outcome")
        runs = select(*(_run.c[name] for name in names)).order_by(_run.c.id)
        return [tuple(row) for query in (pages, runs) for row in db.execute(query)]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_forgotten_was_never_read(engine: Engine, seed: int) -> None:
    camera = Camera(Plan(60, seed=seed, days=0.15, articles=0.3, undated=0.03))
    captures = [camera.capture(number) for number in camera.numbers()]
    dice = random.Random(seed)
    captures = dice.sample(captures, len(captures))
    wrong = dice.sample(captures, len(captures) // 3)
    keys = {(capture.url, capture.body, capture.observed_at) for capture in wrong}
    kept = [
        [[c for c in piece if (c.url, c.body, c.observed_at) not in keys] for piece in run] for run in batches(captures)
    ]
    store(engine, kept)
    expected, said = contents(engine), counts(engine)
    clear(engine)
    store(engine, batches(captures))
    pages = numbers(engine, wrong)
    assert pages
    forgotten(engine, pages)
    assert contents(engine) == expected
    assert_adds_up(engine)
    assert [row for row in counts(engine) if len(row) == 7] == [row for row in said if len(row) == 7]
    with reading(engine) as db:
        assert list(damages(db, now(), every=True)) == []
        assert db.scalar(select(func.count()).select_from(_body)) == len(
            {c.body for run in kept for p in run for c in p}
        )
    before = contents(engine), counts(engine)
    forgotten(engine, pages)
    assert (contents(engine), counts(engine)) == before


def test_when_all_is_forgotten_nothing_is_left(engine: Engine) -> None:
    store(engine, [[[shot(0, "a", "b"), shot(1, "b", "c")]]])
    with reading(engine) as db:
        pages = list(db.scalars(select(_page.c.id)))
    forgotten(engine, pages)
    with reading(engine) as db:
        assert stored_items(engine) == []
        assert db.scalar(select(func.count()).select_from(_body)) == 0
        assert db.execute(select(_run.c.outcome, _run.c.pages_new, _run.c.items_new)).one() == ("no pages", 0, 0)
        assert list(damages(db, now(), every=True)) == []


def test_the_words_of_a_copy_count_once_the_page_is_gone_whose_copy_it_was(engine: Engine) -> None:
    first, copy = shot(0, "a"), shot(3, "a")
    store(engine, [[[copy]]])
    expected = contents(engine)
    clear(engine)
    store(engine, [[[first]], [[copy]]])
    assert contents(engine) != expected
    forgotten(engine, numbers(engine, [first]))
    assert contents(engine) == expected


def test_a_body_that_came_again_came_first_once_the_page_before_is_forgotten(engine: Engine) -> None:
    for minute, gave in enumerate((LIST, LIST, LIST, WALL, WALL)):
        poll(engine, minute, gave)
    forgotten(engine, [1, 4])
    with reading(engine) as db:
        said = ["1 new, 0 seen", "same body: 1 seen", "no block found"]
        assert list(db.scalars(select(_page.c.outcome).order_by(_page.c.id))) == said
        outcomes = list(db.scalars(select(_run.c.outcome).order_by(_run.c.id)))
        assert outcomes == ["no pages", *said[:2], "no pages", said[2]]
        assert list(damages(db, now(), every=True)) == []
    assert state(engine)["no_list_since"] == BASE + 4 * MINUTE


def test_a_page_in_quarantine_takes_its_failure_along_and_a_success_opens_what_it_had_closed(engine: Engine) -> None:
    poll(engine, 0, "HTTP 503")
    poll(engine, 1, LIST)
    forgotten(engine, [2])
    with reading(engine) as db:
        assert [(row["state"], row["closed_at"]) for row in failures(db, every=True)] == [("open", None)]
    forgotten(engine, [1])
    with reading(engine) as db:
        assert list(failures(db, every=True)) == []
        assert db.execute(select(_run.c.outcome, _run.c.pages_failed)).all() == [("no pages", 0)] * 2
        assert list(damages(db, now(), every=True)) == []


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = hasty_engine(fresh_database("sqlite", request, tmp_path))
    yield engine
    engine.dispose()


def test_the_command_says_first_what_would_go(sqlite: Engine, inside: Inside) -> None:
    store(sqlite, [[[shot(0, "a", "b")]], [[shot(1, "b", "c")]]])
    said = inside("forget", "2", database=sqlite.url)
    assert "would forget 1 page and 1 item; 1 item stands on other pages too, and stays; to do it, add --yes" in said
    assert len(stored_items(sqlite)) == 3
    assert "forgot 1 page and 1 item" in inside("forget", "2", "--yes", database=sqlite.url)
    assert len(stored_items(sqlite)) == 2
    assert "none of these pages is there" in inside("forget", "2", "--yes", database=sqlite.url, status=2)
    assert "nothing is damaged" in inside("db", "check", "--all", database=sqlite.url)


def test_what_is_not_there_is_a_mistake_of_whoever_named_it(sqlite: Engine, inside: Inside) -> None:
    store(sqlite, [[[shot(0, "a")]]])
    for words in (("forget", "9"), ("forget", "--run", "9", "--yes"), ("replay", "9"), ("replay", "--run", "9")):
        assert inside(*words, database=sqlite.url, status=2).splitlines()[-1].startswith("meeruit: no")
    with sqlite.begin() as db:
        db.exec_driver_sql("UPDATE body SET content = x''")  # as prune leaves it
    assert "none of these pages is stored any more" in inside(
        "replay", "1", "--source", "zee", database=sqlite.url, status=2
    )


def test_all_pages_of_a_run_are_named_by_its_number(sqlite: Engine, inside: Inside) -> None:
    store(sqlite, [[[shot(0, "a", "b")]], [[shot(1, "b", "c"), shot(2, "d")]]])
    assert "forgot 2 pages and 2 items" in inside("forget", "--run", "2", "--yes", database=sqlite.url)
    (run, *_) = map(json.loads, inside("runs", "--format", "jsonl", database=sqlite.url).splitlines())
    assert (run["outcome"], run["pages_new"]) == ("no pages", 0)


@pytest.mark.parametrize("words", [("forget",), ("forget", "1", "--run", "1")])
def test_pages_are_named_in_one_way(sqlite: Engine, inside: Inside, words: tuple[str, ...]) -> None:
    assert "name pages by their numbers" in inside(*words, database=sqlite.url, status=2)
