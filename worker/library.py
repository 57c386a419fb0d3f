"""The library over a database: pages in, items out, in this process, without a broker or a worker.

Loaded by ``meeruit`` when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from meeruit.tasks.captures import BATCH_PAGES, ObservedFrom, Raw, sha256
from meeruit.tasks.counts import Counts
from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.grammar.profiles import named_profile
from meeruit.tasks.records import Page
from meeruit.tasks.references import Terms
from meeruit.tasks.report import listings
from meeruit.tasks.store import derive_runs, runs
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work.enrol import Enrolment
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import open_database, open_to_read
from meeruit.worker.holders import has_died, this_process
from meeruit.worker.settings import Settings, read_settings

_DATABASE = "MEERUIT_DATABASE_URL"


def ingest(
    pages: Iterable[Page],
    database: str | None = None,
    *,
    source: str | None = None,
    profile: str | None = None,
    listing: bool = False,
) -> Counts:
    """Store pages and keep their items; returns what became of them.

    ``database``: an SQLAlchemy address (``sqlite:///news.db``) with tables that are up to date (``meeruit db upgrade``), by
    default what ``MEERUIT_DATABASE_URL`` says. ``pages`` may be without end: they are stored 200 at a time, each with its body,
    address, time and media type. A page without a ``url`` is named by the SHA-256 of its body. Raises UsageError where the
    database cannot be used, there is no such profile, something is no ``Page``, a body is a text, or a time has no zone:
    nothing of these 200 is stored then.
    """
    if profile is not None:
        named_profile(profile)
    engine = open_database(_settings(database))
    at, total, queue = now(), Counts(), list[int]()
    tools = Tools(engine, lambda work_id, *_: queue.append(work_id), lambda: None, this_process(), has_died, _no_visit)
    try:
        run_id = transaction(engine, lambda db: runs.start_run(db, "library", source, at, holder=tools.process_name))
        enrolment = Enrolment(tools, run_id, Terms(at, ObservedFrom.INGEST, source, profile, listing=listing))
        rest = iter(pages)
        try:
            while some := list(islice(rest, BATCH_PAGES)):
                for raw in [_raw(page) for page in some]:
                    enrolment.add(raw)
                enrolment.flush_page()
                total += _work_off(tools, queue)
        finally:  # whatever is wrong with a page: those before it are stored, and the run has ended
            enrolment.close()
            total += _work_off(tools, queue)
            derive_runs.derive_ended_runs(engine, run_id)
    finally:
        engine.dispose()
    return total


def items(
    database: str | None = None,
    *,
    section: str | None = None,
    place: str | None = None,
    agency: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """The stored items, newest first, with the keys of ``meeruit items --format jsonl``; times are aware datetimes.

    ``since`` and ``until`` are of ``first_seen_at``. Rows are read as they are asked for. Raises UsageError for a time
    without a zone, or a database that cannot be used.
    """
    _check_time("since", since)
    _check_time("until", until)
    wanted = listings.ItemFilter(section, place, agency, since, until, search)
    return _rows(open_to_read(_settings(database)), wanted, limit)


def _rows(engine: Engine, wanted: listings.ItemFilter, limit: int | None) -> Iterator[dict[str, Any]]:
    try:
        with engine.connect().execution_options(meeruit_reads=True) as db:
            yield from listings.items(db, wanted, limit=limit)
    finally:
        engine.dispose()


def _settings(database: str | None) -> Settings:
    if database is None:
        return read_settings()
    try:
        return read_settings({_DATABASE: database})
    except UsageError as exc:
        raise UsageError(str(exc).replace(_DATABASE, "database")) from None


def _check_time(name: str, time: object) -> None:
    if time is not None and not (isinstance(time, datetime) and time.tzinfo is not None):
        raise UsageError(f"{name}: {time!r} is no datetime with a time zone, as datetime(2026, 3, 2, tzinfo=UTC) is")


def _raw(page: object) -> Raw:
    if not isinstance(page, Page):
        raise UsageError(f"pages: {type(page).__name__!r} is no meeruit.Page, as Page(body, url, observed_at) is")
    if not isinstance(page.body, bytes):
        raise UsageError(f"body: a page is bytes as they came, not {type(page.body).__name__}; encode() a text")
    _check_time("observed_at", page.observed_at)
    return Raw(
        address=page.url or f"body:{sha256(page.body)}",
        body=page.body,
        url=page.url,
        media_type=page.media_type,
        observed_at=page.observed_at,
        observed_from=ObservedFrom.RECORD if page.observed_at else None,
    )


def _work_off(tools: Tools, queue: list[int]) -> Counts:
    """Do the work that was sent, here."""
    total = Counts()
    while queue:
        counts = process(tools, queue.pop(0), "library")
        total = total if counts is None else total + counts
    return total


def _no_visit(*_: object, **__: object) -> Any:
    raise LedgerError("the library fetches nothing")
