"""The room that the tables take. Only reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from meeruit.tasks.store.tables import metadata

Row = dict[str, Any]


def sizes(db: Connection) -> Row:
    """``bytes`` of all tables with their indexes.

    On SQLite those of the file, and ``free_bytes`` of it, which what comes next fills, or ``VACUUM`` gives back. On PostgreSQL
    also ``tables``: the bytes of each, the largest first.
    """
    if db.dialect.name == "sqlite":
        page, pages, free = (
            int(db.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_size", "page_count", "freelist_count")
        )
        return {"bytes": page * pages, "free_bytes": page * free, "tables": None}
    asked = text("SELECT name, pg_total_relation_size(to_regclass(name)) FROM unnest(CAST(:names AS text[])) AS name")
    rows = db.execute(asked, {"names": sorted(metadata.tables)})
    found = {name: int(size or 0) for name, size in rows}
    in_order = dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
    return {"bytes": sum(found.values()), "free_bytes": None, "tables": in_order}
