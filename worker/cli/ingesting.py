"""``meeruit ingest``: what is named becomes work, and is waited for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.disk.targets import check_targets, find, without_files
from meeruit.tasks.references import Terms
from meeruit.tasks.report.listings import odd_records
from meeruit.tasks.store import runs
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work.enrol import Enrolment, read_for_upload
from meeruit.tasks.work.known import read_otherwise
from meeruit.worker.cli.options import (
    JsonOption,
    ListingOption,
    ObservedOption,
    ProfileOption,
    SourceOption,
    WorkersOption,
    observed,
    odd_line,
    profile_path,
    source_name,
)
from meeruit.worker.cli.patience import PatientInput
from meeruit.worker.cli.waiting import Tick, wait_for_run
from meeruit.worker.database import own_files

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from meeruit.worker.local.supervisor import Supervisor

#: Pages that a hint names by their numbers.
_NAMED = 5


def ingest(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="Files, folders, *.jsonl|ndjson|jl[.gz|.zst], *.json, http(s) addresses, or - (JSON Lines).",
        ),
    ],
    observed_at: ObservedOption = None,
    source: SourceOption = None,
    profile: ProfileOption = None,
    listing: ListingOption = False,
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
    source = source_name(source)
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

        found = without_files(find(targets, PatientInput(0, wait)), own_files(supervisor.engine.url))
        try:
            for each in read_for_upload(found) if upload else found:
                enrolment.add(each)
                tick(1)
        finally:  # what was read before Ctrl-C is in the ledger, too
            enrolment.close()
        return run_id

    def hints(engine: Engine, run_id: int) -> Iterator[str]:
        yield from map(odd_line, read_only(engine, lambda db: odd_records(db, [run_id])).items())
        if source is not None or profile is not None or listing:
            yield from _otherwise(read_otherwise(engine, run_id, terms), terms)

    wait_for_run(workers, enrol, hints, as_json=as_json)


def _otherwise(pages: list[tuple[int, int]], terms: Terms) -> Iterator[str]:
    """What to do where pages were known, and had been read without what is said of them now."""
    if not pages:
        return
    said = {"--source": terms.source, "--profile": terms.profile}
    options = [f"{name} {shlex.quote(value)}" for name, value in said.items() if value is not None]
    options += ["--listing"] if terms.listing else []
    runs_of = {run for run, _ in pages}
    named = " ".join(str(page) for _, page in pages) if len(pages) <= _NAMED else "PAGE..."
    if named == "PAGE..." and len(runs_of) == 1:
        named = f"--run {runs_of.pop()}"
    how_many = "1 page is known and stays" if len(pages) == 1 else f"{len(pages):,} pages are known and stay"
    yield f"{how_many} as read before, without {' '.join(options)}; to read so: meeruit replay {named} {' '.join(options)}"
