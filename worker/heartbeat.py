"""The sign of life of a worker and of beat: a file that their main loops touch, for ``health`` to look at.

Touched by the loop that takes messages, and by beat's tick, never by a thread or a process of the pool: those live on
when the loop is stuck.
"""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from celery.beat import Scheduler, SchedulingError
from celery.bootsteps import StartStopStep
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from meeruit.worker.health import EVERY
from meeruit.worker.schedule import ENOUGH

log = logging.getLogger("meeruit")
_BROKER_FAULTS = (OperationalError, RedisError, OSError)
_START = datetime(2000, 1, 1, tzinfo=UTC)


class WorkerHeartbeat(StartStopStep):  # type: ignore[misc] # Celery has no types
    """Touches the file from a timer of the loop that takes messages; the timer stands still where there is no broker."""

    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        """Set the timer; the loop is not yet running."""
        file: Path | None = worker.app.heartbeat
        if file is not None:
            worker.timer.call_after(0, file.touch)
            worker.timer.call_repeatedly(EVERY, file.touch)


def steady() -> datetime:
    """A time that goes on whatever the clock of the machine is set to; says nothing of the time of day."""
    return _START + timedelta(seconds=monotonic())


class Clock(Scheduler):  # type: ignore[misc]
    """Beat's scheduler; touches the file at each tick. ``beat_max_loop_interval`` bounds the time between two.

    Ticks that nobody takes do not pile up: none is sent while enough of them wait.
    """

    #: Told to end. Celery's handler raises SystemExit where it stands; in the middle of sending that can be lost.
    _ending = False
    #: The last tick was not sent, for the broker did not answer.
    _cut_off = False

    def setup_schedule(self) -> None:
        """Have the entries go by the steady time: by that of the machine none would be due for as long as it was set back."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.schedule.nowfun = steady
            entry.last_run_at = steady()

    def apply_async(self, entry: Any, *arguments: Any, **named: Any) -> Any:
        """Send a tick, unless enough wait; None where it is not sent.

        A broker that is gone is said once, in a line. Raises SchedulingError for what is no fault of the broker.
        """
        sent = None
        try:
            waiting = self.connection.default_channel.client.llen(self.app.conf.task_default_queue)
            if waiting < ENOUGH[entry.task]:
                sent = super().apply_async(entry, *arguments, **named)
        except (SchedulingError, *_BROKER_FAULTS) as exc:
            if isinstance(exc, SchedulingError) and not isinstance(exc.__context__, _BROKER_FAULTS):
                raise
            if not self._cut_off:
                log.warning("no tick is sent until the broker answers reason=%s", exc)
            self._cut_off = True
        else:
            if self._cut_off:
                log.info("the broker answers again, ticks are sent")
            self._cut_off = False
        return sent

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
