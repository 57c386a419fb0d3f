"""A limit on the time that one page may take to be read."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from meeruit.tasks.errors import Unreadable


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise Unreadable within the block once it has run for so many seconds.

    Python code is interrupted; C code is not, for that the whole task has its hard limit. Outside a main thread, which
    alone gets signals, there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_signal: int, _frame: object) -> None:
        raise Unreadable(f"took longer than {seconds:.0f} s to read")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
