"""The parts that a command starts for itself: an embedded broker, a worker, beat; watched, restarted, ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from types import TracebackType
from typing import IO

from celery import Celery
from sqlalchemy import Engine

from meeruit.tasks.errors import LedgerError
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.process import Tools, sweep
from meeruit.worker.app import make_app, make_tools, someone_works
from meeruit.worker.local.broker import EmbeddedBroker, start_child
from meeruit.worker.net.broker import check_broker
from meeruit.worker.settings import Settings

#: A part that dies more often than this has a fault that another start will not mend.
MAX_RESTARTS = 5
#: Seconds that a worker gets to finish what it does before it is killed; the ledger has what it leaves.
GRACE = 10.0


class Crew:
    """A broker and a worker of one's own where nobody named a broker; else the broker that was named.

    ``processes`` is the number of worker processes; None: one a core where the broker is embedded, none of our own
    where it is not.
    """

    def __init__(self, settings: Settings, processes: int | None, parts: tuple[str, ...] = ("worker",)) -> None:
        self.embedded = settings.broker_url is None
        self._broker = EmbeddedBroker() if self.embedded else None
        self._settings = settings if self._broker is None else replace(settings, broker_url=self._broker.url)
        own_worker = self.embedded or processes is not None
        self._parts = [part for part in parts if part != "worker" or own_worker]
        self._processes = processes or os.cpu_count() or 1
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._log: IO[bytes] | None = None
        self._restarts = 0
        #: Set where everything that the parts could do has been done and committed: they need no time to finish.
        self.idle = False
        self.app: Celery = make_app(self._settings)
        self.tools: Tools = make_tools(self.app)

    @property
    def engine(self) -> Engine:
        """The database, as the command itself uses it."""
        return self.tools.engine

    def __enter__(self) -> Crew:
        if self._broker is None:
            check_broker(self._settings, patient=False)
        else:
            self._broker.start()
            # nobody else can hold a lease: their broker is gone with the command that had it
            transaction(self.engine, lambda db: ledger.void_leases(db, now()))
            sweep(self.tools)
        self._log = tempfile.TemporaryFile()  # lives as long as the crew
        for part in self._parts:
            self._start(part)
        return self

    def _start(self, part: str) -> None:
        command = [sys.executable, "-m", "meeruit.worker", part]
        if part == "worker":
            command += ["--processes", str(self._processes)]
        env = os.environ | {
            "MEERUIT_BROKER_URL": str(self._settings.broker_url),
            "MEERUIT_DATABASE_URL": self._settings.database_url,
            "MEERUIT_SOURCES": str(self._settings.sources),
        }
        self._running[part] = start_child(command, self._log, env)

    def watch(self) -> None:
        """Start again what died. Raises LedgerError where that does not help."""
        if self._broker is not None and not self._broker.alive:
            self._count_restart("the embedded broker")
            self._broker.start()
            sweep(self.tools)
        for part, process in list(self._running.items()):
            if process.poll() is not None:
                self._count_restart(f"the {part} process")
                self._start(part)
                if self.embedded and part == "worker":
                    transaction(self.engine, lambda db: ledger.void_leases(db, now()))
                    sweep(self.tools)

    def _count_restart(self, what: str) -> None:
        self._restarts += 1
        if self._restarts > MAX_RESTARTS:
            raise LedgerError(f"{what} died again and again; its last words: {self.last_words()}")
        print(f"meeruit: {what} died; started again", file=sys.stderr)  # noqa: T201

    def last_words(self) -> str:
        """The last line that the parts logged."""
        if self._log is None:
            return "none"
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 4000))
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "none"

    def someone_works(self) -> bool:
        """True where a worker answers on the broker. Raises LedgerError where the broker does not."""
        return "worker" in self._running or someone_works(self.app)

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        for process in self._running.values():
            # warm: a worker finishes the piece that it holds, which takes celery some seconds even for none
            process.send_signal(signal.SIGKILL if self.idle and self.embedded else signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._broker is not None:
            self._broker.__exit__(kind, exc, tb)
        if self._log is not None:
            self._log.close()
        self.engine.dispose()
