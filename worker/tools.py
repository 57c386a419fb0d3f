"""What the process lends the work: the database, the broker, the way to the web."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from meeruit.tasks.web.answer import Fetched, Validators
from meeruit.tasks.work.at_hand import AtHand
from meeruit.tasks.work.fetching import Visit
from meeruit.tasks.work.seats import Seats
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import make_engine
from meeruit.worker.holders import has_died, this_process
from meeruit.worker.settings import Settings

if TYPE_CHECKING:
    from meeruit.tasks.web.redirects import Browser


def make_tools(
    settings: Settings,
    send: Callable[[int, str, float], None],
    queued: Callable[[], int | None],
    at_hand: AtHand,
    seats: Seats,
) -> Tools:
    """The tools of one process: call it after the fork. ``send`` and ``queued`` are the broker's part of them.

    ``at_hand`` and ``seats`` were made before the fork, so that all processes of a worker share them.
    """
    engine, visit = make_engine(settings.database_url, keeps=True), make_visit(settings)
    return Tools(engine, send, queued, this_process(), has_died, visit, at_hand, seats)


def make_visit(settings: Settings) -> Visit:
    """The way to the web of one process; its client is made when it is first used (its TLS context costs 22 ms)."""
    made: list[Browser] = []
    making = Lock()

    def visit(url: str, delay: float, validators: Validators | None, first: bool) -> Fetched:
        # imported where they are first needed: they take 0.15 s, and most commands fetch nothing
        from meeruit.tasks.web import visit as visiting

        with making:  # several threads may come first
            if not made:
                made.append(_browser(settings))
        return visiting.visit(replace(made[0], first=first), url, delay=delay, validators=validators)

    return visit


def _browser(settings: Settings) -> Browser:
    from redis import Redis

    from meeruit.tasks.web.redirects import Browser
    from meeruit.worker.net.client import make_client
    from meeruit.worker.net.memory import Memory
    from meeruit.worker.net.pace import Pace

    redis = Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=5)
    client = make_client(contact=settings.contact, allow_private_hosts=settings.allow_private_hosts)
    return Browser(client, Pace(redis), Memory(redis))
