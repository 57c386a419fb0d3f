"""Status: the rhythm of lists, how often to look, and what the ledger has left to do."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, update

from meeruit.tasks.captures import Raw
from meeruit.tasks.references import Fetch, Terms
from meeruit.tasks.report import status
from meeruit.tasks.report.overlap_stats import Look, as_every, rhythm, safe_every
from meeruit.tasks.report.sizes import sizes
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.tables import Body, Run, RunKind, Source, table
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.capturing import capture
from meeruit.worker import checks
from meeruit.worker.checks import all_checks
from meeruit.worker.cli.health import _thin
from meeruit.worker.database import make_engine, reading
from meeruit.worker.local.broker import EmbeddedBroker, broker_folder
from meeruit.worker.schedule import never_polled, watched_sources
from meeruit.worker.settings import read_settings
from tests.conftest import Inside, fresh_database, hasty_engine
from tests.newswire.camera import LISTINGS, NEWEST, Camera, Plan
from tests.newswire.strategies import BASE
from tests.shell import by_shell
from tests.storing import store
from tests.test_derive import HOUR, shot

MINUTE = timedelta(minutes=1)
LIST = b"<h2>Meer uit Zee</h2><ul><li><p>GOES (ANP) - Bericht.</p><p>1 uur geleden</p></li></ul>"


def looks(*said: tuple[float, int | None]) -> list[Look]:
    """Captures of a list of seven: at so many minutes, sharing so many with the one before."""
    return [Look(BASE + minutes * MINUTE, 7, shared) for minutes, shared in said]


def test_rhythm_says_when_there_was_news_how_long_it_was_quiet_and_how_much_overlapped() -> None:
    found = rhythm(looks((0, None), (10, 5), (20, 7), (30, 7), (40, 6), (50, 7), (60, 7), (70, 7)))
    assert found.last_at == BASE + 70 * MINUTE
    assert found.last_new_at == BASE + 40 * MINUTE
    assert (found.quiet, found.longest_quiet, found.every) == (30 * MINUTE, 30 * MINUTE, 10 * MINUTE)
    assert (found.overlap, found.least, found.thin) == (1.0, 5 / 7, False)


def test_a_pause_that_ends_in_a_gap_was_perhaps_not_quiet() -> None:
    found = rhythm(looks((0, None), (10, 6), (400, 0), (405, 6)))
    assert (found.longest_quiet, found.thin) == (10 * MINUTE, True)


def test_a_stale_capture_is_a_look_but_says_nothing_of_overlap() -> None:
    found = rhythm(looks((0, None), (10, None), (20, None)))
    assert (found.overlap, found.least, found.longest_quiet) == (None, None, None)
    assert (found.quiet, found.every) == (20 * MINUTE, 10 * MINUTE)


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=60, unique=True), st.integers(2, 7), st.integers(0, 999))
def test_a_look_so_often_lets_nothing_slip(seconds: list[int], size: int, start: int) -> None:
    """Whenever one begins: between two looks fewer items come than the list shows."""
    times = [BASE + timedelta(seconds=s) for s in seconds]
    every = safe_every(times, size)
    if every is None:
        assert len(times) < size
    elif every > timedelta(seconds=5):
        at = BASE - timedelta(seconds=start)
        while at < max(times):
            assert sum(at < time <= at + every for time in times) < size
            at += every


@pytest.mark.parametrize(("seconds", "said"), [(5, "5s"), (90, "90s"), (600, "10m"), (7200, "2h"), (86_400, "1d")])
def test_an_interval_is_said_as_sources_toml_says_it(seconds: int, said: str) -> None:
    assert as_every(timedelta(seconds=seconds)) == said


def test_the_interval_that_status_names_would_have_been_safe_on_the_made_up_wire(engine: Engine) -> None:
    """One list that was captured too seldom: looked at as often as status says, every look overlaps the next."""
    listing = LISTINGS[0]
    camera = Camera(Plan(60, seed=8, days=1, listings=(listing,), stale=0, undated=0, outages=0))
    store(engine, [[[camera.capture(number) for number in camera.numbers()]]])
    with reading(engine) as db:
        (row,) = status.list_states(db)
    assert row["gaps"] > 0
    assert row["safe_every_seconds"] is not None
    assert row["safe_every_seconds"] >= 60
    moment = camera.plan.start
    shown = []
    while moment < camera.plan.start + timedelta(days=1):
        shown.append({story.slug for story in camera.wire.newest(listing.section, moment, NEWEST)})
        moment += timedelta(seconds=row["safe_every_seconds"])
    assert all(one & other for one, other in pairwise(shown))


def test_captures_of_one_moment_have_a_rhythm_of_no_time(engine: Engine, inside: Inside) -> None:
    """As those of a corpus that knows only the day."""
    store(engine, [[[shot(0, "a", "b"), shot(0, "b", "c")]]])
    (row,) = json.loads(inside("status", "--json", database=engine.url))["lists"]
    assert (row["captures"], row["every_seconds"], row["quiet_seconds"]) == (2, 0, 0)
    assert "0 s" in inside("status", database=engine.url)


def test_status_names_each_list_with_overlap_gaps_and_quiet(engine: Engine) -> None:
    store(
        engine,
        [[[shot(0, "a", "b"), shot(1, "b", "c"), shot(3, "c", "d"), shot(9, "x"), shot(9, "q", section="Sport")]]],
    )
    with reading(engine) as db:
        sport, zeeland = status.list_states(db)
    assert (sport["list"], sport["section"], sport["captures"], sport["overlap"]) == ("krant.example", "Sport", 1, None)
    assert (zeeland["captures"], zeeland["overlap"], zeeland["least_overlap"], zeeland["gaps"]) == (4, 0.5, 0.0, 1)
    assert zeeland["last_gap_at"] == zeeland["last_new_at"] == BASE + 9 * HOUR
    assert (zeeland["quiet_seconds"], zeeland["longest_quiet_seconds"]) == (0, 7200)


def test_status_says_what_the_ledger_has_left_to_do(engine: Engine) -> None:
    at = now()
    with engine.begin() as db:
        run = runs.start_run(db, "test", None, at - HOUR)
        terms = Terms(at, "ingest")
        for number in range(3):
            ledger.enrol(db, run, "files", terms, [], 10, at, None if number else at + HOUR)
        held = ledger.enrol(db, run, "files", terms, [], 10, at)
        ledger.claim(db, held, "me", at)
    with reading(engine) as db:
        work = status.work_state(db, at)
        later = status.work_state(db, at + ledger.LEASE)
    assert {name: work[name] for name in ("pending", "waiting", "running", "stuck", "pages")} == {
        "pending": 2, "waiting": 1, "running": 1, "stuck": 0, "pages": 40,
    }  # fmt: skip
    assert (work["oldest_at"], work["next_at"]) == (at - HOUR, at + HOUR)
    assert later["stuck"] == 1


def test_status_is_one_screen(request: pytest.FixtureRequest, tmp_path: Path, inside: Inside) -> None:
    engine = hasty_engine(fresh_database("sqlite", request, tmp_path))
    assert re.fullmatch("work: none waits, none runs\ndatabase: 0.[0-9] MB\n", inside("status", database=engine.url))
    pages = [shot(hour, *"abcdefghijklmnopqrst"[hour : hour + 3]) for hour in (*range(9), 14, 15)]
    store(engine, [[[*pages, shot(40, *"pqr")]]])
    engine.dispose()
    shown = inside("status", database=engine.url)
    assert "krant.example" in shown
    assert "67% (0%)" in shown
    assert "krant.example Zeeland: nothing new for 1.04 d, longer than ever" in shown
    assert "overlap fell below 30% where an `every` is named that would have been safe" in shown
    assert "something may have been missed in 1 place; see: meeruit gaps" in shown
    assert len(shown.splitlines()) < 24
    assert by_shell("status", database=engine.url, folder=tmp_path) == shown
    assert list(json.loads(inside("status", "--json", database=engine.url))) == [
        "sources",
        "lists",
        "work",
        "waits",
        "failures",
        "webhooks",
        "size",
    ]


def test_status_says_that_nothing_runs_where_something_is_to_be_done_and_what_is_wrong_with_the_sources(
    request: pytest.FixtureRequest, tmp_path: Path, inside: Inside
) -> None:
    engine = make_engine(fresh_database("sqlite", request, tmp_path))
    idle = "nothing runs here: `meeruit up` polls and does what waits; `meeruit ingest` does what waits, and goes on if stopped\n"
    sources = tmp_path / "sources.toml"
    assert idle not in inside("status", database=engine.url)
    sources.write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    assert inside("status", database=engine.url).endswith(idle)
    with EmbeddedBroker(broker_folder(engine.url)):
        assert idle not in inside("status", database=engine.url)
    sources.write_text('[[source]]\nname = "a"\nurl = "https://n.example/"\n')
    said = inside("status", database=engine.url)
    last = said.splitlines()[-1]
    assert "sources.toml:3: source 'a': url is not known" in last
    assert last.endswith("; what was right before goes on")


def test_what_was_polled_goes_on_while_its_file_is_away_and_that_is_said_once(tmp_path: Path) -> None:
    file, said = tmp_path / "sources.toml", list[str]()
    look = watched_sources(file, said.append)
    assert (look(), said) == ((), []), "there never was one"
    file.write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    before = look()
    assert [source.name for source in before] == ["a"]
    file.rename(tmp_path / "away")
    assert look() == look() == before
    assert [line.startswith(f"{file}: cannot read the sources") for line in said] == [True]
    (tmp_path / "away").rename(file)
    assert look() == before
    file.write_text("")
    assert (look(), len(said)) == ((), 1), "an empty one is what somebody wants"


def test_what_failed_but_once_is_no_fault_yet_and_is_said_to_be_so(engine: Engine, tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    settings = replace(read_settings({"MEERUIT_SOURCES": str(sources)}), database_url=str(engine.url))

    def said() -> list[str]:
        return [str(check) for check in all_checks(settings, engine, None) if check.part == "sources"]

    assert said() == ["ok     sources: 1 polled; none fails, is silent or late"]
    with engine.begin() as db:
        db.execute(insert(table(Source)).values(name="a"))
        run = runs.start_run(db, "poll", "a", BASE, kind=RunKind.POLL)
        db.execute(
            update(table(Run))
            .where(table(Run).c.id == run)
            .values(finished_at=BASE, outcome="HTTP 503", pages_failed=1)
        )
    assert said() == ["ok     sources: 1 polled; a: 1 poll failed since 2025-03-10T12:00:00Z: HTTP 503"]
    sources.write_text("[[source]]\n")
    (only,) = said()
    assert only.startswith("FAULT  sources: ")
    sources.unlink()
    assert said() == ["ok     sources: 0 polled; none fails, is silent or late"], "there was none that was due again"
    with engine.begin() as db:
        db.execute(update(table(Source)).values(next_run_at=BASE))
    assert said() == [
        f"FAULT  sources: {sources}: no such file, though 1 source of it came to be polled; put it back, or an empty one"
    ]


def test_a_source_that_no_poll_ever_began_of_is_late_though_it_has_no_row(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\nevery = "30d"\n')
    settings = replace(read_settings({"MEERUIT_SOURCES": str(sources)}), database_url=str(engine.url))

    def said(seconds: float) -> list[str]:
        at = now() + timedelta(seconds=seconds)
        monkeypatch.setattr(checks, "now", lambda: at)
        return [str(check) for check in all_checks(settings, engine, None) if check.part == "sources"]

    assert said(20) == ["ok     sources: 1 polled; none fails, is silent or late"]
    (late,) = said(90)
    assert re.fullmatch(r"FAULT  sources: a: not polled yet, 1\.\d+ min after sources\.toml was changed", late), late
    with engine.begin() as db:
        db.execute(insert(table(Source)).values(name="a", next_run_at=now() + timedelta(days=30)))
    assert said(90) == ["ok     sources: 1 polled; none fails, is silent or late"]


def test_many_new_sources_have_the_time_that_they_need_to_begin_one_after_another(tmp_path: Path) -> None:
    file, names = tmp_path / "sources.toml", [str(number) for number in range(6_000)]
    file.touch()
    assert never_polled(file, names, {}, now() + timedelta(seconds=80)) == {}
    assert never_polled(file, names, {}, now() + timedelta(seconds=100)).keys() == set(names)
    assert never_polled(tmp_path / "gone", names, {}, now()) == {}


def test_a_source_without_its_folder_is_a_fault_beside_those_of_the_others(engine: Engine, tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    sources.write_text(
        '[[source]]\nname = "a"\nurls = ["https://n.example/"]\n[[source]]\nname = "b"\nfolder = "inbox"\n'
    )
    settings = replace(read_settings({"MEERUIT_SOURCES": str(sources)}), database_url=str(engine.url))
    with engine.begin() as db:
        db.execute(insert(table(Source)).values(name="a", next_run_at=BASE))
    said = [str(check) for check in all_checks(settings, engine, None) if check.part == "sources"]
    assert [line.partition(": ")[2].partition(":")[0] for line in said] == [str(sources), "a"]
    assert "source 'b': folder is no folder" in said[0]
    assert "due since" in said[1]


def test_an_address_of_a_source_that_fails_while_its_others_are_well_is_a_fault(
    engine: Engine, inside: Inside, tmp_path: Path
) -> None:
    good, dead = "https://n.example/", "https://n.example/dead"
    sources = tmp_path / "sources.toml"
    sources.write_text(f'[[source]]\nname = "a"\nurls = ["{good}", "{dead}"]\n')
    settings = replace(read_settings({"MEERUIT_SOURCES": str(sources)}), database_url=str(engine.url))
    for polls in range(3):
        at = BASE + polls * MINUTE
        with engine.begin() as db:
            if not polls:
                db.execute(insert(table(Source)).values(name="a"))
            run = runs.start_run(db, "poll", "a", at, kind=RunKind.POLL)
            work = ledger.enrol(db, run, "fetch", Terms(at, "ingest"), [], 2, at)
            found = [
                Raw(good, Fetch(good), LIST, observed_at=at, observed_from="http"),
                Raw(dead, Fetch(dead), observed_at=at, observed_from="http", problem="HTTP 404"),
            ]
            pages = [capture(raw, Terms(at, "ingest")) for raw in found]
            store_bodies(db, {page.body: (len(LIST), "", compress(LIST)) for page in pages if page.body})
            merge(db, pages, run_id=run, work_id=work, source="a", profile=None)
            db.execute(update(table(Run)).values(finished_at=at, outcome="well", pages_done=1, pages_failed=1))
        faults = [str(each) for each in all_checks(settings, engine, None) if each.part == "sources" and not each.good]
        assert len(faults) == (polls == 2)
    said = f"a: {dead} failed 3 times since 2025-03-10T12:00:00Z: HTTP 404"
    assert faults == [f"FAULT  sources: {said}"]
    assert f"{said}\n" in inside("status", database=engine.url)


def test_thin_overlap_is_put_down_to_the_look_before_it_and_not_to_the_longest_pause() -> None:
    found = rhythm(looks((0, None), (1, 6), (2, 6), (60, 7), (61, 7), (62, 1), (63, 7)))
    assert found.thin
    assert found.pause == MINUTE, "the hour without a look cost nothing"
    assert rhythm(looks((0, None), (1, 6), (60, 0))).pause == 59 * MINUTE
    row = {"list": "a", "section": "", "safe_every_seconds": None, "least_overlap": 0.1, "every_seconds": 60, "gaps": 0}
    said = {pause: list(_thin([row | {"longest_pause_seconds": pause}])) for pause in (60, 3_540)}
    assert said == {
        60: ["a: overlap fell below 30% within 1 min, about as often as it is looked at: much came at once"],
        3_540: ["a: overlap fell below 30% in a pause; it was looked at every 1 min, but once not for 59 min"],
    }


def test_status_says_how_much_room_the_tables_take(engine: Engine, inside: Inside) -> None:
    with reading(engine) as db:
        before = sizes(db)
    with engine.begin() as db:
        store_bodies(db, {f"{n:064x}": (100_000, "text/plain", os.urandom(100_000)) for n in range(20)})
    with reading(engine) as db:
        after = sizes(db)
    assert 2_000_000 <= after["bytes"] - before["bytes"] < 3_000_000
    said = inside("status", database=engine.url)
    assert f"database: {after['bytes'] / 1e6:,.1f} MB" in said
    if engine.dialect.name == "postgresql":
        assert next(iter(after["tables"])) == "body"
        assert f", body {after['tables']['body'] / 1e6:,.1f} MB, " in said
        return
    with engine.begin() as db:
        db.execute(delete(table(Body)))
    with reading(engine) as db:
        assert sizes(db)["free_bytes"] >= 2_000_000
    assert " of it free for what comes\n" in inside("status", database=engine.url)


def test_an_outage_is_not_put_down_to_how_often_a_list_is_looked_at(
    request: pytest.FixtureRequest, tmp_path: Path, inside: Inside
) -> None:
    engine = hasty_engine(fresh_database("sqlite", request, tmp_path))
    begins = [*range(5), *range(30, 35)]  # one new item every ten minutes, and no look for four hours
    store(engine, [[[shot(n / 6, *(f"nummer{n + at}" for at in range(4, 0, -1))) for n in begins]]])
    engine.dispose()
    shown = inside("status", database=engine.url)
    assert "safe every" not in shown
    assert "an `every` is named" not in shown
    said = "overlap fell below 30% in a pause; it was looked at every 10 min, but once not for 4.33 h"
    assert f"krant.example Zeeland: {said}" in shown
