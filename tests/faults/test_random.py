"""A run in which something goes wrong every second, of one kind after another.

``make faults-long`` has a hundred thousand captures and a fault every three seconds.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.store.tables import Run, Work, WorkState, table
from meeruit.worker.database import reading
from tests.faults.inject import family, pool_of, signal_all, terminate_sessions
from tests.faults.scene import Scene, sender
from tests.faults.server import Server
from tests.live.conftest import until

_run, _work = table(Run), table(Work)
#: The captures of a file.
FILE = 1_000
#: How many there are at most, and at least: more are enrolled while a kind of fault has not come about.
LONG = int(os.environ.get("FAULT_CAPTURES", "0"))
MOST, LEAST = (LONG, LONG) if LONG else (12_000, 3_000)
#: Seconds between two faults.
EVERY = 3.0 if LONG else 1.0


class Chance:
    """Brings about one fault after another; each kind in turn, in an order that chance picks anew each time."""

    def __init__(self, scene: Scene, server: Server) -> None:
        self._scene, self._server = scene, server
        self._left: list[str] = []
        self.did: Counter[str] = Counter()
        self._beat = scene.start("beat")

    def strike(self) -> None:
        """The next fault."""
        if not self._left:
            self._left = sorted(FAULTS)
            self._scene.rng.shuffle(self._left)
        name = self._left.pop()
        try:
            FAULTS[name](self)
            self.did[name] += 1
        except (DBAPIError, OSError, IndexError):  # what an earlier fault took down is not up again
            self._left.insert(0, name)

    def _main(self) -> int:
        return self._scene.rng.choice(self._scene.workers).pid

    def _child(self) -> int:
        return self._scene.rng.choice(pool_of(self._main()))

    def kill_child(self) -> None:
        signal_all([self._child()], signal.SIGKILL)

    def freeze_child(self) -> None:
        frozen = [self._child()]
        signal_all(frozen, signal.SIGSTOP)
        time.sleep(2)
        signal_all(frozen, signal.SIGCONT)

    def kill_worker(self) -> None:
        signal_all(family(self._main()), signal.SIGKILL)

    def stop_worker(self) -> None:
        signal_all([self._main()], signal.SIGTERM)

    def kill_beat(self) -> None:
        self._beat.kill()
        self._beat.communicate()
        self._beat = self._scene.start("beat")

    def empty_broker(self) -> None:
        with self._scene.broker.client() as client:
            client.flushall()

    def kill_broker(self) -> None:
        self._scene.broker.kill()
        time.sleep(0.5)
        self._scene.broker.start()

    def freeze_broker(self) -> None:
        with self._scene.broker.frozen():
            time.sleep(2)

    def end_sessions(self) -> None:
        terminate_sessions(self._scene.database_url)

    def kill_server(self) -> None:
        self._server.die(signal.SIGQUIT)
        time.sleep(0.5)
        self._server.start()

    def lock_items(self) -> None:
        with self._scene.engine.connect() as db, db.begin():
            db.execute(text("LOCK TABLE item IN SHARE MODE"))
            time.sleep(2)

    def send_twice(self) -> None:
        with reading(self._scene.engine) as db:
            found = db.scalars(select(_work.c.id).where(_work.c.state == WorkState.RUNNING)).all()
        with sender(self._scene.settings) as send:
            for work_id in list(found) * 5:
                send(work_id)


FAULTS: dict[str, Callable[[Chance], None]] = {
    name: each for name, each in vars(Chance).items() if not name.startswith("_") and name != "strike"
}


@pytest.mark.postgres
@pytest.mark.timeout(7200)
def test_one_fault_after_another_changes_nothing(served: tuple[Scene, Server]) -> None:
    scene, server = served
    names = scene.shoot(MOST, MOST // FILE)
    for _ in range(2):
        scene.worker(2)
    until(lambda: all(pool_of(each.pid) for each in scene.workers), 60, scene.tail())
    enrolled = enrol(scene, names[: LEAST // FILE], 1)
    until(lambda: scene.reached("claimed"), 60, scene.tail())
    chance, begun, struck = Chance(scene, server), time.monotonic(), time.monotonic()
    while not scene.ended() or (len(chance.did) < len(FAULTS) and enrolled < len(names)):
        if time.monotonic() - struck > EVERY:
            struck = time.monotonic()
            chance.strike()
        if scene.ended() and enrolled < len(names):
            enrolled += enrol(scene, [names[enrolled]], enrolled - LEAST // FILE + 2)
        assert time.monotonic() - begun < 7000, scene.tail()
    scene.mark()
    lasted = time.monotonic() - begun
    scene.captures = [each for number, each in enumerate(scene.captures) if number % len(names) < enrolled]
    captures = len(scene.captures)
    print(f"{captures:,} captures in {lasted:.0f} s, {scene.restarts} workers started again, {dict(chance.did)}")  # noqa: T201
    with reading(scene.engine) as db:
        split = len(db.scalars(select(_work.c.id).where(_work.c.state == WorkState.SPLIT)).all())
    scene.record(f"A2 a fault every {EVERY:.0f} s, {captures:,} captures", chance.did.total(), split + scene.restarts)
    assert chance.did.total() >= lasted / EVERY / 4  # some last for two seconds


def enrol(scene: Scene, names: list[str], runs: int) -> int:
    """Ingest so many files, and wait until that many runs are enrolled; returns how many files they are."""
    scene.start("ingest", *names)

    def all_enrolled() -> bool:
        try:
            with reading(scene.engine) as db:
                return len(db.scalars(select(_run.c.id).where(_run.c.enrolled_at.is_not(None))).all()) >= runs
        except DBAPIError:  # an earlier fault
            return False

    until(all_enrolled, 300, scene.tail)
    return len(names)
