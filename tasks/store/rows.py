"""What both databases are asked in the same way: inserts that may conflict, long lists of values, locks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Table, or_, text
from sqlalchemy.dialects import postgresql, sqlite

from meeruit.tasks.times import AHEAD

#: Rows of one IN list: PostgreSQL takes 65,535 parameters, SQLite 32,766.
_CHUNK = 5_000
#: Names are those of the schema that holds our tables: another one in the same database has its own.
_LOCK = text("SELECT pg_advisory_xact_lock(:number # hashtextextended(current_schema(), 0))")
_LOCK_SHARED = text("SELECT pg_advisory_xact_lock_shared(:number # hashtextextended(current_schema(), 0))")
_LOCK_ALL_SHARED = text(
    "SELECT pg_advisory_xact_lock_shared(n # hashtextextended(current_schema(), 0)) "
    "FROM unnest(CAST(:numbers AS bigint[])) AS n"
)


def insert_into(db: Connection, into: Table) -> Any:
    """INSERT of this database's kind, which knows ON CONFLICT; both spell it the same."""
    kind = postgresql if db.dialect.name == "postgresql" else sqlite
    return kind.insert(into)


def in_chunks(db: Connection, query: Any, column: Any, values: Iterable[Any]) -> Iterable[Any]:
    """The rows of a query whose column holds one of these values, however many they are."""
    wanted = list(values)
    for start in range(0, len(wanted), _CHUNK):
        yield from db.execute(query.where(column.in_(wanted[start : start + _CHUNK])))


def run_in_chunks(
    db: Connection,
    query: Executable,
    name: str,
    values: Iterable[Any],
    others: Mapping[str, Any] = MappingProxyType({}),
) -> Iterable[Any]:
    """The same for a query that is made already, whose parameter ``name`` takes them; ``others``: its other parameters."""
    wanted = list(values)
    for start in range(0, len(wanted), _CHUNK):
        yield from db.execute(query, {**others, name: wanted[start : start + _CHUNK]})


def has_come(time: Any, now: datetime, most: timedelta) -> ColumnElement[bool]:
    """``not lies_ahead`` of a column: none is set, it is past, or it was set by a wrong clock."""
    return or_(time.is_(None), time <= now, time > now + most + AHEAD)


def lock(db: Connection, *name: str, shared: bool = False) -> None:
    """Wait for every transaction that holds this name, and hold it until the end of this one.

    What is read afterwards is what they wrote. Those that hold it ``shared`` do not wait for each other. SQLite has
    one writer at a time anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(_LOCK_SHARED if shared else _LOCK, {"number": _number(name)})


def lock_shared(db: Connection, names: Iterable[tuple[str, ...]]) -> None:
    """Wait for whoever holds one of these names, and let nobody have one alone until the end of this transaction."""
    numbers = sorted(map(_number, set(names)))
    if numbers and db.dialect.name == "postgresql":
        db.execute(_LOCK_ALL_SHARED, {"numbers": numbers})


def _number(name: tuple[str, ...]) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(name).encode()).digest()[:8], signed=True)
