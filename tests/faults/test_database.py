"""A database that dies, ends sessions, loses answers, fills its disk, is locked, or refuses for good."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.engine import make_url

from meeruit.tasks.store.tables import Item, Work, table
from meeruit.tasks.store.transaction import transaction
from meeruit.worker.database import make_engine, reading
from tests.faults.hooks import Fault
from tests.faults.inject import Valkey, every, resize, terminate_sessions, tiny_disk
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.faults.server import Server, own_server
from tests.faults.table import Line
from tests.live.conftest import until

_item, _work = table(Item), table(Work)
postgresql = pytest.mark.parametrize("kind", [pytest.param("postgresql", marks=pytest.mark.postgres)])
sqlite = pytest.mark.parametrize("kind", ["sqlite"])


def under_way(scene: Scene, pages: int = 120, pieces: int = 12, processes: int = 2) -> None:
    names = scene.shoot(pages, pieces)
    scene.worker(processes)
    scene.start("ingest", *names)
    until(lambda: scene.reached("before commit") >= 2, 60, scene.tail())


@pytest.mark.postgres
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_a_server_that_is_killed_and_comes_back_is_waited_for(served: tuple[Scene, Server], number: int) -> None:
    scene, server = served
    under_way(scene)
    server.die(number)
    scene.engine.dispose()
    left = 12 - scene.reached("after commit")
    time.sleep(2)
    server.start()
    scene.mark()
    scene.finish()
    how = "kill -9" if number == signal.SIGKILL else "immediate shutdown"
    scene.record(f"11 PostgreSQL {how}, restart", 1, left)


@postgresql
def test_sessions_that_are_terminated_in_a_loop_cost_nothing(scene: Scene) -> None:
    ended: list[int] = []
    names = scene.shoot(240, 24)
    scene.worker(2)
    scene.start("ingest", *names)
    until(lambda: scene.reached("before commit") >= 1, 60, scene.tail())
    with every(0.5, lambda: ended.append(terminate_sessions(scene.database_url))):
        time.sleep(6)
    scene.engine.dispose()
    scene.mark()
    scene.finish()
    scene.record("12 sessions terminated", len(ended), sum(ended))


@pytest.mark.live
@postgresql
def test_a_commit_whose_answer_is_lost_is_done_once(scene: Scene) -> None:
    host = make_url(scene.database_url).query["host"]
    with Proxy(f"{host}/.s.PGSQL.5432") as cable:
        through = make_url(scene.database_url).set(query={}, host="127.0.0.1", port=cable.port)
        scene.settings["MEERUIT_DATABASE_URL"] = through.render_as_string(hide_password=False)
        names = scene.shoot(72, 6)
        scene.worker()
        scene.start("ingest", *names)
        until(lambda: scene.reached("claimed") >= 1, 60, scene.tail())
        cable.lose_commits = 4
        scene.finish()
        lost = cable.lost_commits
    scene.record("13 committed, the answer lost", 4 - cable.lose_commits, lost)


@pytest.mark.parametrize("step", ["after commit", "before commit"])
@sqlite
def test_an_error_around_the_commit_is_done_again_or_not_at_all(scene: Scene, step: str) -> None:
    scene.faults(Fault(step, "error", 1), Fault(step, "error", 3))
    names = scene.shoot(72, 6)
    scene.worker()
    scene.start("ingest", *names)
    scene.finish()
    assert {row.attempts for row in scene.work()} == {1}
    scene.record(f"13b error {step}", 2, len(scene.did("error")))


@pytest.mark.timeout(400)
@sqlite
def test_a_full_disk_is_waited_for_and_damages_nothing(scene: Scene) -> None:
    with tiny_disk(2.5) as disk:
        scene.engine.dispose()
        shutil.copy(str(make_url(scene.database_url).database), disk / "news.db")
        scene.database_url = scene.settings["MEERUIT_DATABASE_URL"] = f"sqlite:///{disk}/news.db"
        scene.engine = make_engine(scene.database_url)
        names = scene.shoot(240, 24)
        scene.worker()
        command = scene.start("ingest", *names)
        until(lambda: command.poll() is not None or any(row.last_error for row in scene.work()), 60, scene.tail())
        reasons = [row.last_error for row in scene.work() if row.last_error]
        (said, _), (checked, _) = (scene.start("status", *each).communicate(timeout=60) for each in ((), ("--check",)))
        assert "is full: " in said
        assert "FAULT  database: the disk of " in checked
        resize(disk, 64)
        scene.mark()
        if command.poll() is not None:  # it said so, and ended
            reasons.append(command.communicate()[1])
            scene.start("ingest", *names)
        scene.start("beat")
        scene.finish(250)
        with reading(scene.engine) as db:
            assert db.scalar(text("PRAGMA integrity_check")) == "ok"
        assert max(row.attempts for row in scene.work()) == 1
        scene.record("14 disk full, SQLite", 1, int(any("full" in reason for reason in reasons)))
        scene.engine.dispose()


def test_a_lock_that_somebody_holds_for_long_is_waited_for(scene: Scene) -> None:
    under_way(scene)
    locked, seen = lock(scene), 0
    with locked:
        before = scene.reached("after commit")
        time.sleep(20)
        seen = int(scene.reached("after commit") - before <= 2)
        left = scene.left()
    scene.mark()
    scene.finish()
    assert {row.attempts for row in scene.work()} == {1}
    scene.record("16 locked for 20 s", 1, min(seen, left))


@contextmanager
def lock(scene: Scene) -> Iterator[None]:
    """Another program is in the middle of a transaction on what everybody needs."""
    with scene.engine.connect() as db, db.begin():
        if scene.engine.dialect.name == "postgresql":
            db.execute(text("LOCK TABLE item IN SHARE MODE"))
        yield


@postgresql
def test_a_deadlock_is_tried_again_and_sorted_merges_have_none(scene: Scene) -> None:
    """The control run locks in the order that merges avoid: there the server does see a deadlock."""
    names = scene.shoot(96, 8)
    scene.worker(4)
    scene.start("ingest", *names)
    scene.finish()
    assert deadlocks(scene) == 0, "merges that sort what they lock have met in a deadlock"
    with reading(scene.engine) as db:
        first, second = db.scalars(select(_item.c.id).order_by(_item.c.id).limit(2))
    meet = threading.Barrier(2)
    threads = [
        threading.Thread(target=crossed, args=(scene, order, meet)) for order in ((first, second), (second, first))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = until(lambda: deadlocks(scene), 20)
    scene.record("17 deadlock (control run), none when sorted", 1, seen)


def crossed(scene: Scene, order: tuple[int, int], meet: threading.Barrier) -> None:
    """Lock two rows in this order, when the other has locked its first."""
    waits = iter([True])

    def work(db: Connection) -> None:
        for number in order:
            db.execute(text("SELECT 1 FROM item WHERE id = :id FOR UPDATE"), {"id": number})
            if next(waits, False):
                meet.wait(10)

    transaction(scene.engine, work)


def deadlocks(scene: Scene) -> int:
    with scene.engine.connect() as db:
        db.execute(text("SELECT pg_stat_force_next_flush()"))
        found = db.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    return int(found or 0)


def test_a_database_that_refuses_all_for_good_is_asked_ever_more_seldom_and_says_why(scene: Scene) -> None:
    """A table is gone: no fault of a page, so none is given up, and all is done once it is back."""
    names = scene.shoot(48, 4)
    with scene.engine.begin() as db:
        db.execute(text("ALTER TABLE sighting RENAME TO elsewhere"))
    scene.worker()
    scene.start("ingest", *names)
    scene.start("beat")
    until(lambda: all(row.last_error for row in scene.work()) and scene.work(), 60, scene.tail())
    time.sleep(20)
    tries = scene.reached("claimed")
    assert tries <= 4 * 4, f"four pieces were tried {tries} times in 20 s"
    assert all("sighting" in row.last_error for row in scene.work())
    with scene.engine.begin() as db:
        db.execute(text("ALTER TABLE elsewhere RENAME TO sighting"))
    scene.mark()
    scene.finish(200)
    assert max(row.attempts for row in scene.work()) == 1
    scene.record("E1 database refuses all, then mended", 1, tries)


@sqlite
def test_four_writers_on_sqlite_keep_nobody_waiting(scene: Scene) -> None:
    """Nobody hears of a lock, and whoever looks is answered."""
    names = scene.shoot(600, 24)
    scene.worker(4)
    command = scene.start("ingest", *names)
    until(lambda: scene.reached("before commit") >= 1, 90, scene.tail())
    waits: list[float] = []
    while scene.left() and len(waits) < 12:
        began = time.monotonic()
        with sqlite3.connect(str(make_url(scene.database_url).database), timeout=0) as db:
            db.execute("SELECT count(*) FROM item").fetchall()
        waits.append(time.monotonic() - began)
        answer = scene.start("status" if len(waits) % 2 else "items")
        _, err = answer.communicate(timeout=60)
        assert (answer.returncode, err) == (0, "")
    scene.finish()
    _, err = command.communicate(timeout=60)
    assert command.returncode == 0, err
    assert "locked" not in scene.tail() + err
    assert max(waits) < 1.0, waits
    scene.record("A6 four writers on SQLite", 4, len(waits))


@pytest.mark.postgres
def test_a_server_whose_disk_is_full_is_waited_for(
    broker: Valkey, tmp_path: Path, rng: object, note: Callable[[Line], None], request: pytest.FixtureRequest
) -> None:
    with tiny_disk(110) as disk, own_server(disk, tmp_path / "pg.log") as server:
        scene = Scene(tmp_path, server.url, broker, rng, note=note)  # type: ignore[arg-type]
        request.addfinalizer(scene.close)
        names = scene.shoot(96, 8)
        free = shutil.disk_usage(disk).free
        with (disk / "ballast").open("wb") as ballast:
            ballast.write(bytes(free))
        scene.worker()
        command = scene.start("ingest", *names)
        scene.start("beat")
        full = until(lambda: "No space left" in server.log.read_text(errors="replace"), 60)
        (disk / "ballast").unlink()
        time.sleep(5)  # a command that could not enrol has ended by then
        if not server.answers():
            server.start()
        scene.engine.dispose()
        scene.mark()
        if command.poll() is not None:  # it said so, and ended
            scene.start("ingest", *names)
        scene.finish(200)
        scene.record("15b PostgreSQL's disk full", 1, int(full))
