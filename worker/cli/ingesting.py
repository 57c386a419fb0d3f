"""``meeruit ingest``: what is named becomes work, and is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.disk.columns import read_columns
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.disk.targets import check_targets, find, without_files
from meeruit.tasks.errors import UsageError
from meeruit.tasks.references import Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import LONGEST_NAME
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work.enrol import Enrolment, read_for_upload
from meeruit.worker.cli.options import (
    ColumnsOption,
    JsonOption,
    ListingOption,
    ObservedOption,
    ProfileOption,
    WorkersOption,
    observed,
    profile_path,
)
from meeruit.worker.cli.patience import PatientInput
from meeruit.worker.cli.waiting import Tick, wait_for_run
from meeruit.worker.database import own_files

if TYPE_CHECKING:
    from meeruit.worker.local.supervisor import Supervisor


def ingest(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="Pages, folders, *.jsonl|csv|warc|wet[.gz|.zst], *.parquet, *.json, http(s) addresses, or - (JSON Lines).",
        ),
    ],
    observed_at: ObservedOption = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Whose pages these are.")] = None,
    profile: ProfileOption = None,
    listing: ListingOption = False,
    columns: ColumnsOption = None,
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
    read_columns(columns)
    if source is not None and len(source) > LONGEST_NAME:
        raise UsageError(f"--source: a name has at most {LONGEST_NAME} characters, and this one {len(source)}")
    at = now()
    observed_from = ObservedFrom.OPTION if observed_at else ObservedFrom.INGEST
    terms = Terms(observed(observed_at) or at, observed_from, source, profile_path(profile), listing=listing)

    def enrol(supervisor: Supervisor, tick: Tick) -> int:
        named, holder = " ".join(map(printable_path, targets)), supervisor.tools.process_name
        run_id = transaction(supervisor.engine, lambda db: runs.start_run(db, named, source, at, holder=holder))
        enrolment = Enrolment(supervisor.tools, run_id, terms)

        def wait() -> None:
            enrolment.while_waiting()
            tick(0)

        found = without_files(find(targets, PatientInput(0, wait), columns), own_files(supervisor.engine.url))
        try:
            for each in read_for_upload(found) if upload else found:
                enrolment.add(each)
                tick(1)
        finally:  # what was read before Ctrl-C is in the ledger, too
            enrolment.close()
        return run_id

    wait_for_run(workers, enrol, as_json=as_json)
