"""The listings: ``items``, ``pages``, ``runs``, ``gaps``. They only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report import listings
from meeruit.tasks.times import parse_time
from meeruit.worker.cli.output import Column, Format, FormatOption, OutputOption, write
from meeruit.worker.cli.stored import LimitOption, read_database, row_limit


class Sort(StrEnum):
    """What comes first, always the greatest."""

    FIRST_SEEN = "first_seen"
    LAST_SEEN = "last_seen"
    PUBLISHED = "published"
    SIGHTINGS = "sightings"


def items(
    section: Annotated[str | None, typer.Option(metavar="NAME", help="Of this section.")] = None,
    place: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Datelined here, or here among other places.")
    ] = None,
    agency: Annotated[
        str | None, typer.Option(metavar="AGENCY", help="From this agency, alone or with others.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="First seen at this time or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="First seen before this time.")] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="With this text in the headline or the body.")
    ] = None,
    limit: LimitOption = None,
    sort: Annotated[Sort, typer.Option(help="What comes first, the greatest on top.")] = Sort.FIRST_SEEN,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the stored items, newest first."""
    wanted = listings.ItemFilter(section, place, agency, _time("--since", since), _time("--until", until), search)
    columns = [
        Column("first_seen_at", "first seen"),
        Column("section", "section"),
        Column("place", "place"),
        Column("agencies", "agencies"),
        Column("title", "item", flexible=True),
        Column("sightings", "seen", right=True),
        Column("hash", "hash"),
    ]
    limit = row_limit(limit, form, output)
    with read_database() as db:
        rows = listings.items(db, wanted, sort, limit)
        if _is_table(form, output):
            rows = ({**row, "title": row["headline"] or row["text"], "hash": row["content_hash"][:10]} for row in rows)
        write(rows, columns, form, output)


def pages(
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the captures, newest first, with what became of each."""
    columns = [
        Column("id", "page", right=True),
        Column("observed_at", "captured"),
        Column("observed_from", "says"),
        Column("state", "state"),
        Column("outcome", "outcome"),
        Column("address", "address", flexible=True),
    ]
    _list(lambda db, most: listings.pages(db, most), columns, limit, form, output)


def runs(
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List ingests and polls, newest first."""
    columns = [
        Column("id", "run", right=True),
        Column("started_at", "started"),
        Column("finished_at", "finished"),
        Column("source", "source"),
        Column("outcome", "outcome"),
        Column("target", "target", flexible=True),
    ]
    _list(lambda db, most: listings.runs(db, most), columns, limit, form, output)


def gaps(
    name: Annotated[
        str | None, typer.Option("--list", metavar="NAME", help="Of this source, or of this host where none is named.")
    ] = None,
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List where something may have been missed.

    A gap lies between two successive captures of a list that share no item.
    """
    columns = [
        Column("list", "list", flexible=True),
        Column("section", "section"),
        Column("from", "from"),
        Column("to", "to"),
        Column("minutes", "minutes", right=True),
    ]
    _list(lambda db, most: listings.gaps(db, most, name), columns, limit, form, output)


def _list(
    rows: Callable[[Connection, int | None], Iterator[listings.Row]],
    columns: list[Column],
    limit: int | None,
    form: Format | None,
    output: Path | None,
) -> None:
    with read_database() as db:
        write(rows(db, row_limit(limit, form, output)), columns, form, output)


def _is_table(form: Format | None, output: Path | None) -> bool:
    return form is Format.TABLE or (form is None and (output is None or output.suffix not in {".jsonl", ".csv"}))


def _time(option: str, text: str | None) -> datetime | None:
    """A time with a zone, or a day (its beginning, UTC)."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-03-02"):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return parse_time(text)
    except ValueError as exc:
        raise UsageError(f"{option}: {exc}") from None
