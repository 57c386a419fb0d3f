"""Items a page at a time, for whoever looks around: by the listing's filters and by words, from a place in the listing on.

The newest rows are looked at one by one, which finds what is frequent at once; what is seldom is found by the index of words.
Only reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from meeruit.tasks.report.listings import LOOKS_AT, ItemFilter, Row, item_rows, said_by
from meeruit.tasks.report.spellings import Spellings
from meeruit.tasks.store.tables import Item, Page, Sighting, table
from meeruit.tasks.store.words import asks_for, with_words, words_of
from meeruit.tasks.times import iso, parse_time

_item, _page, _sighting = table(Item), table(Page), table(Sighting)
#: Rows of candidates that are read at a time.
TOGETHER = 200
Match = Callable[[Any], bool]


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


def page_of_items(
    db: Connection,
    wanted: ItemFilter,
    spellings: Spellings,
    *,
    source: str | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> Found:
    """The items behind a place, newest first, at most ``limit``.

    ``source``: seen on a page of this source. ``wanted.search``: words, of which each begins one of the item's, in any order;
    what stands in quotes occurs as it is.
    """
    which = [*_times(wanted), *_words(wanted, spellings)]
    if source is not None:
        which.append(_seen_by(source))
    if after is not None:
        which.append(_behind(after))
    words = words_of(wanted.search or "")
    seldom = [word for name in _seldom(wanted, spellings, limit) for word in words_of(name)]
    if not seldom:
        rows, whole = _newest(db, which, _match(wanted.search), limit + 1)
        if whole or not words:
            return _found(db, rows, limit)
    which.append(with_words(db, [*words, *seldom]))
    return _found(db, list(islice(_candidates(db, which, _match(wanted.search)), limit + 1)), limit)


def _match(search: str | None) -> Match | None:
    """What a row with headline and text must say; None where it may say anything."""
    if search is None:
        return None
    says = asks_for(search)
    return lambda row: says(said_by(row))


def _seldom(wanted: ItemFilter, spellings: Spellings, limit: int) -> Iterator[str]:
    """The names that are asked for which so few items have that the newest rows would be looked at in vain."""
    for name, items in (
        (wanted.section, spellings.items_of_section(wanted.section)),
        (wanted.place, spellings.items_of_place(wanted.place)),
    ):
        if name is not None and words_of(name) and items * LOOKS_AT * 5 < spellings.total() * limit:
            yield name


def _newest(db: Connection, which: list[ColumnElement[bool]], match: Match | None, most: int) -> tuple[list[Any], bool]:
    """The first rows that match, and whether they are all that were wanted, or there are."""
    query = select(_item.c.id, _item.c.first_seen_at, _item.c.content_hash)
    query = query.where(*which).order_by(_item.c.first_seen_at.desc(), _item.c.content_hash)
    query = query.limit(most) if match is None else query.add_columns(_item.c.headline, _item.c.text).limit(LOOKS_AT)
    found, looked = [], 0
    with db.execute(query, execution_options={"yield_per": TOGETHER}) as rows:
        for row in rows:
            looked += 1
            if match is None or match(row):
                found.append(row)
                if len(found) == most:
                    return found, True
    return found, match is None or looked < LOOKS_AT


def _candidates(db: Connection, which: list[ColumnElement[bool]], match: Match | None) -> Iterator[Any]:
    """The rows that match among those that the index finds, newest first."""
    # the limit keeps the two steps apart: a database would else walk through all items in the order of their times
    inner = (
        select(_item.c.id, _item.c.first_seen_at, _item.c.content_hash).where(*which).limit(10**9).offset(0).subquery()
    )
    query = select(inner).order_by(inner.c.first_seen_at.desc(), inner.c.content_hash)
    ids: Iterable[Any] = iter(db.execute(query))
    said = select(_item.c.id, _item.c.headline, _item.c.text)
    while some := list(islice(ids, TOGETHER)):
        rows = (
            {row.id: row for row in db.execute(said.where(_item.c.id.in_([row.id for row in some])))} if match else {}
        )
        yield from (row for row in some if match is None or match(rows[row.id]))


def _found(db: Connection, rows: list[Any], limit: int) -> Found:
    shown = list(item_rows(db, (row.id for row in rows[:limit])))
    last = rows[limit - 1] if len(rows) > limit else None
    return Found(shown, last and Place(last.first_seen_at, last.content_hash))


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
