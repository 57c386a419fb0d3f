"""The links that a source's feeds show: which are to be fetched, and what became of each. The marks of ``store.noted``.

    new ──→ waiting ──→ fetched
               ↑  └───→ failed once, twice ──→ given up
               └──────────┘ when it is shown again later

A link counts as seen when it was fetched, or was given up after its attempts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from meeruit.tasks.times import iso, parse_time

#: The mark of a link that stands in the ledger, and of one that was fetched or given up.
WAITING, SEEN = "waiting", ""
#: After the first and the second failure a link is asked for again when a feed shows it so much later.
PAUSES = (timedelta(minutes=10), timedelta(hours=2))
_FAILED = "failed "


def to_fetch(shown: Iterable[str], marks: Mapping[str, str], now: datetime) -> list[str]:
    """The links to ask for now, in the order in which they are shown; ``marks``: what is known of each."""
    return [url for url in dict.fromkeys(shown) if url not in marks or _is_due(marks[url], now)]


def after_failure(mark: str, now: datetime) -> str:
    """The mark of a link that failed for now; ``mark``: its mark before."""
    failures = _failures(mark) + 1
    return SEEN if failures > len(PAUSES) else f"{_FAILED}{failures} {iso(now)}"


def waiting_again(mark: str | None) -> str:
    """The mark of a link that is asked for; it remembers the failures of ``mark``."""
    failures = _failures(mark or "")
    return f"{WAITING} {failures}" if failures else WAITING


def _failures(mark: str) -> int:
    parts = mark.split(" ")
    return int(parts[1]) if len(parts) > 1 and parts[0] in {WAITING, _FAILED.strip()} else 0


def _is_due(mark: str, now: datetime) -> bool:
    if not mark.startswith(_FAILED):
        return False
    failed_at = parse_time(mark.split(" ")[2])
    return not now - PAUSES[_failures(mark) - 1] < failed_at <= now
