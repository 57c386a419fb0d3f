"""Replay: the tables become what they would be had the stored pages come by the rules of today."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, case, func, select, update

from meeruit.tasks.errors import Unreadable, UsageError
from meeruit.tasks.grammar import profiles
from meeruit.tasks.store.rework import DIGESTED
from meeruit.tasks.store.tables import Item, Listing, Page, Run, Sighting, Work, table
from meeruit.tasks.times import now
from meeruit.tasks.work.replay import Report, changed_items, check_profiles, replay
from meeruit.worker.database import reading
from tests.conftest import copied, fresh_database, hasty_engine
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.storing import store
from tests.tables import stored_gaps, stored_items, stored_sightings
from tests.tied import tied

NL = (Path(profiles.__file__).parent / "languages" / "nl.toml").read_text()
RULES = {
    "hours unknown": re.sub("^hour = .*$", 'hour = ["stonden"]', NL, flags=re.MULTILINE),
    "no such agency": NL.replace('agencies = ["ANP", ', "agencies = ["),
    "no such heading": re.sub(r'"Meer uit \{section\}",\s*', "", NL),
}
_listing, _page, _run, _sighting, _work = table(Listing), table(Page), table(Run), table(Sighting), table(Work)


@pytest.fixture(scope="module")
def captures() -> list[Capture]:
    camera = Camera(Plan(120, seed=4, days=0.15, articles=0.3, undated=0.03))
    found = [camera.capture(number) for number in camera.numbers()]
    return random.Random(3).sample(found, len(found))


@pytest.fixture(scope="module")
def profile_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the profile stands, which stored pages name."""
    return tmp_path_factory.mktemp("profile") / "own.toml"


@pytest.fixture
def profile(profile_path: Path) -> Path:
    """A profile that a test changes; what workers know of it is forgotten."""
    change(profile_path, NL)
    return profile_path


@pytest.fixture(scope="module")
def originals() -> dict[str, str]:
    """The address of a database that holds all captures, by kind; filled once, and then only copied."""
    return {}


@pytest.fixture
def filled(
    kind: str,
    originals: dict[str, str],
    request: pytest.FixtureRequest,
    captures: list[Capture],
    profile: Path,
    tmp_path: Path,
) -> Iterator[Engine]:
    """An engine on a database of its own that holds all captures, read by the profile as it ships."""
    if kind not in originals:
        originals[kind] = fresh_database(kind, request, profile.parent)
        engine = hasty_engine(originals[kind])
        keep(engine, captures, profile)
        engine.dispose()
    engine = hasty_engine(copied(originals[kind], tmp_path))
    yield engine
    engine.dispose()


def change(profile: Path, rules: str) -> None:
    profile.write_text(rules)


def keep(engine: Engine, captures: list[Capture], profile: Path) -> None:
    batches = [captures[start : start + 25] for start in range(0, len(captures), 25)]
    store(engine, [batches[:2], batches[2:]], profile=str(profile))


def replayed(engine: Engine) -> tuple[Report, dict[str, dict[str, Any]]]:
    """Replay everything; what it says of the items, by hash."""
    report = Report()
    for _ in replay(engine, report):
        pass
    with reading(engine) as db:
        return report, {row["content_hash"]: row for row in changed_items(db, report)}


def contents(engine: Engine) -> dict[str, Any]:
    """Everything that does not depend on when rows were stored."""
    with reading(engine) as db:
        listings = select(_listing, _page.c.capture_key).join_from(_listing, _page)
        pages = (
            "capture_key", "state", "found", "rejected", "rejects", "lead_text", "lead_hash", "encoding", "replaced",
        )  # fmt: skip
        return {
            "items": stored_items(engine),
            "sightings": stored_sightings(engine),
            "gaps": stored_gaps(engine),
            "listings": sorted((r.capture_key, r.list, r.section, r.shown, r.shared) for r in db.execute(listings)),
            "pages": sorted(
                (tuple(map(str, row)) for row in db.execute(select(*(_page.c[name] for name in pages)))), key=str
            ),
        }


def assert_adds_up(engine: Engine) -> None:
    """Every item is new on one page, and pages, work and runs say the same."""
    counts = [func.sum(_page.c[name]) for name in ("found", "new", "seen", "rejected")]
    earlier = _sighting.alias()
    first = (
        ~select(earlier.c.item_id)
        .where(earlier.c.item_id == _sighting.c.item_id, earlier.c.page_id < _sighting.c.page_id)
        .exists()
    )
    with reading(engine) as db:
        found, new, seen, rejected = tuple(db.execute(select(*counts)).one())
        assert found == new + seen + rejected
        assert new == len(stored_items(engine))
        for rows in (_work, _run):
            sums = [func.sum(rows.c[f"items_{name}"]) for name in ("new", "seen", "rejected")]
            assert tuple(db.execute(select(*sums)).one()) == (new, seen, rejected)
        own = select(_page.c.new, func.sum(case((first, 1), else_=0))).join_from(_page, _sighting)
        assert all(said == counted for said, counted in db.execute(own.group_by(_page.c.id, _page.c.new)))
        assert all(
            row.outcome.startswith(f"{row.items_new} new, {row.items_seen} seen") for row in db.execute(select(_run))
        )


@pytest.mark.parametrize("rules", RULES)
def test_the_tables_become_those_of_the_changed_rules_and_the_report_names_exactly_what_changed(
    filled: Engine,
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    captures: list[Capture],
    profile: Path,
    rules: str,
) -> None:
    before = {row["content_hash"]: row for row in stored_items(filled)}
    change(profile, RULES[rules])
    report, named = replayed(filled)
    assert report.changed > 0
    assert report.unread == []

    fresh = hasty_engine(fresh_database(kind, request, tmp_path))
    keep(fresh, captures, profile)
    assert contents(filled) == contents(fresh)
    fresh.dispose()
    assert_adds_up(filled)

    after = {row["content_hash"]: row for row in stored_items(filled)}
    assert {key for key, row in named.items() if row["change"] == "new"} == after.keys() - before.keys()
    assert {key for key, row in named.items() if row["change"] == "gone"} == before.keys() - after.keys()
    assert {key: set(row["fields"]) for key, row in named.items() if row["change"] == "changed"} == {
        key: {name for name in row if row[name] != after[key][name]}
        for key, row in before.items()
        if key in after and row != after[key]
    }


def test_a_second_replay_changes_nothing_and_going_back_restores_everything(
    filled: Engine, captures: list[Capture], profile: Path
) -> None:
    before = contents(filled)
    assert replayed(filled)[1] == {}
    change(profile, RULES["hours unknown"])
    replayed(filled)
    report, named = replayed(filled)
    assert (report.pages, report.changed, named, report.sightings) == (len(before["pages"]), 0, {}, {})
    change(profile, NL)
    replayed(filled)
    assert contents(filled) == before
    assert_adds_up(filled)


def test_a_replay_that_was_stopped_is_finished_by_the_next(
    filled: Engine, captures: list[Capture], profile: Path
) -> None:
    change(profile, RULES["no such agency"])
    report = Report()
    next(replay(filled, report))
    assert 0 < report.pages < len(captures)
    rest = Report(last_page=report.last_page)
    for _ in replay(filled, rest):
        pass
    assert report.pages + rest.pages == len(contents(filled)["pages"])
    assert replayed(filled)[1] == {}
    assert_adds_up(filled)


def test_a_page_that_our_own_fault_keeps_from_being_read_stays_as_it_is(
    engine: Engine, captures: list[Capture], profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, captures[:40], profile)
    before = contents(engine)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("meeruit.tasks.work.capturing.extract_in", broken)
    report, named = replayed(engine)
    assert {problem for _, problem in report.unread} == {"unexpected ZeroDivisionError: oh"}
    assert (report.changed, named) == (0, {})
    assert contents(engine) == before


def test_a_capture_time_that_was_refused_stays_refused(engine: Engine, captures: list[Capture], profile: Path) -> None:
    ahead = replace(captures[0], observed_at=now() + timedelta(minutes=6))
    keep(engine, [ahead, *captures[1:9]], profile)
    with engine.begin() as db:  # the day has come
        db.execute(update(_page).where(_page.c.state == "quarantined").values(observed_at=captures[1].observed_at))
    report, named = replayed(engine)
    assert (report.pages, report.changed, named) == (len(contents(engine)["pages"]) - 1, 0, {})


def test_a_page_that_the_new_rules_refuse_takes_its_items_along_and_comes_back(
    engine: Engine, captures: list[Capture], profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(engine, captures[:60], profile)
    before = contents(engine)

    def refused(*_: object) -> None:
        raise Unreadable("nested too deep")

    with monkeypatch.context() as patched:
        patched.setattr("meeruit.tasks.work.capturing.extract_in", refused)
        report, named = replayed(engine)
        assert report.changed == report.pages
        assert {row["change"] for row in named.values()} == {"gone"}
        assert stored_items(engine) == []
        with reading(engine) as db:
            runs = list(db.execute(select(_run)))
            assert sum(run.pages_done for run in runs) == 0
            assert sum(len(row.failed) for row in db.execute(select(_work))) == report.pages
    replayed(engine)
    assert contents(engine) == before
    assert_adds_up(engine)
    with reading(engine) as db:
        assert not any(row.failed or row.pages_failed for row in db.execute(select(_work)))


def test_a_profile_that_is_gone_stops_a_replay_before_it_begins(
    engine: Engine, captures: list[Capture], profile: Path
) -> None:
    keep(engine, captures[:40], profile)
    profile.unlink()
    with reading(engine) as db, pytest.raises(UsageError, match="cannot read this language profile"):
        check_profiles(db)


def test_replay_compares_every_column_of_an_item_but_its_names_and_what_only_derivation_reads() -> None:
    names = {"id", "content_hash", "cursor", "stored_at", "pruned"}  # what was told of it, and what was given up
    derivation = {"headline_from", "url_from", "headline_key", "link_key"}
    assert {*DIGESTED, *names, *derivation} == set(table(Item).c.keys())
    assert len(DIGESTED) == len(table(Item).c) - len(names | derivation)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_command_lists_the_changes_and_survives_kill_9(filled: Engine, profile: Path) -> None:
    change(profile, RULES["no such agency"])
    command = tied([sys.executable, "-m", "meeruit.worker", "replay", "--format", "jsonl"])
    environment = os.environ | {"MEERUIT_DATABASE_URL": str(filled.url)}
    killed = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    time.sleep(random.uniform(0.3, 1.2))
    killed.send_signal(signal.SIGKILL)
    killed.wait()

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    run()
    second = run()
    assert second.stdout == ""
    assert "read again, 0 changed" in second.stderr
    assert_adds_up(filled)
