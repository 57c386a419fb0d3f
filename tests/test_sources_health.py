"""What is known of sources, of what waits, and of the totals: derived from runs, pages and work."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, update

from meeruit.tasks.captures import Capture, Raw, capture_key, sha256
from meeruit.tasks.counts import Counts
from meeruit.tasks.extract import extract_in
from meeruit.tasks.records import Page as RawPage
from meeruit.tasks.references import Fetch, Terms
from meeruit.tasks.report.sources import failing, lateness, silent, source_states
from meeruit.tasks.report.totals import Totals
from meeruit.tasks.report.waits import oldest_due, waits
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.rows import insert_into
from meeruit.tasks.store.tables import RunKind, Source, Work, table
from meeruit.tasks.work import ledger
from meeruit.worker.app import App
from meeruit.worker.database import reading
from meeruit.worker.metrics import Ledger
from meeruit.worker.settings import read_settings
from tests.newswire.strategies import BASE

MINUTE = timedelta(minutes=1)
LIST, WALL = b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden", b"Accepteer onze cookies."
ADDRESS = "https://krant.example/buitenland"


def poll(
    engine: Engine,
    minute: int,
    gave: bytes | str | None,
    source: str = "krant",
    note: str | None = None,
    *,
    feed: bool = False,
) -> int:
    """A poll of one address that ended: with a body, a problem, or (None) nothing to read."""
    at = BASE + minute * MINUTE
    with engine.begin() as db:
        db.execute(insert_into(db, table(Source)).values(name=source).on_conflict_do_nothing())
        run = runs.start_run(db, ADDRESS, source, at, RunKind.POLL)
        if gave is not None:
            body = gave if isinstance(gave, bytes) else None
            problem = gave if isinstance(gave, str) else None
            sha = sha256(body) if body else None
            raw = Raw(ADDRESS, Fetch(ADDRESS, feed=feed), body, ADDRESS, "", at, "http", problem, sha256=sha, note=note)
            found = extract_in(RawPage(body, ADDRESS, at, ""), None) if body else None
            capture = Capture(raw, at, "http", sha, capture_key(ADDRESS, sha, at), found, problem)
            work = ledger.enrol(db, run, "fetch", Terms(at, "ingest", source), [], 1, at)
            held = ledger.claim(db, work, "test", at)
            assert isinstance(held, ledger.Claim)
            if body and sha:
                store_bodies(db, {sha: (len(body), "", compress(body))})
            counts, failed = merge(db, [capture], run_id=run, work_id=work, source=source, profile=None)
            assert ledger.finish(db, held, counts, failed)
        runs.set_enrolled(db, run, at)
        db.execute(update(table(Work)).values(derived=True))
        runs.finish_run(db, run, at)
    return run


def state(engine: Engine, source: str = "krant") -> dict[str, object]:
    with reading(engine) as db:
        return source_states(db)[source]


def test_polls_that_fail_in_a_row_are_counted_until_one_succeeds(engine: Engine) -> None:
    poll(engine, 0, LIST)
    assert state(engine)["failed_polls"] == 0
    poll(engine, 1, "HTTP 503")
    poll(engine, 2, None)
    poll(engine, 3, "HTTP 502")
    now = state(engine)
    assert (now["failed_polls"], now["failing_since"], now["outcome"]) == (2, BASE + MINUTE, "HTTP 502")
    assert failing(now) == "2 polls failed since 2025-03-10T12:01:00Z: HTTP 502"
    poll(engine, 4, LIST)
    assert (state(engine)["failed_polls"], state(engine)["failing_since"]) == (0, None)
    poll(engine, 5, "HTTP 500", source="other")
    assert (state(engine)["failed_polls"], state(engine, "other")["failed_polls"]) == (0, 1)


def test_a_source_whose_page_holds_no_list_any_more_is_silent_since_then(engine: Engine) -> None:
    poll(engine, 0, LIST)
    poll(engine, 1, LIST)
    assert state(engine)["no_list_since"] is None
    poll(engine, 2, WALL)
    poll(engine, 3, WALL)
    poll(engine, 4, WALL, note="not modified")
    poll(engine, 5, "HTTP 503")
    now = state(engine)
    assert (now["no_list_since"], now["no_list_at"]) == (BASE + 2 * MINUTE, ADDRESS)
    assert silent(now) == f"no list since 2025-03-10T12:02:00Z at {ADDRESS}"
    poll(engine, 6, LIST)
    assert state(engine)["no_list_since"] is None


def test_a_feed_is_not_silent_whether_it_has_changed_or_not(engine: Engine) -> None:
    for minute, note in enumerate(("feed, 0 new links", "not modified")):
        poll(engine, minute, WALL, note=note, feed=True)
        assert state(engine)["no_list_since"] is None


def test_the_same_body_says_again_what_it_gave(engine: Engine) -> None:
    for minute, body in enumerate((LIST, LIST, WALL, WALL)):
        poll(engine, minute, body)
        expected = ("1 new, 0 seen", "same body: 1 seen", "no block found", "same body: no block found")[minute]
        assert state(engine)["outcome"] == expected


def test_lateness_is_the_time_since_a_poll_was_due() -> None:
    due = {"next_run_at": BASE}
    assert lateness(due, BASE + MINUTE) == MINUTE
    assert lateness(due, BASE - MINUTE) == timedelta()
    assert lateness({"next_run_at": None}, BASE) == timedelta()


def test_what_waits_is_one_row_a_reason(engine: Engine) -> None:
    def enrol(pages: int, due: datetime | None, reason: str | None, kind: str = "fetch") -> None:
        ledger.enrol(db, run, kind, Terms(BASE, "ingest"), [], pages, BASE, due, reason)

    with engine.begin() as db:
        run = runs.start_run(db, "test", None, BASE)
        enrol(2, BASE + MINUTE, "HTTP 503")
        enrol(1, BASE + 2 * MINUTE, "HTTP 503 (redirected to https://krant.example/een(1))")
        enrol(1, BASE + 2 * MINUTE, "its turn comes in 4.1 s")
        enrol(1, BASE + 3 * MINUTE, "its turn comes in 9.0 s")
        enrol(200, None, None, "files")
    with reading(engine) as db:
        found = waits(db)
        due = oldest_due(db, BASE + 90 * timedelta(seconds=1))
    assert [(row["reason"], row["pieces"], row["pages"], row["next_at"]) for row in found] == [
        ("for a worker", 1, 200, None),
        ("HTTP 503", 2, 3, BASE + MINUTE),
        ("its turn comes soon", 2, 2, BASE + 2 * MINUTE),
    ]
    assert due == {"files": BASE, "fetch": BASE + MINUTE}


def test_totals_are_the_sums_over_runs_that_ended_however_often_they_are_asked_for(engine: Engine) -> None:
    totals = Totals()

    def look() -> dict[str, dict[str, int]]:
        with reading(engine) as db:
            return {source: dict(counts) for source, counts in totals.look(db).items()}

    assert look() == {}
    with engine.begin() as db:
        running = runs.start_run(db, "test", None, BASE)
    gave: tuple[bytes | str, ...] = (LIST, LIST, "HTTP 503")
    for minute, each in enumerate(gave):
        poll(engine, minute, each)
        look()
    expected = Counts(pages_new=3, pages_done=2, pages_failed=1, items_new=1, items_seen=1)
    names = Counts.__slots__
    assert look() == {"krant": {name: getattr(expected, name) for name in names} | {"runs": 3}}
    with engine.begin() as db:
        runs.set_enrolled(db, running, BASE)
        runs.finish_run(db, running, BASE)
    assert look()[""]["runs"] == 1
    assert look() == look()


def test_every_metric_that_the_example_alerts_name_is_there(engine: Engine, database_url: str) -> None:
    poll(engine, 0, LIST)
    poll(engine, 1, "HTTP 503")
    nowhere = {"MEERUIT_DATABASE_URL": database_url, "MEERUIT_BROKER_URL": "redis://127.0.0.1:1/0"}
    found = {metric.name: metric for metric in Ledger(App(read_settings(nowhere)), engine).collect()}
    up = {sample.labels["part"]: sample.value for sample in found["meeruit_up"].samples}
    assert up == {"database": 1, "broker": 0}
    assert {(s.labels["outcome"], s.value) for s in found["meeruit_pages"].samples if s.name.endswith("_total")} == {
        ("done", 1), ("failed", 1), ("known", 0),
    }  # fmt: skip
    rules = (Path(__file__).parent.parent / "docs/alerts.yml").read_text()
    assert set(re.findall(r"\bmeeruit_\w+", rules)) <= found.keys()
