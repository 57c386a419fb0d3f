"""Shared by the commands that only read: the database, the number of rows, the argument HASH."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import LedgerError
from meeruit.worker.cli.output import Format, on_terminal
from meeruit.worker.database import display_url, first_line, open_to_read, reading
from meeruit.worker.read_only import changed, is_missing
from meeruit.worker.settings import Settings, read_settings

#: Rows of a listing on a terminal, where nobody says how many; all of them otherwise.
ON_TERMINAL = 50
#: No listing has more rows, and no database counts further than this.
_MOST = 2**40


def _countable(limit: int | None) -> int | None:
    return None if limit is None else min(limit, _MOST)


LimitOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        callback=_countable,
        help="At most so many rows. [default: 50 on a terminal, else all]",
    ),
]
HashArgument = Annotated[
    str, typer.Argument(metavar="HASH", help="The item's content hash, or the beginning of it.", show_default=False)
]


@contextmanager
def read_database(settings: Settings | None = None) -> Iterator[Connection]:
    """A connection that only reads, to the database that the settings name.

    Raises LedgerError where a file that nobody seemed to write was changed meanwhile.
    """
    settings = settings or read_settings()
    if is_missing(settings.database) and settings.database_is_default:
        print(
            f"meeruit: there was no database here; an empty one is made: {settings.database.database}", file=sys.stderr
        )
    engine = open_to_read(settings)
    try:
        with reading(engine) as db:
            yield db
            if changed(db):
                raise LedgerError(f"{display_url(engine.url)} was changed while it was read; ask again")
    finally:
        engine.dispose()


def database_fault(exc: Exception) -> str | None:
    """What is wrong with the database, in one line; None for any other fault."""
    if not isinstance(exc, DBAPIError):
        return None
    said = first_line(exc)
    damaged = "malformed" in said or "not a database" in said
    return f"the database fails: {said}" + ("; it is damaged: see meeruit db check" if damaged else "")


def row_limit(limit: int | None, form: Format | None, output: Path | None) -> int | None:
    """How many rows to list: what was asked for, else a screen or two for people and all of them for programs."""
    return ON_TERMINAL if limit is None and on_terminal(form, output) else limit
