"""The Celery tasks: policy in the decorator, a few lines inside. The only module of tasks/ that knows Celery.

The tools are found on the app that runs the task; the process makes them after its fork.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from celery import shared_task

from meeruit.tasks.events import say
from meeruit.tasks.store import derive_runs as derive
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.work import fetch_claims, polling, rounds, sweeping, telling
from meeruit.tasks.work.polling import Polled
from meeruit.tasks.work.tools import Tools


class App(Protocol):
    """What the tasks find on the application that runs them."""

    @property
    def tools(self) -> Tools:
        """The tools of this process."""

    @property
    def sources(self) -> Callable[[], tuple[Polled, ...]]:
        """What is polled, as the file of sources says it now."""

    @property
    def sing(self) -> Callable[[str], None]:
        """Says that a message came through, to whoever waits under a key."""


class Bound(Protocol):
    """A task as Celery hands it to its own function."""

    app: App
    request: Any


@shared_task(name="work.do", bind=True, max_retries=2, default_retry_delay=1)
def do(self: Bound, work_id: int) -> None:
    """Do one piece of work from the ledger; or, where it is an address to fetch, all that is due.

    A worker process that is lost has its message sent again after a second, twice at most; what is lost beyond that
    (the whole worker, the broker) the sweeper finds.
    """
    tools, began, again = self.app.tools, monotonic(), self.request.retries > 0
    fetched = read_only(tools.engine, lambda db: fetch_claims.is_fetched(db, int(work_id)))
    if not fetched or read_only(tools.engine, lambda db: fetch_claims.is_claimed_alone(db, int(work_id))):
        telling.process_and_tell(tools, int(work_id), self.request.id, again=again)
    if fetched:
        rounds.fetch_due(tools, self.request.id, lambda: _poll(self.app) if tools.seats.ticks() else None, began)


@shared_task(name="work.sweep", bind=True)
def sweep(self: Bound) -> None:
    """Send again what nobody does, and derive what hangs on runs that have ended."""
    if sent := sweeping.sweep_lost(self.app.tools):
        say("swept", sent=sent)
    derive.derive_ended_runs(self.app.tools.engine)


@shared_task(name="source.poll", bind=True)
def poll(self: Bound) -> None:
    """Poll what is due by the ledger: a clock that ticks twice, or late, changes nothing."""
    self.app.tools.seats.hear_clock()
    _poll(self.app)


def _poll(app: App) -> None:
    for name in polling.poll_due(app.tools, app.sources()):
        say("polling", source=name)


@shared_task(name="health.canary", bind=True)
def canary(self: Bound, key: str) -> None:
    """Say that a message came through, to whoever sent it and waits under ``key``."""
    self.app.sing(key)
