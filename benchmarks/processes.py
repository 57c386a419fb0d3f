"""What a command takes, all the processes that it starts counted in: seconds on the clock, and of the processor."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run of a command took."""

    wall: float
    #: User and system, of all its processes.
    processor: float
    #: Kilobytes of the largest of them.
    memory: int


def adopt_orphans() -> None:
    """Have processes that outlive their parent become ours, so that what they took is counted, too."""
    ctypes.CDLL(None, use_errno=True).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run(command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> Taken:
    """Run a command to its end, and wait for all that it left behind. Raises CalledProcessError where it fails."""
    others = _children()
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, **(env or {})})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    seconds, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    while orphans := _children() - others:
        _, _, usage = os.wait4(orphans.pop(), 0)
        seconds, memory = seconds + usage.ru_utime + usage.ru_stime, max(memory, usage.ru_maxrss)
    return Taken(wall, seconds, memory)


def _children() -> set[int]:
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))
