"""Started by the test of a killed run: one test that starts every kind of process, says so, and waits."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.managers import SyncManager
from pathlib import Path

from sqlalchemy.engine import URL

from meeruit.worker.local.broker import EmbeddedBroker
from meeruit.worker.local.parent import die_with_parent
from tests.live.conftest import Meeruit, children, until


def test_everything_runs(meeruit: Meeruit, postgresql: URL, server: str, broker: EmbeddedBroker) -> None:
    (meeruit.folder / "sources.toml").write_text('[[source]]\nname = "a"\nurls = ["http://127.0.0.1:9/"]\n')
    up = meeruit.start("up", "--workers", "1")
    manager = SyncManager(ctx=multiprocessing.get_context("spawn"))
    manager.start(die_with_parent)
    until(lambda: len(children(up.pid)) >= 4, what="for broker, worker, its pool, and beat")
    Path(os.environ["RUNNING"]).touch()
    time.sleep(600)
