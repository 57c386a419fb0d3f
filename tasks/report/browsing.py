"""Items a page at a time, for whoever looks around: the listing's own filter, and the place where the next page begins.

A page costs no more than a look at so many rows: where few of them match, it says how far it has looked. Only reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, or_, select

from meeruit.tasks.report.listings import ItemFilter, Row, item_rows, matches
from meeruit.tasks.report.spellings import Spellings
from meeruit.tasks.store.tables import Item, Page, Sighting, table
from meeruit.tasks.times import iso, parse_time

_item, _page, _sighting = table(Item), table(Page), table(Sighting)
#: Rows that one page looks at where its filter is decided row by row.
LOOKS_AT = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the listing: behind the item with this time and hash."""

    first_seen_at: datetime
    content_hash: str

    def __str__(self) -> str:
        return f"{iso(self.first_seen_at)}~{self.content_hash}"


def read_place(text: str) -> Place:
    """A place as it is printed. Raises ValueError for anything else."""
    time, tilde, digest = text.partition("~")
    if not tilde or not re.fullmatch("[0-9a-f]{0,64}", digest):
        raise ValueError(f"{text[:40]!r} is no place in the listing")
    return Place(parse_time(time), digest)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of items."""

    rows: list[Row]
    #: Where the next page begins; None where there is none.
    next: Place | None
    #: True where as many rows were looked at as one page may, before it was full.
    looked: bool = False


def page_of_items(
    db: Connection,
    wanted: ItemFilter,
    spellings: Spellings,
    *,
    source: str | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> Found:
    """The items behind a place, newest first, at most ``limit``. ``source``: seen on a page of this source."""
    columns: tuple[Column[Any], ...] = (_item.c.id, _item.c.first_seen_at, _item.c.content_hash)
    by_row = wanted.search is not None
    if by_row:
        columns = (*columns, _item.c.headline, _item.c.text)
    which = [*_times(wanted), *_words(wanted, spellings)]
    if source is not None:
        which.append(_seen_by(source))
    if after is not None:
        which.append(_behind(after))
    most = LOOKS_AT if by_row else limit + 1
    query = select(*columns).where(*which).order_by(_item.c.first_seen_at.desc(), _item.c.content_hash).limit(most)
    looked = 0
    found: list[Any] = []
    last: Any = None
    text_only = ItemFilter(search=wanted.search)
    with db.execute(query, execution_options={"yield_per": 500}) as rows:
        for row in rows:
            looked += 1
            if not matches(row, text_only):
                last = row
                continue
            if len(found) == limit:
                return Found(_rows(db, found), _place(found[-1]))
            found.append(row)
            last = row
    short = by_row and looked == most
    return Found(_rows(db, found), _place(last) if short else None, looked=short)


def _rows(db: Connection, found: list[Any]) -> list[Row]:
    return list(item_rows(db, (row.id for row in found)))


def _place(row: Any) -> Place:
    return Place(row.first_seen_at, row.content_hash)


def _times(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = []
    if wanted.since:
        which.append(_item.c.first_seen_at >= wanted.since)
    if wanted.until:
        which.append(_item.c.first_seen_at < wanted.until)
    return which


def _words(wanted: ItemFilter, spellings: Spellings) -> list[ColumnElement[bool]]:
    """What is compared in Python elsewhere, as the spellings that are equal to it there."""
    which: list[ColumnElement[bool]] = []
    if wanted.section is not None:
        which.append(_item.c.section.in_(spellings.of_section(wanted.section)))
    if wanted.place is not None:
        which.append(_item.c.place.in_(spellings.of_place(wanted.place)))
    if wanted.agency is not None:
        which.append(_item.c.agencies.in_(spellings.of_agency(wanted.agency)))
    return which


def _seen_by(source: str) -> ColumnElement[bool]:
    seen = select(_sighting.c.item_id).join(_page, _page.c.id == _sighting.c.page_id)
    return seen.where(_sighting.c.item_id == _item.c.id, _page.c.source == source).exists()


def _behind(place: Place) -> ColumnElement[bool]:
    at = _item.c.first_seen_at
    same = and_(at == place.first_seen_at, _item.c.content_hash > place.content_hash)
    return and_(at <= place.first_seen_at, or_(at < place.first_seen_at, same))


def newest_id(db: Connection) -> int:
    """The highest id of an item; 0 where there is none."""
    return int(db.scalar(select(_item.c.id).order_by(_item.c.id.desc()).limit(1)) or 0)


def items_after(db: Connection, item_id: int, limit: int = 100) -> list[tuple[int, Row]]:
    """The items that were stored after this one, each with its id, in the order in which they came."""
    ids = list(db.scalars(select(_item.c.id).where(_item.c.id > item_id).order_by(_item.c.id).limit(limit)))
    return list(zip(ids, item_rows(db, iter(ids)), strict=True))
