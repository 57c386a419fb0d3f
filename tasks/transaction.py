"""One transaction, tried again where another was in its way. Knows nothing of what is done in it."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from tasks.store import Raced

T = TypeVar("T")
_RETRIES = 6
#: SQLSTATEs after which the same transaction may succeed: deadlock, serialization, lock timeout, server going down.
_PASSING = frozenset({"40P01", "40001", "55P03", "57P01", "57P02", "57P03", "57014", "08006", "08003", "08001"})


def transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run ``work`` in a transaction, again where it met a deadlock, a lock or a lost race: it must be idempotent."""
    for attempt in range(_RETRIES):
        try:
            with engine.begin() as db:
                return work(db)
        except (DBAPIError, Raced) as exc:
            if attempt == _RETRIES - 1 or not _passing(exc):
                raise
            time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable")


def _passing(exc: DBAPIError | Raced) -> bool:
    if isinstance(exc, Raced) or exc.connection_invalidated:
        return True
    if isinstance(exc.orig, sqlite3.OperationalError):
        return "locked" in str(exc.orig) or "busy" in str(exc.orig)
    return getattr(exc.orig, "sqlstate", None) in _PASSING
