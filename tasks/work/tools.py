"""What the process lends the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from meeruit.tasks.work.fetching import Visit


@dataclass(frozen=True, slots=True)
class Tools:
    """Made once in a process, after its fork; the work borrows them."""

    engine: Engine
    #: Sends the message that points at a piece of work, to be delivered after so many seconds.
    send: Callable[[int, float], None]
    #: How many messages the broker holds, or None where it does not answer.
    queued: Callable[[], int | None]
    #: Fetches an address, guarded and paced.
    visit: Visit
