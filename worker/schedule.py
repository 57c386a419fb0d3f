"""The clock's part: how often to look at what is due. What is due, the ledger decides, so any clock will do.

Two clocks, a clock that died, or one that slept for an hour do no harm: a tick that finds nothing due does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from meeruit.tasks.errors import UsageError
from meeruit.tasks.events import told
from meeruit.tasks.grammar.profiles import BUILT_IN
from meeruit.tasks.marks import Mark, mark_of
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.report.sources import LATE
from meeruit.tasks.work.polling import NEW_PER_SECOND, Polled
from meeruit.worker.hooks import Webhook
from meeruit.worker.sources import read_sources, read_webhooks, usable_sources

log = logging.getLogger("meeruit")
_Read = TypeVar("_Read")
#: Seconds after which files with a mistake are read again though they did not change: what they name may be there by then.
AGAIN = 5.0

#: Seconds between two looks; times are due on whole seconds, and are seen half a second later at most. No tick expires: that
#: would be a time of beat's clock, and a worker whose clock is another might take none.
SCHEDULE: dict[str, Any] = {
    "poll": {"task": "source.poll", "schedule": 0.5},
    "sweep": {"task": "work.sweep", "schedule": 5.0},
}
#: A tick is not sent while so many messages of the clock wait: those say the same. Polls alone never keep a sweep away.
ENOUGH = {"source.poll": 2, "work.sweep": 4}


def sources_of(path: Path) -> tuple[Polled, ...]:
    """What is polled; nothing where there is no such file. Raises UsageError for a mistake in it."""
    return read_sources(path) if path.exists() else ()


def lost_file(path: Path, states: Mapping[str, Mapping[str, Any]]) -> str | None:
    """That the file of sources is gone though some were polled, in one line; ``states`` of sources by name."""
    polled = sum(state["next_run_at"] is not None for state in states.values())
    if not polled or path.exists():
        return None
    return f"{path}: no such file, though {number_of(polled, 'source')} of it came to be polled; put it back, or an empty one"


def never_polled(
    path: Path, names: Sequence[str], states: Mapping[str, Mapping[str, Any]], at: datetime
) -> dict[str, timedelta]:
    """Of the sources of a file, by name, those that no poll began of, though they have been there for too long, and how long.

    What is new is due at once; since when it is there is at most as long ago as the last change of the file.
    """
    new = [name for name in names if (states.get(name) or {}).get("next_run_at") is None]
    try:
        there = at - datetime.fromtimestamp(path.stat().st_ctime, UTC)
    except OSError:  # gone by now
        return {}
    return dict.fromkeys(new, there) if there > LATE + timedelta(seconds=len(new) / NEW_PER_SECOND) else {}


def _log_mistake(mistake: str) -> None:
    log.error("sources reason=%s", told(mistake))


def watched_sources(path: Path, say_mistake: Callable[[str], None] = _log_mistake) -> Callable[[], tuple[Polled, ...]]:
    """The sources as the file, and the profiles that it names, say them now: a change holds from the next tick.

    A mistake is said once, and what was right before goes on; so it does where the file is there no more. A source whose
    folder or profile cannot be used stops alone, and is looked at again until it can.
    """
    return _watched(path, usable_sources, say_mistake, _profiles)


def watched_webhooks(path: Path, say_mistake: Callable[[str], None]) -> Callable[[], tuple[Webhook, ...]]:
    """The webhooks, in the same way."""
    return _watched(path, lambda file: (read_webhooks(file), ()), say_mistake, lambda _: ())


def _profiles(sources: Iterable[Polled]) -> Iterable[Path]:
    return {Path(source.profile) for source in sources if source.profile and source.profile not in BUILT_IN}


def _watched(
    path: Path,
    read: Callable[[Path], tuple[tuple[_Read, ...], tuple[str, ...]]],
    say_mistake: Callable[[str], None],
    beside: Callable[[tuple[_Read, ...]], Iterable[Path]],
) -> Callable[[], tuple[_Read, ...]]:
    """What a file says; ``beside``: the other files that this rests on."""
    marks: dict[Path, Mark] = {path: None}
    found: tuple[_Read, ...] = ()
    mistakes: tuple[str, ...] = ()
    read_at = 0.0

    def look() -> tuple[_Read, ...]:
        nonlocal marks, found, mistakes, read_at
        now = {file: mark_of(file) for file in marks}
        if now == marks and not (mistakes and monotonic() - read_at > AGAIN):
            return found
        said, mistakes, read_at = mistakes, (), monotonic()
        try:
            found, unusable = read(path)
            mistakes = tuple(f"{each}; it is not polled until then" for each in unusable)
        except UsageError as exc:
            mistakes = (f"{exc}; what was right before goes on",)
        for mistake in mistakes:
            if mistake not in said:
                say_mistake(mistake)
        marks = {file: now[file] if file in now else mark_of(file) for file in (path, *beside(found))}
        return found

    return look
