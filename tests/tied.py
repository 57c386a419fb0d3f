"""Commands that end with the test run, however that ends: the kernel kills them when this process is gone (Linux)."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path


def tied(command: Sequence[str]) -> list[str]:
    """The command to start in place of another one, so that it dies with the thread that started it."""
    return [sys.executable, "-S", "-E", __file__, str(os.getpid()), *command]


def _run(parent: str, *command: str) -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from meeruit.worker.local.parent import die_with_parent

    die_with_parent(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which is ignored where the run itself is in the background
    os.execvp(command[0], command)


if __name__ == "__main__":
    _run(*sys.argv[1:])
