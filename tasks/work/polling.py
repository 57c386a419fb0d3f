"""Polling: what is due by the ledger becomes a run and its work, once, however many clocks tick.

    source due ──→ run ──→ work: pages and feeds by host, files of the folder that are new or changed

The clock may tick twice, late, or not for an hour: a source is polled when its ``next_run_at`` has come and its last
poll has ended, and what was missed meanwhile is one poll. Fetches nothing itself.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select, update

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.read import native
from meeruit.tasks.disk.targets import Found, find
from meeruit.tasks.references import Fetch, File, Slice, Streamed, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.rows import insert_into
from meeruit.tasks.store.seen_links import marks_of, note
from meeruit.tasks.store.tables import ObservedFrom, Run, Source, table
from meeruit.tasks.store.transaction import look, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.enrol import Enrolment
from meeruit.tasks.work.tools import Tools

_run, _source = table(Run), table(Source)
#: A file that changed less than so many seconds ago may still be being written; the next poll takes it.
_SETTLED = 2.0


@dataclass(frozen=True, slots=True)
class Polled:
    """What is polled, as ``sources.toml`` says it."""

    name: str
    #: Pages whose blocks are read at every poll; in their normal form.
    urls: tuple[str, ...] = ()
    #: RSS or Atom: each new link is fetched once and read.
    feeds: tuple[str, ...] = ()
    #: Files that are new or changed; an absolute path.
    folder: Path | None = None
    #: Seconds between two polls.
    every: int = 600
    #: ``nl``, ``en``, or the absolute path of a profile; None: the page's own language.
    profile: str | None = None
    #: Seconds between two requests to one host; robots.txt can only make it longer.
    delay: float = 5.0


def poll_due(tools: Tools, sources: Iterable[Polled]) -> list[str]:
    """Start a poll of every source that is due. Returns their names."""
    started = []
    for source in sources:
        run_id = transaction(tools.engine, lambda db, s=source: _start(db, s, now(), forced=False))  # type: ignore[misc]
        if run_id is not None:
            _enrol(tools, source, run_id)
            started.append(source.name)
    return started


def poll_now(tools: Tools, source: Polled) -> int:
    """Start a poll of a source, due or not. Returns its run."""
    run_id = transaction(tools.engine, lambda db: _start(db, source, now(), forced=True))
    if run_id is None:
        raise AssertionError("a forced poll always starts")
    _enrol(tools, source, run_id)
    return run_id


def _start(db: Connection, source: Polled, at: datetime, *, forced: bool) -> int | None:
    """A new run, where the source is due and no poll of it is under way; its next time is set with it."""
    db.execute(insert_into(db, _source).values(name=source.name, failures=0).on_conflict_do_nothing())
    state = db.execute(select(_source).where(_source.c.name == source.name).with_for_update()).one()
    if not forced and (_before(state.next_run_at, at) or _under_way(db, source.name, at)):
        return None
    db.execute(
        update(_source)
        .where(_source.c.name == source.name)
        .values(last_run_at=at, next_run_at=_next(state, source, at))
    )
    return runs.start_run(db, _what(source), source.name, at)


def _before(time: datetime | None, at: datetime) -> bool:
    return time is not None and time > at


def _next(state: Any, source: Polled, at: datetime) -> datetime:
    """The first time after now in the source's own step; polls that were missed are not made up for."""
    due = state.next_run_at or at
    steps = max(1, int((at - due).total_seconds()) // source.every + 1)
    following: datetime = due + timedelta(seconds=steps * source.every)
    # a shorter `every` in the file holds at once, not only after the old time
    return min(following, at + timedelta(seconds=source.every))


def _under_way(db: Connection, name: str, at: datetime) -> bool:
    """True while the last poll has work left; one that died while it was enrolled counts for a lease at most."""
    open_run = select(_run.c.id).where(
        _run.c.source == name,
        _run.c.finished_at.is_(None),
        or_(_run.c.enrolled_at.is_not(None), _run.c.started_at > at - ledger.LEASE),
    )
    return db.scalar(open_run.limit(1)) is not None


def _what(source: Polled) -> str:
    return " ".join([*source.urls, *source.feeds, *([str(source.folder)] if source.folder else [])])


def _enrol(tools: Tools, source: Polled, run_id: int) -> None:
    """The work of one poll into the ledger."""
    terms = Terms(now(), ObservedFrom.INGEST, source.name, source.profile, source.delay)
    enrolment = Enrolment(tools, run_id, terms)
    for reference in [*map(Fetch, source.urls), *(Fetch(url, feed=True) for url in source.feeds)]:
        enrolment.add((reference, 1, 0))
    marks = _changed_files(tools, source, enrolment) if source.folder else {}
    enrolment.close()
    if marks:  # after the files stand in the ledger: between the two, a file can be read twice, never missed
        transaction(tools.engine, lambda db: note(db, source.name, marks))


def _changed_files(tools: Tools, source: Polled, enrolment: Enrolment) -> dict[str, str]:
    """Enrol the files that are new or changed since an earlier poll; returns their marks."""
    known = look(tools.engine, lambda db: marks_of(db, source.name))
    fresh: dict[str, str | None] = {}
    for found in find([str(source.folder)], io.BytesIO()):
        path = _file_of(found)
        if path not in fresh:
            mark = _mark(path)
            fresh[path] = None if known.get(path) == mark else mark
        if fresh[path] is not None:
            enrolment.add(found)
    return {path: mark for path, mark in fresh.items() if mark is not None}


def _file_of(found: Found) -> str:
    """The file that a finding is about: a page, a slice of lines, or a line of a packed file (``FILE:LINE``)."""
    reference = found.reference if isinstance(found, Raw) else found[0]
    if isinstance(reference, File | Slice):
        return reference.path
    if isinstance(reference, Streamed):
        return reference.address.rpartition(":")[0]
    return reference.address if reference else ""


def _mark(path: str) -> str | None:
    """What tells a changed file from the one that was read; None while it may still be being written."""
    try:
        stat = Path(native(path)).lstat()
    except OSError:
        return ""
    settled = now().timestamp() - stat.st_mtime >= _SETTLED
    return f"{stat.st_size}-{stat.st_mtime_ns}" if settled else None
