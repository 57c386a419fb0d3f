"""Limits on the time that one page may take to be read, in processor time of this process.

A process that is frozen, or waits for its turn on a busy machine, spends none of it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from meeruit.tasks.errors import Unreadable


class _Handlers:
    """What the two signals do in this process, set once: to set them costs more than to set a timer."""

    def __init__(self) -> None:
        self._are_set = False
        #: Of the block that runs.
        self.seconds = 0.0

    def set(self) -> bool:
        """Set them where that is not done yet; False outside a main thread, which alone gets signals."""
        if threading.get_ident() != threading.main_thread().ident:
            return False
        if not self._are_set:
            signal.signal(signal.SIGVTALRM, self._interrupt)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            self._are_set = True
        return True

    def _interrupt(self, _signal: int, _frame: object) -> None:
        raise Unreadable(f"took longer than {self.seconds:.0f} s to read")


_handlers = _Handlers()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise Unreadable within the block once it has run for so many seconds.

    Python code is interrupted; C code is not, for that see ``or_dies``. Outside a main thread there is no limit.
    """
    if not _handlers.set():
        yield
        return
    _handlers.seconds = seconds
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@contextmanager
def or_dies(seconds: float) -> Iterator[None]:
    """Have the kernel end this process (SIGPROF) once the block has run for so many seconds, whatever it does."""
    if not _handlers.set():
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
