"""Faults from outside: a broker that can be killed, frozen and emptied, processes and sessions that are ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psycopg
from redis import Redis, RedisError
from sqlalchemy.engine import make_url

from meeruit.worker.local.broker import binary
from tests.live.conftest import alive, children, command_of
from tests.tied import tied


class Valkey:
    """A server on TCP, of the test's own; with ``keeps`` its data outlives it (an append-only file)."""

    def __init__(self, folder: Path, *, keeps: bool = False) -> None:
        self._folder = folder
        self._keeps = keeps
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Redis:
        return Redis(port=self.port, socket_timeout=5)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._folder.mkdir(exist_ok=True)
        keeps = ["--appendonly", "yes", "--appendfsync", "always"] if self._keeps else ["--appendonly", "no"]
        command = [binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        with (self._folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen(tied([*command, *keeps]), stdout=log)
        deadline = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < deadline, (self._folder / "valkey.log").read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False

    def send_signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """As a power cut."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and says nothing."""
        self.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.send_signal(signal.SIGCONT)

    def messages(self) -> int:
        """Messages that wait, and those that somebody holds."""
        with self.client() as client:
            queues = ("meeruit:meeruit.fetch", "meeruit:meeruit.bulk")
            return sum(int(client.llen(queue)) for queue in queues) + int(client.hlen("meeruit:unacked"))

    def taken_back(self) -> bool:
        """Whether the newest message of the bulk queue still waited there; it does no longer."""
        with self.client() as client:
            return client.lpop("meeruit:meeruit.bulk") is not None

    def taken_in(self) -> int:
        """How many messages were ever put into it."""
        with self.client() as client:
            return int(client.info("commandstats").get("cmdstat_lpush", {}).get("calls", 0))

    def someone_waits(self) -> bool:
        """Whether a worker waits in BRPOP now: it was the last command of a client that is blocked."""
        with self.client() as client:
            return any(each["cmd"] == "brpop" and "b" in each["flags"] for each in client.client_list())

    def __enter__(self) -> Valkey:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self.send_signal(signal.SIGCONT)
            self.kill()


def family(main: int) -> list[int]:
    """A process and those that it started."""
    return [main, *children(main)]


def signal_all(pids: list[int], number: int) -> None:
    """Send a signal to those that still live."""
    for pid in pids:
        if alive(pid):
            os.kill(pid, number)


def pool_of(main: int) -> list[int]:
    """The processes of a worker's pool."""
    return [pid for pid in children(main) if "tests.faults.worker" in command_of(pid)]


def terminate_sessions(database_url: str) -> int:
    """End every other session of a PostgreSQL database; returns how many there were."""
    dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(dsn, autocommit=True) as db:
        return len(db.execute(query).fetchall())


@contextmanager
def every(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Act again and again, from a thread, until the block ends."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(seconds):
            act()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def tiny_disk(megabytes: float) -> Iterator[Path]:
    """A file system of its own that is soon full (needs root)."""
    with tempfile.TemporaryDirectory(prefix="meeruit-disk-", dir="/tmp") as folder:
        size = f"size={int(megabytes * 1024)}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def resize(disk: Path, megabytes: int) -> None:
    """Give such a file system another size."""
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(disk)], check=True)
