"""``meeruit ingest``, and ``retry``: enrol, wait until every page has ended, report."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from tasks import ledger
from tasks.capture import check_time, parse_time
from tasks.clock import now
from tasks.enrol import Enrolment, uploaded
from tasks.errors import LedgerError, UsageError
from tasks.models import ObservedFrom, Page, PageState
from tasks.process import sweep_lost, transaction
from tasks.store import Counts
from tasks.targets import check_targets, find, look_again
from worker.cli.output import plain
from worker.database import first_line, open_database, reading
from worker.settings import read_settings

if TYPE_CHECKING:
    from worker.crew import Crew

#: Work that must wait longer than this (a Retry-After) stays pending and is reported as failed.
PATIENCE = 60
#: Seconds without progress after which we ask whether anybody works.
QUIET = 6.0
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a run."""

    counts: Counts
    #: Pages in quarantine, as (address, reason).
    failed: list[tuple[str, str]]
    #: Pages that wait for longer than PATIENCE.
    pending: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The object of ``--json``: found = new + known = done + failed, and found = new + seen + rejected."""
        c = self.counts
        return {
            "pages": {
                "found": c.pages_new + c.pages_known + self.pending,
                "new": c.pages_new + self.pending,
                "known": c.pages_known,
                "done": c.pages_done,
                "failed": c.pages_failed + self.pending,
            },
            "items": {
                "found": c.items_new + c.items_seen + c.items_rejected,
                "new": c.items_new,
                "seen": c.items_seen,
                "rejected": c.items_rejected,
            },
            "seconds": round(self.seconds, 3),
        }


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(ingest)
    app.command()(retry)


def ingest(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...", help="Files, folders, *.jsonl[.gz|.zst], or - for JSON Lines on standard input."
        ),
    ],
    observed_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When the pages were captured, where they do not say so: 2026-03-02T14:05:00Z."
        ),
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Whose pages these are.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Worker processes of its own. [default: one a core, where no broker is named]"
        ),
    ] = None,
    upload: Annotated[
        bool, typer.Option("--upload", help="Store the pages first, for workers that cannot reach the files.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as one JSON object on standard output.")] = False,
) -> None:
    """Read pages, keep their items, wait until every page is done or quarantined, and report."""
    check_targets(targets)
    at = now()
    defaults = {
        "observed_at": (_observed(observed_at, at) if observed_at else at).isoformat(),
        "observed_from": ObservedFrom.OPTION if observed_at else ObservedFrom.INGEST,
        "source": source,
    }

    def enrol(crew: Crew, run_id: int, tick: Callable[[], None]) -> None:
        enrolment = Enrolment(crew.tools, run_id, defaults)
        found = find(targets, sys.stdin.buffer)
        for each in uploaded(found) if upload else found:
            enrolment.add(each)
            tick()
        enrolment.close()

    _run(" ".join(targets), source, at, workers, enrol, as_json=as_json)


def retry(
    pages: Annotated[
        list[int] | None,
        typer.Argument(metavar="[ID]...", help="Pages, as `meeruit failures` numbers them. [default: all]"),
    ] = None,
    workers: Annotated[int | None, typer.Option(metavar="N", min=1, help="Worker processes of its own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as one JSON object on standard output.")] = False,
) -> None:
    """Try quarantined pages again: all of them, or those named."""
    settings = read_settings()
    engine = open_database(settings)
    with reading(engine) as db:
        rows = _quarantined(db, pages)
    engine.dispose()
    if missing := set(pages or []) - {row.id for row in rows}:
        raise UsageError(
            f"no page in quarantine has the number {', '.join(map(str, sorted(missing)))}; see: meeruit failures"
        )

    def enrol(crew: Crew, run_id: int, tick: Callable[[], None]) -> None:
        for row in rows:  # a piece each: they may come from different runs
            enrolment = Enrolment(crew.tools, run_id, _as_before(row))
            for each in look_again(row.reference, row.id):
                enrolment.add(each)
            enrolment.flush_page()
            tick()
        transaction(crew.engine, lambda db: ledger.enrolled(db, run_id, now()))

    _run("retry", None, now(), workers, enrol, as_json=as_json)


def _quarantined(db: Connection, pages: Sequence[int] | None) -> list[Any]:
    page: Any = Page.__table__  # type: ignore[attr-defined]
    query = select(page).where(page.c.state == PageState.QUARANTINED, page.c.reference.is_not(None)).order_by(page.c.id)
    if pages:
        query = query.where(page.c.id.in_(pages))
    return list(db.execute(query))


def _as_before(row: Any) -> dict[str, Any]:
    return {
        "observed_at": row.observed_at.isoformat(),
        "observed_from": row.observed_from,
        "source": row.source,
        "profile": row.profile,
    }


def _observed(text: str, at: datetime) -> datetime:
    try:
        time_given = parse_time(text)
        check_time(time_given, at)
    except ValueError as exc:
        raise UsageError(f"--observed-at: {exc}") from None
    return time_given


def _run(
    target: str,
    source: str | None,
    at: datetime,
    workers: int | None,
    enrol: Callable[[Crew, int, Callable[[], None]], None],
    *,
    as_json: bool,
) -> None:
    from worker.crew import Crew  # Celery takes 0.2 s to import, and no other command needs it

    settings = read_settings()
    open_database(settings).dispose()
    started = time.monotonic()
    try:
        with Crew(settings, workers) as crew:
            run_id = transaction(crew.engine, lambda db: ledger.start_run(db, target, source, at))
            with _Bar() as bar:
                watch = _Watch(crew, bar)
                enrol(crew, run_id, watch.while_enrolling)
                pending = watch.until_done(run_id)
                crew.idle = True
            with reading(crew.engine) as db:
                counts, failed = ledger.totals(db, run_id), ledger.failures(db, run_id)
    except DBAPIError as exc:
        raise LedgerError(
            f"the database does not answer: {first_line(exc)}; run this again to finish what is left"
        ) from exc
    except KeyboardInterrupt:
        print("meeruit: stopped; run this again to finish what is left", file=sys.stderr)
        raise
    report = Report(counts, failed, pending, time.monotonic() - started)
    _print(report, as_json=as_json)
    if counts.pages_failed or pending:
        raise typer.Exit(1)


class _Watch:
    """Waits for work; starts again what died, sends again what was lost."""

    def __init__(self, crew: Crew, bar: _Bar) -> None:
        self._crew = crew
        self._bar = bar
        self._last = (0, time.monotonic())
        self._checked = self._swept = time.monotonic()
        self._total = 0

    def while_enrolling(self) -> None:
        """Keep the parts alive while rows go in."""
        self._total += 1
        if time.monotonic() - self._checked > 0.5:
            self._check()
            self._bar.show(None, self._total)

    def _check(self) -> None:
        self._checked = time.monotonic()
        self._crew.watch()
        if self._checked - self._swept > 2.5:
            self._swept = self._checked
            sweep_lost(self._crew.tools)

    def until_done(self, run_id: int) -> int:
        """Wait for the run; with an embedded broker also for what earlier runs left. Returns pages that must wait."""
        runs = None if self._crew.embedded else [run_id]
        pause = 0.02
        while True:
            with reading(self._crew.engine) as db:
                pages, pieces, due = ledger.unfinished_pages(db, runs, now())
            if not pieces:
                return 0
            if due is not None and (due - now()).total_seconds() > PATIENCE:
                with reading(self._crew.engine) as db:
                    return ledger.unfinished_pages(db, [run_id], now())[0]
            self._total = max(self._total, pages)
            self._bar.show(self._total - pages, self._total)
            self._check()
            self._ask_when_quiet(pages)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def _ask_when_quiet(self, pages: int) -> None:
        """Without progress: does anybody work at all? Raises LedgerError where nobody does."""
        before, since = self._last
        if pages != before:
            self._last = pages, time.monotonic()
        elif time.monotonic() - since > QUIET:
            if not self._crew.someone_works():
                raise LedgerError(
                    "no worker answers on the broker; the work is enrolled: start `meeruit worker`, or add --workers 2"
                )
            self._last = pages, time.monotonic()


class _Bar:
    """A progress bar on standard error, on a terminal only. Draws when told to, without a thread of its own."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=Console(stderr=True), auto_refresh=False, transient=True, disable=not sys.stderr.isatty(),
        )  # fmt: skip
        self._task = self._progress.add_task("reading", total=None)

    def show(self, done: int | None, total: int) -> None:
        """Draw ``done`` of ``total`` pages; with None the total is still being counted."""
        if done is None:
            self._progress.update(self._task, description="enrolling", completed=total)
        else:
            self._progress.update(self._task, description="pages", completed=done, total=total)
        self._progress.refresh()

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._progress.stop()


def _print(report: Report, *, as_json: bool) -> None:
    answer = report.as_json()
    for address, reason in report.failed[:_NAMED]:
        print(f"failed: {plain(address)}: {plain(reason)}", file=sys.stderr)
    if len(report.failed) > _NAMED:
        print(f"failed: and {len(report.failed) - _NAMED} more; see: meeruit failures", file=sys.stderr)
    if report.pending:
        print(f"failed: {report.pending} pages must wait; run `meeruit status` to see until when", file=sys.stderr)
    if as_json:
        print(json.dumps(answer))
        return
    pages, items = answer["pages"], answer["items"]
    print(
        "pages  {found:>8,} found = {new:,} new + {known:,} known = {done:,} done + {failed:,} failed".format(**pages)
    )
    print("items  {found:>8,} found = {new:,} new + {seen:,} seen + {rejected:,} rejected".format(**items))
    print(f"time   {report.seconds:>8.1f} s")
