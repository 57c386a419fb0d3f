"""A process that has imported every command, and forks one for each that it is asked for: the tests start hundreds.

It runs as a script, ``python -P tests/preloaded.py``, so that it finds what the command finds and nothing else. What it forks
is a child of the process that asked (``tests.forked``), with the folder, environment and descriptors that were named, and
runs from ``meeruit.worker.entry.main`` on what a shell would have started. A worker that a command prepares is forked, too;
every other part that a command starts is a program of its own, as ever.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

#: What is imported: packages with all that is in them.
_PACKAGES = (
    "meeruit.worker.cli",
    "meeruit.worker.web",
    "meeruit.tasks.work",
    "meeruit.tasks.disk",
    "meeruit.tasks.report",
)
#: As long as a command line may become, which is written where this process has its own.
LONGEST = 4000


class _Begin(BaseException):
    """Unwinds a process that was forked in the middle of a command, so that it begins with arguments of its own."""

    def __init__(self, arguments: Sequence[str], heeded: bool) -> None:
        super().__init__()
        self.arguments, self.heeded = list(arguments), heeded


class _Worker(subprocess.Popen[bytes]):
    """A worker that is forked out of its command, before that has done a thing."""

    def _execute_child(self, args: list[str], _executable: Any, preexec: Any, *rest: Any) -> None:
        pipes = rest[7:13]
        into, _, _, out, _, errors = pipes
        heeded = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        self.pid = os.fork()
        if not self.pid:
            os.setsid()
            preexec()
            _stand_on(into, out, errors)
            raise _Begin(args[args.index("meeruit.worker") + 1 :], heeded)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined] # Popen's own


def _start_worker(command: list[str], output: IO[bytes], *, stdin: int) -> subprocess.Popen[bytes]:
    """As ``start_child`` does."""
    from meeruit.worker.local.parent import die_with_parent

    parent = os.getpid()
    return _Worker(
        command, stdin=stdin, stdout=output, stderr=subprocess.STDOUT, preexec_fn=lambda: die_with_parent(parent)
    )


def _stand_on(*descriptors: int) -> None:
    """Make these descriptors the standard ones."""
    copies = [os.dup(descriptor) for descriptor in descriptors]
    for standard, copy in enumerate(copies):
        os.dup2(copy, standard)
        os.close(copy)


def _import_all() -> None:
    """Import what a command, a worker or the page imports before it works."""
    from meeruit.worker.local import prepared

    for package in map(importlib.import_module, _PACKAGES):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in (*prepared._IMPORTS, "alembic.command", "httpx", "uvicorn", "psycopg"):
        importlib.import_module(name)
    vars(prepared)["start_child"] = _start_worker


def _serve(channel: socket.socket) -> list[str]:
    """Fork a process for each request until nobody can ask any more; returns in such a process, with its arguments."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, 1 << 18, 3)
        if not message:
            os._exit(0)
        if between := os.fork():
            os.waitpid(between, 0)  # now whoever asked is the parent
            for descriptor in descriptors:
                os.close(descriptor)
            channel.send(b".")
            continue
        if pid := os.fork():
            channel.send(b"%d" % pid)
            os._exit(0)
        request = json.loads(message)
        _settle(request["parent"])
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        _stand_on(*descriptors)
        return list(request["arguments"])


def _settle(parent: int) -> None:
    """Wait until this process is a child of the one that asked for it, and end with it."""
    from meeruit.worker.local.parent import die_with_parent

    while os.getppid() != parent:
        time.sleep(0.0005)
    die_with_parent(parent)


def _call_itself(arguments: Sequence[str]) -> None:
    """Show the command line that a process started by the shell would have (Linux)."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    line = os.fsencode("\0".join([sys.executable, "-P", "-m", "meeruit.worker", *arguments]))[: end - start - 1]
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, line, len(line))


def main() -> NoReturn:
    """Import, then fork until the other end of the socket is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the commands
    gc.disable()
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    _import_all()
    from meeruit.worker import __main__ as script
    from meeruit.worker.entry import main as run

    assert threading.active_count() == 1
    gc.freeze()
    channel.send(b".")
    arguments, heeded = _serve(channel), True
    channel.detach()
    while True:
        os.closerange(3, 1024)  # a program that is started has none of them
        signal.signal(signal.SIGINT, signal.default_int_handler if heeded else signal.SIG_IGN)
        _call_itself(arguments)
        sys.argv = [str(script.__file__), *arguments]
        try:
            run()
        except _Begin as begin:
            arguments, heeded = begin.arguments, begin.heeded


if __name__ == "__main__":
    main()
