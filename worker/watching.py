"""What the processes of a worker know of the file of sources from the first: their parent looks at it, too.

A process that takes the place of another is forked from the parent, and would else know nothing of what was right before
somebody made a mistake.
"""

from __future__ import annotations

from typing import Any

from celery.bootsteps import StartStopStep

#: Seconds between two looks.
EVERY = 1.0


class Watching(StartStopStep):  # type: ignore[misc] # Celery has no types
    """Looks before the first fork, and then from a timer of the loop that takes messages."""

    requires = ("celery.worker.components:Timer",)

    def create(self, worker: Any) -> None:
        """The worker is put together: nothing is forked yet."""
        worker.app.sources()

    def start(self, worker: Any) -> None:
        """Set the timer; the loop is not yet running."""
        worker.timer.call_repeatedly(EVERY, worker.app.sources)
