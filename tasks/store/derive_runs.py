"""Deriving what needs order across pages: revisions, articles, overlap, gaps. Done when the work of a run has ended.

    work done, not derived ──→ items: articles, revisions ──→ lists: rounding, overlap, gaps ──→ work derived ──→ run finished

Every step is idempotent and has a transaction of its own. Where a process dies half way, another one finishes: the
sweeper, or a command that waits for the run.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.store import runs
from meeruit.tasks.store.overlap import measure_list, touched_lists
from meeruit.tasks.store.relate import relate, touched_items
from meeruit.tasks.store.rounding import judge, settle, suspects
from meeruit.tasks.store.tables import Page, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now

_page = table(Page)
#: Pieces of work in one step, and items in one transaction: they bound the memory.
_PIECES, _ITEMS = 50, 1_000


def derive_ended_runs(engine: Engine, run_id: int | None = None, *, seconds: float = 60.0) -> None:
    """Derive for every run whose work has ended, or only for ``run_id``, and finish it. Begins no step after ``seconds``.

    Without ``run_id``, runs whose command died while it enrolled them are derived too, and stay open.
    """
    ends = time.monotonic() + seconds
    for run in read_only(engine, lambda db: runs.ended_runs(db, run_id)):
        _derive_run(engine, run, ends)


def _derive_run(engine: Engine, run: int, ends: float) -> None:
    pieces = transaction(engine, lambda db: _go_on(db, run, [], ends))
    while pieces:
        derive(engine, _page.c.work_id.in_(pieces))
        pieces = transaction(engine, lambda db, done=pieces: _go_on(db, run, done, ends))  # type: ignore[misc]


def _go_on(db: Connection, run: int, done: list[int], ends: float) -> list[int]:
    """Mark what was derived, and take what is to be derived next; where that is nothing, finish the run.

    Empty where there is no more, or no time for it, or another process derives for this run.
    """
    if done:
        runs.set_derived(db, run, done)
    if time.monotonic() >= ends:
        return []
    pieces = runs.take_underived(db, run, _PIECES, now())
    if pieces == []:
        runs.finish_run(db, run, now())
    return pieces or []


def derive(engine: Engine, pages: ColumnElement[bool]) -> None:
    """Derive everything that these pages can change; ``pages`` is a condition on ``page``."""
    items, lists = read_only(engine, lambda db: (touched_items(db, pages), touched_lists(db, pages)))
    for start in range(0, len(items), _ITEMS):
        some = items[start : start + _ITEMS]
        transaction(engine, lambda db, some=some: relate(db, some))  # type: ignore[misc]
    _settle_rounding(engine, pages)
    for which, times in sorted(lists.items()):
        transaction(engine, lambda db, which=which, times=times: measure_list(db, which, times))  # type: ignore[misc]


def _settle_rounding(engine: Engine, pages: ColumnElement[bool]) -> None:
    """Find out how the lists of these pages round ages, and fold the items of those that turn out to do otherwise."""
    settle(engine)  # what was begun and not ended: items that are half folded say nothing
    for which, some in sorted(read_only(engine, lambda db: suspects(db, pages)).items()):
        transaction(engine, lambda db, which=which, some=some: judge(db, which, some))  # type: ignore[misc]
    settle(engine)
