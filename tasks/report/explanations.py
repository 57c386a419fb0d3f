"""Explaining items from the tables: their revisions, their own article, windows that do not intersect, why two are one or apart.

Only reads. ``report.reasons`` has the words.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from meeruit.tasks.report.reasons import Facts, Reason, Verdict, reasons
from meeruit.tasks.store.recurrence import DatedSighting, Publication, publications
from meeruit.tasks.store.revisions import headline_key
from meeruit.tasks.store.tables import Item, Page, Sighting, table
from meeruit.tasks.store.windows import TOLD, copies, list_of_row, nearest_lists, windows_in_force

Row = dict[str, Any]
_item, _page, _sighting = table(Item), table(Page), table(Sighting)


def revised_by(db: Connection, item_id: int) -> list[Any]:
    """The items that revise this one, the earliest first."""
    query = select(_item).where(_item.c.revision_of == item_id).order_by(_item.c.first_seen_at, _item.c.content_hash)
    return list(db.execute(query))


def revised(db: Connection, row: Any) -> Any | None:
    """The item that this one revises, if any."""
    if row.revision_of is None:
        return None
    return db.execute(select(_item).where(_item.c.id == row.revision_of)).one_or_none()


def article(db: Connection, content_hash: str) -> Row | None:
    """The item's own article as it was captured last, with how often, and in how many versions; None without one."""
    columns = (_page.c.address, _page.c.observed_at, _page.c.lead_headline, _page.c.lead_dateline, _page.c.lead_text)
    query = select(*columns).where(_page.c.lead_hash == content_hash)
    rows = list(db.execute(query.order_by(_page.c.observed_at.desc(), _page.c.address)))
    if not rows:
        return None
    last = rows[0]
    return {
        "address": last.address,
        "observed_at": last.observed_at,
        "headline": last.lead_headline,
        "dateline": last.lead_dateline,
        "text": last.lead_text,
        "captures": len(rows),
        "versions": len({row.lead_text for row in rows}),
    }


def windows(db: Connection, item_id: int) -> list[Publication]:
    """When the item was published by its sightings: its own window first, then those that do not intersect with it."""
    columns = (_page.c.observed_at, _page.c.address, _page.c.body, _sighting.c.position, _sighting.c.page_id)
    again = copies(db, [item_id])
    rows = db.execute(select(*columns, *TOLD).join_from(_sighting, _page).where(_sighting.c.item_id == item_id)).all()
    return publications(
        DatedSighting(row.observed_at, row.address, row.position, row.body or "", window)
        for row, window in zip(rows, windows_in_force(db, rows), strict=True)
        if (item_id, row.page_id) not in again
    )


def rounded(db: Connection, item_id: int) -> list[tuple[str, str]]:
    """The lists, with their sections, on which the item stands whose ages turned out to be rounded to the nearest unit."""
    rows = db.execute(select(*TOLD).join_from(_sighting, _page).where(_sighting.c.item_id == item_id)).all()
    return sorted(nearest_lists(db, {list_of_row(row) for row in rows if row.nearest_before}))


def compare(db: Connection, one: Any, other: Any) -> tuple[Verdict, list[Reason]]:
    """What two rows of ``item`` are to each other, and why."""
    if one.id == other.id:
        return Verdict.ONE, [Reason(joins=True, said="both are the hash of one folded text")]
    earlier, later = sorted((one, other), key=lambda row: (row.first_seen_at, row.content_hash))
    clauses = reasons(_facts(earlier), _facts(later), _moments(db, earlier))
    between = _back(db, later, earlier.id)
    if not between:
        return Verdict.APART, clauses
    if len(between) > 1:
        chain = " revises ".join(row.content_hash[:10] for row in (later, *between))
        clauses = [Reason(joins=True, said=chain), *clauses]
    return Verdict.REVISION, clauses


def _facts(row: Any) -> Facts:
    return Facts(row.content_hash, row.first_seen_at, row.headline, row.place, row.url, row.text)


def _moments(db: Connection, row: Any) -> list[Any]:
    """When the items under this one's headline were first seen."""
    key = headline_key(row.headline, row.text)
    return [] if key is None else list(db.scalars(select(_item.c.first_seen_at).where(_item.c.headline_key == key)))


def _back(db: Connection, later: Any, wanted: int) -> list[Any]:
    """What ``later`` revises, and what that revises, up to the item that is wanted; empty where it is not reached."""
    chain, row = [], revised(db, later)
    while row is not None and row not in chain:
        chain.append(row)
        if row.id == wanted:
            return chain
        row = revised(db, row)
    return []
