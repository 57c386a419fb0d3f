"""Runs as they end, each told once, whatever their numbers. Only reads."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from meeruit.tasks.report.listings import Row
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Run, table

_run = table(Run)
#: A run may come to light so long after the time at which it ended: its transaction took so long, or a clock is behind.
_LATE = timedelta(minutes=2)
#: What was told is remembered for so long: a clock that is put back by less tells nothing twice.
_REMEMBERED = timedelta(hours=2)


class RunEnds:
    """The runs that ended since the first look. Remembers which, since many end in one second."""

    def __init__(self) -> None:
        self._told: dict[int, datetime] | None = None

    def news(self, db: Connection, now: datetime) -> list[Row]:
        """The runs that ended since the last look, by the time of their end; each with its failed pages.

        ``failed`` holds them as (address, reason). The first look tells none.
        """
        query = select(_run).where(_run.c.finished_at >= now - _LATE).order_by(_run.c.finished_at, _run.c.id)
        told = self._told
        fresh = [row for row in db.execute(query) if row.id not in (told or {})]
        kept = {run: at for run, at in (told or {}).items() if at >= now - _REMEMBERED}
        self._told = kept | {row.id: row.finished_at for row in fresh}
        if told is None:
            return []
        return [
            dict(row._mapping) | {"failed": runs.failures(db, [row.id]) if row.pages_failed else []} for row in fresh
        ]
