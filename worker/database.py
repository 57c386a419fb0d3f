"""The database: an engine that is safe on both kinds, and its migrations. Knows nothing of what the tables mean.

Make an engine after the fork, never before: a handle that crosses a fork corrupts what it touches.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from contextlib import suppress
from importlib import resources
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from sqlite3 import Connection as SQLiteConnection
from sqlite3 import Error as SQLiteError
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.store.rows import lock
from meeruit.worker import connections
from meeruit.worker.read_only import is_missing, lacks_memory, only_to_read, read_only_engine
from meeruit.worker.settings import Settings

#: The newest migration; a test holds it to the scripts.
HEAD = "0012"
#: Bytes that a batch of pages can need.
_ROOM = 1 << 20
#: ``PRAGMA synchronous`` of a connection whose commits wait for the disk.
_FULL = 2
#: Seconds to wait for another writer of a SQLite file, and between two looks whether it has ended.
_BUSY_SECONDS, _LOOKS = 30, (0.001, 0.003)
#: SQLite releases without the bug that can corrupt a WAL file under two writers (sqlite.org/wal.html#walresetbug).
_WAL_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def make_engine(url: str | URL, *, keeps: bool = False) -> Engine:
    """An engine for one process. Writers begin with ``engine.begin()``, readers with ``reading(engine)``.

    ``keeps``: keep one connection to a SQLite file open between transactions, until ``engine.dispose()``. Whoever closes the
    last one to the file copies the whole WAL into it first, 10 ms each time.
    """
    parsed = make_url(url)
    return _sqlite(parsed, keeps=keeps) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def reading(engine: Engine) -> Connection:
    """A connection that only reads: on SQLite it waits for no writer, and no writer waits for it."""
    return engine.connect().execution_options(meeruit_reads=True)


def _sqlite(url: URL, *, keeps: bool) -> Engine:
    pool: dict[str, Any] = (
        {"poolclass": QueuePool, "pool_size": 1, "max_overflow": -1} if keeps else {"poolclass": NullPool}
    )
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, **pool)

    @event.listens_for(engine, "do_connect")
    def _(*_: object) -> None:
        _create_private(url)

    @event.listens_for(engine, "checkout")
    def _(_connection: SQLiteConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info.get("file") != _file(url):
            raise DisconnectionError("another file stands there now")

    @event.listens_for(engine, "connect")
    def _(connection: SQLiteConnection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _file(url)
        connection.isolation_level = None  # we begin ourselves, below
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # the ledger outlives a power cut
            "foreign_keys = ON",
            "journal_size_limit = 67108864",
            "cache_size = -16384",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("meeruit_reads"):
            connection.exec_driver_sql("BEGIN")
        else:
            _wait_for_disk(connection, not options.get("meeruit_hurries"))
            _begin_writing(connection)

    return engine


def _begin_writing(connection: Connection) -> None:
    """Begin as the one writer that SQLite has, or wait until the others have ended; they are not queued.

    SQLite itself looks every 100 ms in the end, so that the file stands idle meanwhile, and some writers wait for seconds.
    Whoever begins as a reader and writes later fails at once where another wrote in between, however long it would wait.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, SQLiteConnection)
    ends = monotonic() + _BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except SQLiteError as exc:
                if monotonic() > ends or getattr(exc, "sqlite_errorcode", 0) & 0xFF != SQLITE_BUSY:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")  # raises it as everybody expects it
                    return
            else:
                return
            sleep(random.uniform(*_LOOKS))  # noqa: S311 - jitter, no secret
    finally:
        driver.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")


def _wait_for_disk(connection: Connection, waits: bool) -> None:
    """Have the next commit wait for the disk, or not; a connection that never waits stays so."""
    hurries = connection.info.get("hurries", False)
    if waits and hurries:
        connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.info["hurries"] = False
    elif not (waits or hurries) and connection.exec_driver_sql("PRAGMA synchronous").scalar() == _FULL:
        connection.exec_driver_sql("PRAGMA synchronous = NORMAL")
        connection.info["hurries"] = True


def _file(url: URL) -> tuple[int, int] | None:
    """Which file stands at the path of a SQLite database now."""
    try:
        found = Path(url.database or "").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create_private(url: URL) -> None:
    """Make the file of a new SQLite database readable by its owner only; its WAL takes its mode from it."""
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        with suppress(OSError):  # it is there, or SQLite says what is wrong
            os.close(os.open(url.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _postgresql(url: URL) -> Engine:
    settings = {
        "statement_timeout": "120s",
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "UTC",
    }
    options = connections.session_options(url, settings)
    return create_engine(
        url,
        pool_size=2,
        max_overflow=2,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_timeout=10,
        connect_args={"connect_timeout": 5, "application_name": "meeruit", "options": options},
    )


def revision(engine: Engine) -> str | None:
    """The migration that the database stands at; None for an empty one. Raises LedgerError where it does not open."""
    try:
        with reading(engine) as db:
            if not inspect(db).has_table("alembic_version"):
                _check_schema(db)
                return None
            found = db.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    except SQLAlchemyError as exc:
        raise LedgerError(f"cannot open the database {display_url(engine.url)}: {first_line(exc)}") from exc


def _check_schema(db: Connection) -> None:
    """Raise LedgerError where tables could stand nowhere: the address names a schema that is not there."""
    if db.dialect.name == "postgresql" and db.scalar(text("SELECT current_schema()")) is None:
        named = str(db.scalar(text("SHOW search_path")))[:100]
        raise LedgerError(
            f"the database {display_url(db.engine.url)} has no schema {named} that this user may use; "
            f"make it there first: CREATE SCHEMA {named}"
        )


def upgrade(engine: Engine) -> str | None:
    """Bring the tables to HEAD, under a lock, in one transaction; returns the revision that was there before."""
    from alembic import command  # 0.1 s to import, and seldom needed
    from alembic.config import Config

    before = revision(engine)
    if before == HEAD:
        return before
    try:
        with engine.begin() as db:
            if engine.dialect.name == "postgresql":
                lock(db, "migration")
                db.execute(text("SET LOCAL statement_timeout = 0"))  # an index of a large table takes minutes
            config = Config()
            config.set_main_option("script_location", str(resources.files("meeruit.worker") / "migrations"))
            config.attributes["connection"] = db
            command.upgrade(config, HEAD)
    except DBAPIError as exc:
        raise LedgerError(f"cannot migrate the database {display_url(engine.url)}: {first_line(exc)}") from exc
    return before


def open_database(settings: Settings) -> Engine:
    """The engine, its tables checked: the default file migrates itself, any other says what to do.

    Raises UsageError where the tables are older or newer than this version, or the database cannot be opened.
    """
    engine = make_engine(settings.database_url)
    try:
        _check_tables(engine, settings)
    except LedgerError as exc:
        engine.dispose()
        raise UsageError(str(exc)) from exc
    except UsageError:
        engine.dispose()
        raise
    return engine


def _check_tables(engine: Engine, settings: Settings) -> None:
    """Bring the default file up to date; raise UsageError for any other database that is not."""
    found = revision(engine)
    if found == HEAD:
        return
    if found is None and _has_other_tables(engine) and settings.database_is_default:
        raise UsageError(f"{display_url(engine.url)} holds tables of another program; set MEERUIT_DATABASE_URL")
    if found is not None and not re.fullmatch("[0-9]{4}", found):
        raise UsageError(f"the tables of {display_url(engine.url)} are those of another program (at {found[:40]!r})")
    if found is not None and found > HEAD:
        raise UsageError(
            f"the database {display_url(engine.url)} ({found}) is newer than this meeruit ({HEAD}); install a newer one"
        )
    if not settings.database_is_default:
        raise UsageError(
            f"the tables of {display_url(engine.url)} are not up to date ({found or 'none'}, not {HEAD}); "
            "run: meeruit db upgrade, with MEERUIT_DATABASE_URL set to its address"
        )
    upgrade(engine)


def open_to_read(settings: Settings) -> Engine:
    """The engine of a command that only reads: the same, but for a file that cannot be written, which is taken as it is."""
    url = make_url(settings.database_url)
    shown = display_url(url)
    if is_missing(url) and not settings.database_is_default:
        raise UsageError(f"there is no database {shown}; to make one, run: meeruit db upgrade")
    if not only_to_read(url):
        return open_database(settings)
    engine = read_only_engine(url, poolclass=NullPool)
    try:
        found = revision(engine)
    except LedgerError as exc:
        why = "; its -wal file cannot be read there: copy both into a folder of your own" if lacks_memory(url) else ""
        raise UsageError(f"{exc}{why}") from exc
    if found != HEAD:
        raise UsageError(
            f"the tables of {shown} are not those of this meeruit ({found or 'none'}, not {HEAD}), and it cannot be written; "
            "copy it, and run: meeruit db upgrade"
        )
    return engine


def _has_other_tables(engine: Engine) -> bool:
    with reading(engine) as db:
        return bool(inspect(db).get_table_names())


def quick_check(engine: Engine) -> str | None:
    """What SQLite finds damaged in its file, in one line; None for a sound one, and for a server."""
    if engine.dialect.name != "sqlite":
        return None
    try:
        with reading(engine) as db:
            said = [str(row[0]) for row in db.exec_driver_sql("PRAGMA quick_check(10)")]
    except DBAPIError as exc:
        return first_line(exc)
    lines = [line for row in said for line in row.splitlines() if not line.startswith("***")]
    return None if lines == ["ok"] else "; ".join(lines)[:300]


def full_disk(engine: Engine) -> str | None:
    """That the disk of a SQLite file has no room left, in words; None where it has, and for a server."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    with suppress(OSError):
        free = shutil.disk_usage(Path(engine.url.database).absolute().parent).free
        if free < _ROOM:
            return f"the disk of {display_url(engine.url)} is full: {free // 1024:,} kB are left"
    return None


def own_files(url: URL) -> tuple[str, ...]:
    """The files that a database consists of, beside which pages may lie; none on a server."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return ()
    return tuple(url.database + end for end in ("", "-wal", "-shm", "-journal"))


def display_url(url: URL) -> str:
    """The address without its password, for people."""
    return connections.display_url(url.render_as_string(hide_password=False))


def first_line(exc: BaseException) -> str:
    """The first line of what a driver says; the rest is SQL."""
    return str(getattr(exc, "orig", None) or exc).strip().split("\n", 1)[0]


def sqlite_can_corrupt(version: tuple[int, ...]) -> bool:
    """True for SQLite releases in which two writers in WAL mode can, very rarely, corrupt the file."""
    same_branch = [fixed for fixed in _WAL_FIXED if fixed[:2] == version[:2]]
    return version < same_branch[0] if same_branch else version < max(_WAL_FIXED)
