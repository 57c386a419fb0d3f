"""Waiting for a run: start a broker and a worker where none is named, show a progress bar, print the report."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.counts import Counts
from meeruit.tasks.errors import LedgerError
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.store import readings, runs
from meeruit.tasks.store.derive_runs import derive_ended_runs
from meeruit.tasks.store.tables import WorkState
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import iso, now
from meeruit.tasks.work import backlog
from meeruit.tasks.work.sweeping import sweep_lost
from meeruit.worker.cli.output import plain
from meeruit.worker.database import first_line, full_disk, open_database
from meeruit.worker.settings import read_settings

if TYPE_CHECKING:
    from meeruit.worker.local.supervisor import Supervisor

#: Work that must wait longer than this (a Retry-After) stays pending and is reported as failed.
PATIENCE = 60
#: Seconds without progress after which the workers are asked whether one is there.
QUIET = 6.0
#: Seconds without progress after which the command says what it waits for.
SILENCE = 30.0
_NAMED, _NAMED_REASONS, _NAMED_RUNS = 20, 3, 3
#: Seconds between two lines of progress where nobody looks at a bar.
_TOLD_EVERY = 60.0


class Tick(Protocol):
    """Called as work is enrolled."""

    def __call__(self, pages: int, where: str = "", /) -> None:
        """``pages``: how many since the last call, none while it waits for them; ``where``: what is being read."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a run."""

    counts: Counts
    #: Pages in quarantine, as (address, reason).
    failed: list[tuple[str, str]]
    #: Pages that wait for longer than PATIENCE, as (address, until when).
    pending: list[tuple[str, str]]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The object of ``--json``: found = new + known = done + failed, and found = new + seen + rejected."""
        c = self.counts
        return {
            "pages": {
                "found": c.pages_new + c.pages_known + len(self.pending),
                "new": c.pages_new + len(self.pending),
                "known": c.pages_known,
                "done": c.pages_done,
                "failed": c.pages_failed + len(self.pending),
            },
            "items": {
                "found": c.items_new + c.items_seen + c.items_rejected,
                "new": c.items_new,
                "seen": c.items_seen,
                "rejected": c.items_rejected,
            },
            "seconds": round(self.seconds, 3),
        }


def wait_for_run(
    workers: int | None,
    enrol: Callable[[Supervisor, Tick], int],
    hints: Callable[[Engine, int], Iterable[str]] = lambda _engine, _run: (),
    *,
    as_json: bool,
) -> None:
    """Start what the command needs, enrol a run, wait until it has ended, and report it on standard output.

    ``enrol`` puts the work into the ledger, ticking as it goes, and returns the run; ``hints`` says what else a person
    should know of it, on standard error. Exits with 1 where pages failed.
    """
    # Celery takes 0.2 s to import, and no other command needs it
    from meeruit.worker.local.supervisor import Supervisor

    settings = read_settings()
    open_database(settings).dispose()
    started = time.monotonic()
    try:
        with Supervisor(settings, workers) as supervisor:
            stopped = read_only(supervisor.engine, runs.open_runs) if supervisor.alone else []
            with _Bar() as bar:
                watch = _Watch(supervisor, bar)
                run_id = enrol(supervisor, watch.while_enrolling)
                pending = watch.until_done(run_id)
                transaction(supervisor.engine, lambda db: readings.forget(db, run_id))
                supervisor.idle = True
            counts, failed = read_only(supervisor.engine, lambda db: _ended(db, run_id))
            said = [
                *read_only(supervisor.engine, lambda db: _finished_too(db, [run for run in stopped if run != run_id])),
                *hints(supervisor.engine, run_id),
            ]
    except DBAPIError as exc:
        raise LedgerError(
            f"the database does not answer: {first_line(exc)}; run this again to finish what is left"
        ) from exc
    except KeyboardInterrupt:
        print("meeruit: stopped; run this again to finish what is left", file=sys.stderr)
        raise
    report = Report(counts, failed, pending, time.monotonic() - started)
    _print(report, as_json=as_json)
    for line in said:
        print(f"meeruit: {plain(line)}", file=sys.stderr)
    if counts.pages_failed or pending:
        raise typer.Exit(1)


def _ended(db: Connection, run_id: int) -> tuple[Counts, list[tuple[str, str]]]:
    """What became of a run, and of the links that it found."""
    family = runs.family(db, run_id)
    return runs.totals(db, family), runs.failures(db, family)


def _finished_too(db: Connection, stopped: list[int]) -> list[str]:
    """What became of runs that an earlier command left unfinished: their items were booked on them, not on this run."""
    ended = runs.outcomes(db, stopped)
    said = [f"finished run {run} too, which had been stopped ({target}): {outcome}" for run, target, outcome in ended]
    more = len(said) - _NAMED_RUNS
    return said if more <= 0 else [*said[:_NAMED_RUNS], f"finished {more} more such runs; see: meeruit runs"]


class _Watch:
    """Waits for work; starts again what died, sends again what was lost."""

    def __init__(self, supervisor: Supervisor, bar: _Bar) -> None:
        self._supervisor = supervisor
        self._bar = bar
        self._last = (0, time.monotonic())
        self._checked = self._swept = time.monotonic()
        self._total, self._where = 0, ""
        self._left_before, self._moved = (0, 0), time.monotonic()

    def while_enrolling(self, pages: int, where: str = "", /) -> None:
        """Keep the parts alive while rows go in, and check that a worker takes them."""
        self._total += pages
        self._where = where or self._where
        if time.monotonic() - self._checked > 0.5:
            self._check()
            if not pages:
                self._ask_when_quiet(self._total)
            self._bar.show(None, self._total, self._where)

    def _check(self) -> None:
        self._checked = time.monotonic()
        self._supervisor.watch()
        if self._checked - self._swept > 2.5:
            self._swept = self._checked
            sweep_lost(self._supervisor.tools)

    def until_done(self, run_id: int) -> list[tuple[str, str]]:
        """Wait for the run; where no other command works, also for what earlier runs left. Returns pages that must wait."""
        pause = 0.02
        while True:
            pages, pieces, due = read_only(self._supervisor.engine, lambda db: self._left(db, run_id))
            if not pieces:
                self._until_derived(run_id)
                return []
            if due is not None and (due - now()).total_seconds() > PATIENCE:
                ours = read_only(self._supervisor.engine, lambda db: runs.waiting_pages(db, runs.family(db, run_id)))
                if not ours:  # what waits is of an earlier run
                    self._until_derived(run_id)
                return ours
            self._total = max(self._total, pages)
            self._bar.show(self._total - pages, self._total)
            self._check()
            self._say_when_still(run_id, (pages, pieces))
            self._ask_when_quiet(pages)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def _left(self, db: Connection, run_id: int) -> tuple[int, int, datetime | None]:
        """Pages and pieces that have not ended, and when the next is due where all of them wait."""
        return backlog.unfinished_pages(db, self._runs(db, run_id), now())

    def _runs(self, db: Connection, run_id: int) -> list[int] | None:
        """The runs that are waited for: where no other command works, also what earlier ones left."""
        return None if self._supervisor.alone else runs.family(db, run_id)

    def _until_derived(self, run_id: int) -> None:
        """Derive what hangs on the run, or wait for the worker that does."""
        which = None if self._supervisor.alone else run_id  # what an earlier command left nobody else will derive
        while True:
            derive_ended_runs(self._supervisor.engine, which)
            left = read_only(self._supervisor.engine, lambda db: runs.ended_runs(db, which))
            if not left and read_only(
                self._supervisor.engine, lambda db: runs.all_finished(db, runs.family(db, run_id))
            ):
                return
            self._check()
            time.sleep(0.05)

    def _say_when_still(self, run_id: int, left: tuple[int, int]) -> None:
        """Say what is waited for, where there was no progress for long."""
        at = time.monotonic()
        if left != self._left_before:
            self._left_before, self._moved = left, at
        elif at - self._moved > SILENCE:
            self._moved = at
            found = read_only(
                self._supervisor.engine, lambda db: backlog.backlog(db, self._runs(db, run_id)), patience=1
            )
            for line in map(_in_words, found[:_NAMED_REASONS]):
                print(f"meeruit: no progress for {SILENCE:.0f} s: {plain(line)}", file=sys.stderr)
            if full := full_disk(self._supervisor.engine):
                print(f"meeruit: {plain(full)}", file=sys.stderr)

    def _ask_when_quiet(self, pages: int) -> None:
        """Without progress: ask whether a worker is there. Raises LedgerError where none answers."""
        before, since = self._last
        if pages != before:
            self._last = pages, time.monotonic()
        elif time.monotonic() - since > QUIET:
            if not self._supervisor.someone_works():
                raise LedgerError(
                    "no worker answers on the broker; the work is enrolled: start `meeruit worker`, or add --workers 2"
                )
            self._last = pages, time.monotonic()


def _in_words(found: backlog.Backlog) -> str:
    pages, one = number_of(found.pages, "page"), found.pages == 1
    if found.state == WorkState.RUNNING:
        return f"{pages} {'is' if one else 'are'} being read, or a worker died on it and its lease runs out"
    waits = "waits" if one else "wait"
    if found.next_at is None or found.next_at <= now():
        return f"{pages} {waits} for a worker" + (f" ({found.reason})" if found.reason else "")
    return f"{pages} {waits} until {iso(found.next_at)}: {found.reason or 'for their turn'}"


class _Bar:
    """Progress on standard error: a bar on a terminal, drawn when told to, without a thread of its own; else a line a minute."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), auto_refresh=False, transient=True, disable=not sys.stderr.isatty(),
        )  # fmt: skip
        self._task = self._progress.add_task("reading", total=None, rate="")
        self._began = self._told = time.monotonic()

    def show(self, done: int | None, total: int, where: str = "") -> None:
        """Draw ``done`` of ``total`` pages; with None the total is still being counted, ``where`` is what is read."""
        seconds = time.monotonic() - self._began
        pages = total if done is None else done
        rate = f"{pages / seconds:,.0f}/s" if seconds > 1 else ""
        what = f"enrolling {where}".strip() if done is None else "pages"
        self._progress.update(
            self._task, description=what, completed=pages, total=None if done is None else total, rate=rate
        )
        self._progress.refresh()
        if self._progress.disable and time.monotonic() - self._told > _TOLD_EVERY:
            self._told = time.monotonic()
            left = f", {(total - pages) * seconds / pages:,.0f} s left" if done else ""
            of = "" if done is None else f" of {total:,}"
            print(f"meeruit: {what} {pages:,}{of}, {rate}{left}", file=sys.stderr)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()


def _print(report: Report, *, as_json: bool) -> None:
    answer = report.as_json()
    failed = [*report.failed, *report.pending]
    for address, reason in failed[:_NAMED]:
        print(f"failed: {plain(address)}: {plain(reason)}", file=sys.stderr)
    if len(failed) > _NAMED:
        print(f"failed: and {len(failed) - _NAMED} more; see: meeruit failures", file=sys.stderr)
    if as_json:
        print(json.dumps(answer))
        return
    pages, items = answer["pages"], answer["items"]
    print(
        "pages  {found:>8,} found = {new:,} new + {known:,} known = {done:,} done + {failed:,} failed".format(**pages)
    )
    print("items  {found:>8,} found = {new:,} new + {seen:,} seen + {rejected:,} rejected".format(**items))
    print(f"time   {report.seconds:>8.1f} s")
