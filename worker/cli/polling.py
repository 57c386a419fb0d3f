"""``meeruit sources``, ``run`` and ``up``: what is polled, one poll now, and polling for good on one machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report import listings
from meeruit.tasks.work.polling import Polled, poll_now
from meeruit.tasks.work.sweeping import sweep_lost
from meeruit.worker.cli.options import JsonOption, WorkersOption
from meeruit.worker.cli.output import Column, FormatOption, OutputOption, plain, shown_time, write
from meeruit.worker.cli.waiting import Tick, wait_for_run
from meeruit.worker.database import open_database, reading
from meeruit.worker.schedule import sources_of
from meeruit.worker.settings import Settings, read_settings

if TYPE_CHECKING:
    from meeruit.worker.local.supervisor import Supervisor


def sources(form: FormatOption = None, output: OutputOption = None) -> None:
    """List what is polled, when it was last, and when it is next."""
    settings = read_settings()
    polled = _sources(settings)
    columns = [
        Column("name", "source"),
        Column("every", "every"),
        Column("last_run_at", "last poll"),
        Column("next_run_at", "next poll"),
        Column("last_new_at", "last new item"),
        Column("outcome", "outcome"),
        Column("what", "what", flexible=True),
    ]
    with reading(open_database(settings)) as db:
        write(_rows(polled, listings.source_states(db)), columns, form, output)


def _rows(polled: tuple[Polled, ...], states: dict[str, listings.Row]) -> Iterator[listings.Row]:
    for source in polled:
        state = states.get(source.name, {})
        yield {
            "name": source.name,
            "every": f"{source.every}s",
            "delay": source.delay,
            "profile": source.profile,
            "urls": list(source.urls),
            "feeds": list(source.feeds),
            "folder": str(source.folder) if source.folder else None,
            "last_run_at": state.get("last_run_at"),
            "next_run_at": state.get("next_run_at"),
            "last_new_at": state.get("last_new_at"),
            "outcome": state.get("outcome"),
            "what": " ".join([*source.urls, *source.feeds, *([str(source.folder)] if source.folder else [])]),
        }


def run_source(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A source, as sources.toml names it.")],
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Poll one source now, due or not, and report."""
    polled = {source.name: source for source in _sources(read_settings())}
    if name not in polled:
        raise UsageError(f"no source is named {name!r}; there are: {', '.join(sorted(polled)) or 'none'}")

    def enrol(supervisor: Supervisor, _tick: Tick) -> int:
        return poll_now(supervisor.tools, polled[name])

    wait_for_run(workers, enrol, as_json=as_json)


def up(workers: WorkersOption = None) -> None:
    """Run broker, worker and clock here, and poll until Ctrl-C.

    Polls what sources.toml says, and prints each poll as it ends.
    """
    settings = read_settings()
    polled = _sources(settings)
    if not polled:
        raise UsageError(f"{settings.sources}: there is nothing to poll; write a [[source]] there (see the README)")
    open_database(settings).dispose()
    from meeruit.worker.local.supervisor import Supervisor

    with Supervisor(settings, workers, ("worker", "beat")) as supervisor:
        print(f"polling {', '.join(source.name for source in polled)}; Ctrl-C ends it", file=sys.stderr)
        _follow(supervisor)


def _follow(supervisor: Supervisor) -> None:
    """Print every run as it ends, and keep the parts alive."""
    last, swept = _newest(supervisor), time.monotonic()
    while True:
        supervisor.watch()
        try:
            if time.monotonic() - swept > 5:
                swept = time.monotonic()
                sweep_lost(supervisor.tools)
            with reading(supervisor.engine) as db:
                ended = listings.ended_runs(db, last)
        except DBAPIError:  # it comes back, or the worker says what is wrong
            ended = []
        for row in ended:
            last = max(last, row["id"])
            print(f"{shown_time(row['finished_at'])}  {plain(row['source'] or row['target'])}: {plain(row['outcome'])}")
            sys.stdout.flush()
        time.sleep(0.5)


def _newest(supervisor: Supervisor) -> int:
    with reading(supervisor.engine) as db:
        rows = list(listings.runs(db, 1))
    return int(rows[0]["id"]) if rows else 0


def _sources(settings: Settings) -> tuple[Polled, ...]:
    if not settings.sources.exists():
        raise UsageError(f"{settings.sources}: no such file: write what is polled there, or set MEERUIT_SOURCES")
    return sources_of(settings.sources)
