"""The clock's part: how often to look at what is due. What is due, the ledger decides, so any clock will do.

Two clocks, a clock that died, or one that slept for an hour do no harm: a tick that finds nothing due does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from meeruit.tasks.errors import UsageError
from meeruit.tasks.events import told
from meeruit.tasks.work.polling import Polled
from meeruit.worker.sources import read_sources

log = logging.getLogger("meeruit")

#: Seconds between two looks; times are due on whole seconds, and are seen half a second later at most. A tick that nobody
#: took in time is worth nothing: the next one says the same.
SCHEDULE: dict[str, Any] = {
    "poll": {"task": "source.poll", "schedule": 0.5, "options": {"expires": 2}},
    "sweep": {"task": "work.sweep", "schedule": 5.0, "options": {"expires": 5}},
}


def sources_of(path: Path) -> tuple[Polled, ...]:
    """What is polled; nothing where there is no such file. Raises UsageError for a mistake in it."""
    return read_sources(path) if path.exists() else ()


def _log_mistake(mistake: str) -> None:
    log.error("sources unchanged reason=%s", told(mistake))


def watched_sources(path: Path, say_mistake: Callable[[str], None] = _log_mistake) -> Callable[[], tuple[Polled, ...]]:
    """The sources as the file says them now: a change holds from the next tick, a mistake is said once and waits."""
    state: dict[str, Any] = {"mark": None, "sources": ()}

    def sources() -> tuple[Polled, ...]:
        try:
            stat = path.stat()
            mark: object = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            mark = None
        if mark != state["mark"]:
            state["mark"] = mark
            try:
                state["sources"] = sources_of(path)
            except UsageError as exc:  # what was right before goes on
                say_mistake(str(exc))
        found: tuple[Polled, ...] = state["sources"]
        return found

    return sources
