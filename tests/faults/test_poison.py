"""A page that kills whoever reads it: it ends alone in quarantine, with its reason, and its 99 neighbours are done.

The parser of these workers dies of what a page says: a real one that dies is a fault that nobody knows yet.
"""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import select, text

from meeruit.tasks.store.tables import Page, PageState, table
from meeruit.worker.database import reading
from tests.faults.scene import Scene
from tests.faults.worker import ENDLESS, MEMORY, SEGFAULT, STUCK

_page = table(Page)
#: Pages in one batch, and the place of the bad one; acceptance: two minutes for all of it.
PAGES, BAD, SECONDS = 100, 37, 120.0


def batch(scene: Scene, word: str) -> str:
    """A file of a hundred pages, one of which holds a word."""
    names = scene.shoot(PAGES - 1, 1)
    lines = (scene.folder / names[0]).read_text().splitlines()
    bad = json.dumps({"url": "https://bad.example/", "observed_at": "2026-01-01T00:00:00Z", "text": f"x {word} x"})
    (scene.folder / "batch.jsonl").write_text("\n".join([*lines[:BAD], bad, *lines[BAD:]]))
    return "batch.jsonl"


def held_to(scene: Scene, fault: str, word: str, reason: str, attempts: int) -> None:
    """Run the batch; the bad page is quarantined with this reason after so many attempts."""
    name = batch(scene, word)
    worker = scene.worker(2)
    scene.mark()
    began = time.monotonic()
    command = scene.start("ingest", name, "--json")
    scene.finish(240)
    lasted = time.monotonic() - began
    out, err = command.communicate(timeout=60)
    assert command.returncode == 1, err
    assert json.loads(out)["pages"] == {"found": 100, "new": 99, "known": 1, "done": 99, "failed": 1} or (
        json.loads(out)["pages"]["failed"] == 1
    )
    with reading(scene.engine) as db:
        (row,) = db.execute(select(_page).where(_page.c.state == PageState.QUARANTINED)).all()
    assert reason in row.outcome
    assert worker.poll() is None, "the worker itself died"
    assert max(each.attempts for each in scene.work()) == attempts
    scene.record(fault, 1, 1, bad=1)
    assert lasted < SECONDS


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_page_that_crashes_the_parser_ends_alone_in_quarantine(scene: Scene) -> None:
    held_to(scene, "23 poison page, SIGSEGV", SEGFAULT.decode(), "its worker died 3 times on this page", 3)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_that_eats_all_memory_ends_alone_in_quarantine(scene: Scene) -> None:
    held_to(scene, "24 poison page, memory", MEMORY.decode(), "MemoryError", 1)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_whose_parsing_never_ends_ends_alone_in_quarantine(scene: Scene) -> None:
    held_to(scene, "25 poison page, endless", ENDLESS.decode(), "took longer than 10 s to read", 1)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_that_no_signal_interrupts_ends_alone_in_quarantine(scene: Scene) -> None:
    held_to(scene, "25b poison page, endless in C", STUCK.decode(), "its worker died 3 times on this page", 3)


def test_a_page_that_the_database_refuses_ends_alone_in_quarantine(scene: Scene) -> None:
    name = batch(scene, "refused")
    with scene.engine.begin() as db:
        for statement in REFUSING[scene.engine.dialect.name]:
            db.execute(text(statement))
    scene.worker()
    scene.mark()
    command = scene.start("ingest", name)
    scene.finish()
    command.communicate(timeout=60)
    with reading(scene.engine) as db:
        (row,) = db.execute(select(_page).where(_page.c.state == PageState.QUARANTINED)).all()
    assert "refused by the database: " in row.outcome
    assert "we do not like it" in row.outcome
    assert {each.attempts for each in scene.work()} == {1}
    scene.record("P1 a refused row among 100", 1, 1, bad=1)


REFUSING = {
    "sqlite": [
        "CREATE TRIGGER no BEFORE INSERT ON page WHEN NEW.address LIKE 'https://bad%' AND NEW.state = 'done' "
        "BEGIN SELECT RAISE(ABORT, 'we do not like it'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN RAISE 'we do not like it' USING ERRCODE = '22000'; "
        "END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no BEFORE INSERT ON page FOR EACH ROW "
        "WHEN (NEW.address LIKE 'https://bad%' AND NEW.state = 'done') EXECUTE FUNCTION no()",
    ],
}
