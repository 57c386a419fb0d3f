"""Commands that are forked out of a process that has imported them: see ``tests.preloaded``."""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests import preloaded
from tests.tied import tied

#: The command as a shell starts it.
SHELL = (sys.executable, "-P", "-m", "meeruit.worker")
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
#: Variables of the environment that a command reads when it runs, and that none of what it imports reads.
_READ_LATE = ("MEERUIT_", "PG", "PYTEST_")
_one_at_a_time = threading.Lock()


class Forked(subprocess.Popen[str]):
    """``meeruit`` with these arguments, forked; to whoever waits for it, a child as any other."""

    def _execute_child(
        self,
        args: list[str],
        _executable: Any,
        _preexec: Any,
        _close: Any,
        _pass: Any,
        cwd: str,
        env: Mapping[str, str],
        _startupinfo: Any,
        _flags: Any,
        _shell: Any,
        *descriptors: int,
    ) -> None:
        pipes = descriptors[:6]
        into, out, errors = pipes[0], pipes[3], pipes[5]
        request = {"arguments": list(args), "folder": str(cwd), "environment": dict(env), "parent": os.getpid()}
        with _one_at_a_time, _adopting():
            server = _server(os.getpid())
            socket.send_fds(server, [json.dumps(request).encode()], [into, out, errors])
            self.pid = int(server.recv(32))
            assert server.recv(1) == b"."
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined] # Popen's own


@contextmanager
def _adopting() -> Iterator[None]:
    """Have the kernel make a grandchild whose parent ends meanwhile our child."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0)


def get_ready() -> None:
    """Have everything imported by now, so that no test's time is spent on it."""
    if sys.platform.startswith("linux"):
        _server(os.getpid())


def start(arguments: Sequence[str], command: Sequence[str] = (), **options: Any) -> subprocess.Popen[str]:
    """``meeruit`` with these arguments, ended with this process: forked, or else as a shell starts it, or by a command."""
    if not command and _early(options["env"]) == _early(_born_in()) and sys.platform.startswith("linux"):
        return Forked(list(arguments), text=True, **options)
    return subprocess.Popen(tied([*(command or SHELL), *arguments]), text=True, **options)


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    """What the interpreter, or a module as it is imported, may read of an environment."""
    return {name: value for name, value in environment.items() if not name.startswith(_READ_LATE)}


@cache
def _born_in() -> dict[str, str]:
    """The environment in which the server was started."""
    return dict(os.environ)


@cache
def _server(_process: int) -> socket.socket:
    """Where the server of this process is asked; it ends with us."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            tied([sys.executable, "-P", str(Path(preloaded.__file__)), str(theirs.fileno()), "." * preloaded.LONGEST]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=_early(_born_in()),
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    assert ours.recv(1) == b".", "what is forked could not be imported"
    return ours
