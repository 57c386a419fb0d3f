"""The sign of life of a worker and of beat, and the command that judges it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meeruit.worker.health import EVERY, LIMIT, fault
from meeruit.worker.local.broker import EmbeddedBroker
from tests.live.conftest import Meeruit, until


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (0, None),
        (LIMIT - 1, None),
        (LIMIT + 1, "touched 31 s ago"),
        (-LIMIT + 1, None),  # the clock was set back a little
        (-3600, "touched -3600 s ago"),
    ],
)
def test_a_file_that_was_touched_lately_is_a_sign_of_life(tmp_path: Path, age: float, said: str | None) -> None:
    file = tmp_path / "worker"
    file.touch()
    found = fault(file, file.stat().st_mtime + age)
    assert (found is None) if said is None else (said in str(found))


def test_a_process_that_never_went_round_shows_no_life(tmp_path: Path) -> None:
    assert "no such file" in str(fault(tmp_path / "worker", time.time()))


def test_the_check_says_what_is_wrong_and_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "beat").touch()

    def check(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-X", "importtime", "-m", "meeruit.worker.health", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    alive = check("beat")
    assert (alive.returncode, alive.stdout) == (0, "ok\n")
    assert not [name for name in ("celery", "sqlalchemy", "pydantic", "typer") if name in alive.stderr]
    assert check("worker").returncode == 1
    assert check().returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_process_shows_life_until_it_is_frozen_and_again_afterwards(
    meeruit: Meeruit, broker: EmbeddedBroker, part: str
) -> None:
    meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
    file = meeruit.folder / "alive"
    process = meeruit.start(part, "--heartbeat", "alive")
    until(file.exists)

    def touched() -> float:
        return file.stat().st_mtime

    first = touched()
    until(lambda: touched() > first, EVERY * 2)
    os.kill(process.pid, signal.SIGSTOP)
    frozen = touched()
    time.sleep(EVERY * 1.5)
    assert touched() == frozen
    os.kill(process.pid, signal.SIGCONT)
    until(lambda: touched() > frozen, EVERY * 2)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0
