"""Counters for whoever watches from outside: what all runs that ended brought, as they are added up. Only reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, func, select

from meeruit.tasks.counts import Counts
from meeruit.tasks.store.tables import Failure, FailureState, Gap, Run, table

_failure, _gap, _run = table(Failure), table(Gap), table(Run)
_NAMES = tuple(asdict(Counts()))
#: Reasons of failures that are told apart; the rest is one.
_REASONS, _LONGEST = 20, 100


class Totals:
    """The sums over runs that ended, by source. Remembers those of old runs, which change no more, so that a look is cheap."""

    def __init__(self) -> None:
        self._below = 0
        self._old: dict[str, Counter[str]] = {}

    def look(self, db: Connection) -> dict[str, Counter[str]]:
        """By source (empty: none) the counts of pages and items, and ``runs``."""
        first_open = db.scalar(select(func.min(_run.c.id)).where(_run.c.finished_at.is_(None)))
        newest = int(db.scalar(select(func.max(_run.c.id))) or 0)
        below = newest if first_open is None else first_open - 1
        if below > self._below:
            _add(self._old, self._sums(db, self._below, below))
            self._below = below
        found = {source: Counter(counts) for source, counts in self._old.items()}
        _add(found, self._sums(db, below, newest))
        return found

    def _sums(self, db: Connection, above: int, up_to: int) -> list[Any]:
        sums = (func.coalesce(func.sum(_run.c[name]), 0).label(name) for name in _NAMES)
        which = (_run.c.id > above, _run.c.id <= up_to, _run.c.finished_at.is_not(None))
        query = select(_run.c.source, func.count().label("runs"), *sums).where(*which)
        return list(db.execute(query.group_by(_run.c.source)))


def _add(to: dict[str, Counter[str]], rows: list[Any]) -> None:
    for row in rows:
        counts = to.setdefault(row.source or "", Counter())
        counts.update({name: int(row._mapping[name]) for name in (*_NAMES, "runs")})


def open_by_reason(db: Connection) -> dict[tuple[str, str], int]:
    """How many failures are open, by kind and reason; seldom reasons together as ``other``."""
    query = select(_failure.c.kind, _failure.c.reason, func.count().label("number"))
    query = query.where(_failure.c.state == FailureState.OPEN).group_by(_failure.c.kind, _failure.c.reason)
    rows = sorted(db.execute(query), key=lambda row: (-row.number, row.kind, row.reason))
    found: Counter[tuple[str, str]] = Counter()
    for place, row in enumerate(rows):
        found[row.kind, row.reason[:_LONGEST] if place < _REASONS else "other"] += row.number
    return dict(found)


def gaps(db: Connection) -> int:
    """How many gaps are known."""
    return int(db.scalar(select(func.count()).select_from(_gap)) or 0)
