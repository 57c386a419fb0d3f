"""Forgetting pages: the tables become what they would be had these pages never been read.

    sightings, listings, pages deleted | items folded again, or gone | counts | rounding, relations, overlap, failures | bodies

One transaction; idempotent. What other pages said meanwhile stays: a run that met a page again still counts it as known,
and what a feed or a folder has shown is not asked for again. Items, runs and lists are brought up to date by the same steps as in
``store.rework``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select

from meeruit.tasks.captures import address_key
from meeruit.tasks.references import Body as StoredBody
from meeruit.tasks.references import read_work
from meeruit.tasks.store import failures, runs
from meeruit.tasks.store.bodies import lock_bodies
from meeruit.tasks.store.items import refold
from meeruit.tasks.store.overlap import measure_list, touched_lists
from meeruit.tasks.store.relate import touched_items
from meeruit.tasks.store.rework import changed_first_pages, derive_items, first_pages, joined_lists, recount_pages
from meeruit.tasks.store.rounding import judge, suspects
from meeruit.tasks.store.rows import in_chunks, lock
from meeruit.tasks.store.tables import (
    UNFINISHED,
    Body,
    Item,
    Listing,
    Page,
    PageState,
    Sighting,
    Validator,
    Work,
    WorkKind,
    table,
)

_body, _item, _listing, _page = table(Body), table(Item), table(Listing), table(Page)
_sighting, _validator, _work = table(Sighting), table(Validator), table(Work)


@dataclass(frozen=True, slots=True)
class Doomed:
    """What would go with some pages."""

    #: Their rows, in the order of their numbers, with ``sightings``: how many items stand on each.
    pages: Sequence[Any]
    #: Items that stand on no other page, and those that do.
    gone: int
    kept: int
    #: Pages that stay, since a pruned item rests on them, by number.
    stay: Sequence[int]


def doomed(db: Connection, pages: Collection[int]) -> Doomed:
    """What ``forget`` would take away; only reads."""
    shown = select(func.count()).where(_sighting.c.page_id == _page.c.id).scalar_subquery()
    its = (_page.c.id, _page.c.observed_at, _page.c.outcome, _page.c.address, _page.c.pruned)
    columns = (*its, shown.label("sightings"))
    there = sorted(in_chunks(db, select(*columns), _page.c.id, sorted(set(pages))), key=lambda row: int(row.id))
    rows = [row for row in there if row.pruned is None]
    query = select(_sighting.c.item_id, _item.c.sightings).join(_item)
    left: dict[int, int] = {}
    for row in in_chunks(db, query, _sighting.c.page_id, [row.id for row in rows]):
        left[row.item_id] = left.get(row.item_id, row.sightings) - 1
    gone = sum(number == 0 for number in left.values())
    return Doomed(rows, gone, len(left) - gone, [row.id for row in there if row.pruned is not None])


def pages_of_run(db: Connection, run_id: int) -> list[int]:
    """The pages that a run stored, by number."""
    return list(db.scalars(select(_page.c.id).where(_page.c.run_id == run_id).order_by(_page.c.id)))


def forget(db: Connection, pages: Collection[int]) -> None:
    """Delete these pages, given by number, and all that rests on them alone.

    Those that are not there are passed over, and so are those that a pruned item rests on.
    """
    lock_bodies(db)  # before all other locks, as merges do it
    these = and_(_page.c.id.in_(pages), _page.c.pruned.is_(None))
    lists = touched_lists(db, these)
    for which in sorted(lists):
        lock(db, "list", *which)
    lock(db, "items")
    for which in sorted(lists):
        lock(db, "rounding", *which)
    rows = db.execute(select(_page).where(these).order_by(_page.c.id).with_for_update()).all()
    pages = [row.id for row in rows]
    if not rows:
        return
    items = _lock_items(db, touched_items(db, these))
    doubtful, first, copies = suspects(db, these), first_pages(db, items), _copies(db, rows)
    db.execute(delete(_sighting).where(_sighting.c.page_id.in_(pages)))
    db.execute(delete(_listing).where(_listing.c.page_id.in_(pages)))
    db.execute(delete(_page).where(these))
    gone = refold(db, items)
    _recount(db, rows, copies, changed_first_pages(first, first_pages(db, items)))
    for which, some in joined_lists(doubtful, suspects(db, _page.c.id.in_(copies))).items():
        judge(db, which, some)
    derive_items(db, items, gone)
    for which, times in sorted(lists.items()):
        measure_list(db, which, times)
    failures.note(db, {row.address for row in rows}, ())
    _delete_bodies(db, rows)


def _lock_items(db: Connection, ids: Iterable[int]) -> dict[str, Any]:
    """These items by hash, locked in the order in which merges do it."""
    query = select(_item).order_by(_item.c.content_hash).with_for_update()
    return {row.content_hash: row for row in in_chunks(db, query, _item.c.id, ids)}


def _copies(db: Connection, gone: Iterable[Any]) -> list[int]:
    """Other pages with the address and the body of one of these: what they say hung on it."""
    pairs = {(row.address, row.body) for row in gone if row.body is not None}
    numbers = {row.id for row in gone}
    query = select(_page.c.id, _page.c.address, _page.c.body).where(_page.c.state == PageState.DONE)
    rows = in_chunks(db, query, _page.c.address_key, {address_key(address) for address, _ in pairs})
    return sorted(row.id for row in rows if (row.address, row.body) in pairs and row.id not in numbers)


def _recount(db: Connection, gone: Sequence[Any], copies: Sequence[int], changed: Iterable[int]) -> None:
    left = {*changed, *copies} - {row.id for row in gone}
    recount_pages(db, left)
    runs.forget_pages(db, gone)
    owners = {row.work_id for row in in_chunks(db, select(_page.c.work_id), _page.c.id, copies)}
    runs.recount(db, left, (), owners | {row.work_id for row in gone})
    for source in sorted({row.source for row in gone if row.source and row.new}):
        runs.find_last_new(db, source)


def _delete_bodies(db: Connection, gone: Iterable[Any]) -> None:
    """Delete the bodies that nothing refers to any more; what a site is asked for next, it is asked for whole."""
    bodies = {row.body for row in gone if row.body is not None} - _waited_for(db)  # first: work becomes pages meanwhile
    bodies -= set(db.scalars(select(_page.c.body).where(_page.c.body.in_(bodies)).distinct()))
    db.execute(delete(_validator).where(_validator.c.body.in_(bodies)))
    db.execute(delete(_body).where(_body.c.sha256.in_(bodies)))


def _waited_for(db: Connection) -> set[str]:
    """The stored bodies that work which has not ended refers to."""
    query = select(_work.c.reference).where(_work.c.kind == WorkKind.BODIES, _work.c.state.in_(UNFINISHED))
    references = (page for row in db.execute(query) for page in read_work(row.reference)[1])
    return {page.sha256 for page in references if isinstance(page, StoredBody)}
