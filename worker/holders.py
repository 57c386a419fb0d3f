"""Who holds a piece of work: a process, named so that others on its machine can tell when it has died.

    MACHINE:PID:STARTED        MACHINE stands for the host, its boot, and the container

Nothing is known of a process on another machine or in another container: its lease runs out.
"""

from __future__ import annotations

import hashlib
import os
import socket
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PIDS = Path("/proc/self/ns/pid")


def this_process() -> str:
    """The name of this process."""
    return f"{_machine()}:{os.getpid()}:{_started(os.getpid()) or ''}"


def has_died(name: str) -> bool:
    """Whether the process of this name ran on this machine and does no more."""
    machine, _, process = name.partition(":")
    pid, _, started = process.partition(":")
    if machine != _machine() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, and is somebody else's
        return False
    return _started(int(pid)) != (started or None)  # another process has got its number


@cache
def _machine() -> str:
    boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
    pids = str(_PIDS.readlink()) if _PIDS.exists() else ""
    return hashlib.sha256("\0".join((socket.gethostname(), boot, pids)).encode()).hexdigest()[:16]


def _started(pid: int) -> str | None:
    """When a process began, in ticks since the boot; None where the system does not say, or it is a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]
