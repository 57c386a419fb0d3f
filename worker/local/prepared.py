"""A worker that is started before its command has read a setting: both import at the same time.

The command then sees to the tables and the broker, and tells the worker on its standard input where they are. A worker that
is never told ends with the command.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import IO, NamedTuple

from meeruit.worker.local.parent import start_child

#: The commands that end with what their own worker does; `up` runs for days, and its parts log where it is told.
WORKING = frozenset(("ingest", "retry", "run"))
#: What a worker imports after its command line is read.
_IMPORTS = ("meeruit.worker.app", "meeruit.tasks.jobs", "celery.apps.worker", "celery.concurrency.prefork", "redis")


class Prepared(NamedTuple):
    """A worker that waits to be told, and the file that has what it says."""

    process: subprocess.Popen[bytes]
    log: IO[bytes]


_waiting: Prepared | None = None


def prepare(arguments: Sequence[str]) -> None:
    """Start a worker where a command with these arguments is going to want one."""
    global _waiting
    if not WORKING.intersection(arguments[:1]) or {"--help", "-h"}.intersection(arguments):
        return
    if os.environ.get("MEERUIT_BROKER_URL"):  # somebody else's workers may be there
        return
    import tempfile

    log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the worker
    _waiting = Prepared(start_child(worker_command("--told"), log, stdin=subprocess.PIPE), log)


def take() -> Prepared | None:
    """The worker that waits, if there is one; it is the caller's from now on."""
    global _waiting
    taken, _waiting = _waiting, None
    return taken


def worker_command(*options: str) -> list[str]:
    """How a worker is started; by ``-P``, what lies in the current folder is never imported."""
    return [sys.executable, "-P", "-m", "meeruit.worker", "worker", *options]


def tell(process: subprocess.Popen[bytes], processes: int, settings: Mapping[str, str]) -> bool:
    """Have a worker begin that waited, with so many processes. Returns whether it was still there to hear it."""
    assert process.stdin is not None
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps([processes, dict(settings)]).encode())
    except OSError:
        return False
    return process.poll() is None


def wait_to_be_told() -> int:
    """Wait for ``tell``, in the worker: import meanwhile, and take on the settings. Returns the number of processes."""
    gc.disable()
    for name in _IMPORTS:
        import_module(name)
    gc.freeze()
    gc.enable()
    said = sys.stdin.buffer.read()
    if not said:  # the command has ended, or wants no worker
        sys.exit(0)
    processes, settings = json.loads(said)
    os.environ.update(settings)
    return int(processes)
