"""The command ``meeruit`` with faults inside: ``python -m tests.faults.worker COMMAND``, by the variable FAULT_PLAN.

The real command, with a listener to its steps, a parser that dies of pages that say so, and a clock that is wrong.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import repeat
from typing import Any

from tests.faults.hooks import Plan, Steps, read_plan

#: A page with one of these words in its body is what the word says.
SEGFAULT, MEMORY, ENDLESS = b"PAGE-THAT-CRASHES", b"PAGE-THAT-EATS-MEMORY", b"PAGE-WITHOUT-END"
#: The same in C, where no handler of a signal runs.
STUCK = b"PAGE-THAT-STICKS"


def shift_clock(seconds: float) -> None:
    """Set every clock of this process; to be called before anything imports one."""
    if not seconds:
        return
    real = time.time
    time.time = lambda: real() + seconds
    from meeruit.tasks import times

    times.now = lambda: times.whole(datetime.fromtimestamp(real(), UTC) + timedelta(seconds=seconds))


def _poisoned(extract: Callable[..., Any]) -> Callable[..., Any]:
    """The parser, and what it dies of."""

    def extract_in(page: Any, profile: str | None) -> Any:
        if SEGFAULT in page.body:
            os.kill(os.getpid(), signal.SIGSEGV)
        if MEMORY in page.body:
            bytearray(64 << 30)
        if STUCK in page.body:
            deque(repeat(None), maxlen=0)
        while ENDLESS in page.body:
            pass
        return extract(page, profile)

    return extract_in


def _resolver(names: dict[str, list[list[str]]]) -> Callable[..., Any]:
    """A resolver that answers otherwise the second time."""
    real, asked = socket.getaddrinfo, dict.fromkeys(names, 0)

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in names:
            return real(host, port, *rest, **named)
        answers = names[name][min(asked[name], len(names[name]) - 1)]
        asked[name] += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers]

    return getaddrinfo


def _configure(plan: Plan, configuration: dict[str, Any]) -> None:
    if plan.limits:
        configuration["task_soft_time_limit"], configuration["task_time_limit"] = plan.limits
    if plan.tasks_per_child:
        configuration["worker_max_tasks_per_child"] = plan.tasks_per_child


def main() -> None:
    """Put the faults in, and run the command."""
    plan = read_plan(os.environ)
    shift_clock(plan.ahead)
    app: Any = import_module("meeruit.worker.app")
    capturing: Any = import_module("meeruit.tasks.work.capturing")
    from meeruit.worker.cli import main as command

    make, steps = app.make_tools, Steps(plan)
    app.make_tools = lambda *arguments: replace(make(*arguments), reached=steps)
    capturing.extract_in = _poisoned(capturing.extract_in)
    if plan.names:
        socket.getaddrinfo = _resolver(plan.names)
    _configure(plan, app.CONFIGURATION)
    sys.argv[0] = "meeruit"
    command()


if __name__ == "__main__":
    main()
