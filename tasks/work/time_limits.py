"""Limits on the time that one page may take to be read, in processor time of this process.

A process that is frozen, or waits for its turn on a busy machine, spends none of it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from meeruit.tasks.errors import Unreadable


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise Unreadable within the block once it has run for so many seconds.

    Python code is interrupted; C code is not, for that see ``or_dies``. Outside a main thread, which alone gets signals,
    there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: object) -> None:
        raise Unreadable(f"took longer than {seconds:.0f} s to read")

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def or_dies(seconds: float) -> Iterator[None]:
    """Have the kernel end this process (SIGPROF) once the block has run for so many seconds, whatever it does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
