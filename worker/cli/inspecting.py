"""The listings: ``items``, ``show``, ``pages``, ``runs``, ``failures``. They only read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Connection

from tasks import browse
from tasks.capture import parse_time
from tasks.errors import UsageError
from worker.cli.output import Column, Format, FormatOption, OutputOption, on_terminal, plain, shown_time, write
from worker.database import open_database, reading
from worker.settings import read_settings

#: Rows of a listing on a terminal, where nobody says how many; all of them otherwise.
ON_TERMINAL = 50
LimitOption = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="At most so many rows. [default: 50 on a terminal, else all]")
]


class Sort(StrEnum):
    """What comes first, always the greatest."""

    FIRST_SEEN = "first_seen"
    LAST_SEEN = "last_seen"
    PUBLISHED = "published"
    SIGHTINGS = "sightings"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (items, show, pages, runs, failures):
        app.command()(command)


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
    wanted = browse.Wanted(section, place, agency, _time("--since", since), _time("--until", until), search)
    columns = [
        Column("first_seen_at", "first seen"),
        Column("section", "section"),
        Column("place", "place"),
        Column("agencies", "agencies"),
        Column("title", "item", flexible=True),
        Column("sightings", "seen", right=True),
        Column("hash", "hash"),
    ]
    limit = _limit(limit, form, output)
    with _reading() as db:
        rows = browse.items(db, wanted, sort, limit)
        if _is_table(form, output):
            rows = ({**row, "title": row["headline"] or row["text"], "hash": row["content_hash"][:10]} for row in rows)
        write(rows, columns, form, output)


def show(
    content_hash: Annotated[
        str, typer.Argument(metavar="HASH", help="The item's content hash, or the beginning of it.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show one item with its sightings and when it was published."""
    with _reading() as db:
        found = browse.find_item(db, content_hash)
        item, seen = browse.item_row(db, found), list(browse.sightings(db, found.id))
        item["conflicts"] = found.conflicts
    if as_json:
        times = json.dumps({**item, "seen": seen}, ensure_ascii=False, default=_json_time)
        sys.stdout.write(times + "\n")
        return
    _show(item, seen)


def _show(item: dict[str, Any], seen: list[dict[str, Any]]) -> None:
    out = Console(highlight=False, markup=False)
    if item["headline"]:
        out.print(plain(item["headline"]), style="bold")
    dateline = plain(item["place"] or "") + (f" ({'/'.join(item['agencies'])})" if item["agencies"] else "")
    out.print((dateline + " - " if dateline else "") + plain(item["text"]))
    out.print()
    for name, value in (
        ("hash", f"{item['content_hash']} (version {item['hash_version']})"),
        ("section", item["section"]),
        ("link", item["url"]),
        ("first seen", shown_time(item["first_seen_at"])),
        ("last seen", shown_time(item["last_seen_at"])),
        ("published", _published(item)),
        ("revises", item["revision_of"]),
    ):
        if value is not None:
            out.print(f"{name:<11} {plain(value)}", soft_wrap=True)
    out.print(f"\nseen {item['sightings']} {'time' if item['sightings'] == 1 else 'times'}")
    columns = [
        Column("observed_at", "captured"),
        Column("position", "place on page", right=True),
        Column("section", "section"),
        Column("age", "age printed"),
        Column("address", "page", flexible=True),
    ]
    write(seen, columns, Format.TABLE, None)


def _published(item: dict[str, Any]) -> str:
    after, before = item["published_after"], item["published_before"]
    if before is None:
        return "unknown: no capture said when it was taken"
    if after == before:
        said = f"at {shown_time(before)}"
    else:
        said = (
            f"after {shown_time(after)}, by {shown_time(before)} (within {_duration((before - after).total_seconds())})"
        )
    conflicts = item["conflicts"]
    return said + (
        f"; {conflicts} contradicting {'sighting' if conflicts == 1 else 'sightings'} passed over" if conflicts else ""
    )


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


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
    _list(lambda db, most: browse.pages(db, most), columns, limit, form, output)


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
    _list(lambda db, most: browse.runs(db, most), columns, limit, form, output)


def failures(
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the pages in quarantine, each with the reason; `meeruit retry` tries them again."""
    columns = [
        Column("id", "page", right=True),
        Column("observed_at", "captured"),
        Column("outcome", "reason"),
        Column("address", "address", flexible=True),
    ]
    _list(lambda db, most: browse.pages(db, most, failures=True), columns, limit, form, output)


def _list(
    rows: Callable[[Connection, int | None], Iterator[browse.Row]],
    columns: list[Column],
    limit: int | None,
    form: Format | None,
    output: Path | None,
) -> None:
    with _reading() as db:
        write(rows(db, _limit(limit, form, output)), columns, form, output)


def _reading() -> Connection:
    return reading(open_database(read_settings()))


def _limit(limit: int | None, form: Format | None, output: Path | None) -> int | None:
    return ON_TERMINAL if limit is None and on_terminal(form, output) else limit


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


def _json_time(value: object) -> str | None:
    return shown_time(value) if isinstance(value, datetime) else str(value)
