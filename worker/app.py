"""The Celery application and its settings, each with its reason.

``celery -A meeruit.worker.app`` (``report``, ``status``, ``inspect``, ``events``, ``worker``) finds it here, and so does
other code that sends tasks: ``from meeruit.worker.app import app``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from celery import Celery
from celery.loaders.app import AppLoader
from celery.utils.nodenames import host_format
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.store.tables import WorkKind
from meeruit.tasks.times import now
from meeruit.tasks.work.at_hand import AtHand
from meeruit.tasks.work.polling import Polled
from meeruit.tasks.work.seats import Seats
from meeruit.tasks.work.sweeping import ON_ITS_WAY
from meeruit.tasks.work.tools import Tools
from meeruit.worker import canary
from meeruit.worker.connections import display_url
from meeruit.worker.heartbeat import WorkerHeartbeat
from meeruit.worker.process import connect_signals
from meeruit.worker.schedule import SCHEDULE, watched_sources
from meeruit.worker.seating import Seating
from meeruit.worker.settings import Settings, read_settings
from meeruit.worker.tools import make_tools
from meeruit.worker.watching import Watching

log = logging.getLogger("meeruit")
#: The queues, each served before the next: what ticks and sweeps, what fetches, what reads in bulk.
CLOCK, FETCH, BULK = QUEUES = ("meeruit.clock", "meeruit.fetch", "meeruit.bulk")
#: What the names of worker nodes begin with.
NODE = "meeruit"
#: A task is killed after this many seconds; a page has limits of its own, but a server that hangs has none.
HARD_LIMIT = 120

CONFIGURATION: dict[str, Any] = {
    "imports": ("meeruit.tasks.jobs",),
    "task_default_queue": CLOCK,
    "task_queues": {name: {"exchange": name, "routing_key": name} for name in QUEUES},
    "task_create_missing_queues": False,
    # JSON only: a pickle in the broker would be code for whoever can write there
    "task_serializer": "json",
    "accept_content": ["json"],
    "result_accept_content": ["json"],
    # the ledger is the result
    "task_ignore_result": True,
    "result_backend": None,
    # redelivered after a crash; a lost process is retried a bounded number of times, never requeued for ever
    "task_acks_late": True,
    "task_retry_on_worker_lost": True,
    "task_reject_on_worker_lost": False,
    # the ledger owns every other retry; requeueing here would be an endless loop on one bad page
    "task_acks_on_failure": True,
    "task_acks_on_timeout": True,
    "task_time_limit": HARD_LIMIT,
    # a publish gives up after a second; the sweeper sends again what the ledger holds
    "task_publish_retry_policy": {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 1},
    # one message at a time: prefetched ones age while they wait
    "worker_prefetch_multiplier": 1,
    # leaks end with the process; checked between tasks only, MEMORY in local/sandbox.py guards within one
    "worker_max_tasks_per_child": 500,
    "worker_max_memory_per_child": 400_000,
    # what runs when the broker goes finishes and commits; cancelled, it would hold its lease until that ran out
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_soft_shutdown_timeout": 30.0,
    "worker_enable_soft_shutdown_on_idle": True,
    "worker_send_task_events": False,
    # needed for ping; on a private broker only
    "worker_enable_remote_control": True,
    "beat_enable_remote_control": True,
    "worker_hijack_root_logger": False,
    # a long outage of the broker is waited out
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_connection_timeout": 4,
    "broker_transport_options": {
        # the clock's messages before those that fetch, and these before bulk work: a poll waits for no archive
        "queue_order_strategy": "priority",
        # longer than a task can last, times what one process can have fetched
        "visibility_timeout": 600,
        # abandoned messages come back in about 10 s, not 100
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 2,
        # without it a publish to a frozen broker hangs for ever; longer than the 1 s of BRPOP
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 15,
        "global_keyprefix": "meeruit:",
    },
    "beat_schedule": SCHEDULE,
    # the ledger knows what is due, so the clock keeps nothing on disk
    "beat_scheduler": "meeruit.worker.heartbeat:Clock",
    # a tick may come a second late, not five minutes
    "beat_max_loop_interval": 5,
}


class Loader(AppLoader):  # type: ignore[misc] # Celery has no types
    """Imports the tasks as any other module; Celery would look into the current folder first."""

    def import_from_cwd(self, module: str, imp: object = None, package: str | None = None) -> ModuleType:
        """The module, whatever files lie around in the current folder."""
        return import_module(module, package)


class App(Celery):  # type: ignore[misc]
    """The Celery application, with what its processes and its tasks ask it for."""

    def __init__(self, settings: Settings, heartbeat: Path | None = None) -> None:
        super().__init__("meeruit", broker=settings.broker_url, set_as_current=True, loader=Loader)
        self.conf.update(CONFIGURATION)
        if settings.broker_url and settings.broker_url.startswith("redis+socket://"):
            options = dict(CONFIGURATION["broker_transport_options"])
            del options["socket_keepalive"]  # a word for TCP only
            self.conf.broker_transport_options = options
        self.settings = settings
        #: What is polled, as the file of sources says it now; what the parent knows, the processes that it forks know.
        self.sources: Callable[[], tuple[Polled, ...]] = watched_sources(settings.sources.absolute())
        #: The file that a worker or beat touches as long as it goes round; None: none.
        self.heartbeat = heartbeat
        self._at_hand = AtHand()
        #: Which of the processes fetch.
        self.seats = Seats()
        self.steps["worker"].update({Seating, Watching, WorkerHeartbeat})

    def make_tools(self) -> Tools:
        """Tools of this process: call it after the fork."""
        return make_tools(self.settings, self.send_work, self._queued, self._at_hand, self.seats)

    @cached_property
    def tools(self) -> Tools:
        """The tools of the tasks of this process, made for the first of them."""
        return self.make_tools()

    def work(self, processes: int | None) -> int:
        """Run a worker of so many processes (None: one a core) until it is told to stop; returns its exit status.

        Made as ``celery worker`` makes it; that command would first import a shell, which takes half a second.
        """
        worker = self.Worker(
            hostname=host_format(f"{NODE}@%h-{os.getpid()}"),
            pool="prefork",
            concurrency=processes,
            queues=QUEUES,
            without_gossip=True,
            without_mingle=True,
            loglevel=logging.WARNING,
            quiet=True,
        )
        worker.start()
        return int(worker.exitcode or 0)

    def send_work(self, work_id: int, kind: str, seconds: float) -> None:
        """Send the message that points at a piece of work, to be delivered after so many seconds."""
        queue = FETCH if kind == WorkKind.FETCH else BULK
        try:
            self.send_task("work.do", (work_id,), queue=queue, countdown=seconds or None)
        except OperationalError as exc:  # the row stands in the ledger: the sweeper sends it again
            log.warning("not sent work=%s reason=%s", work_id, exc)

    def _queued(self) -> int | None:
        try:
            return self.messages()
        except LedgerError:
            return None

    def messages(self) -> int:
        """Messages of bulk work from which a claim may still come: waiting, or just handed out. Raises LedgerError.

        What the broker counts as held for longer is in work; or its worker died, before it claimed anything or before it
        could acknowledge. The broker counts that for the whole visibility timeout, over its own restart, too. A tick is no
        such message, the sweep that asks least of all: behind it one lost message would hide.
        """
        since, until = ((now() + sign * ON_ITS_WAY).timestamp() for sign in (-1, 1))  # later: by a clock that was wrong
        with self._connected() as connection:
            client = connection.default_channel.client
            handed_out = client.zrange("unacked_index", since, until, byscore=True)
            held = [client.hget("unacked", tag) for tag in handed_out]
            # kombu notes [message, exchange, routing key]; the key is the queue's name
            claims = sum(json.loads(each)[2] == BULK for each in held if each is not None)
            return int(client.llen(BULK) + claims)

    def sing(self, key: str) -> None:
        """Say to whoever waits under ``key`` that a message came through."""
        with self._connected() as connection:
            canary.sing(connection, key)

    def hear(self, seconds: float) -> dict[str, float | None]:
        """Send a message through every queue; how long each took, None: longer than ``seconds``. Raises LedgerError."""
        with self._connected() as connection:
            return canary.hear(self, connection, QUEUES, seconds)

    def nodes(self) -> list[str]:
        """The workers and clocks that answer within two seconds, by their names. Raises LedgerError."""
        with self._connected() as connection:
            answers = self.control.ping(timeout=2.0, connection=connection)
        return sorted(node for answer in answers for node in answer)

    def queue_lengths(self) -> dict[str, int]:
        """How many messages wait in each queue. Raises LedgerError."""
        with self._connected() as connection:
            client = connection.default_channel.client
            return {queue: int(client.llen(queue)) for queue in QUEUES}

    def someone_works(self) -> bool:
        """True where a worker that takes from our queues answers within two seconds. Raises LedgerError."""
        with self._connected() as connection:
            answers = self.control.broadcast("active_queues", reply=True, timeout=2.0, connection=connection)
        served = [queue["name"] for answer in answers for queues in answer.values() for queue in queues]
        return bool({FETCH, BULK}.intersection(served))  # beat does not answer that

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """A connection of its own: one from the pool may be that of a broker that has died since."""
        try:
            with self.connection_for_read() as connection:
                yield connection
        except (OperationalError, RedisError, OSError) as exc:
            raise LedgerError(
                f"the broker {display_url(str(self.settings.broker_url))} does not answer: {exc}"
            ) from exc


#: The application on the broker that the environment names. Made when it is first asked for: importing reads no setting.
app: App


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        globals()["app"] = made = process_app("celery -A meeruit.worker.app")
    except UsageError as exc:
        import click  # Celery's command is made with it

        if click.get_current_context(silent=True) is None:
            raise
        print(f"meeruit: {exc}", file=sys.stderr)  # noqa: T201 - the command celery would print a traceback
        raise SystemExit(2) from None
    return made


def process_app(command: str, heartbeat: Path | None = None) -> App:
    """The application as a worker, beat or the command celery runs it. Raises UsageError where no broker is named."""
    settings = read_settings()
    if settings.broker_url is None:
        raise UsageError(
            f"{command} needs MEERUIT_BROKER_URL; `meeruit ingest` and `meeruit up` start a broker of their own"
        )
    connect_signals()
    return App(settings, heartbeat)
