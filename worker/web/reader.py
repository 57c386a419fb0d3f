"""A database that can only be read, with bounds: on the time of a question, and on how many are asked at once.

Costly questions have threads of their own, so that whoever waits for them keeps nobody else waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from sqlite3 import Connection as SQLiteConnection
from typing import Any, TypeVar

import anyio
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from meeruit.worker.connections import session_options
from meeruit.worker.read_only import changed, read_only_engine

T = TypeVar("T")
#: Seconds for one question, seconds in which a thread must have become free, and threads for quick and slow questions.
LIMIT, PATIENCE = 5.0, 10.0
QUICK, SLOW = 6, 2
#: How often a file is read that somebody changes meanwhile, who was not there before.
_AGAIN = 3
#: Instructions of SQLite's machine between two looks at the clock: a millisecond or so.
_STEPS = 20_000


class TooSlow(Exception):
    """The database, or a thread to ask it, was not there in time."""


class Reader:
    """Asks the database, off the loop that serves."""

    def __init__(self, url: str) -> None:
        self.engine = read_engine(url)
        self._quick, self._slow = anyio.CapacityLimiter(QUICK), anyio.CapacityLimiter(SLOW)

    async def __call__(self, work: Callable[[Connection], T], *, slow: bool = False) -> T:
        """Run ``work`` in a thread, on a connection that only reads. Raises TooSlow."""
        limiter = self._slow if slow else self._quick
        try:
            with anyio.fail_after(PATIENCE):
                await limiter.acquire()
        except TimeoutError:
            raise TooSlow from None
        try:
            return await anyio.to_thread.run_sync(self.ask, work)
        finally:
            limiter.release()

    def ask(self, work: Callable[[Connection], T]) -> T:
        """The same in this thread."""
        for _ in range(_AGAIN):
            try:
                with self.engine.connect() as db:
                    found = work(db)
                    if not changed(db):
                        return found
            except DBAPIError as exc:
                if was_stopped(exc):
                    raise TooSlow from None
                raise
        raise TooSlow("the file of the database is being changed; come again in a few seconds")


def was_stopped(exc: DBAPIError) -> bool:
    """Whether a question was ended for the time it took."""
    return getattr(exc.orig, "sqlstate", None) == "57014" or "interrupted" in str(exc.orig)


def read_engine(url: str | URL) -> Engine:
    """An engine whose connections cannot write, and which gives up after LIMIT seconds."""
    parsed = make_url(url)
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def _sqlite(url: URL) -> Engine:
    engine = read_only_engine(url, poolclass=QueuePool, pool_size=QUICK + SLOW, max_overflow=2)

    @event.listens_for(engine, "connect")
    def _(connection: SQLiteConnection, record: Any) -> None:
        for pragma in ("cache_size = -16384", "mmap_size = 268435456", f"busy_timeout = {LIMIT * 1_000:.0f}"):
            connection.execute(f"PRAGMA {pragma}")
        record.info["until"] = float("inf")
        connection.set_progress_handler(lambda: time.monotonic() > record.info["until"], _STEPS)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.info["until"] = time.monotonic() + LIMIT

    return engine


def _postgresql(url: URL) -> Engine:
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": f"{LIMIT:.0f}s",
        "lock_timeout": "1s",
        "idle_in_transaction_session_timeout": "20s",
        "timezone": "UTC",
    }
    return create_engine(
        url,
        pool_size=QUICK + SLOW,
        max_overflow=2,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_timeout=PATIENCE,
        connect_args={
            "connect_timeout": 5,
            "application_name": "meeruit web",
            "options": session_options(url, settings),
        },
    )
