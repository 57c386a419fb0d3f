"""What was looked at over a stretch of time: polls and their outcome, captures of lists with their overlap, gaps. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select

from meeruit.tasks.store.tables import Gap, Listing, Run, RunKind, table

Row = dict[str, Any]
_gap, _listing, _run = table(Gap), table(Listing), table(Run)
#: Marks of one source over one stretch of time: the newest.
MOST = 1_000


class Mark(StrEnum):
    """What a look brought."""

    NEW = "new"
    SAME = "same"
    FAILED = "failed"
    OPEN = "not ended"


@dataclass(frozen=True, slots=True)
class Look:
    """One poll of a source, or one capture of a list."""

    at: datetime
    mark: Mark
    #: In plain words: ``3 new, 4 seen``, ``HTTP 503``.
    said: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """One capture of a list: how many of its items the capture before showed too; None where that is not known."""

    at: datetime
    section: str
    shown: int
    shared: int | None


def polls(db: Connection, source: str, since: datetime, until: datetime) -> list[Look]:
    """The polls of a source between two times, the earliest first."""
    query = (
        select(_run)
        .where(
            _run.c.source == source, _run.c.kind == RunKind.POLL, _run.c.started_at >= since, _run.c.started_at <= until
        )
        .order_by(_run.c.id.desc())
        .limit(MOST)
    )
    return [
        Look(row.started_at, _mark(row), row.outcome or "not ended yet") for row in reversed(db.execute(query).all())
    ]


def _mark(run: Any) -> Mark:
    if run.finished_at is None:
        return Mark.OPEN
    if run.pages_failed and not run.pages_done:
        return Mark.FAILED
    return Mark.NEW if run.items_new else Mark.SAME


def overlaps(db: Connection, name: str, since: datetime, until: datetime) -> list[Overlap]:
    """The captures of the lists of a source or host between two times, the earliest first."""
    query = (
        select(_listing)
        .where(_listing.c.list == name, _listing.c.observed_at >= since, _listing.c.observed_at <= until)
        .order_by(_listing.c.observed_at.desc())
        .limit(MOST)
    )
    rows = reversed(db.execute(query).all())
    return [Overlap(row.observed_at, row.section, row.shown, row.shared) for row in rows]


def gaps_between(db: Connection, name: str, since: datetime, until: datetime) -> list[Row]:
    """The gaps of a source or host that touch this stretch of time, the earliest first."""
    query = select(_gap).where(_gap.c.list == name, _gap.c.to_at >= since, _gap.c.from_at <= until)
    rows = db.execute(query.order_by(_gap.c.from_at, _gap.c.section).limit(MOST))
    return [{"section": row.section, "from": row.from_at, "to": row.to_at} for row in rows]


def last_look(db: Connection) -> datetime | None:
    """When something was looked at last: a poll, or a page of a list."""
    polled = db.scalar(select(func.max(_run.c.started_at)).where(_run.c.kind == RunKind.POLL))
    captured = db.scalar(select(func.max(_listing.c.observed_at)))
    return max((at for at in (polled, captured) if at is not None), default=None)
