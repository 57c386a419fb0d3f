"""The sign of life of a worker and of beat: a file that their main loops touch, for ``health`` to look at.

Touched by the loop that takes messages, and by beat's tick, never by a thread or a process of the pool: those live on
when the loop is stuck.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from celery.beat import Scheduler
from celery.bootsteps import StartStopStep

from meeruit.worker.health import EVERY


class WorkerHeartbeat(StartStopStep):  # type: ignore[misc] # Celery has no types
    """Touches the file from a timer of the loop that takes messages; the timer stands still where there is no broker."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        """Set the timer; the loop is not yet running."""
        file: Path | None = worker.app.heartbeat
        if file is not None:
            worker.timer.call_after(0, file.touch)
            worker.timer.call_repeatedly(EVERY, file.touch)


class Clock(Scheduler):  # type: ignore[misc]
    """Beat's scheduler; touches the file at each tick. ``beat_max_loop_interval`` bounds the time between two."""

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Send what is due; returns the seconds until the next tick."""
        wait: float = super().tick(*arguments, **named)
        file: Path | None = self.app.heartbeat
        if file is not None:
            file.touch()
        return wait
