"""Which page each process of a worker has in hand: what a process that is killed cannot say any more."""

from __future__ import annotations

import mmap
import struct

#: A piece of work and the place of a page in it. Pieces whose numbers meet in one slot cost each other the hint.
_SLOT = struct.Struct("qq")
_SLOTS = 4096


class AtHand:
    """Notes in memory that a process shares with those that it forks; a hint, and no more than that.

    Another worker's notes are not seen, and work that is done on two machines can have an old one.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)

    def note(self, work_id: int, place: int | None) -> None:
        """The page at this place of the work (from 0) is being read now; None: no page is."""
        _SLOT.pack_into(self._memory, work_id % _SLOTS * _SLOT.size, work_id, -1 if place is None else place)

    def last(self, work_id: int) -> int | None:
        """The place of the page that was noted last for this work; None where none was being read, or nobody knows."""
        noted, place = _SLOT.unpack_from(self._memory, work_id % _SLOTS * _SLOT.size)
        return int(place) if noted == work_id and place >= 0 else None
