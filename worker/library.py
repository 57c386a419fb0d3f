"""The library over a database: pages in, items out, in this process, without a broker or a worker.

Loaded by ``meeruit`` when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from meeruit.tasks.captures import BATCH_PAGES, ObservedFrom, Raw, sha256
from meeruit.tasks.counts import Counts
from meeruit.tasks.errors import LedgerError
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
from meeruit.worker.local.holders import has_died, this_process
from meeruit.worker.settings import Settings, read_settings


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
    database cannot be used.
    """
    engine = open_database(_settings(database))
    at, total, queue = now(), Counts(), list[int]()
    tools = Tools(engine, lambda work_id, *_: queue.append(work_id), lambda: None, this_process(), has_died, _no_visit)
    try:
        run_id = transaction(engine, lambda db: runs.start_run(db, "library", source, at, holder=tools.process_name))
        enrolment = Enrolment(tools, run_id, Terms(at, ObservedFrom.INGEST, source, profile, listing=listing))
        rest = iter(pages)
        try:
            while some := list(islice(rest, BATCH_PAGES)):
                for page in some:
                    enrolment.add(_raw(page))
                enrolment.flush_page()
                total += _work_off(tools, queue)
        finally:
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

    ``since`` and ``until`` are of ``first_seen_at``. Rows are read as they are asked for.
    """
    engine = open_to_read(_settings(database))
    wanted = listings.ItemFilter(section, place, agency, since, until, search)
    try:
        with engine.connect().execution_options(meeruit_reads=True) as db:
            yield from listings.items(db, wanted, limit=limit)
    finally:
        engine.dispose()


def _settings(database: str | None) -> Settings:
    return read_settings({"MEERUIT_DATABASE_URL": database} if database is not None else None)


def _raw(page: Page) -> Raw:
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
