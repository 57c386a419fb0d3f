"""A SQLite file that is only read: also one that may not be written, in a folder that may not be written.

In WAL mode SQLite needs two files beside it, ``-wal`` and ``-shm``. Where another process has the file open they are there,
and SQLite reads through them. Where they are not, nobody has it open: then it is read as a file that nobody changes, and after
the reading a look shows whether that was true.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

#: What a look at the file shows: how it is to be opened, which it is, and for one that nobody changes, when it was changed.
State = tuple[str, int, int, int]
#: How to open it: SQLite keeps readers and writers apart, or has nobody to keep apart.
_SHARED, _ALONE = "mode=ro", "immutable=1"


def _is_file(url: URL) -> bool:
    """Whether this is an SQLite file by its plain path."""
    name = url.database or ""
    return url.get_backend_name() == "sqlite" and bool(name) and name != ":memory:" and not name.startswith("file:")


def is_missing(url: URL) -> bool:
    """Whether this is a file that is not there."""
    return _is_file(url) and not Path(str(url.database)).exists()


def only_to_read(url: URL) -> bool:
    """Whether this is a file that is there and cannot be written, or whose folder cannot."""
    path = os.path.realpath(str(url.database))
    return _is_file(url) and os.access(path, os.R_OK) and not _may_write(path)


def read_only_engine(url: URL, **options: Any) -> Engine:
    """An engine that cannot write; ``options`` are those of ``create_engine``."""
    path = os.path.realpath(str(url.database))  # beside which the other files are

    def connect() -> sqlite3.Connection:
        address = f"file:{quote(path)}?{_how(path)}"
        return sqlite3.connect(address, uri=True, timeout=30, check_same_thread=False)

    engine = create_engine(url, creator=connect, **options)

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info["state"] = state(path)
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "checkout")
    def _(_connection: sqlite3.Connection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info.get("state") != state(path):
            raise DisconnectionError("the file is to be opened anew")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def changed(db: Connection) -> bool:
    """Whether a file was changed by somebody while it was read as one that nobody changes."""
    known: State | None = db.info.get("state")
    return known is not None and known[0] == _ALONE and known != state(os.path.realpath(str(db.engine.url.database)))


def state(path: str) -> State:
    """How the file is to be opened now."""
    how = _how(path)
    try:
        found = Path(path).stat()
    except OSError:
        return how, 0, 0, 0
    return (how, found.st_ino, found.st_mtime_ns, found.st_size) if how == _ALONE else (how, found.st_ino, 0, 0)


def lacks_memory(url: URL) -> bool:
    """Whether what was written last lies in a ``-wal`` file that cannot be read without its ``-shm``."""
    path = os.path.realpath(str(url.database))
    return _size(path + "-wal") > 0 and _size(path + "-shm") < 0 and not _may_write(path)


def _how(path: str) -> str:
    if _may_write(path) or _size(path + "-journal") > 0 or _size(path + "-wal") > 0:
        return _SHARED
    return _SHARED if _size(path + "-wal") == 0 and _size(path + "-shm") >= 0 else _ALONE


def _may_write(path: str) -> bool:
    """Whether we may make the files beside it. Whoever may not write the file itself must not: its owner could not use them."""
    return os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)  # noqa: PTH120


def _size(path: str) -> int:
    """Bytes of a file; -1 where there is none."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1
