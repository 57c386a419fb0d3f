"""Deriving what needs order across pages: revisions, articles, overlap, gaps. Done when the work of a run has ended.

    work done, not derived ──→ items: articles, revisions ──→ lists: rounding, overlap, gaps ──→ work derived ──→ run finished

Every step is idempotent and has a transaction of its own. Where a process dies half way, another one finishes: the
sweeper, or a command that waits for the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.store import runs
from meeruit.tasks.store.overlap import List, measure_list, touched_lists
from meeruit.tasks.store.relate import relate, touched_items
from meeruit.tasks.store.rounding import judge, settle, suspects
from meeruit.tasks.store.tables import Page, table
from meeruit.tasks.store.transaction import hurried, read_only
from meeruit.tasks.times import now

T = TypeVar("T")

_page = table(Page)
#: Pieces of work in one step, and items in one transaction: they bound the memory.
_PIECES, _ITEMS = 50, 1_000
#: Runs that are derived together; captures or items of lists that one transaction looks at, while others wait.
_RUNS, _TOUCHED = 100, 50
#: Pieces of a run that is small enough to be derived together with others.
_FEW = 20


def derive_ended_runs(engine: Engine, run_id: int | None = None, *, seconds: float = 60.0) -> None:
    """Derive for every run whose work has ended, or only for ``run_id``, and finish it. Begins no step after ``seconds``.

    Without ``run_id``, runs whose command died while it enrolled them are derived too, and stay open.
    """
    ends = time.monotonic() + seconds
    for run in read_only(engine, lambda db: runs.ended_runs(db, run_id)):
        _derive_run(engine, run, ends)


def derive_together(engine: Engine, run_ids: Sequence[int]) -> None:
    """Derive for those of these runs whose work has ended, all at once, and finish them; for many small ones: polls.

    What is left out, for its size or since another process is at it, ``derive_ended_runs`` finds.
    """
    at_once = [run_ids[first : first + _RUNS] for first in range(0, len(run_ids), _RUNS)]
    for some in at_once:
        taken = hurried(engine, lambda db, some=some: runs.take_ended(db, some, _FEW, now()))  # type: ignore[misc]
        pieces = [piece for its in taken.values() for piece in its]
        if pieces:
            derive(engine, _page.c.work_id.in_(pieces))
        hurried(engine, lambda db, taken=taken: runs.finish_derived(db, taken, now()))  # type: ignore[misc]


def _derive_run(engine: Engine, run: int, ends: float) -> None:
    pieces = hurried(engine, lambda db: _go_on(db, run, [], ends))
    while pieces:
        derive(engine, _page.c.work_id.in_(pieces))
        pieces = hurried(engine, lambda db, done=pieces: _go_on(db, run, done, ends))  # type: ignore[misc]


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
        hurried(engine, lambda db, some=some: relate(db, some))  # type: ignore[misc]
    _settle_rounding(engine, pages)
    for several in _together(lists):
        hurried(engine, lambda db, several=several: _each(db, measure_list, several))  # type: ignore[misc]


def _together(lists: Mapping[List, set[T]]) -> Iterator[list[tuple[List, set[T]]]]:
    """Lists in the order in which they are locked, as many at once as there is little to do for."""
    several: list[tuple[List, set[T]]] = []
    for each in sorted(lists.items()):
        several.append(each)
        if sum(len(touched) for _, touched in several) >= _TOUCHED:
            yield several
            several = []
    if several:
        yield several


def _each(
    db: Connection, step: Callable[[Connection, List, set[T]], None], lists: Iterable[tuple[List, set[T]]]
) -> None:
    for which, touched in lists:
        step(db, which, touched)


def _settle_rounding(engine: Engine, pages: ColumnElement[bool]) -> None:
    """Find out how the lists of these pages round ages, and fold the items of those that turn out to do otherwise."""
    settle(engine)  # what was begun and not ended: items that are half folded say nothing
    doubtful = read_only(engine, lambda db: suspects(db, pages))
    for several in _together(doubtful):
        hurried(engine, lambda db, several=several: _each(db, judge, several))  # type: ignore[misc]
    if doubtful:
        settle(engine)
