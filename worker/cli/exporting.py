"""``meeruit export``: items, sightings or gaps as a file of JSON Lines, CSV or Parquet, in constant memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report import listings, telling
from meeruit.tasks.store import outbox
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.worker.cli.output import Format, Row, write
from meeruit.worker.cli.parquet_output import KEYS, missing, write_parquet
from meeruit.worker.cli.standard_output import OutputError, output_error
from meeruit.worker.cli.stored import read_database
from meeruit.worker.cli.tailing import check_cursor, check_reader, number_all
from meeruit.worker.database import open_database, reading
from meeruit.worker.read_only import only_to_read
from meeruit.worker.settings import read_settings


class What(StrEnum):
    """What is exported."""

    ITEMS = "items"
    SIGHTINGS = "sightings"
    GAPS = "gaps"


class ExportFormat(StrEnum):
    """How it is written."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def export(
    what: Annotated[What, typer.Argument(help="What to export.")] = What.ITEMS,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write. [default: standard output]")
    ] = None,
    form: Annotated[
        ExportFormat | None, typer.Option("--format", help="How to write it. [default: what the file's name says]")
    ] = None,
    since: Annotated[int | None, typer.Option(metavar="CURSOR", min=0, help="Only items behind this cursor.")] = None,
    reader: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Only items that are new since the last export as NAME.")
    ] = None,
) -> None:
    """Write items, sightings or gaps as JSONL, CSV or Parquet.

    Items stand in the order in which they were stored. The file is there once it is whole. For items the cursor to go on
    from is said on standard error, unless the database cannot be written.
    """
    form = form or _by_name(output)
    if form is ExportFormat.PARQUET and (output is None or missing()):
        raise UsageError(missing() or "Parquet goes into a file: add -o FILE.parquet")
    if what is not What.ITEMS and (since is not None or reader is not None):
        raise UsageError("--since and --as are for items; sightings and gaps are exported whole")
    if reader is not None and since is not None:
        raise UsageError("--as goes on where it was, and takes no --since beside it")
    if reader is not None:
        check_reader(reader)
    settings = read_settings()
    if what is not What.ITEMS or (reader is None and since is None and only_to_read(make_url(settings.database_url))):
        with read_database(settings) as db:
            _write(_rows(db, what), what, form, output)
        return
    engine = open_database(settings)
    try:
        known = read_only(engine, lambda db: outbox.place_of(db, reader)) if reader is not None else since
        number_all(engine)
        check_cursor(engine, since)
        until = read_only(engine, outbox.newest)
        with reading(engine) as db:
            _write(telling.all_items(db, known or 0, until), what, form, output)
        if reader is not None and not transaction(
            engine, lambda db: outbox.remember(db, reader, known, max(until, known or 0), now())
        ):
            raise UsageError(f"another reader is named {reader}; each needs a name of its own")
        print(f"items up to cursor {until}; only what is new since: --since {until}", file=sys.stderr)
    finally:
        engine.dispose()


def _by_name(output: Path | None) -> ExportFormat:
    if output is None:
        return ExportFormat.JSONL
    ending = output.suffix.lower().removeprefix(".")
    if ending not in set(ExportFormat):
        raise UsageError(
            f"{output}: an export is written as .jsonl, .csv or .parquet; name the file so, or give --format"
        )
    return ExportFormat(ending)


def _rows(db: Connection, what: What) -> Iterator[Row]:
    if what is What.ITEMS:
        return telling.all_unnumbered(db)
    return listings.all_sightings(db) if what is What.SIGHTINGS else listings.gaps(db)


def _write(rows: Iterator[Row], what: What, form: ExportFormat, output: Path | None) -> None:
    """Write the rows beside the file, and put them in its place when all are there; into a pipe or a device as they come."""
    if form is not ExportFormat.PARQUET and (output is None or (output.exists() and not output.is_file())):
        write(rows, [], Format(form), output, keys=KEYS[what])
        return
    assert output is not None
    target = output.resolve()  # a link stays, and leads to the new one
    if target.exists() and not target.is_file():
        raise UsageError(f"{output}: Parquet goes into a file, and this is none")
    part = target.with_name(f"{target.name}.{token_hex(4)}.part")  # another export may write to the same file
    try:
        if form is ExportFormat.PARQUET:
            write_parquet(rows, what, part)
        else:
            write(rows, [], Format(form), part, keys=KEYS[what])
        part.replace(target)
    except (UsageError, OutputError) as exc:
        raise type(exc)(str(exc).replace(str(part), str(output))) from exc
    except OSError as exc:
        raise output_error(str(output), exc) from exc
    finally:
        part.unlink(missing_ok=True)
