"""The database goes away for some seconds while a run is under way: nobody gives up, and the tables end the same."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from meeruit.tasks.store.tables import Work, WorkState, table
from meeruit.worker.database import make_engine, reading
from tests.conftest import fresh_database
from tests.gate import Gate
from tests.live.conftest import Meeruit, until
from tests.newswire.camera import LISTINGS, Camera, Plan
from tests.newswire.write import write_lines
from tests.tables import check

_work = table(Work)


@pytest.mark.slow
@pytest.mark.postgres
def test_ingest_and_its_worker_outlast_a_restart_of_the_database(
    meeruit: Meeruit, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    texts = tuple(each for each in LISTINGS if "HTML" not in each.forms)
    camera = Camera(Plan(1000, seed=12, days=1, listings=texts))
    captures = [camera.capture(number) for number in camera.numbers()]
    write_lines(captures, tmp_path / "pages.jsonl")
    database = fresh_database("postgresql", request, tmp_path)
    engine = make_engine(database)

    def ended() -> int:
        with reading(engine) as db:
            done = select(func.count()).select_from(_work).where(_work.c.state == WorkState.DONE)
            return int(db.scalar(done) or 0)

    with Gate(database) as gate:
        meeruit.settings["MEERUIT_DATABASE_URL"] = gate.url
        process = meeruit.start("ingest", "pages.jsonl", "--json")
        until(ended)
        gate.close()
        before = ended()
        threading.Timer(4, gate.open).start()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert before < 5, "the run had ended before the database went"
    assert "the database does not answer, waiting for it" in err
    check(engine, captures)
    with reading(engine) as db:
        held = db.scalar(select(func.max(_work.c.attempts)))
    assert held == 1, "a piece waited for its lease to end"
    engine.dispose()
