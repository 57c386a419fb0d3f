"""``meeruit forget``: pages that should never have been read, taken away with all that rests on them alone."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy import Connection

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.store import forgetting, runs
from meeruit.tasks.store.rounding import settle
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.worker.cli.options import PagesArgument, RunOption
from meeruit.worker.cli.output import Format, write
from meeruit.worker.cli.tables import Column
from meeruit.worker.database import open_database
from meeruit.worker.settings import read_settings

_COLUMNS = [
    Column("id", "page", right=True),
    Column("observed_at", "captured"),
    Column("sightings", "items", right=True),
    Column("outcome", "outcome", flexible=True, whole=True),
    Column("address", "address", flexible=True, whole=True),
]
#: Pages of one transaction.
_TOGETHER = 200
_NAMED = 20


def forget(
    pages: PagesArgument = None,
    run: RunOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would go.")] = False,
) -> None:
    """Take pages back that should never have been read.

    Their sightings go, and the items that stand on no other page; everything else becomes what it would be had these
    pages never been read. There is no way back but to ingest them again.
    """
    engine = open_database(read_settings())

    def look(db: Connection) -> forgetting.Doomed:
        return forgetting.doomed(db, named_pages(db, pages, run))

    try:
        found = read_only(engine, look)
        if found.stay:
            _say_what_stays(found)
        if found.pages and not yes:
            write([dict(row._mapping) for row in found.pages], _COLUMNS, Format.TABLE, None)
        numbers = [int(row.id) for row in found.pages]
        for start in range(0, len(numbers), _TOGETHER):
            if yes:
                some = numbers[start : start + _TOGETHER]
                transaction(engine, lambda db, some=some: forgetting.forget(db, some))  # type: ignore[misc]
        if yes:
            settle(engine)
    finally:
        engine.dispose()
    print(_said(found, yes=yes))


def named_pages(db: Connection, pages: list[int] | None, run: int | None) -> list[int]:
    """The pages that a command was given, by their numbers or by their run; what is not there is named."""
    if bool(pages) == (run is not None):
        raise UsageError("name pages by their numbers, as `meeruit pages` shows them, or all of one run with --run")
    if run is not None:
        found = forgetting.pages_of_run(db, run)
        if not found and not runs.is_run(db, run):
            raise UsageError(f"no run has the number {run}; see: meeruit runs")
        return found
    known = forgetting.doomed(db, pages or [])
    there = {*(int(row.id) for row in known.pages), *known.stay}
    for missing in sorted(set(pages or []) - there):
        print(f"meeruit: no page has the number {missing}; see: meeruit pages", file=sys.stderr)
    if not there:
        raise UsageError("none of these pages is there")
    return sorted(there)


def _say_what_stays(found: forgetting.Doomed) -> None:
    """Say which pages cannot be taken back. Raises UsageError where none can."""
    why = "items of which sightings were given up (meeruit prune) rest on them"
    if not found.pages:
        raise UsageError(f"these pages stay: {why}")
    numbers = ", ".join(map(str, found.stay[:_NAMED])) + (" …" if len(found.stay) > _NAMED else "")
    print(f"meeruit: {number_of(len(found.stay), 'page')} of these stay ({numbers}): {why}", file=sys.stderr)


def _said(found: forgetting.Doomed, *, yes: bool) -> str:
    pages, gone = number_of(len(found.pages), "page"), number_of(found.gone, "item")
    stand = "stands on other pages too, and stays" if found.kept == 1 else "stand on other pages too, and stay"
    kept = f"; {number_of(found.kept, 'item')} {stand}" if found.kept else ""
    if yes:
        return f"forgot {pages} and {gone}{kept}"
    return f"would forget {pages} and {gone}{kept}" + ("; to do it, add --yes" if found.pages else "")
