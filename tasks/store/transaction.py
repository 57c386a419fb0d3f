"""One transaction, tried again where another was in its way or the database restarts. Knows nothing of what is done."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    StatementError,
)

T = TypeVar("T")

log = logging.getLogger("meeruit")

#: Seconds for which a database that went away is waited for. A restart takes less; a task that waits for it twice, to
#: store and then to put its work back, still ends within its time limit (120 s).
PATIENCE = 30.0
_RETRIES = 6
#: SQLSTATEs after which the same transaction may succeed: deadlock, serialization, lock timeout, cancelled.
_IN_THE_WAY = frozenset({"40P01", "40001", "55P03", "57014"})
#: Classes of SQLSTATE that speak of the values of a row: cardinality, data, integrity, a limit of the program.
_REFUSED = frozenset({"21", "22", "23", "54"})
#: SQLSTATEs of a server that goes down or comes up, and of a connection that broke.
_AWAY = frozenset({"57P01", "57P02", "57P03", "08000", "08001", "08003", "08006"})


class Raced(Exception):
    """Another transaction stored first what this one was about to store: it starts over and sees it."""


def transaction(engine: Engine, work: Callable[[Connection], T], *, waits_for_disk: bool = True) -> T:
    """Run ``work`` in a transaction, again where something passing was in its way: it must be idempotent.

    A deadlock, a lock or a lost race is tried six times; a database that went away is waited for (PATIENCE). Without
    ``waits_for_disk`` a power cut may undo it on SQLite, though nothing that was committed after it stays then; a process
    that dies does not.
    """

    def attempt() -> T:
        with engine.connect().execution_options(meeruit_hurries=not waits_for_disk) as db, db.begin():
            return work(db)

    return _persist(attempt, PATIENCE)


def hurried(engine: Engine, work: Callable[[Connection], T]) -> T:
    """A transaction that a power cut may undo: what it derives from the rows is then derived again."""
    return transaction(engine, work, waits_for_disk=False)


def read_only(engine: Engine, work: Callable[[Connection], T], patience: float = PATIENCE) -> T:
    """Run ``work``, which only reads; a database that went away is waited for, ``patience`` seconds at most.

    On SQLite it waits for no writer, and no writer waits for it.
    """

    def attempt() -> T:
        with engine.connect().execution_options(meeruit_reads=True) as db:
            return work(db)

    return _persist(attempt, patience)


def refuses(exc: BaseException) -> bool:
    """Whether the database refuses rows for what they hold: it will do so again however often they come.

    Everything else (a lock, a full disk, a server that is gone, a table that is missing) is no fault of the rows.
    """
    if isinstance(exc, Raced):
        return False
    if not isinstance(exc, DBAPIError):
        return isinstance(exc, StatementError | ValueError | OverflowError)
    if isinstance(exc.orig, sqlite3.Error):
        return isinstance(exc, DataError | IntegrityError | InterfaceError)
    state = _state(exc)
    return isinstance(exc, DataError) if state is None else state[:2] in _REFUSED


def _persist(attempt: Callable[[], T], patience: float) -> T:
    gone: float | None = None
    for number in count():
        try:
            return attempt()
        except (DBAPIError, Raced) as exc:
            if _away(exc):
                gone = _since(gone, exc)
                if time.monotonic() - gone > patience:
                    raise
            elif number >= _RETRIES - 1 or not _in_the_way(exc):
                raise
        time.sleep(min(1.0, random.uniform(0.02, 0.1) * 2**number))  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable")


def _since(gone: float | None, exc: BaseException) -> float:
    if gone is None:
        log.warning("the database does not answer, waiting for it: %s", str(exc.__cause__ or exc).split("\n", 1)[0])
        return time.monotonic()
    return gone


def _in_the_way(exc: DBAPIError | Raced) -> bool:
    if isinstance(exc, Raced):
        return True
    if isinstance(exc.orig, sqlite3.OperationalError):
        return "locked" in str(exc.orig) or "busy" in str(exc.orig)
    return _state(exc) in _IN_THE_WAY


def _away(exc: DBAPIError | Raced) -> bool:
    """True where no server answers, or the connection to it broke; what a server says has an SQLSTATE."""
    if isinstance(exc, Raced) or isinstance(exc.orig, sqlite3.Error):
        return False
    return exc.connection_invalidated or (isinstance(exc, OperationalError) and _state(exc) in {None, *_AWAY})


def _state(exc: DBAPIError) -> str | None:
    return getattr(exc.orig, "sqlstate", None)
