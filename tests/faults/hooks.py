"""Faults from inside: what a process does to itself when it reaches a step, as the variable FAULT_PLAN says.

Every step that a process reaches is a line of the plan's log, and so is every fault: a test reads there what it has
seen. The n-th time that a step is reached is counted over all processes that share the log; where the process that reached
it was killed by another fault before its own, the next one has it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from sqlite3 import OperationalError as SQLiteError

from sqlalchemy.exc import OperationalError

#: Where each step stands in the work, in its order; ``enrolled`` and ``fetched`` are not reached by every piece.
STEPS = (
    "enrolled", "claimed", "fetched", "mid batch", "extracted", "before merge", "stored", "before commit",
    "after commit", "before ack",
)  # fmt: skip
#: The steps of a piece that is read from a file.
READ_STEPS = tuple(step for step in STEPS if step not in {"enrolled", "fetched"})
#: The variable that holds the plan, as JSON.
VARIABLE = "FAULT_PLAN"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, once."""

    step: str
    #: A key of ``DEEDS``.
    do: str = "kill"
    #: At which time that the step is reached, the first being 1.
    nth: int = 1


@dataclass(frozen=True)
class Plan:
    """What goes wrong inside the processes that share a log."""

    log: str
    faults: list[Fault] = field(default_factory=list)
    #: Seconds by which every clock of the process is ahead.
    ahead: float = 0.0
    #: Replaces the soft and the hard limit of a task, in seconds.
    limits: list[int] | None = None
    #: Tasks that one process of the pool does before another takes its place.
    tasks_per_child: int | None = None
    #: What names of hosts resolve to, the first time and later: ``{"name": [["203.0.113.1"], ["127.0.0.1"]]}``.
    names: dict[str, list[list[str]]] = field(default_factory=dict)

    def dumped(self) -> str:
        return json.dumps(asdict(self))


def read_plan(environ: Mapping[str, str]) -> Plan:
    """The plan that the environment holds."""
    found = json.loads(environ[VARIABLE])
    return Plan(**{**found, "faults": [Fault(**each) for each in found["faults"]]})


def _signal_main(number: int) -> None:
    os.kill(os.getppid(), number)


def _kill_main() -> None:
    _signal_main(signal.SIGKILL)
    time.sleep(30)  # the kernel ends this process with it


def _fail() -> None:
    raise OperationalError("COMMIT", {}, SQLiteError("disk I/O error"))


DEEDS: dict[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "kill main": _kill_main,
    "term main": lambda: _signal_main(signal.SIGTERM),
    "quit main": lambda: _signal_main(signal.SIGQUIT),
    "error": _fail,
    "rest": lambda: time.sleep(3),
}


@dataclass(frozen=True)
class Entry:
    """A line of the log."""

    at: float
    pid: int
    step: str
    #: What was done there, or nothing.
    did: str = ""


def entries(log: Path) -> list[Entry]:
    """What has been reached and done so far."""
    text = log.read_text() if log.exists() else ""
    return [Entry(*json.loads(line)) for line in text.splitlines()]


class Steps:
    """Hears of the steps of this process."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def __call__(self, step: str) -> None:
        """Note that a step is reached; do what is planned for this time, or was for one whose process died before it."""
        with self._alone() as log:
            self._note(log, step)
            due = self._due(log, step)
            if due is not None:
                self._note(log, step, due)
        if due is not None:
            DEEDS[due]()

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """The log, while no other process writes there."""
        log = os.open(self._plan.log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(log, fcntl.LOCK_EX)
            yield log
        finally:
            os.close(log)

    def _note(self, log: int, step: str, did: str = "") -> None:
        os.write(log, (json.dumps([time.monotonic(), os.getpid(), step, did]) + "\n").encode())

    def _due(self, log: int, step: str) -> str | None:
        """What is to be done now: the first of the faults of this step whose time has come and that was not done."""
        here = [fault for fault in self._plan.faults if fault.step == step]
        if not here:
            return None
        done = Counter(did for _, _, at, did in map(json.loads, _all_of(log).splitlines()) if at == step)
        reached = done.pop("", 0)
        for fault in here:
            if fault.nth <= reached and not done[fault.do]:
                return fault.do
            done[fault.do] -= fault.nth <= reached
        return None


def _all_of(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)
