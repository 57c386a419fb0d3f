"""Many rows at once: statements written once for both databases, plain tuples to the driver.

SQLAlchemy's own way builds a dictionary of parameters for each row and has each type look at each value, which costs
more than the database itself. Here rows are tuples, turned into columns; a column that the driver does not take as it is
(times on SQLite, JSON) is converted whole. SQLite is given the rows with ``executemany``, PostgreSQL the columns as
arrays, in one statement. What a value is in the database is said here and in ``store.tables``; nowhere else.
"""

# ruff: noqa: S608 - tables and columns are named by our own code, and values never become part of a statement

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Connection, DateTime, Integer, LargeBinary, Table
from sqlalchemy.types import TypeDecorator, TypeEngine

Row = tuple[Any, ...]
#: Values of one IN list on SQLite, which takes 32,766 parameters.
_CHUNK = 5_000
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (BigInteger, "bigint"), (Boolean, "boolean"), (Integer, "integer"), (LargeBinary, "bytea"), (DateTime, "timestamptz"),
    (JSON, "jsonb"),
)  # fmt: skip


class Insert:
    """``INSERT INTO table (columns)`` of many rows; ``rest`` is what both databases spell alike: ``ON CONFLICT …``."""

    def __init__(self, table: Table, columns: Sequence[str], rest: str = "") -> None:
        self._columns = _Columns(table, columns)
        marks = ", ".join("?" * len(columns))
        into = f"INSERT INTO {table.name} ({', '.join(columns)})"
        self._sqlite = f"{into} VALUES ({marks}) {rest}"
        self._postgresql = f"{into} SELECT {self._columns.selected} FROM {self._columns.arrays} {rest}"

    def run(self, db: Connection, rows: Sequence[Row]) -> Any:
        """Insert rows, each with its values in the order of the columns; returns what ``rest`` returns, on PostgreSQL."""
        return self._columns.send(db, self._sqlite, self._postgresql, rows)


class Update:
    """``UPDATE table SET … WHERE keys`` of many rows.

    ``sets``: an expression for each column that is more than the value alone, in which ``{}`` is the value. ``more``:
    further assignments, and ``where`` a further condition, the same for all rows.
    """

    def __init__(
        self,
        table: Table,
        columns: Sequence[str],
        keys: Sequence[str] = ("id",),
        sets: Mapping[str, str] = MappingProxyType({}),
        more: str = "",
        where: str = "",
    ) -> None:
        self._columns = _Columns(table, [*columns, *keys])
        name = table.name
        further = [more] if more else []
        own = ", ".join([*(f"{one} = {sets.get(one, '{}').format('?')}" for one in columns), *further])
        given = ", ".join([*(f"{one} = {sets.get(one, '{}').format(f'given.{one}')}" for one in columns), *further])
        also = [where] if where else []
        self._sqlite = f"UPDATE {name} SET {own} WHERE {' AND '.join([*(f'{key} = ?' for key in keys), *also])}"
        self._postgresql = (
            f"UPDATE {name} SET {given} FROM (SELECT {self._columns.named} FROM {self._columns.arrays}) AS given "
            f"WHERE {' AND '.join([*(f'{name}.{key} = given.{key}' for key in keys), *also])}"
        )

    def run(self, db: Connection, rows: Sequence[Row]) -> None:
        """Update rows, each with its values in the order of the columns, and then of the keys."""
        self._columns.send(db, self._sqlite, self._postgresql, rows)


class _Columns:
    """The columns that a statement gives values to."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        kinds = [_kind(table.c[name].type) for name in names]
        self._kinds = kinds
        values = [f"v{at}::jsonb" if kind == "jsonb" else f"v{at}" for at, kind in enumerate(kinds)]
        self.selected = ", ".join(values)
        self.named = ", ".join(f"{value} AS {name}" for value, name in zip(values, names, strict=True))
        given = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in kinds)
        self.arrays = f"unnest({given}) AS given_({', '.join(f'v{at}' for at in range(len(names)))})"

    def send(self, db: Connection, sqlite: str, postgresql: str, rows: Sequence[Row]) -> Any:
        if not rows:
            return None
        server = db.dialect.name == "postgresql"
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, kind in enumerate(self._kinds):
            if kind == "jsonb":
                columns[at] = [None if value is None else as_json(value) for value in columns[at]]
            elif kind == "timestamptz" and not server:
                columns[at] = [None if value is None else as_text(value) for value in columns[at]]
        if server:
            return db.exec_driver_sql(postgresql, tuple(map(list, columns)))
        return db.exec_driver_sql(sqlite, list(zip(*columns, strict=True)))


def _kind(kind: TypeEngine[Any]) -> str:
    """What PostgreSQL calls a type."""
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return next((name for known, name in _KINDS if isinstance(plain, known)), "text")


def as_json(value: Any) -> str:
    """JSON as SQLAlchemy writes it; what is a tuple comes again and again."""
    return _known_json(value) if isinstance(value, tuple) else json.dumps(value) if value else str(value)


_known_json = lru_cache(maxsize=1024)(json.dumps)


def as_text(moment: datetime) -> str:
    """A time as SQLAlchemy writes it into SQLite: UTC, with six digits of a second."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(" ", "microseconds")[:26]


def fetched(result: Any) -> list[Row]:
    """All rows as the driver gives them."""
    rows: list[Row] = result.cursor.fetchall()
    result.close()
    return rows


class Select:
    """``SELECT … WHERE column is one of many values``, as plain tuples; ``rest``: what follows, spelled alike on both.

    ``times`` and ``lists``: which of the columns selected are times and JSON.
    """

    def __init__(
        self, query: str, column: str, rest: str = "", times: Sequence[int] = (), lists: Sequence[int] = ()
    ) -> None:
        self._query, self._column, self._rest = query, column, rest
        self._times, self._lists = times, lists

    def run(self, db: Connection, values: Iterable[Any]) -> list[Row]:
        """The rows where the column holds one of these values, however many they are."""
        wanted = list(values)
        if db.dialect.name == "postgresql":
            text = f"{self._query} WHERE {self._column} = ANY(%s) {self._rest}"
            return fetched(db.exec_driver_sql(text, (wanted,))) if wanted else []
        found: list[Row] = []
        for start in range(0, len(wanted), _CHUNK):
            some = wanted[start : start + _CHUNK]
            text = f"{self._query} WHERE {self._column} IN ({', '.join('?' * len(some))}) {self._rest}"
            found += fetched(db.exec_driver_sql(text, tuple(some)))
        return self._read(found) if found and (self._times or self._lists) else found

    def _read(self, rows: list[Row]) -> list[Row]:
        """Rows of SQLite with their times and JSON read."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at in self._times:
            columns[at] = [value and datetime.fromisoformat(value).replace(tzinfo=UTC) for value in columns[at]]
        for at in self._lists:
            columns[at] = [value and json.loads(value) for value in columns[at]]
        return list(zip(*columns, strict=True))


class Present:
    """Which of many given tuples have a row: each is looked up, and its first row is enough.

    ``kinds``: the types of their values, as PostgreSQL calls them; ``row`` selects a row for the values ``v0``, ``v1`` …
    """

    def __init__(self, kinds: Sequence[str], row: str) -> None:
        names = ", ".join(f"v{at}" for at in range(len(kinds)))
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        self._marks = f"({', '.join('?' * len(kinds))})"
        self._many = _CHUNK // len(kinds)
        self._sqlite = f"WITH given({names}) AS (VALUES {{}}) SELECT {names} FROM given WHERE EXISTS ({row} LIMIT 1)"
        self._postgresql = f"SELECT {names} FROM unnest({arrays}) AS given({names}), LATERAL ({row} LIMIT 1) AS found"

    def run(self, db: Connection, given: Iterable[Row]) -> set[Row]:
        """Those of the tuples that do."""
        wanted = list(given)
        if not wanted:
            return set()
        if db.dialect.name == "postgresql":
            return set(fetched(db.exec_driver_sql(self._postgresql, tuple(map(list, zip(*wanted, strict=True))))))
        found: set[Row] = set()
        for start in range(0, len(wanted), self._many):
            some = wanted[start : start + self._many]
            text = self._sqlite.format(", ".join([self._marks] * len(some)))
            found.update(fetched(db.exec_driver_sql(text, tuple(value for each in some for value in each))))
        return found
