"""The clock's part: how often to look at what is due. What is due, the ledger decides, so any clock will do.

Two clocks, a clock that died, or one that slept for an hour do no harm: a tick that finds nothing due does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from meeruit.tasks.errors import UsageError
from meeruit.tasks.events import told
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.work.polling import Polled
from meeruit.worker.hooks import Webhook
from meeruit.worker.sources import read_sources, read_webhooks

log = logging.getLogger("meeruit")
_Read = TypeVar("_Read")

#: Seconds between two looks; times are due on whole seconds, and are seen half a second later at most. A tick that nobody
#: took in time is worth nothing: the next one says the same.
SCHEDULE: dict[str, Any] = {
    "poll": {"task": "source.poll", "schedule": 0.5, "options": {"expires": 2}},
    "sweep": {"task": "work.sweep", "schedule": 5.0, "options": {"expires": 5}},
}


def sources_of(path: Path) -> tuple[Polled, ...]:
    """What is polled; nothing where there is no such file. Raises UsageError for a mistake in it."""
    return read_sources(path) if path.exists() else ()


def lost_file(path: Path, states: Mapping[str, Mapping[str, Any]]) -> str | None:
    """That the file of sources is gone though some were polled, in one line; ``states`` of sources by name."""
    polled = sum(state["next_run_at"] is not None for state in states.values())
    if not polled or path.exists():
        return None
    return f"{path}: no such file, though {number_of(polled, 'source')} of it came to be polled; put it back, or an empty one"


def _log_mistake(mistake: str) -> None:
    log.error("sources unchanged reason=%s", told(mistake))


def watched_sources(path: Path, say_mistake: Callable[[str], None] = _log_mistake) -> Callable[[], tuple[Polled, ...]]:
    """The sources as the file says them now: a change holds from the next tick.

    A mistake is said once and waits, and so does a file that is there no more.
    """
    return _watched(path, read_sources, say_mistake)


def watched_webhooks(path: Path, say_mistake: Callable[[str], None]) -> Callable[[], tuple[Webhook, ...]]:
    """The webhooks, in the same way."""
    return _watched(path, read_webhooks, say_mistake)


def _watched(
    path: Path, read: Callable[[Path], tuple[_Read, ...]], say_mistake: Callable[[str], None]
) -> Callable[[], tuple[_Read, ...]]:
    mark: object = None
    found: tuple[_Read, ...] = ()

    def look() -> tuple[_Read, ...]:
        nonlocal mark, found
        before = mark
        try:
            stat = path.stat()
            mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError:
            mark = None
        if mark != before:
            try:
                found = read(path)
            except UsageError as exc:  # what was right before goes on
                say_mistake(str(exc))
        return found

    return look
