"""The Celery application and its settings, each with its reason; and the tools that the work borrows.

Names the tasks by a string, so that the process never imports the work to be configured.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning
from celery.signals import setup_logging, worker_process_init, worker_ready
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from meeruit.tasks.errors import LedgerError
from meeruit.tasks.web import visit as visiting
from meeruit.tasks.web.answer import Fetched, Validators
from meeruit.tasks.work.fetching import Visit
from meeruit.tasks.work.process import Tools, sweep_lost
from meeruit.worker.connections import shown
from meeruit.worker.database import make_engine
from meeruit.worker.heartbeat import show_life
from meeruit.worker.local.parent import die_with_parent
from meeruit.worker.local.sandbox import MEMORY, limit_memory
from meeruit.worker.log import configure
from meeruit.worker.net.client import make_client
from meeruit.worker.net.memory import Memory
from meeruit.worker.net.pace import Pace
from meeruit.worker.schedule import SCHEDULE, watched_sources
from meeruit.worker.settings import Settings, read_settings

log = logging.getLogger("meeruit")
QUEUE = "meeruit"
#: What the names of worker nodes begin with.
NODE = "meeruit"
#: A task is killed after this many seconds; the soft limit cannot stop C code, so this one is the real guard.
HARD_LIMIT = 120

CONFIGURATION: dict[str, Any] = {
    "imports": ("meeruit.tasks.jobs",),
    "task_default_queue": QUEUE,
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
    "task_soft_time_limit": 100,
    # a publish gives up after a second; the sweeper sends again what the ledger holds
    "task_publish_retry_policy": {"max_retries": 3, "interval_start": 0, "interval_step": 0.2, "interval_max": 1},
    # one message at a time: prefetched ones age while they wait
    "worker_prefetch_multiplier": 1,
    # leaks end with the process; checked between tasks only, MEMORY guards within one
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
    # a tick may come a second late, not five minutes
    "beat_max_loop_interval": 5,
}


def make_app(settings: Settings) -> Celery:
    """The Celery application on the broker that the settings name."""
    app = Celery("meeruit", broker=settings.broker_url, set_as_current=True)
    app.conf.update(CONFIGURATION)
    if settings.broker_url and settings.broker_url.startswith("redis+socket://"):
        options = dict(CONFIGURATION["broker_transport_options"])
        del options["socket_keepalive"]  # a word for TCP only
        app.conf.broker_transport_options = options
    app.settings = settings
    app.sources = watched_sources(settings.sources.absolute())
    return app


def make_tools(app: Celery) -> Tools:
    """The tools of one process: call it after the fork."""

    def send(work_id: int, seconds: float) -> None:
        try:
            app.send_task("work.do", (work_id,), queue=QUEUE, countdown=seconds or None)
        except OperationalError as exc:  # the row stands in the ledger: the sweeper sends it again
            log.warning("not sent work=%s reason=%s", work_id, exc)

    def queued() -> int | None:
        try:
            return messages(app)
        except LedgerError:
            return None

    return Tools(make_engine(app.settings.database_url), send, queued, make_visit(app.settings))


def make_visit(settings: Settings) -> Visit:
    """The way to the web of one process; its client is made when it is first used (its TLS context costs 22 ms)."""
    tools: list[visiting.Tools] = []

    def visit(url: str, delay: float, validators: Validators | None) -> Fetched:
        if not tools:
            redis = Redis.from_url(settings.redis_url, socket_timeout=10, socket_connect_timeout=5)
            client = make_client(contact=settings.contact, allow_private_hosts=settings.allow_private_hosts)
            tools.append(visiting.Tools(client, Pace(redis), Memory(redis)))
        return visiting.visit(tools[0], url, delay=delay, validators=validators)

    return visit


def messages(app: Celery) -> int:
    """Messages that the broker holds: waiting, and handed out but not yet acknowledged. Raises LedgerError."""
    with _connected(app) as connection:
        client = connection.default_channel.client
        return int(client.llen(QUEUE)) + int(client.hlen("unacked"))


def someone_works(app: Celery) -> bool:
    """True where a worker answers on the broker within two seconds. Raises LedgerError where the broker does not."""
    with _connected(app) as connection:
        answers = app.control.ping(timeout=2.0, connection=connection)
    return any(node.startswith(f"{NODE}@") for answer in answers for node in answer)  # beat answers too


@contextmanager
def _connected(app: Celery) -> Iterator[Any]:
    """A connection of its own: one from the pool may be that of a broker that has died since."""
    try:
        with app.connection_for_read() as connection:
            yield connection
    except (OperationalError, RedisError, OSError) as exc:
        raise LedgerError(f"the broker {connection_shown(app)} does not answer: {exc}") from exc


def connection_shown(app: Celery) -> str:
    """The broker's address without its password."""
    return shown(app.settings.broker_url)


def worker_app(heartbeat: Path | None = None) -> Celery:
    """The application as a worker or beat process runs it, with its signals connected; it touches ``heartbeat``."""
    # said at each loss of the broker; what it is about, CONFIGURATION decides
    warnings.simplefilter("ignore", CPendingDeprecationWarning)
    app = make_app(read_settings())
    show_life(app, heartbeat)

    @setup_logging.connect(weak=False)
    def _(**_kwargs: Any) -> None:
        configure()

    @worker_process_init.connect(weak=False)
    def _(**_kwargs: Any) -> None:
        die_with_parent()
        limit_memory(MEMORY)
        app.tools = make_tools(app)

    @worker_ready.connect(weak=False)
    def _(**_kwargs: Any) -> None:
        tools = make_tools(app)
        log.info("ready pid=%d swept=%d", os.getpid(), sweep_lost(tools))
        tools.engine.dispose()

    return app
