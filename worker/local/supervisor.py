"""The supervisor of the parts that a command starts for itself: an embedded broker, a worker, beat.

It restarts a part that dies, and ends all with the command. Where another command works on the same database, its broker
is used, and taken over when that command ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.sweeping import sweep_all
from meeruit.tasks.work.tools import Tools
from meeruit.worker.app import App
from meeruit.worker.local.broker import EmbeddedBroker, broker_folder
from meeruit.worker.local.parent import start_child
from meeruit.worker.local.prepared import Prepared, take, tell, worker_command
from meeruit.worker.net.broker import check_broker
from meeruit.worker.settings import Settings

#: A part that dies more often than this, within so many seconds, has a fault that another start will not mend.
MAX_RESTARTS, WITHIN = 5, 60.0
#: The exit status of a part that another start will not mend: its address was taken meanwhile.
_USAGE = 2
#: Parts without which polls go on, and what is said where one cannot be used.
_SPARED = {"web": "no page is shown", "tell": "no webhook is told"}
#: How a command says in one line what it cannot do.
_SAID = "meeruit: "
#: Seconds between two pings of the broker, and how long it may stay silent.
_ASK, _SILENT = 2.0, 10.0
#: Seconds that a worker gets to finish what it does before it is killed; the ledger has what it leaves.
GRACE = 10.0


class Supervisor:
    """Starts a broker and a worker where the settings name no broker; else uses the broker that they name.

    ``processes``: the number of worker processes. None: one a core with the embedded broker, none with a named one.
    ``log``: the file to which the parts add what they log, instead of one that goes with the command.
    """

    def __init__(
        self, settings: Settings, processes: int | None, parts: tuple[str, ...] = ("worker",), log: Path | None = None
    ) -> None:
        self.embedded = settings.broker_url is None
        self._broker = EmbeddedBroker(broker_folder(settings.database)) if self.embedded else None
        self._settings = settings if self._broker is None else replace(settings, broker_url=self._broker.url)
        own_worker = self.embedded or processes is not None
        self._parts = [part for part in parts if part != "worker" or own_worker]
        self._processes = processes or os.cpu_count() or 1
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._log: IO[bytes] | None = _opened(log) if log is not None else None
        self._restarts: deque[float] = deque(maxlen=MAX_RESTARTS + 1)
        #: Settings that the parts have to do without: an address that is taken.
        self._without: dict[str, str] = {}
        #: When the broker was asked last, and when it last answered.
        self._asked = self._answered = time.monotonic()
        #: Whether no other command worked on the database when this one began.
        self.alone = False
        #: Set where everything that the parts could do has been done and committed: they need no time to finish.
        self.idle = False
        self.app = App(self._settings)
        self.tools: Tools = self.app.make_tools()

    @property
    def engine(self) -> Engine:
        """The database, as the command itself uses it."""
        return self.tools.engine

    def __enter__(self) -> Supervisor:
        if self._broker is None:
            check_broker(self._settings, patient=False)
        else:
            self.alone = self._broker.own()
            self._keep_broker(self._broker)
            sweep_all(self.tools)
        prepared = take()
        if self._log is None:  # it lives as long as the supervisor
            self._log = tempfile.TemporaryFile() if prepared is None else prepared.log
        for part in self._parts:
            self._start(part, prepared)
        return self

    def also(self, part: str) -> None:
        """Run one part more from now on."""
        if part not in self._running:
            self._start(part)

    def _start(self, part: str, prepared: Prepared | None = None) -> None:
        settings = {
            "MEERUIT_BROKER_URL": str(self._settings.broker_url),
            "MEERUIT_DATABASE_URL": self._settings.database_url,
            "MEERUIT_SOURCES": str(self._settings.sources),
            **self._without,
        }
        if part == "worker":
            if prepared is not None and tell(prepared.process, self._processes, settings):
                self._running[part] = prepared.process
                return
            command = worker_command("--processes", str(self._processes))
        else:
            command = [sys.executable, "-P", "-m", "meeruit.worker", part]
        self._running[part] = start_child(command, self._log, os.environ | settings)

    def _keep_broker(self, broker: EmbeddedBroker) -> None:
        """Wait until a broker answers: another command's, or else our own. Raises LedgerError."""
        began = time.monotonic()
        while not broker.answers():
            if broker.own():
                broker.start()
                break
            if time.monotonic() - began > _SILENT:
                raise LedgerError(f"another command's broker, in {broker.folder}, does not answer; end that command")
            time.sleep(0.1)
        self._answered = time.monotonic()

    def watch(self) -> None:
        """Start again what died, or answers no more. Raises LedgerError where that does not help."""
        if self._broker is not None:
            self._watch_broker(self._broker)
        for part, process in list(self._running.items()):
            if process.poll() == _USAGE and part in _SPARED:
                self._say_without(_SPARED[part])
                del self._running[part]  # polls go on
            elif process.poll() == _USAGE and part == "beat" and self._settings.metrics_address and not self._without:
                self._say_without("no /health and /metrics")
                self._without = {"MEERUIT_METRICS_ADDRESS": ""}
                self._start(part)
            elif process.poll() is not None:
                self._count_restart(f"the {part} process")
                self._start(part)
                sweep_all(self.tools)

    def _watch_broker(self, broker: EmbeddedBroker) -> None:
        at = time.monotonic()
        dead = broker.owned and not broker.alive
        if not dead and at - self._asked < _ASK:
            return
        self._asked = at
        if not dead and broker.answers():
            self._answered = at
            return
        if not dead and broker.owned and at - self._answered < _SILENT:
            return
        if broker.owned:
            self._count_restart("the embedded broker")
            broker.stop()
        self._keep_broker(broker)
        sweep_all(self.tools)

    def _count_restart(self, what: str) -> None:
        at = time.monotonic()
        self._restarts.append(at)
        if len(self._restarts) > MAX_RESTARTS and at - self._restarts[0] < WITHIN:
            said = self.last_words(_SAID)
            raise LedgerError(
                f"{what} died again and again; its last words: {said if said != 'none' else self.last_words()}"
            )
        print(f"meeruit: {what} died; started again", file=sys.stderr)  # noqa: T201

    def _say_without(self, what: str) -> None:
        print(f"meeruit: {what}: {self.last_words(_SAID).removeprefix(_SAID)}", file=sys.stderr)  # noqa: T201

    def last_words(self, begins: str = "") -> str:
        """The last line that the parts logged, of those that begin so."""
        if self._log is None:
            return "none"
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - 4000))
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return next((line for line in reversed(lines) if line.startswith(begins)), "none")

    def someone_works(self) -> bool:
        """True where a worker answers on the broker. Raises LedgerError where the broker does not."""
        return "worker" in self._running or self.app.someone_works()

    def _works(self) -> bool:
        """Whether a worker holds some piece of work; ours may hold one of another command's."""
        try:
            return read_only(self.engine, lambda db: ledger.is_held(db, now()), patience=0)
        except DBAPIError:
            return False

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)  # warm: a worker finishes the piece that it holds
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(process.poll() is None for process in self._running.values()):
            if self.idle and self.embedded and not self._works():  # celery takes seconds to end even so
                break
            time.sleep(0.05)
        for process in self._running.values():
            process.kill()
            process.wait()
        if self._broker is not None:
            self._broker.__exit__(kind, exc, tb)
        if self._log is not None:
            self._log.close()
        self.engine.dispose()


def _opened(log: Path) -> IO[bytes]:
    """The file of the log, read for last words and written at its end. Raises UsageError."""
    try:
        return log.open("a+b")
    except OSError as exc:
        raise UsageError(f"--log: cannot write {log}: {(exc.strerror or str(exc)).lower()}") from exc
