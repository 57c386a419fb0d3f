"""The library over a database: pages in, items out, in this process, without a broker or a worker.

Loaded by ``meeruit`` when it is first asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from meeruit.tasks.captures import BATCH_PAGES, ObservedFrom
from meeruit.tasks.counts import Counts
from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.grammar.profiles import named_profile
from meeruit.tasks.records import Page
from meeruit.tasks.references import Terms
from meeruit.tasks.report import listings
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.store import derive_runs, runs
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.enrol import Enrolment
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import first_line, open_database, open_to_read
from meeruit.worker.holders import has_died, this_process
from meeruit.worker.library_values import as_found, check_limit, check_source, check_text, check_time
from meeruit.worker.settings import Settings, read_settings

_DATABASE = "MEERUIT_DATABASE_URL"
#: What is being read. Held here, a reading that nobody goes on with, and that lies in a circle, closes before its connection.
_READING: set[Connection] = set()


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
    database cannot be used, there is no such profile, something is no ``Page``, or a field of one is not what it should be (a
    text for a body, a number for an address, a time without a zone): nothing of these 200 is stored then. A page that cannot
    be read is counted as failed, and stands in ``meeruit failures``. Raises LedgerError where the database fails, or pages
    failed for an error of our own; what was stored stays.
    """
    check_source(source)
    if profile is not None:
        named_profile(profile)
    try:
        rest = enumerate(pages)
    except TypeError:
        raise UsageError(f"pages: {type(pages).__name__!r} is no list of pages, as [Page(body, url)] is") from None
    engine = open_database(_settings(database))
    try:
        return _ingest(engine, rest, Terms(now(), ObservedFrom.INGEST, source, profile, listing=listing))
    finally:
        engine.dispose()


def _ingest(engine: Engine, pages: Iterator[tuple[int, Page]], terms: Terms) -> Counts:
    """Store pages, each with its number, piece by piece."""
    total, queue = Counts(), list[int]()
    tools = Tools(engine, lambda work_id, *_: queue.append(work_id), lambda: None, this_process(), has_died, _no_visit)
    start = lambda db: runs.start_run(db, "library", terms.source, terms.observed_at, holder=tools.process_name)  # noqa: E731
    with _told():
        run_id = transaction(engine, start)
    enrolment = Enrolment(tools, run_id, terms)
    try:
        while some := list(islice(pages, BATCH_PAGES)):
            checked = [as_found(number, page) for number, page in some]
            with _told():
                for found in checked:
                    enrolment.add(found)
                enrolment.flush_page()
                total += _work_off(tools, run_id, queue)
    finally:  # whatever is wrong with a page: those before it are stored, and the run has ended
        with _told():
            transaction(engine, lambda db: runs.set_enrolled(db, run_id, now()))
            total += _work_off(tools, run_id, queue)
            derive_runs.derive_ended_runs(engine, run_id)
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

    ``since`` and ``until`` are of ``first_seen_at``. Rows are read as they are asked for. Raises UsageError for an argument
    that is not what it should be (a time without a zone, a limit below nought), or a database that cannot be used.
    """
    for name, text in (("section", section), ("place", place), ("agency", agency), ("search", search)):
        check_text(name, text)
    check_time("since", since)
    check_time("until", until)
    check_limit(limit)
    wanted = listings.ItemFilter(section, place, agency, since, until, search)
    return _rows(open_to_read(_settings(database)), wanted, None if limit is None else min(limit, sys.maxsize))


def _rows(engine: Engine, wanted: listings.ItemFilter, limit: int | None) -> Iterator[dict[str, Any]]:
    try:
        with _told(), engine.connect().execution_options(meeruit_reads=True) as db:
            _READING.add(db)
            try:
                yield from listings.items(db, wanted, limit=limit)
            finally:
                _READING.discard(db)
    finally:
        engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the database, as one that is ours."""
    try:
        yield
    except SQLAlchemyError as exc:
        raise LedgerError(f"the database fails: {first_line(exc)}") from exc


def _settings(database: str | None) -> Settings:
    if database is None:
        return read_settings()
    try:
        return read_settings({_DATABASE: database})
    except UsageError as exc:
        raise UsageError(str(exc).replace(_DATABASE, "database")) from None


def _work_off(tools: Tools, run_id: int, queue: list[int]) -> Counts:
    """Do the work that was sent, here. Raises LedgerError where pages failed for what nobody foresaw."""
    total, fault = Counts(), None
    while queue:
        try:
            counts = process(tools, queue.pop(0), "library")
        except DBAPIError:  # it was put back
            raise
        except Exception as exc:  # noqa: BLE001 - it is tried again in parts, down to single pages, which then end
            fault = exc
        else:
            total = total if counts is None else total + counts
    failed = read_only(tools.engine, lambda db: runs.failures(db, [run_id])) if fault is not None else []
    lost = [f"{address}: {reason}" for address, reason in failed if reason.startswith(ledger.UNFORESEEN)]
    if lost:
        raise LedgerError(f"{number_of(len(lost), 'page')} failed for an error of our own: {lost[0]}") from fault
    return total


def _no_visit(*_: object, **__: object) -> Any:
    raise LedgerError("the library fetches nothing")
