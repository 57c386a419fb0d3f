"""Reading the tables back: the rows of the listings, as the contract names their keys. Only reads.

Databases compare some things in their own ways (case beyond ASCII, parts of a place). These are compared here, in
Python, on a stream of rows: the same answer on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, or_, select, true, tuple_

from meeruit.tasks.captures import CONTRADICTS, NOT_READ
from meeruit.tasks.errors import UsageError
from meeruit.tasks.fold import fold
from meeruit.tasks.references import file_of, read_reference
from meeruit.tasks.store.overlap import list_name
from meeruit.tasks.store.rows import in_chunks
from meeruit.tasks.store.tables import Gap, Item, Page, Run, Sighting, Source, table
from meeruit.tasks.store.windows import windows_in_force
from meeruit.tasks.store.words import asks_for, with_words, words_of

Row = dict[str, Any]
#: Rows held in memory at a time.
_TOGETHER = 1_000
#: Rows that are looked at one by one before the index of words is asked.
LOOKS_AT = 3_000
_gap = table(Gap)
_item = table(Item)
_page = table(Page)
_run = table(Run)
_sighting = table(Sighting)
_source = table(Source)

#: The keys of an item, in the order in which people and scripts are promised them.
ITEM_KEYS = (
    "content_hash", "hash_version", "headline", "place", "agencies", "text", "section", "url", "first_seen_at",
    "last_seen_at", "sightings", "published_after", "published_before", "published_from", "revision_of",
)  # fmt: skip

PAGE_KEYS = (
    "id", "address", "source", "run_id", "observed_at", "observed_from", "state", "outcome", "found", "new", "seen",
    "rejected", "rejects", "remarks", "lead_headline", "media_type", "encoding", "replaced", "body",
)  # fmt: skip
RUN_KEYS = (
    "id", "source", "target", "started_at", "finished_at", "outcome", "pages_new", "pages_known", "pages_done",
    "pages_failed", "items_new", "items_seen", "items_rejected",
)  # fmt: skip
SIGHTING_KEYS = (
    "content_hash", "page_id", "observed_at", "observed_from", "address", "source", "position", "section", "headline",
    "dateline", "url", "age", "text", "published_after", "published_before",
)  # fmt: skip
GAP_KEYS = ("list", "section", "from", "to", "minutes")

#: The column of each sort; it has an index.
SORTS = {
    "first_seen": "first_seen_at",
    "last_seen": "last_seen_at",
    "published": "published_before",
    "sightings": "sightings",
}


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items to list; None means any."""

    section: str | None = None
    #: Any part of a place: ``Teheran`` finds ``TEHERAN/JERUZALEM``.
    place: str | None = None
    agency: str | None = None
    #: First seen at or after, and before.
    since: datetime | None = None
    until: datetime | None = None
    #: Words that headline or body have, or the beginnings of them, in any order, in quotes as they stand; where no item has
    #: them all, this text anywhere in them, inside of words too. Whatever the case.
    search: str | None = None
    #: The source, or the host where none is named, that showed it.
    site: str | None = None

    def columns(self) -> list[str]:
        """The columns that are compared in Python."""
        asked = {
            "section": self.section,
            "place": self.place,
            "agencies": self.agency,
            "headline": self.search,
            "text": self.search,
        }
        return [name for name, value in asked.items() if value is not None]


def items(db: Connection, wanted: ItemFilter, sort: str = "first_seen", limit: int | None = None) -> Iterator[Row]:
    """Items, the greatest of ``sort`` first, those without it last; equal ones by hash."""
    column, compared = _item.c[SORTS[sort]], wanted.columns()
    query = select(_item.c.id, *(_item.c[name] for name in compared)).order_by(column.desc(), _item.c.content_hash)
    if wanted.since:
        query = query.where(_item.c.first_seen_at >= wanted.since)
    if wanted.until:
        query = query.where(_item.c.first_seen_at < wanted.until)
    if wanted.site:
        query = query.where(_shown_by(wanted.site))
    if not compared:
        query = query.limit(limit)
    words = words_of(wanted.search or "")
    found = _found_by_words(db, query, wanted, words, column, limit) if words else iter(())
    if (first := next(found, None)) is not None:
        return item_rows(db, chain([first], found))
    return item_rows(db, islice((row.id for row in _walk(db, query, column) if _matches(row, wanted)), limit))


def _walk(db: Connection, query: Select[Any], column: Column[Any]) -> Iterator[Any]:
    """The rows in their order, read one by one."""
    return chain.from_iterable(_stream(db, query.where(part)) for part in _known_first(column))


def _found_by_words(
    db: Connection,
    query: Select[Any],
    wanted: ItemFilter,
    words: Sequence[str],
    column: Column[Any],
    limit: int | None,
) -> Iterator[int]:
    """The items that say what is looked for; those of a frequent word are among the first rows already."""
    others, says = replace(wanted, search=None), asks_for(wanted.search or "")

    def match(rows: Iterable[Any]) -> Iterator[int]:
        return islice((row.id for row in rows if _matches(row, others) and says(said_by(row))), limit)

    if limit is not None:
        first = list(match(islice(_walk(db, query, column), LOOKS_AT)))
        if len(first) == limit:
            return iter(first)
    # the limit keeps the two steps apart: a database would else walk through all items in the order of the listing
    columns = (column.label("greatness"), _item.c.content_hash.label("hash"))
    inner = query.add_columns(*columns).where(with_words(db, words)).order_by(None).limit(10**9).offset(0).subquery()
    order = (inner.c.greatness.is_(None), inner.c.greatness.desc(), inner.c.hash)
    return match(_stream(db, select(inner).order_by(*order)))


def _shown_by(site: str) -> ColumnElement[bool]:
    """That a page of this source, or of this host where no source is named, shows an item."""
    shown = select(_sighting.c.item_id).join(_page, _page.c.id == _sighting.c.page_id)
    return shown.where(_sighting.c.item_id == _item.c.id, _of_site(site)).exists()


def _of_site(site: str) -> ColumnElement[bool]:
    """That a page is one of this source, or of this host where no source is named."""
    hosts = (
        _page.c.url.startswith(f"{scheme}://{site.lower()}{end}", autoescape=True)
        for scheme in ("https", "http")
        for end in ("/", ":")
    )
    return or_(_page.c.source == site, and_(_page.c.source.is_(None), or_(*hosts)))


def first_sites(db: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Who showed each of these items first: the source, or the host where none is named; by content hash."""
    columns = (_item.c.content_hash, _page.c.source, _page.c.url)
    query = select(*columns).join_from(_sighting, _page).join(_item, _item.c.id == _sighting.c.item_id)
    found: dict[str, str] = {}
    query = query.where(_page.c.observed_at == _item.c.first_seen_at).order_by(_page.c.address, _sighting.c.position)
    for row in in_chunks(db, query, _item.c.content_hash, hashes):
        if name := list_name(row.source, row.url):
            found.setdefault(row.content_hash, name)
    return found


def item_rows(db: Connection, ids: Iterator[int]) -> Iterator[Row]:
    """The contract's objects for these items, in their order."""
    earlier = _item.alias()
    hash_of_earlier = select(earlier.c.content_hash).where(earlier.c.id == _item.c.revision_of).scalar_subquery()
    query = select(_item.c.id, *(_item.c[key] for key in ITEM_KEYS), hash_of_earlier.label("earlier"))
    while some := list(islice(ids, _TOGETHER)):
        rows = {row.id: row for row in db.execute(query.where(_item.c.id.in_(some)))}
        yield from (_item_row(rows[item_id]) for item_id in some if item_id in rows)


def _known_first(column: Column[Any]) -> list[ColumnElement[bool]]:
    """The rows in two parts, since the databases put what is unknown at different ends of an index."""
    return [column.is_not(None), column.is_(None)] if column.nullable else [true()]


def _matches(row: Any, wanted: ItemFilter) -> bool:
    return (
        (wanted.section is None or same(row.section, wanted.section))
        and (wanted.place is None or any(same(part, wanted.place) for part in parts_of_place(row.place)))
        and (wanted.agency is None or any(same(agency, wanted.agency) for agency in row.agencies))
        and (wanted.search is None or fold(wanted.search).casefold() in fold(said_by(row)).casefold())
    )


def said_by(row: Any) -> str:
    """What an item says: its headline and its text."""
    return f"{row.headline or ''}\n{row.text}"


def parts_of_place(place: str | None) -> list[str]:
    """A place, and each of several that it names."""
    return [place, *place.split("/")] if place else []


def same(one: str | None, other: str) -> bool:
    """Whether two words are one, whatever their case."""
    return one is not None and one.strip().casefold() == other.strip().casefold()


def _item_row(row: Any) -> Row:
    values = row._mapping
    return {key: row.earlier if key == "revision_of" else values[key] for key in ITEM_KEYS}


def find_item(db: Connection, prefix: str) -> Any:
    """The item whose hash has this prefix. Raises UsageError where none does, or more than one."""
    digits = prefix.strip().lower()
    if not digits or not set(digits) <= set("0123456789abcdef"):
        raise UsageError(f"{prefix!r} is no content hash; `meeruit items` shows them")
    begins = and_(_item.c.content_hash >= digits, _item.c.content_hash < digits + "g")  # a range: an index finds it
    rows = list(db.execute(select(_item).where(begins).limit(2)))
    if not rows:
        raise UsageError(f"no item has a hash that begins {digits}")
    if len(rows) > 1:
        raise UsageError(f"more than one item has a hash that begins {digits}; give more of it")
    return rows[0]


def item_row(db: Connection, row: Any) -> Row:
    """The contract's object for one row of ``item``."""
    earlier = db.scalar(select(_item.c.content_hash).where(_item.c.id == row.revision_of)) if row.revision_of else None
    return {key: earlier if key == "revision_of" else row._mapping[key] for key in ITEM_KEYS}


def sightings(db: Connection, item_id: int) -> Iterator[Row]:
    """Every sighting of an item, in order of capture; its window as its list turned out to round ages."""
    query = (
        select(_sighting, _page.c.address, _page.c.source, _page.c.observed_at, _page.c.observed_from)
        .add_columns(_page.c.url.label("page_url"))
        .join(_page, _page.c.id == _sighting.c.page_id)
        .where(_sighting.c.item_id == item_id)
        .order_by(_page.c.observed_at, _page.c.address, _sighting.c.position)
    )
    keys = (
        "observed_at", "observed_from", "address", "source", "position", "section", "headline", "dateline", "url",
        "age", "text", "published_after", "published_before",
    )  # fmt: skip
    rows = db.execute(query).all()
    for row, window in zip(rows, windows_in_force(db, rows), strict=True):
        bounds = {"published_after": window and window.after, "published_before": window and window.before}
        yield {key: row._mapping[key] for key in keys} | bounds


def all_sightings(db: Connection) -> Iterator[Row]:
    """Every sighting as it was printed, by item and page, in constant memory."""
    keys = (
        "position", "section", "headline", "dateline", "place", "agencies", "url", "age", "published_after",
        "published_before", "published_from",
    )  # fmt: skip
    query = (
        select(
            *(_sighting.c[key] for key in keys), _sighting.c.item_id, _sighting.c.page_id, _sighting.c.text,
            _item.c.content_hash, _item.c.text.label("item_text"), _page.c.address, _page.c.observed_at,
            _page.c.observed_from,
        )
        .join_from(_sighting, _page)
        .join(_item, _item.c.id == _sighting.c.item_id)
        .order_by(_sighting.c.item_id, _sighting.c.page_id)
    )  # fmt: skip
    last = (0, 0)
    key = tuple_(_sighting.c.item_id, _sighting.c.page_id)
    while rows := db.execute(query.where(key > last).limit(_TOGETHER)).all():
        last = (rows[-1].item_id, rows[-1].page_id)
        for row in rows:
            page = {"page": row.address, "observed_at": row.observed_at, "observed_from": row.observed_from}
            printed = {key: row._mapping[key] for key in keys}
            text = row.item_text if row.text is None else row.text
            yield {"content_hash": row.content_hash, **page, **printed, "text": text}


def pages(
    db: Connection,
    limit: int | None = None,
    *,
    source: str | None = None,
    state: str | None = None,
    run: int | None = None,
    since: datetime | None = None,
) -> Iterator[Row]:
    """Captures, the newest row first; of a source, in a state, of a run, captured at ``since`` or later."""
    query = select(*(_page.c[key] for key in PAGE_KEYS)).order_by(_page.c.id.desc())
    wanted = {"source": source, "state": state, "run_id": run}
    query = query.where(*(_page.c[name] == value for name, value in wanted.items() if value is not None))
    return _listed(db, query if since is None else query.where(_page.c.observed_at >= since), PAGE_KEYS, limit)


def runs(
    db: Connection, limit: int | None = None, source: str | None = None, since: datetime | None = None
) -> Iterator[Row]:
    """Ingests and polls, the newest first; of a source, started at ``since`` or later."""
    query = select(_run).order_by(_run.c.id.desc())
    if source is not None:
        query = query.where(_run.c.source == source)
    return _listed(db, query if since is None else query.where(_run.c.started_at >= since), RUN_KEYS, limit)


def odd_records(db: Connection, run_ids: Sequence[int]) -> dict[tuple[str, str], int]:
    """How many records of these runs something was odd about, by their file and what it was."""
    empty: dict[str, int] = {}
    query = select(_page.c.reference, _page.c.remarks).where(_page.c.run_id.in_(run_ids), _page.c.remarks != empty)
    found: Counter[tuple[str, str]] = Counter()
    for row in _stream(db, query):
        file = file_of(read_reference(row.reference)) if row.reference else None
        found.update((file, remark) for remark in row.remarks if file and remark not in {NOT_READ, CONTRADICTS})
    return dict(sorted(found.items()))


def sightings_of_all(
    db: Connection, limit: int | None = None, site: str | None = None, since: datetime | None = None
) -> Iterator[Row]:
    """Sightings with their items' hashes, those on the newest pages first; of a source or host, captured at ``since`` or later."""
    query = (
        select(
            _sighting, _page.c.address, _page.c.source, _page.c.observed_at, _page.c.observed_from, _item.c.content_hash
        )
        .add_columns(_page.c.url.label("page_url"), _item.c.headline.label("title"), _item.c.text.label("item_text"))
        .join_from(_sighting, _page)
        .join(_item, _item.c.id == _sighting.c.item_id)
        .order_by(_page.c.id.desc(), _sighting.c.position)
        .limit(limit)
    )
    query = query if site is None else query.where(_of_site(site))
    rows = _stream(db, query if since is None else query.where(_page.c.observed_at >= since))
    while some := list(islice(rows, _TOGETHER)):
        for row, window in zip(some, windows_in_force(db, some), strict=True):
            yield {
                **{key: row._mapping[key] for key in SIGHTING_KEYS},
                "text": row.item_text if row.text is None else row.text,
                "headline": row.headline or row.title,
                "published_after": window and window.after,
                "published_before": window and window.before,
            }


def gaps(db: Connection, limit: int | None = None, name: str | None = None) -> Iterator[Row]:
    """Where something may have been missed, the newest first; of the list ``name`` (source or host), or of all."""
    query = select(_gap).order_by(_gap.c.to_at.desc(), _gap.c.list, _gap.c.section, _gap.c.from_at)
    if name is not None:
        query = query.where(_gap.c.list == name)
    for row in _stream(db, query if limit is None else query.limit(limit)):
        minutes = round((row.to_at - row.from_at).total_seconds() / 60)
        yield dict(zip(GAP_KEYS, (row.list, row.section, row.from_at, row.to_at, minutes), strict=True))


def _listed(db: Connection, query: Select[Any], keys: Iterable[str], limit: int | None) -> Iterator[Row]:
    names = list(keys)
    for row in _stream(db, query if limit is None else query.limit(limit)):
        yield {key: row._mapping[key] for key in names}


def _stream(db: Connection, query: Select[Any]) -> Iterator[Any]:
    """Rows as they come, some at a time; whoever stops early closes the cursor."""
    with db.execute(query, execution_options={"yield_per": _TOGETHER}) as rows:
        yield from rows
