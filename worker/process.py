"""What a worker or beat does as it starts, by whatever command: checks its tables, bounds its processes, sweeps.

Celery's signals come from one process for one application; the handlers find it by their sender.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import warnings
from typing import Any

from celery.exceptions import CPendingDeprecationWarning
from celery.signals import beat_init, setup_logging, worker_init, worker_process_init, worker_ready

from meeruit.tasks.errors import UsageError
from meeruit.tasks.work.sweeping import sweep_lost
from meeruit.worker import acknowledging
from meeruit.worker.database import open_database
from meeruit.worker.local.parent import die_with_parent
from meeruit.worker.local.sandbox import MEMORY, limit_memory
from meeruit.worker.log import configure
from meeruit.worker.net.broker import check_broker
from meeruit.worker.settings import read_settings

log = logging.getLogger("meeruit")
#: Bytes of address space that each thread of a process takes for its stack; a TLS handshake needs a tenth of it.
_STACK = 1 << 20


def connect_signals() -> None:
    """Have the handlers below called in this process and in those that it forks."""
    acknowledging.install()
    # said at each loss of the broker; what it is about, the configuration of the application decides
    warnings.simplefilter("ignore", CPendingDeprecationWarning)
    setup_logging.connect(_log, weak=False)
    worker_init.connect(_check_tables, weak=False)
    beat_init.connect(_check_tables, weak=False)
    worker_process_init.connect(_bound, weak=False)
    worker_ready.connect(_sweep, weak=False)


def _log(**_kwargs: Any) -> None:
    settings = read_settings()
    configure(settings.log_level, settings.log_format)


def _check_tables(sender: Any, **_kwargs: Any) -> None:
    """End a worker or beat whose tables are not those of this version, or whose broker refuses it."""
    try:
        open_database(sender.app.settings).dispose()
        check_broker(sender.app.settings, patient=True)
    except UsageError as exc:
        print(f"meeruit: {exc}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def _bound(**_kwargs: Any) -> None:
    """Bound what one worker process can use, and how long it lives."""
    threading.stack_size(_STACK)
    gc.freeze()  # what was imported before the fork stays: to look through it again and again costs 5 % of the time
    die_with_parent()
    limit_memory(MEMORY)


def _sweep(sender: Any, **_kwargs: Any) -> None:
    """Send again what waits, as soon as the worker takes messages."""
    tools = sender.app.make_tools()  # of this process, which makes no others: the tasks run in its children
    log.info("ready pid=%d swept=%d", os.getpid(), sweep_lost(tools))
    tools.engine.dispose()
