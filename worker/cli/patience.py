"""Standard input that may pause: while nothing comes, something else is done."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

#: Seconds between two calls while nothing comes.
_PAUSE = 0.25
_READ = 1 << 16


class PatientInput:
    """Lines of a file descriptor; ``while_waiting`` is called again and again as long as none comes."""

    def __init__(self, descriptor: int, while_waiting: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._while_waiting = while_waiting
        self._read = bytearray()
        self._ended = False

    def readline(self, limit: int) -> bytes:
        """The next line with its line feed, or its first ``limit`` bytes; empty at the end."""
        looked = 0
        while True:
            end = self._read.find(b"\n", looked, limit) + 1
            if end or len(self._read) >= limit or self._ended:
                end = end or min(limit, len(self._read))
                line = bytes(self._read[:end])
                del self._read[:end]
                return line
            looked = len(self._read)
            self._fill()

    def _fill(self) -> None:
        while not select.select([self._descriptor], [], [], _PAUSE)[0]:
            self._while_waiting()
        chunk = os.read(self._descriptor, _READ)
        self._ended = not chunk
        self._read += chunk
