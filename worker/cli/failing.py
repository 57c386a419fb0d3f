"""``meeruit failures`` and ``retry``: what could not be read, dismissed or tried again."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meeruit.tasks.disk.read import real_path
from meeruit.tasks.disk.targets import find_again
from meeruit.tasks.errors import UsageError
from meeruit.tasks.references import Slice
from meeruit.tasks.report import failures as listed
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.store import failures as store
from meeruit.tasks.store import runs
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work.capturing import terms_of
from meeruit.tasks.work.enrol import Enrolment
from meeruit.worker.cli.inspecting import OfSourceOption, read_time
from meeruit.worker.cli.options import JsonOption, WorkersOption
from meeruit.worker.cli.output import FormatOption, OutputOption, SafeOption, plain, write
from meeruit.worker.cli.stored import LimitOption, read_database, row_limit
from meeruit.worker.cli.tables import Column
from meeruit.worker.cli.waiting import Tick, wait_for_run
from meeruit.worker.database import open_database, reading
from meeruit.worker.settings import read_settings

if TYPE_CHECKING:
    from meeruit.worker.local.supervisor import Supervisor

_COLUMNS = [
    Column("id", "id", right=True),
    Column("kind", "failed at", spare=1),
    Column("count", "times", right=True, spare=3),
    Column("first_at", "first", spare=4),
    Column("last_at", "last", spare=2),
    Column("reason", "reason", flexible=True, whole=True),
    Column("address", "address", flexible=True, whole=True),
]
IdsArgument = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="Failures, by the numbers that `meeruit failures` shows.")
]


def failures(
    ids: IdsArgument = None,
    source: OfSourceOption = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="That failed at this time or later, by capture time.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Those that were closed or dismissed too.")] = False,
    dismiss: Annotated[
        bool, typer.Option("--dismiss", help="Dismiss those that are named, until they fail again.")
    ] = False,
    limit: LimitOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    csv_safe: SafeOption = False,
) -> None:
    """List what could not be read, a line an address, and why.

    First and last are when its pages were captured: of a request when it was made, of a page in an archive what that says.
    Each stands until its address succeeds again; `meeruit retry` tries it again. Events that a webhook refused stand here,
    too, without a number; `meeruit tell --again` sends them.
    """
    if dismiss:
        if not ids:
            raise UsageError("failures --dismiss: name failures by their numbers, as `meeruit failures` shows them")
        engine = open_database(read_settings())
        with reading(engine) as db:
            _check(ids, {row["id"] for row in listed.failures(db, ids=ids)})
        transaction(engine, lambda db: store.dismiss(db, ids))
        return
    failed = read_time("--since", since)
    columns = [*_COLUMNS[:-1], Column("state", "state"), _COLUMNS[-1]] if every else _COLUMNS
    with read_database() as db:
        most = row_limit(limit, form, output)
        rows = listed.failures(db, most, source=source, ids=ids or (), every=every, since=failed)
        if source is None and not ids:
            rows = islice(chain(listed.undelivered(db, failed), rows), most)
        write(
            rows,
            columns,
            form,
            output,
            keys=listed.KEYS,
            none="no failures" if every else "no open failures",
            safe=csv_safe,
        )


def retry(
    ids: IdsArgument = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try again what could not be read: all of it, or those named.

    An address is asked for once, however often it failed.
    """
    engine = open_database(read_settings())
    pages = read_only(engine, lambda db: listed.to_ask_again(db, ids or ()))
    if ids:
        with reading(engine) as db:
            _check(ids, {row["id"] for row in listed.failures(db, ids=ids, every=True)})
    starts = read_only(engine, lambda db: runs.starts(db, {page.run_id for page, _ in pages}))
    engine.dispose()
    changed = Counter(
        reference.path
        for page, reference in pages
        if isinstance(reference, Slice) and _changed_since(reference.path, starts[page.run_id])
    )
    for path, number in changed.items():
        left, named = number_of(number, "failure"), plain(path)
        print(
            f"meeruit: {named} changed since it was read, and {left} with it; run: meeruit ingest {named}",
            file=sys.stderr,
        )
    pages = [(page, each) for page, each in pages if not (isinstance(each, Slice) and each.path in changed)]
    if changed and not pages:
        raise typer.Exit(1)

    def enrol(supervisor: Supervisor, tick: Tick) -> int:
        holder = supervisor.tools.process_name
        run_id = transaction(supervisor.engine, lambda db: runs.start_run(db, "retry", None, now(), holder=holder))
        for page, reference in pages:  # a piece each: they may come from different runs
            terms = terms_of(page)
            enrolment = Enrolment(supervisor.tools, run_id, terms)
            for each in find_again(reference, page.id):
                enrolment.add(each)
            enrolment.flush_page()
            tick(1)
        transaction(supervisor.engine, lambda db: runs.set_enrolled(db, run_id, now()))
        return run_id

    wait_for_run(workers, enrol, as_json=as_json)


def _changed_since(path: str, time: datetime) -> bool:
    """Whether a file was written since: what was at a place in it may be elsewhere now."""
    try:
        return Path(real_path(path)).stat().st_mtime > time.timestamp() + 1
    except OSError:  # the retry says what is wrong
        return False


def _check(ids: list[int], there: set[int]) -> None:
    if missing := sorted(set(ids) - there):
        raise UsageError(f"no failure has the number {', '.join(map(str, missing))}; see: meeruit failures")
