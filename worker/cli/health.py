"""``meeruit status``: one screen of health."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from meeruit.tasks.report import listings, status
from meeruit.tasks.report.overlap_stats import THIN, as_every
from meeruit.tasks.report.reasons import duration
from meeruit.tasks.times import now
from meeruit.worker.cli.options import JsonOption
from meeruit.worker.cli.output import Column, Format, as_line, plain, shown_time, write
from meeruit.worker.cli.stored import read_database

_SOURCES = [
    Column("name", "source"),
    Column("last_run_at", "last poll"),
    Column("next_run_at", "next poll"),
    Column("last_new_at", "last new item"),
    Column("outcome", "outcome", flexible=True),
]
_LISTS = [
    Column("list", "list", flexible=True),
    Column("section", "section"),
    Column("last_capture_at", "last capture"),
    Column("last_new_at", "last new item"),
    Column("quiet", "quiet (at most)", right=True),
    Column("every", "every", right=True),
    Column("overlap", "overlap (least)", right=True),
    Column("gaps", "gaps", right=True),
    Column("safe", "safe every", right=True),
]


def show_status(as_json: JsonOption = False) -> None:
    """Show one screen of health: sources, lists, gaps, waiting work."""
    with read_database() as db:
        lists, work = status.list_states(db), status.work_state(db, now())
        sources = [{**state, "name": name} for name, state in sorted(listings.source_states(db).items())]
    if as_json:
        sys.stdout.write(as_line({"sources": sources, "lists": lists, "work": work}))
        return
    if sources:
        write(sources, _SOURCES, Format.TABLE, None)
        print()
    if lists:
        write(_as_shown(lists), _LISTS, Format.TABLE, None)
        print()
    for line in (*_quiet(lists), *_thin(lists), *_work(work)):
        print(plain(line))


def _as_shown(lists: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in lists:
        longest, every, safe = row["longest_quiet_seconds"], row["every_seconds"], row["safe_every_seconds"]
        quiet = duration(timedelta(seconds=row["quiet_seconds"]))
        yield {
            **row,
            "quiet": quiet if longest is None else f"{quiet} ({duration(timedelta(seconds=longest))})",
            "every": None if every is None else duration(timedelta(seconds=every)),
            "overlap": None if row["overlap"] is None else f"{row['overlap']:.0%} ({row['least_overlap']:.0%})",
            "safe": None if safe is None else as_every(timedelta(seconds=safe)),
        }


def _quiet(lists: list[dict[str, Any]]) -> Iterator[str]:
    for row in lists:
        longest, quiet = row["longest_quiet_seconds"], row["quiet_seconds"]
        if longest is not None and quiet > longest:
            yield f"{row['list']} {row['section']}: nothing new for {duration(timedelta(seconds=quiet))}, longer than ever"


def _thin(lists: list[dict[str, Any]]) -> Iterator[str]:
    thin = [row for row in lists if row["safe_every_seconds"] is not None]
    if thin:
        yield f"overlap fell below {THIN:.0%} where an `every` is named that would have been safe"
    missed = sum(row["gaps"] for row in lists)
    if missed:
        yield f"something may have been missed in {missed:,} {'place' if missed == 1 else 'places'}; see: meeruit gaps"


def _work(work: dict[str, Any]) -> Iterator[str]:
    left = work["pending"] + work["waiting"] + work["running"]
    if left:
        said = [f"{work[name]:,} {name}" for name in ("pending", "waiting", "running") if work[name]]
        yield f"work: {', '.join(said)}, {work['pages']:,} pages; the oldest since {shown_time(work['oldest_at'])}"
    else:
        yield "work: none waits, none runs"
    if work["next_at"]:
        yield f"work: the next that waits is due at {shown_time(work['next_at'])}"
    if work["stuck"]:
        yield f"work: {work['stuck']:,} held by workers that do not answer any more; a worker or beat sends it again"
    if work["underived"] and not left:
        yield f"work: gaps and revisions of {work['underived']:,} pieces are still to be derived"
    if work["quarantined_pages"]:
        yield f"pages: {work['quarantined_pages']:,} in quarantine; see: meeruit failures"
