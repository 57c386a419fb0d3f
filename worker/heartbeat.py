"""The sign of life of a worker and of beat: a file that their main loops touch, for ``health`` to look at.

Touched by the loop that takes messages, and by beat's tick, never by a thread or a process of the pool: those live on
when the loop is stuck.
"""

from __future__ import annotations

import signal
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

    #: Told to end. Celery's handler raises SystemExit where it stands; in the middle of sending that can be lost.
    _ending = False

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Send what is due; returns the seconds until the next tick. Raises SystemExit when told to end."""
        if self._ending:
            raise SystemExit
        if signal.getsignal(signal.SIGTERM) != self._end:
            signal.signal(signal.SIGTERM, self._end)
        wait: float = super().tick(*arguments, **named)
        file: Path | None = self.app.heartbeat
        if file is not None:
            file.touch()
        return wait

    def _end(self, _signal: int, _frame: object) -> None:
        self._ending = True
        raise SystemExit
