"""A transaction outlasts what passes: locks, lost races, a database that restarts; and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from meeruit.tasks.store import transaction as module
from meeruit.tasks.store.transaction import Raced, read_only, transaction
from meeruit.worker.database import make_engine
from tests.conftest import fresh_database
from tests.gate import Gate


@pytest.fixture
def gate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gate]:
    """A gate to a fresh PostgreSQL database."""
    with Gate(fresh_database("postgresql", request, tmp_path)) as gate:
        yield gate


@pytest.fixture
def beyond(gate: Gate) -> Iterator[Engine]:
    """An engine that reaches the database through the gate."""
    engine = make_engine(gate.url)
    yield engine
    engine.dispose()


def reopen(gate: Gate, seconds: float) -> None:
    """Open the gate after so many seconds."""
    threading.Timer(seconds, gate.open).start()


def put(db: Connection) -> None:
    """Store one row that is the same however often it is stored."""
    db.execute(text("INSERT INTO source (name) VALUES ('a') ON CONFLICT (name) DO NOTHING"))


@pytest.mark.postgres
def test_a_database_that_is_gone_for_two_seconds_is_waited_for(gate: Gate, beyond: Engine) -> None:
    transaction(beyond, lambda db: db.execute(text("SELECT 1")))
    gate.close()
    reopen(gate, 2)
    transaction(beyond, put)
    assert read_only(beyond, lambda db: db.scalar(text("SELECT count(*) FROM source"))) == 1


@pytest.mark.postgres
def test_a_connection_that_breaks_in_the_middle_is_made_anew(gate: Gate, beyond: Engine) -> None:
    broken: list[bool] = []

    def work(db: Connection) -> None:
        put(db)
        if not broken:
            broken.append(True)
            gate.close()
            reopen(gate, 1)
        put(db)

    transaction(beyond, work)
    assert read_only(beyond, lambda db: db.scalar(text("SELECT count(*) FROM source"))) == 1


@pytest.mark.postgres
def test_a_database_that_stays_away_is_an_error_in_the_end(
    gate: Gate, beyond: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    gate.close()
    started = time.monotonic()
    with pytest.raises(OperationalError):
        transaction(beyond, put)
    with pytest.raises(OperationalError):
        read_only(beyond, lambda db: db.scalar(text("SELECT 1")), patience=0.5)
    assert 1.5 < time.monotonic() - started < 15
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert all("the database does not answer" in line and "refused" in line for line in said)


def test_a_lost_race_is_run_again_but_not_for_ever(engine: Engine) -> None:
    runs = []

    def lose(_db: Connection) -> None:
        runs.append(True)
        raise Raced

    with pytest.raises(Raced):
        transaction(engine, lose)
    assert len(runs) == 6


def test_a_mistake_is_no_outage(engine: Engine) -> None:
    runs = []

    def wrong(db: Connection) -> None:
        runs.append(True)
        db.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises((OperationalError, ProgrammingError)):  # SQLite calls it operational
        transaction(engine, wrong)
    assert len(runs) == 1


def test_a_reader_waits_for_no_writer(engine: Engine) -> None:
    with engine.begin() as db:
        put(db)
        started = time.monotonic()
        assert read_only(engine, lambda other: other.scalar(text("SELECT count(*) FROM source"))) == 0
    assert time.monotonic() - started < 10, "a writer is waited for thirty seconds"


def test_a_claim_waits_for_no_disk_and_what_is_stored_does(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'news.db'}")

    def level(db: Connection) -> Any:
        return db.exec_driver_sql("PRAGMA synchronous").scalar()

    full, normal = 2, 1
    asked = (True, False, False, True, False, True)
    assert [transaction(engine, level, waits_for_disk=waits) for waits in asked] == [
        full,
        normal,
        normal,
        full,
        normal,
        full,
    ]
    engine.dispose()
