"""``meeruit tail``: new items as they come, each once."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import Connection, Engine

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report.telling import event, new_items
from meeruit.tasks.store import hooks, outbox
from meeruit.tasks.store.tables import LONGEST_NAME
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.worker.cli.output import as_line
from meeruit.worker.database import open_database
from meeruit.worker.settings import read_settings
from meeruit.worker.waking import Waking

#: Events between two times that the place of a named reader is remembered.
_TOGETHER = 100


def tail(
    reader: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Remember under this name up to where you were told.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(
            metavar="CURSOR",
            min=0,
            help="Begin behind this event. [default: where NAME was, else now]",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when all is told.")] = False,
) -> None:
    """Tell new items as they come, as JSON Lines, each once.

    With --as a reader goes on where it was; a new one is told everything that is stored.
    """
    if reader is not None:
        check_reader(reader)
    engine = open_database(read_settings())
    waking = Waking(engine)
    try:
        waking.listen()
        number_all(engine)
        check_cursor(engine, since)
        known, cursor = read_only(engine, lambda db: _begin(db, reader, since))
        while True:
            found = read_only(engine, lambda db: new_items(db, cursor, _TOGETHER))  # noqa: B023 - called at once
            for each in found:
                sys.stdout.write(as_line(event(*each)))
            sys.stdout.flush()
            if found:
                cursor = found[-1][0]
            if reader is not None and cursor != known:
                known = _remember(engine, reader, known, cursor)
            if found:
                continue
            if once:
                return
            waking.wait()
            waking.listen()
            number_all(engine)
    finally:
        waking.close()
        engine.dispose()


def number_all(engine: Engine) -> None:
    """Give every item that is stored its number."""
    while transaction(engine, lambda db: outbox.number_items(db, now())) == outbox.TOGETHER:
        pass


def check_reader(name: str) -> None:
    """Raises UsageError for what cannot name a reader, or names that of a webhook."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise UsageError(f"--as: a name has 1 to {LONGEST_NAME} characters")
    if name.startswith(hooks.OWN):
        raise UsageError(
            f"--as {name}: names that begin with {hooks.OWN} are those of webhooks, which would miss what you are told"
        )


def check_cursor(engine: Engine, cursor: int | None) -> None:
    """Raises UsageError for a cursor ahead of the last one that was given: what comes up to it would be missed."""
    last = read_only(engine, outbox.newest) if cursor else 0
    if cursor and cursor > last:
        raise UsageError(
            f"--since {cursor}: the last event here is {last}, so that this cursor is of another database, or of one that "
            "was since restored; begin behind the last event that you have of this one (0: at the first)"
        )


def _begin(db: Connection, reader: str | None, since: int | None) -> tuple[int | None, int]:
    """What is remembered of a reader, and behind which cursor it begins."""
    known = outbox.place_of(db, reader) if reader is not None else None
    if since is not None:
        return known, since
    if reader is not None:
        return known, known or 0
    return None, outbox.newest(db)


def _remember(engine: Engine, reader: str, known: int | None, cursor: int) -> int:
    if not transaction(engine, lambda db: outbox.remember(db, reader, known, cursor, now())):
        raise UsageError(f"another reader is named {reader}; each needs a name of its own")
    return cursor
