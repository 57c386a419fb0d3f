"""Rework stored pages whose extraction changed: their sightings, the items behind them, and what is derived.

One transaction; idempotent. Sightings and listings of a page are deleted and inserted anew, by the same steps as in
``store.merge``; everything derived follows in the same transaction. Locks of lists and relations come before locks of
rows, as everywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, select, update
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.captures import Capture
from meeruit.tasks.store import failures, runs
from meeruit.tasks.store.items import insert_sightings, printed_items, refold, upsert_items
from meeruit.tasks.store.merge import SAME_BODY, counted, insert_listings, page_row, same_body
from meeruit.tasks.store.overlap import list_name, measure_list, section_name, touched_lists
from meeruit.tasks.store.relate import relate
from meeruit.tasks.store.rounding import judge, suspects
from meeruit.tasks.store.rows import in_chunks, lock
from meeruit.tasks.store.tables import Item, Listing, Page, PageState, Sighting, table

_item, _listing, _page, _sighting = table(Item), table(Listing), table(Page), table(Sighting)
#: Columns of a page that extraction and what is said of it decide; ``new`` and ``seen`` depend on other pages too.
_COLUMNS = (
    "state", "outcome", "found", "new", "seen", "rejected", "rejects", "remarks", "lead_headline", "lead_dateline", "lead_text",
    "lead_hash", "encoding", "replaced", "listing", "source", "profile",
)  # fmt: skip
_COUNTED = re.compile(rf"({SAME_BODY}: )?(\d+ new, )?\d+ seen(, \d+ rejected)?")

#: Every column of ``item`` but those that find it, and those that say where a value came from or only serve to derive
#: others. A digest of each tells later which have changed.
DIGESTED = (
    "hash_version", "headline", "place", "agencies", "text", "section", "url", "first_seen_at", "last_seen_at",
    "sightings", "published_after", "published_before", "published_from", "conflicts", "revision_of",
)  # fmt: skip
Digest = bytes
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Reworked:
    """A page whose extraction changed, or what is said of it."""

    #: The row of ``page`` as it is.
    row: Any
    capture: Capture
    #: Hashes of the items that it had.
    had: AbstractSet[str]
    #: Its source and profile from now on.
    source: str | None
    profile: str | None


def rework(db: Connection, pages: Sequence[Reworked]) -> dict[str, Digest | None]:
    """Bring the tables to what these pages hold now.

    Returns the earlier digest of each item that may have changed, by hash; None for an item that is new.
    """
    these = _page.c.id.in_([page.row.id for page in pages])
    lists = touched_lists(db, these)
    theirs = sorted({*lists, *_new_lists(pages)})
    for which in theirs:
        lock(db, "list", *which)
    lock(db, "items")
    for which in theirs:
        lock(db, "rounding", *which)
    # what was forgotten meanwhile is gone, and what gave up sightings can no longer be read again
    there = set(db.scalars(select(_page.c.id).where(these, _page.c.pruned.is_(None)).with_for_update()))
    pages = [page for page in pages if page.row.id in there]
    if not pages:
        return {}
    doubtful = suspects(db, these)
    known = _lock_items(db, pages)
    before: dict[str, Digest | None] = {content_hash: digest(dict(row._mapping)) for content_hash, row in known.items()}
    first = first_pages(db, known)
    items = known | _replace_sightings(db, pages)
    gone = refold(db, items)
    before |= dict.fromkeys(items.keys() - known.keys())
    changed = {page.row.id for page in pages} | changed_first_pages(first, first_pages(db, items))
    flips = [flip for page in pages if (flip := _changed_outcome(page)) is not None]
    recount_pages(db, changed)
    runs.recount(db, changed, flips)
    for which, some in joined_lists(doubtful, suspects(db, these)).items():
        judge(db, which, some)
    before = derive_items(db, items, gone) | before
    for which, times in joined_lists(lists, touched_lists(db, these)).items():
        measure_list(db, which, times)
    moved = {page.row.address for page in pages if page.source != page.row.source}
    failures.note(db, {flip.address for flip in flips}, moved)
    return before


def _new_lists(pages: Iterable[Reworked]) -> set[tuple[str, str]]:
    found = set()
    for page in pages:
        name = list_name(page.source, page.row.url)
        if name is not None and page.capture.extraction is not None:
            found |= {(name, section_name(block.section)) for block in page.capture.extraction.blocks}
    return found


def _lock_items(db: Connection, pages: Iterable[Reworked]) -> dict[str, Any]:
    """The items that these pages had or have now or are the articles of, locked in the order in which merges do it."""
    wanted: set[str] = set()
    for page in pages:
        wanted |= page.had
        wanted |= {page.row.lead_hash, page_row(page.capture, 0, 0, set())["lead_hash"]} - {None}
        wanted |= {item.content_hash for _, item in _items(page.capture)}
    query = select(_item).order_by(_item.c.content_hash).with_for_update()
    return {row.content_hash: row for row in in_chunks(db, query, _item.c.content_hash, sorted(wanted))}


def _items(capture: Capture) -> Iterable[tuple[Any, Any]]:
    return capture.extraction.items() if capture.extraction else ()


def _replace_sightings(db: Connection, pages: Sequence[Reworked]) -> dict[str, Any]:
    """Delete the sightings of these pages and insert those of now; returns the items of now by hash."""
    ids = [page.row.id for page in pages]
    db.execute(delete(_sighting).where(_sighting.c.page_id.in_(ids)))
    db.execute(delete(_listing).where(_listing.c.page_id.in_(ids)))
    sightings = printed_items(db, [(page.capture, page.source) for page in pages])
    sources: dict[str | None, list[Capture]] = defaultdict(list)
    for page in pages:
        sources[page.source].append(page.capture)
    items = upsert_items(db, sightings)
    page_ids = {page.row.capture_key: page.row.id for page in pages}
    insert_sightings(db, sightings, items, page_ids)
    for source, captures in sources.items():
        insert_listings(db, captures, page_ids, source)
    rows = [(page.row.id, _columns_of(page)) for page in pages]
    db.execute(
        update(_page)
        .where(_page.c.id == bindparam("page"))
        .values({name: bindparam(f"its_{name}") for name in _COLUMNS}),
        [{"page": i, **{f"its_{name}": row[name] for name in _COLUMNS}} for i, row in rows],
    )
    return items


def _columns_of(page: Reworked) -> dict[str, Any]:
    row = page_row(page.capture, 0, len(list(_items(page.capture))), set())
    return row | {"source": page.source, "profile": page.profile}


def first_pages(db: Connection, items: Mapping[str, Any]) -> dict[int, int]:
    """The page on which each item was new: the one that was stored first."""
    query = select(_sighting.c.item_id, func.min(_sighting.c.page_id).label("page")).group_by(_sighting.c.item_id)
    rows = in_chunks(db, query, _sighting.c.item_id, [row.id for row in items.values()])
    return {row.item_id: row.page for row in rows}


def changed_first_pages(before: Mapping[int, int], after: Mapping[int, int]) -> set[int]:
    """The pages that are no longer, or only now, the first of an item."""
    return {page for _, page in before.items() ^ after.items()}


def recount_pages(db: Connection, pages: Iterable[int]) -> None:
    """Count anew how many items of these pages are new there, and how many were seen before; say it in their outcomes."""
    other, before = _sighting.alias(), _page.alias()
    earlier = select(other.c.page_id).where(
        other.c.item_id == _sighting.c.item_id, other.c.page_id < _sighting.c.page_id
    )
    same = select(before.c.id).where(
        before.c.address_key == _page.c.address_key,
        before.c.address == _page.c.address,
        before.c.body == _page.c.body,
        before.c.state == PageState.DONE,
        before.c.id < _page.c.id,
    )
    new = func.coalesce(func.sum(case((_sighting.c.item_id.is_not(None) & ~earlier.exists(), 1), else_=0)), 0)
    its = (_page.c.id, _page.c.rejected, _page.c.outcome, _page.c.pruned)
    # what is new on a page is never given up
    there = func.count(_sighting.c.item_id) + func.coalesce(_page.c.pruned, 0)
    columns = (*its, new.label("new"), there.label("all"))
    grouped = (*its, _page.c.address_key, _page.c.address, _page.c.body)
    query = select(*columns, same.exists().label("again")).join(_sighting, isouter=True).group_by(*grouped)
    rows = []
    for row in in_chunks(db, query, _page.c.id, sorted(pages)):
        new_here, seen = int(row.new), row.all - int(row.new)
        said = _said_again(row, counted(new_here, seen, row.rejected))
        rows.append({"page": row.id, "its_new": new_here, "its_seen": seen, "its_outcome": said})
    values: dict[str, Any] = {name: bindparam(f"its_{name}") for name in ("new", "seen", "outcome")}
    if rows:
        db.execute(update(_page).where(_page.c.id == bindparam("page")).values(values), rows)


def _said_again(row: Any, counts: str) -> str:
    """The outcome of a page with these counts; that its body was there before is no longer said where it was not."""
    outcome = str(row.outcome)
    if not outcome.startswith(SAME_BODY):
        return counts if _COUNTED.fullmatch(outcome) else outcome
    if _COUNTED.fullmatch(outcome):
        return same_body(counts) if row.again else counts
    return outcome if row.again else outcome.removeprefix(f"{SAME_BODY}: ")


def _changed_outcome(page: Reworked) -> runs.ChangedOutcome | None:
    """The earlier and the new outcome of a page, where they differ."""
    then = page.row.outcome if page.row.state == PageState.QUARANTINED else None
    if then == page.capture.problem:
        return None
    return runs.ChangedOutcome(page.row.work_id, page.row.address, then, page.capture.problem)


def derive_items(db: Connection, items: Mapping[str, Any], gone: AbstractSet[int]) -> dict[str, Digest | None]:
    """Relate the items that are left, then delete those without a sighting; returns the earlier digests of what changed."""
    rows = [row for row in items.values() if row.id in gone]
    left = {key for row in rows for key in (row.headline_key, row.link_key) if key}
    which = _item.c.id.in_(gone)
    db.execute(update(_item).where(which).values(headline_key=None, link_key=None, revision_of=None))
    changed = relate(db, {row.id for row in items.values()} - gone, left)
    db.execute(delete(_item).where(which))
    now = {row.id: row for row in in_chunks(db, select(_item), _item.c.id, changed)}
    return {now[i].content_hash: digest({**now[i]._mapping, **then}) for i, then in changed.items()}


def joined_lists(*found: Mapping[tuple[str, str], set[Any]]) -> dict[tuple[str, str], set[Any]]:
    """What was found for each list, taken together, in the order in which lists are locked."""
    both: dict[tuple[str, str], set[Any]] = defaultdict(set)
    for lists in found:
        for which, times in lists.items():
            both[which] |= times
    return dict(sorted(both.items()))


def digests(db: Connection, which: ColumnElement[bool]) -> dict[str, Digest]:
    """Digests of items as they are now, by hash; ``which`` is a condition on ``item``."""
    return {row.content_hash: digest(dict(row._mapping)) for row in db.execute(select(_item).where(which))}


def digest(values: Mapping[str, Any]) -> Digest:
    """The digests of ``DIGESTED``, one behind the other."""
    return b"".join(hashlib.blake2b(repr(values[name]).encode(), digest_size=_DIGEST).digest() for name in DIGESTED)


def changed_columns(old: Digest | None, new: Digest | None) -> list[str]:
    """The columns in which two digests differ; none where one of them is missing."""
    if old is None or new is None:
        return []
    starts = range(0, len(old), _DIGEST)
    return [n for n, at in zip(DIGESTED, starts, strict=True) if old[at : at + _DIGEST] != new[at : at + _DIGEST]]
