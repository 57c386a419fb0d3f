"""What the process lends the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from meeruit.tasks.work.at_hand import AtHand
from meeruit.tasks.work.fetching import Visit
from meeruit.tasks.work.seats import Seats


def _unheard(_step: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Made once in a process, after its fork; the work borrows them."""

    engine: Engine
    #: Sends the message that points at a piece of work of this kind, to be delivered after so many seconds.
    send: Callable[[int, str, float], None]
    #: How many messages wait in the broker or have just been handed out; None: it does not answer.
    queued: Callable[[], int | None]
    #: The name of this process, and whether the process of a name has died (only where that is certain).
    process_name: str
    has_died: Callable[[str], bool]
    #: Fetches an address, guarded and paced.
    visit: Visit
    #: Which page each process of this worker has in hand.
    at_hand: AtHand = field(default_factory=AtHand)
    #: Which processes of this worker fetch.
    seats: Seats = field(default_factory=Seats)
    #: Hears of each step as it is reached: enrolled, claimed, fetched, mid batch, extracted, before merge, stored, before
    #: commit, after commit, before ack. Nobody does, but for a test that has the process die there.
    reached: Callable[[str], None] = _unheard
