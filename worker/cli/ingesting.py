"""``meeruit ingest``, and ``retry``: what is named becomes work, and is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import Connection, select

from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.disk.targets import check_targets, find, find_again, without_files
from meeruit.tasks.errors import UsageError
from meeruit.tasks.references import Terms, read_reference
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import LONGEST_NAME, ObservedFrom, Page, PageState, table
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work.enrol import Enrolment, read_for_upload
from meeruit.worker.cli.options import JsonOption, ObservedOption, ProfileOption, WorkersOption, observed, profile_path
from meeruit.worker.cli.patience import PatientInput
from meeruit.worker.cli.waiting import Tick, wait_for_run
from meeruit.worker.database import open_database, own_files, reading
from meeruit.worker.settings import read_settings

if TYPE_CHECKING:
    from meeruit.worker.local.supervisor import Supervisor


def ingest(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...", help="Files, folders, *.jsonl[.gz|.zst], http(s) addresses, or - (JSON Lines)."
        ),
    ],
    observed_at: ObservedOption = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Whose pages these are.")] = None,
    profile: ProfileOption = None,
    workers: WorkersOption = None,
    upload: Annotated[
        bool, typer.Option("--upload", help="Store the pages first, for workers that cannot reach the files.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read pages, keep their items, and report what was new.

    Waits until every page is done or quarantined.
    """
    check_targets(targets)
    if source is not None and len(source) > LONGEST_NAME:
        raise UsageError(f"--source: a name has at most {LONGEST_NAME} characters, and this one {len(source)}")
    at = now()
    observed_from = ObservedFrom.OPTION if observed_at else ObservedFrom.INGEST
    terms = Terms(observed(observed_at) or at, observed_from, source, profile_path(profile))

    def enrol(supervisor: Supervisor, tick: Tick) -> int:
        named, holder = " ".join(map(printable_path, targets)), supervisor.tools.process_name
        run_id = transaction(supervisor.engine, lambda db: runs.start_run(db, named, source, at, holder=holder))
        enrolment = Enrolment(supervisor.tools, run_id, terms)

        def wait() -> None:
            enrolment.while_waiting()
            tick(0)

        found = without_files(find(targets, PatientInput(0, wait)), own_files(supervisor.engine.url))
        try:
            for each in read_for_upload(found) if upload else found:
                enrolment.add(each)
                tick(1)
        finally:  # what was read before Ctrl-C is in the ledger, too
            enrolment.close()
        return run_id

    wait_for_run(workers, enrol, as_json=as_json)


def retry(
    pages: Annotated[
        list[int] | None,
        typer.Argument(metavar="[ID]...", help="Pages, as `meeruit failures` numbers them. [default: all]"),
    ] = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
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

    def enrol(supervisor: Supervisor, tick: Tick) -> int:
        run_id = transaction(
            supervisor.engine, lambda db: runs.start_run(db, "retry", None, now(), holder=supervisor.tools.process_name)
        )
        for row in rows:  # a piece each: they may come from different runs
            terms = Terms(row.observed_at, row.observed_from, row.source, row.profile)
            enrolment = Enrolment(supervisor.tools, run_id, terms)
            for each in find_again(read_reference(row.reference), row.id):
                enrolment.add(each)
            enrolment.flush_page()
            tick(1)
        transaction(supervisor.engine, lambda db: runs.set_enrolled(db, run_id, now()))
        return run_id

    wait_for_run(workers, enrol, as_json=as_json)


def _quarantined(db: Connection, pages: Sequence[int] | None) -> list[Any]:
    page = table(Page)
    query = select(page).where(page.c.state == PageState.QUARANTINED, page.c.reference.is_not(None)).order_by(page.c.id)
    if pages:
        query = query.where(page.c.id.in_(pages))
    return list(db.execute(query))
