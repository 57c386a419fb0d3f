"""The sightings of old items that decide nothing, given up: only their number, and which items they were of, is kept.

    old items → their sightings that decide nothing (``store.deciding``) → deleted | counted on item and page | noted on the list

Every count is made of rows: an item says how many sightings it has had, and what is not there of them was given up. The
pages that a pruned item stood on are neither read again nor forgotten: the sightings that are left speak for the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.records import PublishedFrom, Window
from meeruit.tasks.store.bulk import Update
from meeruit.tasks.store.canonical import Seen
from meeruit.tasks.store.contradictions import Readings
from meeruit.tasks.store.deciding import Sighted, deciding
from meeruit.tasks.store.overlap import list_name, section_name
from meeruit.tasks.store.rows import in_chunks, lock
from meeruit.tasks.store.tables import Item, Listing, Page, Sighting, table
from meeruit.tasks.store.windows import TOLD, copies, list_of_row, printed_windows, windows_in_force

_item, _listing, _page, _sighting = table(Item), table(Listing), table(Page), table(Sighting)
#: Items of one transaction, and about how many sightings.
_ITEMS, _SIGHTINGS = 500, 20_000
_SHOWN = ("position", "headline", "place", "agencies", "url", "text", "published_from")
_PRUNED = Update(_listing, ("pruned",), ("page_id", "section"))

#: The pages of sightings, by item.
Pages = Mapping[int, set[int]]


def old_items(db: Connection, before: datetime, after: int) -> list[int]:
    """The next items last seen before a time of which something may be given up, behind the item ``after``, in order."""
    number = (_item.c.sightings - _item.c.pruned).label("number")
    query = select(_item.c.id, number).where(_item.c.last_seen_at < before, _item.c.id > after, number > 2)
    found: list[int] = []
    size = 0
    for row in db.execute(query.order_by(_item.c.id).limit(_ITEMS)):
        size += row.number
        if found and size > _SIGHTINGS:
            break
        found.append(row.id)
    return found


def deciding_nothing(db: Connection, items: Iterable[int]) -> Pages:
    """The sightings of these items that decide nothing, of items that have some."""
    found = {}
    for item, sightings in _sightings(db, list(items)).items():
        pages = {one.page for one in sightings} - deciding(sightings)
        if pages:
            found[item] = pages
    return found


def drop_sightings(db: Connection, items: Sequence[int], before: datetime) -> int:
    """Give up those of these items that were last seen before a time; returns how many sightings that were."""
    lock(db, "items")
    old = select(_item.c.id).where(_item.c.id.in_(items), _item.c.last_seen_at < before)
    dropped = deciding_nothing(db, db.scalars(old.order_by(_item.c.content_hash).with_for_update()))
    if not dropped:
        return 0
    pages = {row.page_id for row in in_chunks(db, select(_sighting.c.page_id), _sighting.c.item_id, dropped)}
    _list_dropped(db, dropped)
    for item, its in dropped.items():
        for some in (sorted(its)[start : start + 1_000] for start in range(0, len(its), 1_000)):
            db.execute(delete(_sighting).where(_sighting.c.item_id == item, _sighting.c.page_id.in_(some)))
    left = select(func.count()).where(_sighting.c.item_id == _item.c.id).scalar_subquery()
    db.execute(update(_item).where(_item.c.id.in_(dropped)).values(pruned=_item.c.sightings - left))
    there = select(func.count()).where(_sighting.c.page_id == _page.c.id).scalar_subquery()
    every = sorted(pages)
    for some in (every[start : start + 1_000] for start in range(0, len(every), 1_000)):
        db.execute(update(_page).where(_page.c.id.in_(some)).values(pruned=_page.c.new + _page.c.seen - there))
    return sum(map(len, dropped.values()))


def _list_dropped(db: Connection, dropped: Pages) -> None:
    """Note on each list which items stood there, for whoever compares captures."""
    query = select(_sighting.c.item_id, _sighting.c.page_id, _sighting.c.section)
    on_page: dict[tuple[int, str], set[int]] = defaultdict(set)
    for row in in_chunks(db, query, _sighting.c.item_id, dropped):
        if row.page_id in dropped[row.item_id]:
            on_page[row.page_id, section_name(row.section)].add(row.item_id)
    known = select(_listing.c.page_id, _listing.c.section, _listing.c.pruned)
    rows = [
        (sorted(items.union(row.pruned or ())), row.page_id, row.section)
        for row in in_chunks(db, known, _listing.c.page_id, sorted({page for page, _ in on_page}))
        if (items := on_page.get((row.page_id, row.section)))
    ]
    _PRUNED.run(db, rows)


def _sightings(db: Connection, items: Sequence[int]) -> dict[int, list[Sighted]]:
    """Every sighting of these items that is there."""
    columns = [_page.c.observed_at, _page.c.address, _page.c.body, *(_sighting.c[name] for name in _SHOWN)]
    query = select(_sighting.c.item_id, _sighting.c.page_id, _item.c.text.label("item_text"), *columns, *TOLD)
    query = query.join_from(_sighting, _page).join(_item, _item.c.id == _sighting.c.item_id)
    rows = list(in_chunks(db, query, _sighting.c.item_id, items))
    again = copies(db, items)
    found: dict[int, list[Sighted]] = defaultdict(list)
    for row, window in zip(rows, windows_in_force(db, rows), strict=True):
        both = None if (row.item_id, row.page_id) in again else printed_windows(row)
        found[row.item_id].append(_sighted(row, both and window, both and Readings(*both)))
    return found


def _sighted(row: Any, window: Window | None, readings: Readings | None) -> Sighted:
    text, said_by = row.item_text if row.text is None else row.text, row.published_from
    seen = Seen(
        row.observed_at, row.address, row.position, row.body or "", row.section, row.headline, row.place, tuple(row.agencies),
        row.url, text, window, PublishedFrom(said_by) if said_by else None,
    )  # fmt: skip
    site = list_name(row.source, row.page_url), row.observed_from == ObservedFrom.INGEST
    return Sighted(seen, row.page_id, site, list_of_row(row), readings)
