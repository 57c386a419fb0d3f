"""Polling: what is due by the ledger becomes a run and its work, once, however many clocks tick.

    source due ──→ run ──→ work: pages and feeds by host, files of the folder that are new or changed

The clock may tick twice, late, or not for an hour: a source is polled when its ``next_run_at`` has come, and what was
missed meanwhile is one poll. An address that still waits from an earlier poll is left out, and holds up no other.
Fetches nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select, update

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.records import Rounding
from meeruit.tasks.references import Fetch, Folder, Reference, Terms, read_work
from meeruit.tasks.store import runs
from meeruit.tasks.store.rows import insert_into
from meeruit.tasks.store.tables import UNFINISHED, Run, RunKind, Source, Work, WorkKind, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.fetching import by_host
from meeruit.tasks.work.following import Following
from meeruit.tasks.work.tools import Tools

_run, _source, _work = table(Run), table(Source), table(Work)
#: Sources whose polls start in one transaction.
_MANY = 100


@dataclass(frozen=True, slots=True)
class Polled:
    """What is polled, as ``sources.toml`` says it."""

    name: str
    #: Pages whose blocks are read at every poll; in their normal form.
    urls: tuple[str, ...] = ()
    #: RSS or Atom: each new link is fetched once and read.
    feeds: tuple[str, ...] = ()
    #: Files that are new or changed; an absolute path.
    folder: Path | None = None
    #: Whether ``urls`` are lists, whose teasers are read without a heading too.
    listing: bool = True
    #: Seconds between two polls.
    every: int = 600
    #: ``nl``, ``en``, or the absolute path of a profile; None: the page's own language.
    profile: str | None = None
    #: Seconds between two requests to one host; robots.txt can only make it longer.
    delay: float = 5.0
    #: How its pages round ages, where that is said.
    rounding: Rounding | None = None


def poll_due(tools: Tools, sources: Iterable[Polled]) -> list[str]:
    """Start a poll of every source that is due, many in one transaction. Returns their names."""
    at = now()
    known = read_only(tools.engine, lambda db: {row.name: row.next_run_at for row in db.execute(select(_source))})
    due = [source for source in sources if _is_due(known.get(source.name), source.every, at)]
    due.sort(key=lambda source: source.name)  # two clocks lock their rows in one order
    return [name for first in range(0, len(due), _MANY) for name in _poll(tools, due[first : first + _MANY])]


def poll_now(tools: Tools, source: Polled) -> int:
    """Start a poll of a source, due or not. Returns its run."""
    return _poll(tools, [source], forced=True)[source.name]


def _poll(tools: Tools, sources: Sequence[Polled], *, forced: bool = False) -> dict[str, int]:
    """Start polls in one transaction, then send their messages. Returns the runs by source, of those that started."""
    at = now()

    def work(db: Connection) -> dict[str, tuple[int, list[Following]]]:
        begun = {source.name: _start(db, source, at, tools.process_name, forced=forced) for source in sources}
        return {name: started for name, started in begun.items() if started is not None}

    started = transaction(tools.engine, work)
    for _, follows in started.values():
        for each in follows:
            tools.send(each.id, each.kind, 0)
    return {name: run_id for name, (run_id, _) in started.items()}


def _start(
    db: Connection, source: Polled, at: datetime, holder: str, *, forced: bool
) -> tuple[int, list[Following]] | None:
    """Start a run where the source is due and something of it is not waited for already; set the time of its next poll."""
    db.execute(insert_into(db, _source).values(name=source.name).on_conflict_do_nothing())
    state = db.execute(select(_source).where(_source.c.name == source.name).with_for_update()).one()
    if not forced and not _is_due(state.next_run_at, source.every, at):
        return None
    pieces = _pieces(source, set() if forced else _under_way(db, source.name))
    if not pieces:
        return None
    next_run_at = _next(state.next_run_at, source.every, at)
    db.execute(update(_source).where(_source.c.name == source.name).values(last_run_at=at, next_run_at=next_run_at))
    run_id = runs.start_run(db, _target(source), source.name, at, RunKind.POLL, holder=holder)
    terms = Terms(at, ObservedFrom.INGEST, source.name, source.profile, source.delay, rounding=source.rounding)
    follows = [
        Following(ledger.enrol(db, run_id, kind, terms, pages, count, at), kind, 0.0) for kind, pages, count in pieces
    ]
    runs.set_enrolled(db, run_id, at)
    return run_id, follows


def _pieces(source: Polled, held: Collection[str]) -> list[tuple[str, Sequence[Reference], int]]:
    """What a poll reads, but for the addresses in ``held``: kind, references, number of pages."""
    pages = [Fetch(url, listing=source.listing) for url in source.urls]
    addresses = [*pages, *(Fetch(url, feed=True) for url in source.feeds)]
    hosts = by_host(address for address in addresses if address.url not in held)
    pieces: list[tuple[str, Sequence[Reference], int]] = [(WorkKind.FETCH, pages, len(pages)) for pages in hosts]
    folder = Folder(printable_path(str(source.folder))) if source.folder else None
    if folder and folder.path not in held:
        pieces.append((WorkKind.SCAN, [folder], 0))
    return pieces


def _is_due(next_run_at: datetime | None, every: int, at: datetime) -> bool:
    """Whether the time has come; one further ahead than the source's own step was written by a wrong clock."""
    return next_run_at is None or next_run_at <= at or next_run_at > at + timedelta(seconds=every)


def _next(due: datetime | None, every: int, at: datetime) -> datetime:
    """The first time after now in the source's own step; missed polls are not made up for."""
    step = timedelta(seconds=every)
    if due is None or due > at:
        return at + step
    return due + ((at - due) // step + 1) * step


def _under_way(db: Connection, source: str) -> set[str]:
    """The addresses that an earlier poll of the source still waits for."""
    unfinished = (
        select(_work.c.reference)
        .join(_run, _run.c.id == _work.c.run_id)
        .where(_work.c.state.in_(UNFINISHED), _run.c.source == source, _run.c.kind == RunKind.POLL)
    )
    return {page.address for row in db.execute(unfinished) for page in read_work(row.reference)[1]}


def _target(source: Polled) -> str:
    return " ".join([*source.urls, *source.feeds, *([str(source.folder)] if source.folder else [])])
