"""``meeruit replay``: read the stored pages again by the rules of today, and say what that changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.work.replay import Choice, Report, changed_items, check_profiles, pages_to_replay, replay
from meeruit.worker.cli.forgetting import named_pages
from meeruit.worker.cli.options import PagesArgument, ProfileOption, RunOption, SourceOption, profile_path, source_name
from meeruit.worker.cli.output import FormatOption, OutputOption, SafeOption, chosen, plain, write
from meeruit.worker.cli.tables import Column
from meeruit.worker.database import first_line, open_database, reading
from meeruit.worker.settings import read_settings

_COLUMNS = [
    Column("what", "what", spare=2),
    Column("change", "change"),
    Column("content_hash", "item", flexible=True),
    Column("fields", "what changed", flexible=True, whole=True, spare=1),
    Column("page", "on page", flexible=True, whole=True),
]
_KEYS = ("what", "content_hash", "change", "fields", "page", "observed_at")
_NAMED = 20


def replay_pages(
    pages: PagesArgument = None,
    run: RunOption = None,
    source: SourceOption = None,
    profile: ProfileOption = None,
    listing: Annotated[
        bool | None, typer.Option("--listing/--no-listing", help="The pages are lists, or are none after all.")
    ] = None,
    after: Annotated[
        int, typer.Option(metavar="PAGE", min=0, help="Go on after this page, where a replay was stopped.")
    ] = 0,
    sightings: Annotated[
        bool, typer.Option("--sightings", help="List the sightings that changed too, each with its page.")
    ] = False,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """Read the stored pages again, and list the items that changed.

    Nothing is fetched. What was done before a stop stays done; a second replay finds nothing to change. Pages that are
    named are read with the source, the profile or as the lists that are said here, and keep that.
    """
    form = chosen(form, output)  # before hours of reading
    engine = open_database(read_settings())
    report = Report(last_page=after)
    try:
        named = None
        if pages:
            named = read_only(engine, lambda db: named_pages(db, pages, run))
        elif run is not None:
            read_only(engine, lambda db: named_pages(db, None, run))  # there is such a run
        elif not (source is None and profile is None and listing is None):
            raise UsageError("replay: name the pages that this is said of, by number, or all of one run with --run")
        choice = Choice(named, run, source_name(source), profile_path(profile), listing)
        if named is not None:
            _say_what_is_gone(len(named), read_only(engine, lambda db: pages_to_replay(db, choice)))
        read_only(engine, lambda db: check_profiles(db, choice))
        write(
            _changes(engine, report, choice, sightings=sightings),
            _COLUMNS,
            form,
            output,
            keys=_KEYS,
            none="no item changed",
            safe=csv_safe,
        )
    except DBAPIError as exc:
        raise LedgerError(f"the database does not answer: {first_line(exc)}; {_how_to_go_on(report)}") from exc
    except KeyboardInterrupt:
        print(f"meeruit: stopped; {_how_to_go_on(report)}", file=sys.stderr)
        raise
    finally:
        engine.dispose()
    for address, problem in report.unread[:_NAMED]:
        print(f"failed: {plain(address)}: {plain(problem)}", file=sys.stderr)
    counts = ", ".join(f"{report.sightings[change]:,} {change}" for change in ("new", "gone", "changed"))
    print(f"pages      {report.pages:>8,} read again, {report.changed:,} changed", file=sys.stderr)
    print(f"sightings  {counts}", file=sys.stderr)
    if report.unread:
        raise typer.Exit(1)


def _say_what_is_gone(named: int, there: int) -> None:
    """Say which of the pages that were named cannot be read again. Raises UsageError where none can."""
    if not there:
        raise UsageError(
            "none of these pages is stored any more (see prune, and ingest --keep-bodies); ingest them again"
        )
    if there < named:
        print(
            f"meeruit: {number_of(named - there, 'page')} of these cannot be read again, and stay as before",
            file=sys.stderr,
        )


def _changes(engine: Engine, report: Report, choice: Choice, *, sightings: bool) -> Iterator[dict[str, Any]]:
    """Replay; what changed on each page where it is asked for, then what changed of the items."""
    for each in _with_progress(engine, report, choice):
        if sightings:
            yield from ({"what": "sighting", **change} for change in each)
    with reading(engine) as db:
        for change in changed_items(db, report):
            yield {"what": "item", **change, "page": None, "observed_at": None}


def _with_progress(engine: Engine, report: Report, choice: Choice) -> Iterator[list[dict[str, Any]]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, auto_refresh=False, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("pages", total=read_only(engine, lambda db: pages_to_replay(db, choice)))
        for batch in replay(engine, report, choice):
            yield batch
            bar.update(task, completed=report.pages, refresh=True)


def _how_to_go_on(report: Report) -> str:
    return f"what is done stays done; go on with: meeruit replay --after {report.last_page}"
