"""How many processes of a worker fetch, told as it starts; and that none begins anything new, told as it ends."""

from __future__ import annotations

from typing import Any

from celery.bootsteps import StartStopStep


class Seating(StartStopStep):  # type: ignore[misc] # Celery has no types
    """A step of the worker that is stopped before its processes are waited for."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        """The processes are forked, or are about to be: they share the seats with this one."""
        worker.app.seats.set_number(worker.concurrency)

    def stop(self, worker: Any) -> None:
        """A round of fetching ends with what it has begun."""
        worker.app.seats.close()
