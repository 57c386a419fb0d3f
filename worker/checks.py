"""Is all well? Each part in turn, in one line: the database, the broker, workers, the clock, queues, sources, work, webhooks.

What can be known is known within half a minute of its fault; a part that hangs on one that is down is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.report import failures
from meeruit.tasks.report.reasons import duration, number_of
from meeruit.tasks.report.sources import (
    FAILED_POLLS,
    LATE,
    Row,
    dead_addresses,
    failing,
    lateness,
    silent,
    source_states,
)
from meeruit.tasks.report.status import work_state
from meeruit.tasks.report.waits import oldest_due, waits
from meeruit.tasks.store import hooks
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.times import iso, now
from meeruit.tasks.work.polling import Polled
from meeruit.worker.app import NODE, App
from meeruit.worker.database import HEAD, first_line, full_disk, revision
from meeruit.worker.schedule import lost_file, never_polled
from meeruit.worker.settings import Settings
from meeruit.worker.sources import read_webhooks, usable_sources

#: Work that waits for longer is looked at.
WAITS = timedelta(minutes=1)
#: Work that was put back so often in a row has a fault that lasts.
SETBACKS = 3
#: What is wrong where nobody tells a webhook.
_UNTOLD = "nobody tells it; start `meeruit tell`, or `meeruit up`"
#: Seconds that a message may take through a queue.
CANARY = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    part: str
    good: bool
    said: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.good else 'FAULT'}  {self.part}: {self.said}"


def all_checks(settings: Settings, engine: Engine, app: App | None) -> Iterator[Check]:
    """Every check. ``app``: on the broker; None where none is named and no command here has one."""
    database = _database(engine)
    yield database
    yield from _broker(app)
    if database.good:
        try:
            yield from read_only(engine, lambda db: list(_ledger(db, settings, now())), patience=0)
        except SQLAlchemyError as exc:
            yield Check("ledger", False, first_line(exc))


def _database(engine: Engine) -> Check:
    try:
        found = revision(engine)
    except LedgerError as exc:
        return Check("database", False, str(exc))
    if found != HEAD:
        return Check("database", False, f"tables at {found or 'none'}, not {HEAD}; run: meeruit db upgrade")
    if full := full_disk(engine):
        return Check("database", False, full)
    return Check("database", True, f"answers, tables at {HEAD}")


def _broker(app: App | None) -> Iterator[Check]:
    if app is None:
        yield Check("broker", False, "none is named, and no `meeruit up` runs here; set MEERUIT_BROKER_URL or start it")
        return
    try:
        lengths = app.queue_lengths()
        yield Check("broker", True, f"answers, {sum(lengths.values()):,} messages wait")
        nodes = app.nodes()
        workers = [node for node in nodes if node.startswith(f"{NODE}@")]
        clocks = [node for node in nodes if not node.startswith(f"{NODE}@")]
        yield Check(
            "workers", bool(workers), f"{len(workers)} answer" if workers else "none answers; start `meeruit worker`"
        )
        yield Check(
            "beat", bool(clocks), "answers" if clocks else "does not answer; nothing is polled: start `meeruit beat`"
        )
        if workers:
            yield from _queues(app, lengths)
    except LedgerError as exc:
        yield Check("broker", False, str(exc))


def _queues(app: App, lengths: dict[str, int]) -> Iterator[Check]:
    """One message through every queue; one that is long may take its time, as long as it moves."""
    heard = app.hear(CANARY)
    after = app.queue_lengths() if None in heard.values() else {}
    for queue, seconds in heard.items():
        if seconds is not None:
            yield Check(queue, True, f"a message came through in {seconds:.1f} s")
        elif after[queue] <= lengths[queue] and lengths[queue]:
            yield Check(queue, True, f"busy: {after[queue]:,} messages wait, and it moves")
        else:
            yield Check(queue, False, f"no message came through in {CANARY:.0f} s, {after[queue]:,} wait")


def _ledger(db: Connection, settings: Settings, at: datetime) -> Iterator[Check]:
    yield from _sources(db, settings, at)
    work = list(work_faults(db, at))
    if not work:
        yield Check("work", True, "none waits too long")
    yield from (Check("work", False, fault) for fault in work)
    open_ones = failures.open_by_kind(db)
    said = ", ".join(f"{number:,} {kind}" for kind, number in open_ones.items())
    yield Check("failures", True, f"{said} open; see: meeruit failures" if said else "none open")
    yield from _webhooks(db, settings, at)


def _sources(db: Connection, settings: Settings, at: datetime) -> Iterator[Check]:
    states = source_states(db)
    try:
        polled, unusable = usable_sources(settings.sources) if settings.sources.exists() else ((), ())
    except UsageError as exc:
        yield Check("sources", False, str(exc))
        return
    if lost := lost_file(settings.sources, states):
        yield Check("sources", False, lost)
        return
    known = [(source, states[source.name]) for source in polled if source.name in states]
    faults = [*unusable, *(fault for source, state in known for fault in source_faults(source, state, at))]
    faults += [
        f"{name}: not polled yet, {duration(late)} after {settings.sources.name} was changed"
        for name, late in never_polled(settings.sources, [source.name for source in polled], states, at).items()
    ]
    faults += [
        fault
        for source, state in known
        for fault in dead_addresses(db, source.name, (*source.urls, *source.feeds), state)
    ]
    if not faults:
        failed = [f"{source.name}: {failing(state)}" for source, state in known if state["failed_polls"]]
        said = "; ".join(failed) or "none fails, is silent or late"
        yield Check("sources", True, f"{len(polled)} polled; {said}")
    yield from (Check("sources", False, fault) for fault in faults)


def _webhooks(db: Connection, settings: Settings, at: datetime) -> Iterator[Check]:
    try:
        named = {hook.name for hook in read_webhooks(settings.sources)}
    except UsageError as exc:
        yield Check("webhooks", False, str(exc))
        return
    found = [state for state in hooks.states(db) if state["name"] in named]
    faults = [f"{state['name']}: {fault}" for state in found if (fault := webhook_fault(state) or _untold(state, at))]
    faults += [f"{name}: {_UNTOLD}" for name in sorted(named - {state["name"] for state in found})]
    if named and not faults:
        failed = [f"{state['name']}: {hook_failing(state)}" for state in found if state["failed"]]
        said = "; ".join(failed) or "none refuses or is gone"
        yield Check("webhooks", True, f"{len(named)} told; {said}")
    yield from (Check("webhooks", False, fault) for fault in faults)


def webhook_fault(state: Row) -> str | None:
    """What is wrong with a webhook; None for nothing that somebody should look at."""
    if state["gone"]:
        return "it is gone (HTTP 410)"
    if state["failed"] >= FAILED_POLLS:
        return hook_failing(state)
    if state["set_aside"]:
        return f"{number_of(state['set_aside'], 'event')} set aside; see: meeruit failures"
    return None


def _untold(state: Row, at: datetime) -> str | None:
    """That something waits for a webhook and nobody is about to tell it."""
    held = state["held_until"] is not None and state["held_until"] > at
    later = state["next_at"] is not None and state["next_at"] + WAITS > at
    if held or later or not state["waiting"]:
        return None
    return f"{_UNTOLD}; {number_of(state['waiting'], 'event')} behind"


def hook_failing(state: Row) -> str:
    """``HTTP 502, 4 times in a row; 1 event behind``."""
    often = "once" if state["failed"] == 1 else f"{state['failed']} times in a row"
    return f"{state['reason']}, {often}; {number_of(state['waiting'], 'event')} behind"


def source_faults(source: Polled, state: Row, at: datetime) -> Iterator[str]:
    """What is wrong with a source, a line each."""
    if state["failed_polls"] >= FAILED_POLLS:
        yield f"{source.name}: {failing(state)}"
    if state["no_list_since"]:
        yield f"{source.name}: {silent(state)}"
    late = lateness(state, at)
    if late > LATE:
        yield f"{source.name}: due since {iso(state['next_run_at'])}, {duration(late)} late"


def work_faults(db: Connection, at: datetime) -> Iterator[str]:
    """What waits too long, a line each."""
    state = work_state(db, at)
    if state["stuck"]:
        yield f"{number_of(state['stuck'], 'piece')} held by workers that do not answer any more"
    if not state["running"]:
        for kind, since in sorted(oldest_due(db, at).items()):
            if at - since > WAITS:
                yield f"{kind} due since {iso(since)}, and nobody does it"
    for row in waits(db):
        if row["setbacks"] >= SETBACKS:
            yield f"{number_of(row['pieces'], 'piece')} put back {row['setbacks']} times: {row['reason']}"
