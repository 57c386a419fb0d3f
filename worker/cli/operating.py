"""``meeruit worker``, ``beat`` and ``db``: the parts, each alone."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.store.transaction import read_only
from meeruit.worker.cli.commands import STYLE
from meeruit.worker.database import (
    HEAD,
    display_url,
    first_line,
    make_engine,
    quick_check,
    revision,
    sqlite_can_corrupt,
    upgrade,
)
from meeruit.worker.settings import read_settings

db_commands = typer.Typer(
    help="Bring the tables of the database up to date, or check them.",
    no_args_is_help=True,
    add_completion=False,
    **STYLE,
)

#: The password of ``.env.example``, and the variables that can hold it.
_EXAMPLE = "changeme"
_SECRETS = ("PGPASSWORD", "MEERUIT_DATABASE_URL", "MEERUIT_BROKER_URL", "MEERUIT_WEB_TOKEN")

HeartbeatOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Touch this file as long as the main loop goes round; see meeruit.worker.health."
    ),
]


def worker(
    processes: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Worker processes. [default: one a core]")
    ] = None,
    heartbeat: HeartbeatOption = None,
    told: Annotated[bool, typer.Option("--told", hidden=True)] = False,
) -> None:
    """Run a worker until it is told to stop.

    Told by TERM, it finishes what it holds.
    """
    if told:  # by the command that it belongs to
        from meeruit.worker.local.prepared import wait_to_be_told

        processes = wait_to_be_told()
    warn_of_example_passwords()
    from meeruit.worker.app import process_app

    sys.exit(process_app("meeruit worker", heartbeat).work(processes))


def beat(heartbeat: HeartbeatOption = None) -> None:
    """Run the clock that says what is due.

    Two of them, or none for a while, do no harm.
    """
    warn_of_example_passwords()
    from meeruit.worker.app import process_app

    options = ["--pidfile", "", "--loglevel", "WARNING"]
    app = process_app("meeruit beat", heartbeat)
    if app.settings.metrics_address is not None:
        from meeruit.worker.serving import serve  # an HTTP server that is seldom asked for

        serve(app)
    app.start(["--quiet", "beat", *options])


@db_commands.command("upgrade")
def db_upgrade() -> None:
    """Bring the tables to what this version needs."""
    warn_of_example_passwords()
    settings = read_settings()
    engine = make_engine(settings.database_url)
    try:
        before = upgrade(engine)
    finally:
        engine.dispose()
    print(
        f"{display_url(engine.url)}: "
        + (f"already at {HEAD}" if before == HEAD else f"from {before or 'empty'} to {HEAD}")
    )


@db_commands.command("check")
def db_check(
    every: Annotated[bool, typer.Option("--all", help="Compute every hash again, not only those of a sample.")] = False,
) -> None:
    """Say whether the tables are up to date and the database is sound: a line for each kind of damage, and exit 1."""
    settings = read_settings()
    engine = make_engine(settings.database_url)
    try:
        found = revision(engine)
    finally:
        engine.dispose()
    if found != HEAD:
        raise UsageError(f"{display_url(engine.url)}: tables at {found or 'none'}, not {HEAD}; run: meeruit db upgrade")
    if fault := quick_check(engine):
        raise LedgerError(f"{display_url(engine.url)} is damaged: {fault}; restore a copy (sqlite.org/recovery.html)")
    print(f"{display_url(engine.url)}: tables at {HEAD}")
    if engine.dialect.name == "sqlite" and sqlite_can_corrupt(sqlite3.sqlite_version_info):
        print(
            f"note: Python here has SQLite {sqlite3.sqlite_version}; releases before 3.51.3 can, very rarely, "
            "corrupt a file that several processes write (sqlite.org/wal.html#walresetbug)"
        )
    _check_rows(engine, every=every)


def _check_rows(engine: Engine, *, every: bool) -> None:
    """Print what does not hold of the rows; exits with 1 where something does not."""
    from meeruit.tasks.report.damage import damages
    from meeruit.tasks.times import now

    try:
        found = read_only(engine, lambda db: list(damages(db, now(), every=every)), patience=0)
    except DBAPIError as exc:
        raise LedgerError(f"{display_url(engine.url)} cannot be read: {first_line(exc)}") from exc
    finally:
        engine.dispose()
    for damage in found:
        print(f"damaged: {damage}")
    if found:
        raise typer.Exit(1)
    print(f"nothing is damaged: sums, times, references, ledger, {'all' if every else 'a sample of'} hashes")


def warn_of_example_passwords() -> None:
    """Say at every start that a password is the one of ``.env.example``, so that none works unnoticed."""
    if any(_EXAMPLE in os.environ.get(name, "") for name in _SECRETS):
        print("meeruit: the passwords are those of .env.example; put your own into .env", file=sys.stderr)
