"""A test run that is killed leaves nothing running: no database, no broker, no worker, no server."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.conftest import alive, children, command_of, until
from tests.tied import tied

RUN = Path(__file__).with_name("everything.py")


def signed(sign: str) -> set[int]:
    """The processes whose environment holds a sign, wherever they have gone to."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone, or somebody else's
            if sign.encode() in (process / "environ").read_bytes():
                found.add(int(process.name))
    return found


@pytest.mark.slow
@pytest.mark.postgres
def test_no_process_outlives_a_test_run_that_was_killed(tmp_path: Path) -> None:
    running = tmp_path / "running"
    command = [sys.executable, "-m", "pytest", "-n1", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'run'}", RUN]
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(tied(list(map(str, command))), env=os.environ | {"RUNNING": str(running)}, stdout=log)
    until(running.exists, 120, "for all parts")
    first = signed(f"RUNNING={running}")
    started = {pid for one in first for pid in (one, *children(one))}
    commands = " ".join(map(command_of, started))
    for part in (
        "bin/postgres",
        "valkey-server",
        "meeruit.worker up",
        "worker worker",
        "worker beat",
        "multiprocessing",
    ):
        assert part in commands
    run.kill()
    run.wait()
    until(lambda: not any(map(alive, started)), 20, f"for {[command_of(pid) for pid in started if alive(pid)]} to end")
    assert not signed(f"RUNNING={running}")
