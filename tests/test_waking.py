"""Readers hear at once that there are new items, where the database can call; a call that is lost costs time, and no item."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import IO

import psycopg
import pytest
from sqlalchemy import Engine, text

from meeruit.worker.database import make_engine
from meeruit.worker.waking import Waking
from tests.conftest import fresh_database
from tests.test_outbox import put
from tests.tied import tied


@pytest.fixture
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """PostgreSQL; SQLite calls nobody."""
    engine = make_engine(fresh_database("postgresql", request, tmp_path))
    yield engine
    engine.dispose()


def is_woken(waking: Waking) -> bool:
    """Whether a wait ends before its five seconds are over."""
    began = time.monotonic()
    waking.wait()
    return time.monotonic() - began < 4


@pytest.mark.postgres
def test_a_reader_is_woken_by_a_new_item_and_by_nothing_else(there: Engine) -> None:
    put(there, "old")
    with closing(Waking(there)) as waking:
        waking.listen()
        put(there, "old")  # seen once more
        began = time.monotonic()
        waking.wait(1.0)
        assert time.monotonic() - began > 0.9
        put(there, "new")
        assert is_woken(waking)


@pytest.mark.postgres
def test_what_is_stored_between_a_look_and_the_wait_wakes_all_the_same(there: Engine) -> None:
    with closing(Waking(there)) as waking:
        waking.listen()
        put(there, "meanwhile")
        assert is_woken(waking)


@pytest.mark.postgres
def test_a_connection_that_broke_is_made_anew(there: Engine) -> None:
    with closing(Waking(there)) as waking:
        waking.listen()
        with there.connect() as db:
            db.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))
        waking.wait()
        waking.wait()  # a while, deaf
        waking.listen()
        put(there, "new")
        assert is_woken(waking)


@pytest.mark.postgres
def test_anybody_can_listen(there: Engine) -> None:
    url = there.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN meeruit_item")
        put(there, "a", "b")
        calls = list(connection.notifies(timeout=5, stop_after=2))
    assert [(call.channel, call.payload) for call in calls] == [("meeruit_item", "public")] * 2


def test_tail_tells_what_is_stored_while_it_waits(engine: Engine, tmp_path: Path) -> None:
    environment = os.environ | {"MEERUIT_DATABASE_URL": engine.url.render_as_string(hide_password=False)}
    command = tied([sys.executable, "-P", "-m", "meeruit.worker", "tail", "--as", "desk"])
    put(engine, "a")
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        lines: list[str] = []
        assert process.stdout is not None
        listener = Thread(target=_keep, args=(process.stdout, lines))
        listener.start()
        try:
            for number, name in enumerate("bcd", 1):
                _until(lines, number)
                time.sleep(0.5)
                put(engine, name)
            _until(lines, 4)
        finally:
            process.terminate()
            process.wait(20)
            listener.join(20)
    assert [json.loads(line)["cursor"] for line in lines] == [1, 2, 3, 4]


def test_tail_that_is_told_to_end_while_nobody_reads_ends_and_tells_nothing_twice(
    engine: Engine, tmp_path: Path
) -> None:
    environment = os.environ | {"MEERUIT_DATABASE_URL": engine.url.render_as_string(hide_password=False)}
    command = tied([sys.executable, "-P", "-m", "meeruit.worker", "tail", "--as", "desk"])
    put(engine, *(f"{number} {'x' * 4000}" for number in range(40)))
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()  # more than a pipe holds is being written
        time.sleep(0.5)
        process.terminate()
        time.sleep(2)
        ended = process.poll()
        rest = process.stdout.read()
    assert ended == 130
    told = [json.loads(line)["cursor"] for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    assert told == list(range(1, len(told) + 1))
    assert len(told) < 40


def _keep(file: IO[str], lines: list[str]) -> None:
    lines.extend(file)


def _until(lines: list[str], number: int) -> None:
    ends = time.monotonic() + 30
    while len(lines) < number:
        assert time.monotonic() < ends
        time.sleep(0.02)
