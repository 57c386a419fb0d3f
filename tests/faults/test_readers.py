"""New items go out while what is beneath dies: workers, broker, database, and whoever reads or tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.report import listings
from meeruit.worker.database import reading
from tests.faults.inject import family, signal_all, terminate_sessions
from tests.faults.scene import ROOT, Scene
from tests.faults.server import Server
from tests.live.conftest import until
from tests.test_webhooks import Receiver, table_of
from tests.test_webhooks import served as receiving
from tests.tied import tied

#: Captures, and files that they are enrolled by.
PAGES, FILES = 1_000, 10


class Reader:
    """A program that follows ``tail``, and goes on behind the last line that it has whole."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._lines = scene, scene.folder / "told.jsonl"
        self.starts = 0
        self.start()

    def start(self) -> None:
        """Drop what was not written to its end, and follow behind it."""
        told = self.told()
        self._lines.write_text("".join(json.dumps(event) + "\n" for event in told), encoding="utf-8")
        since = str(told[-1]["cursor"] if told else 0)
        with self._lines.open("ab") as out:
            self.process = subprocess.Popen(
                tied([sys.executable, "-P", "-m", "meeruit.worker", "tail", "--since", since]),
                cwd=self._scene.folder,
                env=os.environ | self._scene.settings | {"PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
        self.starts += 1

    def close(self) -> None:
        """End it as it stands."""
        self.process.kill()
        self.process.wait()

    def told(self) -> list[dict[str, Any]]:
        """What it was told."""
        if not self._lines.exists():
            return []
        whole, _, _ = self._lines.read_bytes().rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()]


class Parts:
    """What runs, each part started again when it ended, and what can be done to it."""

    def __init__(self, scene: Scene, server: Server) -> None:
        self.scene, self.server = scene, server
        self.reader, self.teller = Reader(scene), scene.start("tell")
        #: What is given in, by the file; and the files that are not given in yet.
        self.given: dict[str, subprocess.Popen[str]] = {}
        self.left: list[str] = []
        self.did: Counter[str] = Counter()
        scene.start("beat")
        for _ in range(2):
            scene.worker(1)

    def give(self) -> None:
        """Ingest the next file."""
        if self.left:
            name = self.left.pop()
            self.given[name] = self.scene.start("ingest", name)

    def tend(self) -> bool:
        """Start again what has ended before its time; returns whether all was given, and has ended."""
        if self.reader.process.poll() is not None:
            self.reader.start()
        if self.teller.poll() is not None:
            self.teller = self.scene.start("tell")
        for name, process in self.given.items():
            if process.poll():
                self.given[name] = self.scene.start("ingest", name)
        ended = self.scene.ended()
        return ended and not self.left and all(each.poll() == 0 for each in self.given.values())

    def kill_worker(self) -> None:
        signal_all(family(self.scene.rng.choice(self.scene.workers).pid), signal.SIGKILL)

    def kill_reader(self) -> None:
        self.reader.close()

    def stop_reader(self) -> None:
        def interrupted() -> bool:
            self.reader.process.send_signal(signal.SIGINT)  # once more where it came before Python heard of signals
            try:
                return self.reader.process.wait(5) is not None
            except subprocess.TimeoutExpired:
                return False

        until(interrupted, 30)

    def kill_teller(self) -> None:
        self.teller.kill()
        self.teller.communicate()

    def kill_broker(self) -> None:
        self.scene.broker.kill()
        time.sleep(0.5)
        self.scene.broker.start()

    def end_sessions(self) -> None:
        terminate_sessions(self.scene.database_url)

    def kill_server(self) -> None:
        self.server.die(signal.SIGQUIT)
        time.sleep(0.5)
        self.server.start()


KINDS: dict[str, Callable[[Parts], None]] = {
    name: each for name, each in vars(Parts).items() if name.startswith(("kill_", "stop_", "end_"))
}


@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_every_new_item_goes_out_in_order_whatever_dies(served: tuple[Scene, Server]) -> None:
    scene, server = served
    with receiving(Receiver()) as receiver:
        (scene.folder / "sources.toml").write_text(table_of("desk", receiver))
        scene.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = "127.0.0.1"
        names = scene.shoot(PAGES, FILES, undated=0)
        scene.start("tell", "--once").communicate(timeout=60)  # so that it is known before the first item
        parts = Parts(scene, server)
        parts.left = names
        with closing(parts.reader):
            strike_each_kind_twice(parts)
            scene.mark()
            until(parts.tend, 200, scene.tail)
            with reading(scene.engine) as db:
                stored = {str(row["content_hash"]) for row in listings.items(db, listings.ItemFilter())}
            until(lambda: len(parts.reader.told()) >= len(stored), 60)
            until(lambda: len(set(receiver.cursors)) >= len(stored), 60)
    read = parts.reader.told()
    assert all(earlier["cursor"] < later["cursor"] for earlier, later in pairwise(read))
    assert sorted(event["id"] for event in read) == sorted(stored)
    # a webhook is told what it did not confirm once more: each event is then the same, and none is passed over
    first = list({event["cursor"]: event["id"] for event in receiver.taken}.items())
    assert first == [(event["cursor"], event["id"]) for event in read]
    scene.record("35 readers, webhooks and all beneath", parts.did.total(), parts.reader.starts - 1 + scene.restarts)


def strike_each_kind_twice(parts: Parts) -> None:
    """One fault after another, a second apart, while the files are given in."""
    kinds = [kind for _ in range(2) for kind in parts.scene.rng.sample(sorted(KINDS), len(KINDS))]
    parts.give()
    until(parts.reader.told, 60, parts.scene.tail)
    while kinds:
        parts.give()
        try:
            KINDS[kinds[-1]](parts)
        except (DBAPIError, OSError):  # what an earlier fault took down is not up again
            pass
        else:
            parts.did[kinds.pop()] += 1
        time.sleep(1)
        parts.tend()
