"""``meeruit sources``, ``run`` and ``up``: what is polled, one poll now, and polling for good on one machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report import listings
from meeruit.tasks.report.hook_news import HookNews
from meeruit.tasks.report.overlap_stats import as_every
from meeruit.tasks.report.run_ends import RunEnds
from meeruit.tasks.report.sources import failing, silent, source_states
from meeruit.tasks.store.tables import RunKind
from meeruit.tasks.times import now
from meeruit.tasks.work.polling import Polled, poll_now
from meeruit.tasks.work.sweeping import sweep_lost
from meeruit.worker.cli.options import JsonOption, WorkersOption
from meeruit.worker.cli.output import FormatOption, OutputOption, SafeOption, plain, shown_time, write
from meeruit.worker.cli.stored import read_database
from meeruit.worker.cli.tables import Column
from meeruit.worker.cli.waiting import Tick, wait_for_run
from meeruit.worker.database import display_url, open_database, reading
from meeruit.worker.schedule import sources_of, watched_sources, watched_webhooks
from meeruit.worker.settings import Settings, read_settings
from meeruit.worker.sources import read_webhooks
from meeruit.worker.web.address import check_exposure, listening_socket, page_address

if TYPE_CHECKING:
    from meeruit.worker.local.supervisor import Supervisor

#: Failed pages of one run that are named.
_NAMED = 3


def sources(form: FormatOption = None, output: OutputOption = None, csv_safe: SafeOption = False) -> None:
    """List what is polled, when it was last, and when it is next."""
    settings = read_settings()
    polled = _sources(settings)
    columns = [
        Column("name", "source", whole=True),
        Column("every", "every", spare=2),
        Column("last_run_at", "last poll", spare=1),
        Column("next_run_at", "next poll", spare=3),
        Column("last_new_at", "last new item", spare=4),
        Column("outcome", "outcome", flexible=True, whole=True),
        Column("fault", "fault", flexible=True, whole=True),
        Column("what", "what", flexible=True, whole=True, spare=5),
    ]
    with read_database(settings) as db:
        write(_rows(polled, source_states(db)), columns, form, output, none="nothing is polled", safe=csv_safe)


def _rows(polled: tuple[Polled, ...], states: dict[str, listings.Row]) -> Iterator[listings.Row]:
    for source in polled:
        state = states.get(source.name, {})
        yield {
            "name": source.name,
            "every": as_every(timedelta(seconds=source.every)),
            "delay": source.delay,
            "profile": source.profile,
            "urls": list(source.urls),
            "feeds": list(source.feeds),
            "folder": str(source.folder) if source.folder else None,
            "last_run_at": state.get("last_run_at"),
            "next_run_at": state.get("next_run_at"),
            "last_new_at": state.get("last_new_at"),
            "outcome": state.get("outcome"),
            "failed_polls": state.get("failed_polls", 0),
            "failing_since": state.get("failing_since"),
            "no_list_since": state.get("no_list_since"),
            "fault": _fault(state),
            "what": " ".join([*source.urls, *source.feeds, *([str(source.folder)] if source.folder else [])]),
        }


def _fault(state: listings.Row) -> str | None:
    """``3 polls failed since …``, ``no list since …``."""
    if state.get("failed_polls"):
        return failing(state).partition(": ")[0]
    return silent(state).partition(" at ")[0] if state.get("no_list_since") else None


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


def up(
    workers: WorkersOption = None,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Add to this file what the parts log, a line an event.")
    ] = None,
) -> None:
    """Run broker, worker and clock here, and poll until Ctrl-C.

    Polls what sources.toml says, prints each poll as it ends, shows the page of `meeruit web`, and tells webhooks.
    """
    settings = read_settings()
    polled = _sources(settings)
    if not polled:
        raise UsageError(f"{settings.sources}: there is nothing to poll; write a [[source]] there (see the README)")
    told = read_webhooks(settings.sources)
    hooked = ("tell",) if told else ()
    open_database(settings).dispose()
    from meeruit.worker.local.supervisor import Supervisor

    page = _page(settings)
    with Supervisor(settings, workers, ("worker", "beat", *page, *hooked), log) as supervisor:
        if page:
            print(f"look at {page_address(settings)}", file=sys.stderr)
        if supervisor.embedded and not supervisor.alone:
            database = display_url(supervisor.engine.url)
            print(f"meeruit: another command works on {database} already; no poll is made twice", file=sys.stderr)
        _say_polled(polled)
        _follow(supervisor, _Watched(settings, polled, supervisor), HookNews())


def _page(settings: Settings) -> tuple[str, ...]:
    """The part that shows the page; none where its address is taken."""
    check_exposure(settings)
    try:
        listening_socket(settings).close()
    except UsageError as exc:
        print(f"meeruit: no page is shown: {exc}", file=sys.stderr)
        return ()
    return ("web",)


def _say_polled(polled: Iterable[Polled]) -> None:
    names = ", ".join(source.name for source in polled) or "nothing"
    print(f"polling {plain(names)}; Ctrl-C ends it", file=sys.stderr)


class _Watched:
    """The file of sources while ``up`` runs: a mistake in it is said where it was made, and so is what holds then."""

    def __init__(self, settings: Settings, polled: tuple[Polled, ...], supervisor: Supervisor) -> None:
        self._said = ""
        self._read = watched_sources(settings.sources, self._say_mistake)
        self._polled = polled
        self._hooks = watched_webhooks(settings.sources, self._say_mistake)
        self._told = self._hooks()
        self._supervisor = supervisor

    @property
    def hooks(self) -> set[str]:
        """The names of the webhooks that stand there."""
        return {hook.name for hook in self._hooks()}

    def look(self) -> None:
        """Say what changed since the last look, and have webhooks told that came into it."""
        self._said = ""
        polled, hooks = self._read(), self._hooks()
        if polled != self._polled:
            self._polled = polled
            _say_polled(polled)
        if hooks and hooks is not self._told:  # read anew: what could not be told before may be told now
            self._supervisor.also("tell")
        self._told = hooks

    def _say_mistake(self, mistake: str) -> None:
        if mistake == self._said:  # one of the file as a whole is found by both readers
            return
        self._said = mistake
        print(f"meeruit: {plain(mistake)}", file=sys.stderr)


def _follow(supervisor: Supervisor, watched: _Watched, hooks: HookNews) -> None:
    """Print every run as it ends and how webhooks fare, and keep the parts alive."""
    ends, swept = RunEnds(), time.monotonic()
    while True:
        supervisor.watch()
        watched.look()
        try:
            if time.monotonic() - swept > 5:
                swept = time.monotonic()
                sweep_lost(supervisor.tools)
            with reading(supervisor.engine) as db:
                ended, told = ends.news(db, now()), hooks.news(db, watched.hooks)
        except DBAPIError:  # it comes back, or the worker says what is wrong
            ended, told = [], []
        for run in ended:
            for line in _as_lines(run):
                print(line)
        sys.stdout.flush()
        for said in told:
            print(f"meeruit: {plain(said)}", file=sys.stderr)
        time.sleep(0.5)


def _as_lines(run: listings.Row) -> Iterator[str]:
    """A run that ended, and why pages of it failed."""
    name = plain(run["source"] or run["target"])
    links = " (links)" if run["kind"] == RunKind.LINKS else ""
    yield f"{shown_time(run['finished_at'])}  {name}{links}: {plain(run['outcome'])}"
    failed = run["failed"]
    for address, reason in failed[:_NAMED]:
        yield f"    failed: {plain(address)}" + ("" if reason == run["outcome"] else f": {plain(reason)}")
    if len(failed) > _NAMED:
        yield f"    failed: and {len(failed) - _NAMED} more; see: meeruit failures"


def _sources(settings: Settings) -> tuple[Polled, ...]:
    if not settings.sources.exists():
        raise UsageError(f"{settings.sources}: no such file: write what is polled there, or set MEERUIT_SOURCES")
    return sources_of(settings.sources)
