"""How a database runs a statement: the tables that it reads from end to end, the indexes that it uses, what it sorts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

_ON_TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
#: Indexes of the few rows that wait for something: they are there to be read whole.
_FEW = {"ix_run_open"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as it went to the database, with the values of its first row."""

    sql: str
    values: Any


@dataclass(slots=True)
class Plan:
    """What matters of a plan."""

    #: Tables of which every row is read.
    scanned: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    #: Whether all rows are sorted, and not only those that are equal in an index.
    sorts: bool = False


@contextmanager
def asked(engine: Engine) -> Iterator[list[Asked]]:
    """The distinct statements on tables that go to the database meanwhile."""
    found: dict[str, Asked] = {}

    def listen(_db: object, _cursor: object, sql: str, values: Any, _context: object, many: bool) -> None:
        if sql.lstrip().startswith(_ON_TABLES):
            found.setdefault(sql, Asked(sql, values[0] if many else values))

    statements: list[Asked] = []
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", listen)
        statements += found.values()


def plan(db: Connection, statement: Asked) -> Plan:
    """How the database runs it."""
    if db.dialect.name == "postgresql":
        rows = db.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.values)
        return _postgresql(rows.scalar_one()[0]["Plan"], limited=False, into=Plan())
    rows = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
    return _sqlite([str(row[3]) for row in rows], limited=" LIMIT " in statement.sql)


def _postgresql(node: dict[str, Any], *, limited: bool, into: Plan) -> Plan:
    """Walk the tree. An index that is read whole is no better than its table, unless a limit ends that."""
    kind = node["Node Type"]
    limited = kind == "Limit" or (limited and kind not in {"Sort", "Hash", "Aggregate"})
    if "Index Name" in node:
        into.indexes.add(node["Index Name"])
    whole = kind.startswith("Index") and "Index Cond" not in node and node["Index Name"] not in _FEW
    if kind == "Seq Scan" or (whole and not limited):
        into.scanned.add(node["Relation Name"])
    into.sorts |= kind == "Sort"
    for below in node.get("Plans", ()):
        _postgresql(below, limited=limited, into=into)
    return into


def _sqlite(steps: list[str], *, limited: bool) -> Plan:
    """Read the steps. A table that is walked in the order that is asked for is not read whole where a limit ends it."""
    found = Plan(sorts="USE TEMP B-TREE FOR ORDER BY" in steps)
    for step in steps:
        if not step.startswith(("SCAN", "SEARCH")):
            continue
        index = re.search(r" INDEX (\w+)", step)
        found.indexes |= {index[1]} if index else set()
        walked = step.startswith("SCAN") and not (index and index[1] in _FEW)
        if " AUTOMATIC " in step or (walked and (found.sorts or not limited)):
            found.scanned.add(re.sub(r"_\d+$", "", step.split()[1]))  # an alias has a number
    return found
