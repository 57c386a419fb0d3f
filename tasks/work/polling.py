"""Polling: what is due by the ledger becomes a run and its work, once, however many clocks tick.

    source due ──→ run ──→ work: pages and feeds by host, files of the folder that are new or changed

The clock may tick twice, late, or not for an hour: a source is polled when its ``next_run_at`` has come, and what was
missed meanwhile is one poll. An address that still waits from an earlier poll is left out, and holds up no other.
Fetches nothing itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.records import Rounding
from meeruit.tasks.references import Fetch, Folder, Reference, Terms, read_work
from meeruit.tasks.store import runs
from meeruit.tasks.store.rows import insert_into
from meeruit.tasks.store.tables import UNFINISHED, Run, RunKind, Source, Work, WorkKind, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import AHEAD, now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.fetching import by_host
from meeruit.tasks.work.following import Following, send_all
from meeruit.tasks.work.tools import Tools

_run, _source, _work = table(Run), table(Source), table(Work)
_TIMES = (_source.c.name, _source.c.last_run_at, _source.c.next_run_at)
#: Sources whose polls start in one transaction.
_MANY = 100
#: Sources that are polled for the first time in one second: what begins at once is due at once, again and again.
NEW_PER_SECOND = 100


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


@dataclass(frozen=True, slots=True)
class _Times:
    """When a source was polled last, and when it is due."""

    last: datetime | None
    next: datetime | None

    def is_due(self, every: int, at: datetime) -> bool:
        """Whether the time has come.

        So it has where it lies further ahead than the source's own step: the step was longer, or a clock was wrong. It
        counts from the last poll where that lies ahead of us by no more than clocks may differ.
        """
        if self.next is None or self.next <= at:
            return True
        since = self.last if self.last is not None and at < self.last <= at + AHEAD else at
        return self.next > since + timedelta(seconds=every)

    def after(self, every: int, at: datetime) -> datetime:
        """The first time after now in the source's own step; missed polls are not made up for."""
        step = timedelta(seconds=every)
        if self.next is None or self.next > at:
            return at + step
        return self.next + ((at - self.next) // step + 1) * step


def poll_due(tools: Tools, sources: Iterable[Polled]) -> list[str]:
    """Start a poll of every source that is due, many in one transaction. Returns their names."""
    at, named = now(), {source.name: source for source in sources}
    new, due, room = read_only(tools.engine, lambda db: _look(db, named, at))
    # two clocks lock their rows in one order
    names = sorted([*(name for name, times in due.items() if times.is_due(named[name].every, at)), *new[:room]])
    due_now = [named[name] for name in names]
    return [name for first in range(0, len(names), _MANY) for name in _poll(tools, due_now[first : first + _MANY])]


def _look(db: Connection, named: Mapping[str, Polled], at: datetime) -> tuple[list[str], dict[str, _Times], int]:
    """The sources that were never polled; the others that may be due, and when; and how many new ones may begin now."""
    if not named:
        return [], {}, 0
    time = _source.c.next_run_at
    begun = set(db.scalars(select(_source.c.name).where(time.is_not(None))))
    soonest = at + timedelta(seconds=min(source.every for source in named.values()))
    rows = db.execute(select(*_TIMES).where(or_(time <= at, time > soonest)))
    due = {row.name: _Times(row.last_run_at, row.next_run_at) for row in rows if row.name in named}
    now_begun = db.scalar(select(func.count()).where(_source.c.last_run_at == at)) or 0
    return [name for name in named if name not in begun], due, max(NEW_PER_SECOND - now_begun, 0)


def poll_now(tools: Tools, source: Polled) -> int:
    """Start a poll of a source, due or not. Returns its run."""
    return _poll(tools, [source], forced=True)[source.name]


def _poll(tools: Tools, sources: Sequence[Polled], *, forced: bool = False) -> dict[str, int]:
    """Start polls in one transaction, then send their messages. Returns the runs by source, of those that started."""
    at = now()
    begun, follows = transaction(tools.engine, lambda db: _start(db, sources, at, tools.process_name, forced=forced))
    send_all(tools.send, follows)
    return begun


def _start(
    db: Connection, sources: Sequence[Polled], at: datetime, holder: str, *, forced: bool
) -> tuple[dict[str, int], list[Following]]:
    """Start a run of each source that is due and of which something is not waited for already; set when its next poll is.

    Returns the runs by source, and their work.
    """
    states = _states(db, [source.name for source in sources])
    due = [source for source in sources if forced or states[source.name].is_due(source.every, at)]
    held = {} if forced else _under_way(db, [source.name for source in due])
    found = [(source, pieces) for source in due if (pieces := _pieces(source, held.get(source.name, ())))]
    if not found:
        return {}, []
    mine = update(_source).where(_source.c.name == bindparam("source"))
    rows = [{"source": each.name, "next": states[each.name].after(each.every, at)} for each, _ in found]
    db.execute(mine.values(last_run_at=at, next_run_at=bindparam("next")), rows)
    run_ids = runs.start_polls(db, [(_target(source), source.name) for source, _ in found], at, holder)
    work: list[ledger.Piece] = []
    for run_id, (source, pieces) in zip(run_ids, found, strict=True):
        terms = Terms(at, ObservedFrom.INGEST, source.name, source.profile, source.delay, rounding=source.rounding)
        work += [(run_id, kind, terms, pages, count) for kind, pages, count in pieces]
    ids = ledger.enrol_all(db, work, at)
    follows = [Following(work_id, piece[1], 0.0) for work_id, piece in zip(ids, work, strict=True)]
    return dict(zip((source.name for source, _ in found), run_ids, strict=True)), follows


def _states(db: Connection, names: Sequence[str]) -> dict[str, _Times]:
    """The times of each source, and nobody else starts one until the end of this transaction."""
    query = select(*_TIMES).where(_source.c.name.in_(names)).order_by(_source.c.name).with_for_update()
    states = {row.name: _Times(row.last_run_at, row.next_run_at) for row in db.execute(query)}
    if missing := [name for name in names if name not in states]:
        db.execute(insert_into(db, _source).on_conflict_do_nothing(), [{"name": name} for name in missing])
        states = {row.name: _Times(row.last_run_at, row.next_run_at) for row in db.execute(query)}
    return states


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


def _under_way(db: Connection, sources: Sequence[str]) -> dict[str, set[str]]:
    """The addresses that earlier polls of these sources still wait for."""
    polls = and_(_run.c.finished_at.is_(None), _run.c.source.in_(sources), _run.c.kind == RunKind.POLL)
    waits = and_(polls, _work.c.state.in_(UNFINISHED))
    found: dict[str, set[str]] = defaultdict(set)
    for row in db.execute(
        select(_run.c.source, _work.c.reference).join(_run, _run.c.id == _work.c.run_id).where(waits)
    ):
        found[row.source].update(page.address for page in read_work(row.reference)[1])
    return found


def _target(source: Polled) -> str:
    return " ".join([*source.urls, *source.feeds, *([str(source.folder)] if source.folder else [])])
