"""The listings: ``items``, ``pages``, ``runs``, ``gaps``. They only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report import listings
from meeruit.tasks.store.tables import PageState
from meeruit.tasks.times import day_or_time
from meeruit.worker.cli.output import Format, FormatOption, OutputOption, SafeOption, chosen, write
from meeruit.worker.cli.stored import LimitOption, read_database, row_limit
from meeruit.worker.cli.tables import Column

OfSourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Of this source.")]
ShownByOption = Annotated[
    str | None,
    typer.Option("--source", metavar="NAME", help="Shown by this source, or by this host where no source is named."),
]


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
        str | None,
        typer.Option(
            metavar="TEXT", help='With these words in headline or body, in any order; "in quotes" as they stand.'
        ),
    ] = None,
    source: ShownByOption = None,
    limit: LimitOption = None,
    sort: Annotated[
        Sort, typer.Option(help="What comes first, the greatest on top; equal ones by hash.")
    ] = Sort.FIRST_SEEN,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """List the stored items, newest first."""
    wanted = listings.ItemFilter(
        section, place, agency, read_time("--since", since), read_time("--until", until), search, source
    )
    columns = [
        Column("first_seen_at", "first seen"),
        Column("site", "site", spare=2),
        Column("section", "section", spare=3),
        Column("place", "place", spare=1),
        Column("agencies", "agencies", spare=4),
        Column("title", "item", flexible=True),
        Column("sightings", "seen", right=True, spare=5),
        Column("hash", "hash"),
    ]
    limit = row_limit(limit, form, output)
    with read_database() as db:
        rows = listings.items(db, wanted, sort, limit)
        if chosen(form, output) is Format.TABLE:
            rows = _as_shown(db, rows)
        write(rows, columns, form, output, keys=listings.ITEM_KEYS, none="no items", safe=csv_safe)


def _as_shown(db: Connection, rows: Iterable[listings.Row]) -> Iterator[listings.Row]:
    """Items as the table shows them: with a title, a short hash, and who showed them first."""
    known = list(rows)
    sites = listings.first_sites(db, [row["content_hash"] for row in known])
    for row in known:
        key = row["content_hash"]
        yield {**row, "title": row["headline"] or row["text"], "hash": key[:10], "site": sites.get(key)}


def pages(
    source: OfSourceOption = None,
    state: Annotated[PageState | None, typer.Option(help="That ended so.")] = None,
    run: Annotated[int | None, typer.Option(metavar="RUN", help="Of this run.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Captured at this time or later.")] = None,
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """List the captures, newest first, with what became of each."""
    columns = [
        Column("id", "page", right=True),
        Column("observed_at", "captured"),
        Column("observed_from", "says", spare=2),
        Column("state", "state", spare=1),
        Column("told", "outcome", flexible=True, whole=True),
        Column("address", "address", flexible=True, whole=True),
    ]
    captured = read_time("--since", since)

    def rows(db: Connection, most: int | None) -> Iterator[listings.Row]:
        found = listings.pages(db, most, source=source, state=state, run=run, since=captured)
        return ({**row, "told": _told(row)} for row in found) if chosen(form, output) is Format.TABLE else found

    _list(rows, columns, limit, form, output, listings.PAGE_KEYS, "no pages", safe=csv_safe)


def _told(page: listings.Row) -> str:
    """What became of a page, with what was odd about its record and its times."""
    return "; ".join([page["outcome"], *(f"{remark}: {n}" for remark, n in sorted(page["remarks"].items()))])


def runs(
    source: OfSourceOption = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Started at this time or later.")] = None,
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """List ingests and polls, newest first."""
    columns = [
        Column("id", "run", right=True),
        Column("started_at", "started"),
        Column("finished_at", "finished", spare=1),
        Column("source", "source", spare=2),
        Column("outcome", "outcome", flexible=True, whole=True),
        Column("target", "target", flexible=True, whole=True),
    ]
    started = read_time("--since", since)

    def rows(db: Connection, most: int | None) -> Iterator[listings.Row]:
        return listings.runs(db, most, source, started)

    _list(rows, columns, limit, form, output, listings.RUN_KEYS, "no runs", safe=csv_safe)


def sightings(
    source: ShownByOption = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Captured at this time or later.")] = None,
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """List every sighting of every item, newest pages first."""
    columns = [
        Column("observed_at", "captured"),
        Column("page_id", "page", right=True),
        Column("position", "place", right=True, spare=2),
        Column("section", "section", spare=4),
        Column("age", "age printed", spare=3),
        Column("title", "item", flexible=True),
        Column("hash", "hash"),
        Column("address", "address", flexible=True, whole=True, spare=1),
    ]
    captured = read_time("--since", since)

    def rows(db: Connection, most: int | None) -> Iterator[listings.Row]:
        found = listings.sightings_of_all(db, most, source, captured)
        if chosen(form, output) is not Format.TABLE:
            return found
        return ({**row, "title": row["headline"] or row["text"], "hash": row["content_hash"][:10]} for row in found)

    _list(rows, columns, limit, form, output, listings.SIGHTING_KEYS, "no sightings", safe=csv_safe)


def gaps(
    name: Annotated[
        str | None, typer.Option("--list", metavar="NAME", help="Of this source, or of this host where none is named.")
    ] = None,
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """List where something may have been missed.

    A gap lies between two successive captures of a list that share no item.
    """
    columns = [
        Column("list", "list", flexible=True, whole=True),
        Column("section", "section", spare=2),
        Column("from", "from"),
        Column("to", "to"),
        Column("minutes", "minutes", right=True, spare=1),
    ]
    _list(
        lambda db, most: listings.gaps(db, most, name),
        columns,
        limit,
        form,
        output,
        listings.GAP_KEYS,
        "no gaps",
        safe=csv_safe,
    )


def _list(
    rows: Callable[[Connection, int | None], Iterator[listings.Row]],
    columns: list[Column],
    limit: int | None,
    form: Format | None,
    output: Path | None,
    keys: Sequence[str],
    none: str,
    *,
    safe: bool,
) -> None:
    with read_database() as db:
        write(rows(db, row_limit(limit, form, output)), columns, form, output, keys=keys, none=none, safe=safe)


def read_time(option: str, text: str | None) -> datetime | None:
    """A time with a zone, or a day (its beginning, UTC)."""
    if text is None:
        return None
    try:
        return day_or_time(text)
    except ValueError as exc:
        raise UsageError(f"{option}: {exc}") from None
