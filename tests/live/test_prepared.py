"""The worker that starts beside its command: told what to do, or ended with the command."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from meeruit.worker.cli.commands import COMMANDS
from meeruit.worker.local import prepared
from tests.live.conftest import Meeruit, children, command_of, named, until

CLI = Path(prepared.__file__).parent.parent / "cli"


def test_the_commands_that_have_a_worker_prepare_one() -> None:
    modules = {command.module for name, command in COMMANDS.items() if name in prepared.WORKING}
    supervising = {
        path.stem for path in CLI.glob("*.py") if re.search(r"\b(Supervisor|wait_for_\w+)\(", path.read_text())
    }
    assert modules == supervising - {"waiting"}


@pytest.mark.parametrize("arguments", [["items"], ["ingest", "--help"], []])
def test_other_commands_prepare_none(arguments: list[str]) -> None:
    prepared.prepare(arguments)
    assert prepared.take() is None


def test_where_a_broker_is_named_none_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEERUIT_BROKER_URL", "redis://127.0.0.1:1/0")
    prepared.prepare(["ingest", "seeds"])
    assert prepared.take() is None


def test_a_worker_that_is_never_told_ends() -> None:
    prepared.prepare(["ingest", "seeds"])
    made = prepared.take()
    assert made is not None
    assert prepared.take() is None, "it is the taker's"
    assert made.process.stdin is not None
    made.process.stdin.close()
    assert made.process.wait(60) == 0
    made.log.seek(0)
    assert made.log.read() == b""
    made.log.close()


def test_a_prepared_worker_that_died_is_not_taken_for_one_that_heard() -> None:
    prepared.prepare(["ingest", "seeds"])
    made = prepared.take()
    assert made is not None
    made.process.kill()
    made.process.wait()
    assert not prepared.tell(made.process, 2, {})
    made.log.close()


def test_a_command_has_one_worker_and_it_is_the_prepared_one(meeruit: Meeruit) -> None:
    process = meeruit.start("ingest", "-", stdin=subprocess.PIPE)  # it waits for its input
    workers = until(lambda: len(found := named(children(process.pid), "worker worker")) > 1 and found, 60)
    assert {command_of(pid).split()[-1] for pid in workers} == {"--told"}
    assert len({os.getsid(pid) for pid in workers}) == 1, "a worker and its processes are a session"
    process.terminate()
    process.communicate(timeout=60)
