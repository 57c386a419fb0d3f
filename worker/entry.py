"""Where the command ``meeruit`` begins and ends: a Ctrl-C at any moment of it is exit status 130, and no traceback."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

from meeruit.worker.local.prepared import prepare

_INTERRUPTED = 130


def main() -> NoReturn:
    """Import the command line and run it. Where Ctrl-C is ignored (``nohup``), it stays so."""
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeded:
        signal.signal(signal.SIGINT, _end)  # to import takes a tenth of a second, in which there is nothing to clean up
    try:
        prepare(sys.argv[1:])
        gc.disable()  # what is imported stays: to look for garbage in it is a sixth of the start; see ``load``
        from meeruit.worker.cli import main as run

        if heeded:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:  # while an earlier one was being dealt with
        sys.exit(_INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is done has its status


def _end(_signal: int, _frame: object) -> NoReturn:
    os._exit(_INTERRUPTED)
