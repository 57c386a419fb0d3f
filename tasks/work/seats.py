"""Which processes of a worker fetch: a few at most, so that one is always left for whatever else waits.

Also when one of them last heard a clock, in whose place those that fetch look at what is due. A seat is a lock of the
system on one byte of a file that the processes share: whoever dies leaves it.
"""

from __future__ import annotations

import fcntl
import mmap
import struct
import tempfile
from time import monotonic, time

#: Seats at most.
_MOST = 64
#: A clock that was heard less than so many seconds ago runs, though nobody had the time to listen since.
_CLOCK_SECONDS = 30.0
#: When the clock was heard, and the second in which somebody last looked at what is due.
_CLOCK = struct.Struct("dq")


class Seats:
    """Made before the fork, so that all processes of a worker share it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._file.truncate(_MOST + 1)
        self._memory = mmap.mmap(-1, 1 + _CLOCK.size)
        self._taken: int | None = None
        self.set_number(1)

    def __del__(self) -> None:
        self._file.close()

    def set_number(self, processes: int) -> None:
        """So many processes there are: one of several does not fetch."""
        self._memory[0] = min(max(processes - 1, 1), _MOST)

    def close(self) -> None:
        """The worker ends: whoever has a seat begins nothing new."""
        self._memory[0] = 0

    @property
    def closed(self) -> bool:
        """Whether the worker is about to end."""
        return self._memory[0] == 0

    def take(self) -> bool:
        """Take a seat; False where all are taken."""
        for seat in range(1, self._memory[0] + 1):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, seat)
            except OSError:
                continue
            self._taken = seat
            return True
        return False

    @property
    def first(self) -> bool:
        """Whether the seat that was taken is the first one: there may be nobody else who fetches."""
        return self._taken == 1

    def leave(self) -> bool:
        """Leave the seat that was taken; False where none was."""
        if self._taken is None:
            return False
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, self._taken)
        self._taken = None
        return True

    def hear_clock(self) -> None:
        """A clock ticks, and whoever hears it looks at what is due."""
        _CLOCK.pack_into(self._memory, 1, monotonic(), int(time()))

    def ticks(self) -> bool:
        """Whether to look at what is due in the place of a clock that was heard lately: once a second, if nobody else does."""
        heard, looked = _CLOCK.unpack_from(self._memory, 1)
        second = int(time())
        if not heard or monotonic() - heard > _CLOCK_SECONDS or looked == second:
            return False
        _CLOCK.pack_into(self._memory, 1, heard, second)
        return True
