"""``meeruit ingest``: what is named becomes work, and is waited for."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import Connection

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.disk.columns import read_columns
from meeruit.tasks.disk.found import Found, Reached, is_reference
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.disk.targets import check_targets, find, without_files
from meeruit.tasks.references import Keep, Terms
from meeruit.tasks.report.listings import odd_records
from meeruit.tasks.store import readings, runs
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import iso, now
from meeruit.tasks.work.enrol import Enrolment, read_for_upload
from meeruit.tasks.work.known import read_otherwise
from meeruit.tasks.work.resuming import Resumed
from meeruit.worker.cli.options import (
    ColumnsOption,
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
            help="Pages, folders, *.jsonl|csv|warc|wet[.gz|.zst], *.parquet, *.json, http(s) addresses, or - (JSON Lines).",
        ),
    ],
    observed_at: ObservedOption = None,
    source: SourceOption = None,
    profile: ProfileOption = None,
    listing: ListingOption = False,
    columns: ColumnsOption = None,
    keep_bodies: Annotated[
        Keep | None,
        typer.Option(
            help="Which pages to store for replay; hits: those with a block. [default: hits of archives, else all]"
        ),
    ] = None,
    workers: WorkersOption = None,
    upload: Annotated[
        bool, typer.Option("--upload", help="Store the pages first, for workers that cannot reach the files.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read pages, keep their items, and report what was new.

    Waits until every page is done or quarantined. Stopped, and started again in the same words, it goes on where it was.
    """
    check_targets(targets)
    read_columns(columns)
    source = source_name(source)
    given = observed(observed_at)
    options: list[object] = [source, profile_path(profile), listing, columns, upload, given and iso(given), keep_bodies]

    def enrol(supervisor: Supervisor, tick: Tick) -> int:
        key = _resume_key(targets, options)
        run_id, at, stopped = transaction(supervisor.engine, lambda db: _begin(db, supervisor, targets, source, key))
        observed_from = ObservedFrom.OPTION if given else ObservedFrom.INGEST
        terms = Terms(given or at, observed_from, source, profile_path(profile), listing=listing, keep=keep_bodies)
        enrolment = Enrolment(supervisor.tools, run_id, terms, resumable=key is not None)
        resumed = Resumed(supervisor.engine, run_id if stopped else None)

        def wait() -> None:
            enrolment.while_waiting()
            tick(0)

        everything = find(targets, PatientInput(0, wait), columns, resumed.begin)
        found = resumed.rest(without_files(everything, own_files(supervisor.engine.url)))
        try:
            for each in read_for_upload(found) if upload else found:
                enrolment.add(each)
                tick(*_progress(each))
        finally:  # what was read before Ctrl-C is in the ledger, too
            enrolment.close()
        return run_id

    def hints(engine: Engine, run_id: int) -> Iterator[str]:
        yield from map(odd_line, read_only(engine, lambda db: odd_records(db, [run_id])).items())
        if source is not None or profile is not None or listing:
            observed_from = ObservedFrom.OPTION if given else ObservedFrom.INGEST
            terms = Terms(given or now(), observed_from, source, profile_path(profile), listing=listing)
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


def _progress(found: Found) -> tuple[int, str]:
    """How many pages were found, and how far a file was read."""
    if isinstance(found, Reached):
        size = Path(found.name).stat().st_size if found.passed and Path(found.name).exists() else 0
        share = f" {found.passed / size:.0%} of {size / 1e6:,.1f} MB" if size else ""
        return 0, printable_path(Path(found.name).name) + share
    return found[1] if is_reference(found) else 1, ""


def _begin(
    db: Connection, supervisor: Supervisor, targets: list[str], source: str | None, key: str | None
) -> tuple[int, datetime, bool]:
    """A run, the ingest time of its pages, and whether it is one that was stopped."""
    tools = supervisor.tools
    if key is not None and (stopped := readings.go_on(db, key, tools.process_name, tools.has_died)) is not None:
        return stopped.id, stopped.started_at, True
    at = now()
    named = " ".join(map(printable_path, targets))
    run_id = runs.start_run(db, named, source, at, holder=tools.process_name)
    if key is not None:
        readings.set_resume_key(db, run_id, key)
    return run_id, at, False


def _resume_key(targets: list[str], options: list[object]) -> str | None:
    """What the command is asked for, as a key; None where it cannot be gone on with: standard input comes once."""
    if "-" in targets:
        return None
    paths = [target if "://" in target else str(Path(target).absolute()) for target in targets]
    return hashlib.sha256(json.dumps([paths, options]).encode("utf-8", "surrogatepass")).hexdigest()
