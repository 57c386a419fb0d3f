"""A child that ends with its parent, however the parent ends. Linux promises it; elsewhere a clean exit must do."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import IO

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when the thread that made it ends; does nothing where there is no such call.

    ``parent`` is the process that should be the parent: where it has died already, this process ends at once.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def start_child(
    command: list[str], output: IO[bytes] | None, env: dict[str, str] | None = None, *, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, in a session of its own, so that Ctrl-C reaches only this one."""
    parent = os.getpid()
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),  # safe: this process runs no thread
    )
