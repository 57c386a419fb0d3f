"""``meeruit prune``: give up what takes room and is no longer needed. Says what it would do, and does it when told to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection, Engine

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report.reasons import number_of
from meeruit.tasks.store import prune as store
from meeruit.tasks.store import prune_runs, prune_sightings
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import iso, now
from meeruit.worker.database import open_database
from meeruit.worker.settings import read_settings

_AGE = re.compile(r"([1-9]\d{0,4})d")
_BODIES, _SIGHTINGS, _RUNS = "--bodies-older-than", "--sightings-older-than", "--runs-older-than"


def prune(
    bodies: Annotated[
        str | None, typer.Option(_BODIES, metavar="DAYS", help="Pages last captured so long ago: 90d.")
    ] = None,
    sightings: Annotated[
        str | None,
        typer.Option(
            _SIGHTINGS, metavar="DAYS", help="Of items last seen so long ago, the sightings that decide nothing."
        ),
    ] = None,
    runs: Annotated[
        str | None,
        typer.Option(
            _RUNS, metavar="DAYS", help="Runs that ended so long ago: those without a page, and what work referred to."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise it is only said.")] = False,
) -> None:
    """Give up old bodies, sightings and runs; say first how many.

    Items, pages and counts stay. Replay cannot read pages again without their bodies, nor those that a pruned item stood
    on; these cannot be forgotten either.
    """
    today = now()
    given = ((_BODIES, bodies, _bodies), (_SIGHTINGS, sightings, _sightings), (_RUNS, runs, _runs))
    wanted = [(_before(option, said, today), do) for option, said, do in given if said is not None]
    if not wanted:
        raise UsageError(f"say what is given up: {_BODIES} 90d, {_SIGHTINGS} 90d, {_RUNS} 90d")
    engine = open_database(read_settings())
    try:
        found = [do(engine, before, yes=yes) for before, do in wanted]
    finally:
        engine.dispose()
    if yes and any(found):
        print("the room is free for what comes; to give it back to the disk, run VACUUM (PostgreSQL: VACUUM FULL)")


def _before(option: str, said: str, today: datetime) -> datetime:
    age = _AGE.fullmatch(said)
    if age is None:
        raise UsageError(f"{option}: {said[:40]!r} is no number of days; write it like 90d")
    return today - timedelta(days=int(age[1]))


def _bodies(engine: Engine, before: datetime, *, yes: bool) -> int:
    if yes and read_only(engine, store.waits):
        raise UsageError("work waits that needs stored bodies; let a worker finish it first (meeruit status)")
    found = read_only(engine, lambda db: store.old_bodies(db, before))
    if yes:
        _drop(engine, lambda db: store.drop_bodies(db, before), store.TOGETHER)
    _say(f"bodies of pages last captured before {iso(before)}: {found.number:,} ({found.size / 1e6:,.1f} MB)", yes=yes)
    return found.number


def _sightings(engine: Engine, before: datetime, *, yes: bool) -> int:
    number = 0
    for some in _old_items(engine, before):
        if yes:
            number += transaction(engine, lambda db, some=some: prune_sightings.drop_sightings(db, some, before))  # type: ignore[misc]
        else:
            dropped = read_only(engine, lambda db, some=some: prune_sightings.deciding_nothing(db, some))  # type: ignore[misc]
            number += sum(map(len, dropped.values()))
    _say(f"sightings that decide nothing, of items last seen before {iso(before)}: {number:,}", yes=yes)
    return number


def _old_items(engine: Engine, before: datetime) -> Iterator[list[int]]:
    last = 0
    while some := read_only(engine, lambda db: prune_sightings.old_items(db, before, last)):  # noqa: B023 - called at once
        yield some
        last = some[-1]


def _runs(engine: Engine, before: datetime, *, yes: bool) -> int:
    found = read_only(engine, lambda db: prune_runs.old_runs(db, before))
    if yes:
        _drop(engine, lambda db: prune_runs.drop_runs(db, before), prune_runs.TOGETHER)
        _drop(engine, lambda db: prune_runs.drop_references(db, before), prune_runs.TOGETHER)
    work = f"what {number_of(found.work, 'piece')} of work of others referred to"
    _say(f"runs without a page that ended before {iso(before)}: {found.runs:,}, and {work}", yes=yes)
    return found.runs + found.work


def _drop(engine: Engine, some: Callable[[Connection], int], together: int) -> None:
    while transaction(engine, some) == together:
        pass


def _say(what: str, *, yes: bool) -> None:
    print(f"{what} {'gone' if yes else 'would go; add --yes to do it'}")
