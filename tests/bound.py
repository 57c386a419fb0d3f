"""A command that is held to the permissions of files, also where root runs it: the power to pass them is dropped."""

from __future__ import annotations

import ctypes
import os
import sys

#: Of Linux: take a capability from whatever is run from now on; the powers to pass the permissions of files.
_DROP = 24
_POWERS = (1, 2, 3)


def bound(*command: str) -> list[str]:
    """The command to start in place of another one."""
    return [sys.executable, "-S", "-E", __file__, *command] if os.geteuid() == 0 else list(command)


def _run(*command: str) -> None:
    system = ctypes.CDLL(None, use_errno=True)
    for power in _POWERS:
        if system.prctl(_DROP, power, 0, 0, 0):
            sys.exit(f"cannot drop what lets root pass permissions: {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)


if __name__ == "__main__":
    _run(*sys.argv[1:])
