"""The command as a user runs it, in a folder of its own, and the parts that it starts."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from meeruit.tasks.store.tables import Work, table
from meeruit.worker.database import make_engine, reading
from meeruit.worker.local.broker import EmbeddedBroker, binary
from tests import forked
from tests.conftest import fresh_database
from tests.shell import Answer, in_process
from tests.tied import tied

_work = table(Work)
#: Commands that read the database and print.
LISTINGS = frozenset(("body", "failures", "gaps", "items", "pages", "runs", "show", "sightings", "sources", "why"))


@dataclass
class Meeruit:
    """``meeruit`` in a folder, with settings of its own."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    #: What is added to commands that wait for work, where the broker is a server that nobody works on.
    own_workers: tuple[str, ...] = ()
    #: Commands that run in this process.
    listings: frozenset[str] = LISTINGS
    #: The command itself, where it has to be a program of its own; else it is forked, which saves what it imports.
    command: tuple[str, ...] = ()

    def start(self, *arguments: str, stdin: int | None = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """Start the command and go on."""
        process = forked.start(
            arguments,
            self.command,
            cwd=self.folder,
            env=os.environ | self.settings,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 120) -> Answer:
        """Run the command to its end: as a process of its own, but for listings."""
        if arguments[0] in self.listings:
            return in_process(*arguments, folder=self.folder, settings=self.settings)
        if arguments[0] in {"ingest", "retry", "run"} and "--workers" not in arguments:
            arguments = (*arguments, *self.own_workers)
        process = self.start(*arguments, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
        out, err = process.communicate(stdin, timeout=timeout)
        return Answer(process.returncode, out, err)

    @property
    def engine(self) -> Engine:
        """The engine on its database, disposed of when the test ends."""
        url = self.settings.get("MEERUIT_DATABASE_URL", f"sqlite:///{self.folder}/meeruit.db")
        if url not in self.engines:  # who waits for something asks a hundred times a second
            self.engines[url] = make_engine(url)
        return self.engines[url]


@pytest.fixture
def meeruit(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Meeruit]:
    """The command without any setting: SQLite in the folder, an embedded broker. With ``--servers``: on real servers."""
    forked.get_ready()
    command = Meeruit(tmp_path)
    if request.config.getoption("servers"):
        command.settings["MEERUIT_DATABASE_URL"] = fresh_database("postgresql", request, tmp_path)
        command.settings["MEERUIT_BROKER_URL"] = request.getfixturevalue("server")
        command.own_workers = ("--workers", "2")
    yield command
    for process in command.started:  # those that a test which failed left running
        process.kill()
        if process.stdout is not None and not process.stdout.closed:
            process.communicate()
    for engine in command.engines.values():
        engine.dispose()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis-protocol server on TCP, with a password, emptied with the test."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [binary(), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", "secret", "--save", ""]
    with (
        (tmp_path / "server.log").open("wb") as log,
        subprocess.Popen(tied(command), stdout=log, cwd=tmp_path) as process,
    ):
        until(lambda: "Ready to accept" in (tmp_path / "server.log").read_text())
        yield f"redis://:secret@127.0.0.1:{port}/0"
        process.kill()


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    """A Valkey of the test's own, as an external server."""
    with EmbeddedBroker() as server:
        yield server


def children(pid: int) -> list[int]:
    """The processes that a process started, and theirs (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def named(pids: list[int], word: str) -> list[int]:
    """Those of the processes whose command line holds a word."""
    return [pid for pid in pids if word in command_of(pid)]


def command_of(pid: int) -> str:
    """The command line of a process, or nothing where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """True while a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], Any], seconds: float = 30, what: str | Callable[[], str] = "") -> Any:
    """Wait until a condition holds, and return what it gave; fail after so many seconds, and say what there is then."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        assert time.monotonic() < deadline, f"waited {seconds} s in vain {what() if callable(what) else what}"
        time.sleep(0.01)


def states(meeruit: Meeruit) -> list[str]:
    """The state of every piece of work."""
    try:
        with reading(meeruit.engine) as db:
            return [row.state for row in db.execute(select(_work.c.state))]
    except OperationalError:  # no table yet
        return []
