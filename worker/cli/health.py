"""``meeruit status``: one screen of health."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meeruit.tasks.errors import UsageError
from meeruit.tasks.records import Rounding
from meeruit.tasks.report import failures, status
from meeruit.tasks.report.overlap_stats import THIN, as_every
from meeruit.tasks.report.reasons import duration, number_of
from meeruit.tasks.report.sizes import sizes
from meeruit.tasks.report.sources import LATE, dead_addresses, failing, lateness, silent, source_states
from meeruit.tasks.report.waits import waits
from meeruit.tasks.store import hooks
from meeruit.tasks.times import now
from meeruit.tasks.work.polling import Polled
from meeruit.worker.cli.options import JsonOption
from meeruit.worker.cli.output import Format, as_line, plain, shown_time, write
from meeruit.worker.cli.stored import read_database
from meeruit.worker.cli.tables import Column
from meeruit.worker.database import full_disk, make_engine
from meeruit.worker.local.broker import EmbeddedBroker, broker_folder
from meeruit.worker.schedule import lost_file, sources_of
from meeruit.worker.settings import Settings, read_settings
from meeruit.worker.sources import read_webhooks

if TYPE_CHECKING:
    from meeruit.worker.app import App

_SOURCES = [
    Column("name", "source", whole=True),
    Column("last_run_at", "last poll"),
    Column("next_run_at", "next poll", spare=2),
    Column("last_new_at", "last new item", spare=1),
    Column("outcome", "outcome", flexible=True, whole=True),
]
#: Reasons for waiting that one screen names.
_REASONS = 5
#: A pause is so many times as long as it usually takes from one look to the next.
_LONG = 1.5
#: Tables that it names with their sizes.
_LARGEST = 3
_LISTS = [
    Column("list", "list", flexible=True, whole=True),
    Column("section", "section", whole=True),
    Column("last_capture_at", "last capture", spare=3),
    Column("last_new_at", "last change", spare=4),
    Column("quiet", "quiet (at most)", right=True, spare=2),
    Column("every", "every", right=True, spare=1),
    Column("overlap", "overlap (least)", right=True),
    Column("gaps", "gaps", right=True),
    Column("safe", "safe every", right=True),
]


CheckOption = Annotated[
    bool, typer.Option("--check", help="Ask every part, a line each; exit 1 where something is wrong.")
]


def show_status(as_json: JsonOption = False, check: CheckOption = False) -> None:
    """Show one screen of health: sources, lists, gaps, waiting work."""
    if check:
        _check(as_json=as_json)
        return
    at, settings = now(), read_settings()
    with read_database(settings) as db:
        lists, work, waiting = status.list_states(db), status.work_state(db, at), waits(db)
        sources = [{"name": name, **state} for name, state in sorted(source_states(db).items())]
        failed, full, told = failures.open_by_kind(db), full_disk(db.engine), hooks.states(db)
        room = sizes(db)
        polled, told_names, mistake = _named(settings, sources)
        states = {state["name"]: state for state in sources}
        dead = [
            line for name, source in (polled or {}).items() if name in states
            for line in dead_addresses(db, name, (*source.urls, *source.feeds), states[name])
        ]  # fmt: skip
    if as_json:
        answer = {
            "sources": sources,
            "lists": lists,
            "work": work,
            "waits": waiting,
            "failures": failed,
            "webhooks": told,
            "size": room,
        }
        sys.stdout.write(as_line(answer))
        return
    if sources:
        write((_as_polled(state, polled) for state in sources), _SOURCES, Format.TABLE, None)
        print()
    if lists:
        write(_as_shown(lists), _LISTS, Format.TABLE, None)
        print()
    about_sources = (*_sources(sources, polled, at), *dead, *_manners(lists), *_quiet(lists), *_thin(lists))
    about_work = (*_work(work), *_waits(waiting, at), *_failed(failed), *_told(told, told_names), _room(room))
    idle = _idle(settings, to_do=bool(polled) or bool(work["pending"] + work["waiting"] + work["running"]))
    for line in (*about_sources, *about_work, *idle, *([mistake] if mistake else []), *([full] if full else [])):
        print(plain(line))


def _check(*, as_json: bool) -> None:
    from meeruit.worker.checks import all_checks  # imports Celery, and the screen needs none of it

    settings = read_settings()
    engine, app = make_engine(settings.database_url), _app(settings)
    good = True
    for one in all_checks(settings, engine, app):
        good = good and one.good
        sys.stdout.write(as_line(asdict(one)) if as_json else plain(one) + "\n")
        sys.stdout.flush()
    engine.dispose()
    if not good:
        raise typer.Exit(1)


def _app(settings: Settings) -> App | None:
    """The application on the broker that is named, or on that of a command that works on this database now."""
    from meeruit.worker.app import App

    if settings.broker_url is None:
        broker = EmbeddedBroker(broker_folder(settings.database))
        if not broker.answers():
            return None
        settings = replace(settings, broker_url=broker.url)
    return App(settings)


def _named(
    settings: Settings, sources: list[dict[str, Any]]
) -> tuple[dict[str, Polled] | None, set[str] | None, str | None]:
    """The sources that are polled and the webhooks that are told; instead of both what is wrong with their file."""
    try:
        polled = {source.name: source for source in sources_of(settings.sources)}
        lost = lost_file(settings.sources, {state["name"]: state for state in sources})
        if lost is None:
            return polled, {hook.name for hook in read_webhooks(settings.sources)}, None
    except UsageError as exc:
        lost = str(exc)
    return None, None, f"{lost}; what was right before goes on"


def _as_polled(state: dict[str, Any], polled: dict[str, Polled] | None) -> dict[str, Any]:
    """A source as the table shows it: one that is polled no more says so, and has no next poll."""
    if polled is None or state["name"] in polled or state["next_run_at"] is None:
        return state
    return state | {"next_run_at": None, "outcome": "polled no more"}


def _idle(settings: Settings, *, to_do: bool) -> Iterator[str]:
    """That nobody does what is to be done here. Of a broker that is named, ``--check`` knows more."""
    if to_do and settings.broker_url is None and not EmbeddedBroker(broker_folder(settings.database)).answers():
        yield "nothing runs here: `meeruit up` polls and does what waits; `meeruit ingest` does what waits, and goes on if stopped"


def _sources(sources: list[dict[str, Any]], polled: Container[str] | None, at: datetime) -> Iterator[str]:
    for state in sources:
        if polled is not None and state["name"] not in polled:
            continue
        if state["failed_polls"]:
            yield f"{state['name']}: {failing(state)}"
        if state["no_list_since"]:
            yield f"{state['name']}: {silent(state)}"
        late = lateness(state, at)
        if late > LATE:
            yield f"{state['name']}: due since {shown_time(state['next_run_at'])}, {duration(late)} late"


def _waits(waiting: list[dict[str, Any]], at: datetime) -> Iterator[str]:
    for row in waiting[:_REASONS]:
        until = f" until {shown_time(row['next_at'])}" if row["next_at"] and row["next_at"] > at else ""
        pages = "page waits" if row["pages"] == 1 else "pages wait"
        yield f"work: {row['pages']:,} {pages}{until}: {row['reason']}"
    if len(waiting) > _REASONS:
        yield f"work: and for {len(waiting) - _REASONS} more reasons"


def _failed(failed: dict[str, int]) -> Iterator[str]:
    if failed:
        said = ", ".join(f"{number:,} {kind}" for kind, number in failed.items())
        yield f"failures: {said}; see: meeruit failures"


def _room(room: dict[str, Any]) -> str:
    """What the tables take, and what of it: on a server the largest of them."""
    said = f"database: {_megabytes(room['bytes'])}"
    if room["free_bytes"]:
        said += f", {_megabytes(room['free_bytes'])} of it free for what comes"
    largest = list((room["tables"] or {}).items())[:_LARGEST]
    return said + "".join(f", {name} {_megabytes(size)}" for name, size in largest)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _told(webhooks: list[dict[str, Any]], named: set[str] | None) -> Iterator[str]:
    for hook in webhooks:
        if named is not None and hook["name"] not in named:
            continue
        name, left = f"webhook {hook['name']}", number_of(hook["waiting"], "event")
        if hook["gone"]:
            yield f"{name}: it is gone (HTTP 410), {left} behind; another address in sources.toml begins again"
        elif hook["reason"] is not None:
            yield f"{name}: {hook['reason']}, {hook['failed']} in a row; {left} behind, next at {shown_time(hook['next_at'])}"
        if hook["set_aside"]:
            yield f"{name}: {number_of(hook['set_aside'], 'event')} set aside; see: meeruit failures"


def _as_shown(lists: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in lists:
        longest, every, safe = row["longest_quiet_seconds"], row["every_seconds"], row["safe_every_seconds"]
        quiet = None if row["quiet_seconds"] is None else duration(timedelta(seconds=row["quiet_seconds"]))
        yield {
            **row,
            "quiet": quiet if longest is None else f"{quiet} ({duration(timedelta(seconds=longest))})",
            "every": None if every is None else duration(timedelta(seconds=every)),
            "overlap": None if row["overlap"] is None else f"{row['overlap']:.0%} ({row['least_overlap']:.0%})",
            "safe": None if safe is None else as_every(timedelta(seconds=safe)),
        }


def _manners(lists: list[dict[str, Any]]) -> Iterator[str]:
    for row in lists:
        name = f"{row['list']} {row['section']}".strip()
        if not row["in_order_of_time"]:
            yield f"{name}: not in order of time, so that nothing can be said of overlap and gaps"
        if row["rounding"] == Rounding.NEAREST:
            yield f"{name}: its ages count as rounded to the nearest unit; rounded down they would contradict each other"


def _quiet(lists: list[dict[str, Any]]) -> Iterator[str]:
    for row in lists:
        longest, quiet = row["longest_quiet_seconds"], row["quiet_seconds"]
        if longest is not None and quiet > longest:
            yield f"{row['list']} {row['section']}: nothing new for {duration(timedelta(seconds=quiet))}, longer than ever"


def _thin(lists: list[dict[str, Any]]) -> Iterator[str]:
    thin = [row for row in lists if row["safe_every_seconds"] is not None]
    if thin:
        yield f"overlap fell below {THIN:.0%} where an `every` is named that would have been safe"
    for row in lists:
        least, every, pause = row["least_overlap"], row["every_seconds"], row["longest_pause_seconds"]
        if row in thin or least is None or least >= THIN or not every or not pause:
            continue
        name = f"{row['list']} {row['section']}".strip()
        usual, longest = duration(timedelta(seconds=every)), duration(timedelta(seconds=pause))
        if pause > _LONG * every:
            yield f"{name}: overlap fell below {THIN:.0%} in a pause; it was looked at every {usual}, but once not for {longest}"
        else:
            yield f"{name}: overlap fell below {THIN:.0%} within {longest}, about as often as it is looked at: much came at once"
    missed = sum(row["gaps"] for row in lists)
    if missed:
        yield f"something may have been missed in {missed:,} {'place' if missed == 1 else 'places'}; see: meeruit gaps"


def _work(work: dict[str, Any]) -> Iterator[str]:
    left = work["pending"] + work["waiting"] + work["running"]
    if left:
        said = [f"{work[name]:,} {name}" for name in ("pending", "waiting", "running") if work[name]]
        yield f"work: {', '.join(said)}, {number_of(work['pages'], 'page')}; the oldest since {shown_time(work['oldest_at'])}"
    else:
        yield "work: none waits, none runs"
    if work["next_at"]:
        yield f"work: the next that waits is due at {shown_time(work['next_at'])}"
    if work["stuck"]:
        yield f"work: {work['stuck']:,} held by workers that do not answer any more; a worker or beat sends it again"
    if work["underived"] and not left:
        yield f"work: gaps and revisions of {number_of(work['underived'], 'piece')} are still to be derived"
