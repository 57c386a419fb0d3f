"""Whatever dies, the tables end the same: a worker in the middle of a batch, the whole worker, the broker."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from meeruit.tasks.store.tables import Work, WorkState, table
from meeruit.worker.database import reading
from meeruit.worker.local.broker import EmbeddedBroker
from tests.conftest import fresh_database
from tests.live.conftest import Meeruit, children, command_of, named, states, until
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.write import write_lines
from tests.tables import check

_work = table(Work)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def captures() -> list[Capture]:
    """Enough pages for several batches."""
    camera = Camera(Plan(1200, seed=11, days=1))
    return [camera.capture(number) for number in camera.numbers()]


@pytest.fixture
def pages(captures: list[Capture], tmp_path: Path) -> str:
    """The captures as a JSON Lines file."""
    write_lines(captures, tmp_path / "pages.jsonl")
    return "pages.jsonl"


def running(meeruit: Meeruit) -> bool:
    """True while a worker holds a piece of work."""
    try:
        with reading(meeruit.engine) as db:
            return db.scalar(select(_work.c.id).where(_work.c.state == WorkState.RUNNING).limit(1)) is not None
    except OperationalError:  # no table yet
        return False


def worker_processes(command: int) -> tuple[int, list[int]]:
    """A worker's main process and its pool."""
    found = named(children(command), "worker worker")
    main = next((pid for pid in found if named(children(pid), "worker worker")), 0)
    return main, [pid for pid in children(main) if "worker worker" in command_of(pid)] if main else []


def test_a_worker_process_killed_in_the_middle_of_a_batch_costs_nothing(
    meeruit: Meeruit, pages: str, captures: list[Capture]
) -> None:
    process = meeruit.start("ingest", pages, "--workers", "1")
    until(lambda: running(meeruit))
    _, pool = worker_processes(process.pid)
    for pid in pool:
        os.kill(pid, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert WorkState.SPLIT in states(meeruit), "nothing was killed in the middle of its work"
    check(meeruit.engine, captures)
    assert "1,200 found" in out


def test_the_whole_worker_killed_is_started_again(meeruit: Meeruit, pages: str, captures: list[Capture]) -> None:
    process = meeruit.start("ingest", pages)
    until(lambda: running(meeruit))
    os.kill(worker_processes(process.pid)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "the worker process died; started again" in err
    check(meeruit.engine, captures)


def test_the_broker_killed_is_started_again_and_the_ledger_fills_it(
    meeruit: Meeruit, pages: str, captures: list[Capture]
) -> None:
    process = meeruit.start("ingest", pages)
    until(lambda: running(meeruit))
    (valkey,) = named(children(process.pid), "valkey-server")
    os.kill(valkey, signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "the embedded broker died; started again" in err
    check(meeruit.engine, captures)


def test_the_command_killed_leaves_work_that_the_next_one_finishes(
    meeruit: Meeruit, pages: str, captures: list[Capture]
) -> None:
    process = meeruit.start("ingest", pages)
    until(lambda: running(meeruit))
    process.kill()
    process.communicate()
    again = meeruit("ingest", pages, "--json")
    assert again.status == 0, again.err
    assert again.json["pages"]["found"] == 1200
    check(meeruit.engine, captures)
    assert set(states(meeruit)) <= {WorkState.DONE, WorkState.SPLIT}


@contextmanager
def workers(meeruit: Meeruit, number: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many workers, started by hand on the broker that the settings name."""
    started = [meeruit.start("worker", "--processes", "1") for _ in range(number)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def test_live_workers_on_a_server_of_ones_own_survive_an_emptied_broker(
    meeruit: Meeruit, pages: str, captures: list[Capture], kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Two workers, PostgreSQL or SQLite, a broker that is killed and comes back empty."""
    meeruit.settings["MEERUIT_DATABASE_URL"] = fresh_database(kind, request, tmp_path)
    with EmbeddedBroker() as broker:
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        with workers(meeruit, 2):
            process = meeruit.start("ingest", pages)
            until(lambda: running(meeruit))
            broker.stop()
            time.sleep(0.5)
            broker.start()
            _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        check(meeruit.engine, captures)


def test_a_worker_told_to_stop_finishes_what_it_holds(meeruit: Meeruit, pages: str, captures: list[Capture]) -> None:
    with EmbeddedBroker() as broker:
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        process = meeruit.start("ingest", pages)
        with workers(meeruit, 1) as (first,):
            until(lambda: running(meeruit))
            first.terminate()
            assert first.wait(60) == 0
            assert WorkState.RUNNING not in states(meeruit)
        with workers(meeruit, 1):
            process.communicate(timeout=120)
        if process.returncode != 0:  # nobody worked for a while: the command said so
            assert meeruit("ingest", pages, "--workers", "2").status == 0
        check(meeruit.engine, captures)
