"""Deriving: what needs order across pages follows when the work of a run has ended, and then the run is finished.

    work done, not derived ──→ items: articles, revisions ──→ lists: overlap, gaps ──→ work derived ──→ run finished

Every step is idempotent and in a transaction of its own, so whoever dies half way, somebody else finishes it: the
sweeper, the command that waits for the run, or the next to come.
"""

from __future__ import annotations

import time

from sqlalchemy import Engine
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.store import runs
from meeruit.tasks.store.overlap import measure_list, touched_lists
from meeruit.tasks.store.relate import relate, touched_items
from meeruit.tasks.store.tables import Page, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now

_page = table(Page)
#: Pieces of work of one step, and items of one transaction: so much is held in memory.
_PIECES, _ITEMS = 50, 1_000


def derive_ended_runs(engine: Engine, run_id: int | None = None, *, seconds: float = 60.0) -> None:
    """Derive for every run whose work has ended (or for this one), and finish it; begin no step after ``seconds``.

    Without ``run_id`` also what was done for runs whose command died while it enrolled them is derived.
    """
    ends = time.monotonic() + seconds
    for run in read_only(engine, lambda db: runs.ended_runs(db, run_id)):
        _derive_run(engine, run, ends)


def _derive_run(engine: Engine, run: int, ends: float) -> None:
    while time.monotonic() < ends:
        pieces = transaction(engine, lambda db: runs.take_underived(db, run, _PIECES, now()))
        if pieces is None:  # somebody else is at it
            return
        if not pieces:
            transaction(engine, lambda db: runs.finish_run(db, run, now()))
            return
        derive(engine, _page.c.work_id.in_(pieces))
        transaction(engine, lambda db, done=pieces: runs.set_derived(db, run, done))  # type: ignore[misc]


def derive(engine: Engine, pages: ColumnElement[bool]) -> None:
    """Derive all that these pages can change; ``pages`` is a condition on ``page``."""
    items, lists = read_only(engine, lambda db: (touched_items(db, pages), touched_lists(db, pages)))
    for start in range(0, len(items), _ITEMS):
        some = items[start : start + _ITEMS]
        transaction(engine, lambda db, some=some: relate(db, some))  # type: ignore[misc]
    for which, times in sorted(lists.items()):
        transaction(engine, lambda db, which=which, times=times: measure_list(db, which, times))  # type: ignore[misc]
