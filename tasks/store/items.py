"""Items and their sightings: locked, inserted, and brought up to what their sightings say.

Which sightings an item needs again is decided here; what the item then is, in ``store.canonical``. Part of the merge in
``store.merge``, and of its transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from meeruit.tasks.captures import Capture
from meeruit.tasks.fold import HASH_VERSION
from meeruit.tasks.records import Block, PublishedFrom, Window
from meeruit.tasks.records import Item as ItemOnPage
from meeruit.tasks.store.canonical import Canonical, Seen, canonical
from meeruit.tasks.store.rows import in_chunks, insert_into, lock_shared
from meeruit.tasks.store.tables import GivenBy, Item, Page, Sighting, table
from meeruit.tasks.store.windows import list_of, nearest_lists, windows_in_force

_item, _page, _sighting = table(Item), table(Page), table(Sighting)


class Printed(NamedTuple):
    """One printed item, with the capture and the block that it stands in."""

    capture: Capture
    block: Block
    item: ItemOnPage
    #: When it was published by these words, as its list rounds ages.
    window: Window | None


def printed_items(db: Connection, captures: Sequence[tuple[Capture, str | None]]) -> dict[str, list[Printed]]:
    """All that is printed on captures, each with the name of its source, by content hash.

    How their lists round ages changes no more until the end of the transaction.
    """
    printed = [
        (capture, block, item, list_of(source, capture.extraction.url, capture.observed_from, block.section))
        for capture, source in captures
        if capture.extraction is not None
        for block, item in capture.extraction.items()
    ]
    lists = {which for *_, which in printed if which}
    lock_shared(db, (("rounding", *which) for which in lists))
    nearest = nearest_lists(db, lists)
    found: dict[str, list[Printed]] = defaultdict(list)
    for capture, block, item, which in printed:
        window = item.nearest if which in nearest else item.window
        found[item.content_hash].append(Printed(capture, block, item, window))
    return found


def upsert_items(db: Connection, sightings: Mapping[str, list[Printed]]) -> dict[str, Any]:
    """Insert the items that are new, lock those that are there, and return the rows by hash.

    A row with no sightings yet is one that this transaction inserted.
    """
    if not sightings:
        return {}
    rows = []
    for content_hash in sorted(sightings):
        capture, _, item, _ = min(sightings[content_hash], key=lambda at: _seen(at).order())
        rows.append(
            {
                "content_hash": content_hash,
                "hash_version": HASH_VERSION,
                "text": item.text,
                "agencies": [],
                "first_seen_at": capture.observed_at,
                "last_seen_at": capture.observed_at,
                "sightings": 0,
                "conflicts": 0,
            }
        )
    statement = insert_into(db, _item)
    db.execute(
        statement.on_conflict_do_update(index_elements=["content_hash"], set_={"hash_version": HASH_VERSION}), rows
    )
    return {row.content_hash: row for row in in_chunks(db, select(_item), _item.c.content_hash, sightings)}


def insert_sightings(
    db: Connection,
    sightings: Mapping[str, list[Printed]],
    items: Mapping[str, Any],
    page_ids: Mapping[str, int],
) -> None:
    """One row for each item on each page; what stands there already is left as it is."""
    rows = []
    for content_hash, printed in sightings.items():
        row = items[content_hash]
        for capture, block, item, _ in printed:
            window = item.window
            nearest = item.nearest if item.nearest != window else None
            rows.append(
                {
                    "item_id": row.id,
                    "page_id": page_ids[capture.key],
                    "position": item.position,
                    "section": block.section,
                    "headline": item.headline,
                    "dateline": item.dateline,
                    "place": item.place,
                    "agencies": list(item.agencies),
                    "url": item.url,
                    "age": item.age,
                    "text": None if item.text == row.text else item.text,
                    "published_after": window.after if window else None,
                    "published_before": window.before if window else None,
                    "published_from": item.published_from,
                    "nearest_after": nearest.after if nearest else None,
                    "nearest_before": nearest.before if nearest else None,
                }
            )
    if rows:
        db.execute(insert_into(db, _sighting).on_conflict_do_nothing(), rows)


def recompute(
    db: Connection,
    sightings: Mapping[str, list[Printed]],
    items: Mapping[str, Any],
    captured_before: set[tuple[str, str]],
) -> None:
    """Adds later sightings to the stored result; for earlier ones recomputes from all."""
    folded: dict[int, Canonical] = {}
    reload: list[Any] = []
    for content_hash, printed in sightings.items():
        row = items[content_hash]
        new = [_seen(one) for one in printed]
        if row.sightings == 0:
            folded[row.id] = canonical(new)
        elif min(seen.observed_at for seen in new) > row.last_seen_at:
            folded[row.id] = canonical(new, _as_canonical(row), captured_before)
        else:
            reload.append(row)
    _write(db, items, folded | _fold_again(db, reload))


def refold(db: Connection, items: Mapping[str, Any]) -> set[int]:
    """Bring each item up to all of its sightings; returns those that have none any more, which stay as they are."""
    folded = _fold_again(db, list(items.values()))
    _write(db, items, folded)
    return {row.id for row in items.values()} - folded.keys()


def _fold_again(db: Connection, rows: Sequence[Any]) -> dict[int, Canonical]:
    folded = {}
    for row, seen in _all_sightings(db, rows):
        folded[row.id] = item = canonical(seen)
        if item.text != row.text:
            _change_text(db, row, item.text)
    return folded


def _write(db: Connection, items: Mapping[str, Any], folded: Mapping[int, Canonical]) -> None:
    if not folded:
        return
    count = (
        select(func.count()).select_from(_sighting).where(_sighting.c.item_id == bindparam("item")).scalar_subquery()
    )
    statement = update(_item).where(_item.c.id == bindparam("item")).values(sightings=count)
    rows = {row.id: row for row in items.values()}
    db.execute(statement, [{"item": i, **_item_row(item, rows[i])} for i, item in sorted(folded.items())])


def _seen(printed: Printed) -> Seen:
    capture, block, item, window = printed
    return Seen(
        observed_at=capture.observed_at,
        address=capture.raw.address,
        position=item.position,
        body=capture.body or "",
        section=block.section,
        headline=item.headline,
        place=item.place,
        agencies=item.agencies,
        url=item.url,
        text=item.text,
        window=window,
        published_from=item.published_from,
    )


def _all_sightings(db: Connection, rows: Sequence[Any]) -> Iterable[tuple[Any, list[Seen]]]:
    """Every stored sighting of these items, with the page it stands on."""
    by_item: dict[int, list[Seen]] = defaultdict(list)
    by_id = {row.id: row for row in rows}
    its_page = (_page.c[name] for name in ("address", "observed_at", "body", "source", "observed_from"))
    query = select(_sighting, *its_page, _page.c.url.label("page_url")).join_from(_sighting, _page)
    found = list(in_chunks(db, query, _sighting.c.item_id, by_id))
    for s, window in zip(found, windows_in_force(db, found), strict=True):
        text = by_id[s.item_id].text if s.text is None else s.text
        rests_on = PublishedFrom(s.published_from) if s.published_from else None
        dateline = s.place, tuple(s.agencies)
        by_item[s.item_id].append(
            Seen(
                s.observed_at,
                s.address,
                s.position,
                s.body,
                s.section,
                s.headline,
                *dateline,
                s.url,
                text,
                window,
                rests_on,
            )
        )
    return [(by_id[item_id], seen) for item_id, seen in by_item.items()]


def _as_canonical(row: Any) -> Canonical:
    return Canonical(
        text=row.text,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        headline=row.headline if row.headline_from == GivenBy.SIGHTING else None,
        place=row.place,
        agencies=tuple(row.agencies),
        section=row.section,
        url=row.url if row.url_from == GivenBy.SIGHTING else None,
        window=Window(row.published_after, row.published_before) if row.published_before else None,
        published_from=PublishedFrom(row.published_from) if row.published_from else None,
        conflicts=row.conflicts,
    )


def _item_row(item: Canonical, row: Any) -> dict[str, Any]:
    """The columns of an item; what its article gave stays where no sighting has it."""
    headline = row.headline if row.headline_from == GivenBy.ARTICLE else None
    url = row.url if row.url_from == GivenBy.ARTICLE else None
    return {
        "text": item.text,
        "headline": item.headline or headline,
        "headline_from": GivenBy.SIGHTING if item.headline else GivenBy.ARTICLE if headline else None,
        "place": item.place,
        "agencies": list(item.agencies),
        "section": item.section,
        "url": item.url or url,
        "url_from": GivenBy.SIGHTING if item.url else GivenBy.ARTICLE if url else None,
        "first_seen_at": item.first_seen_at,
        "last_seen_at": item.last_seen_at,
        "published_after": item.window.after if item.window else None,
        "published_before": item.window.before if item.window else None,
        "published_from": item.published_from,
        "conflicts": item.conflicts,
    }


def _change_text(db: Connection, row: Any, text: str) -> None:
    """An earlier sighting arrived, with other quotes or dashes: its text is the item's now."""
    ours = _sighting.c
    db.execute(update(_sighting).where(ours.item_id == row.id, ours.text.is_(None)).values(text=row.text))
    db.execute(update(_sighting).where(ours.item_id == row.id, ours.text == text).values(text=None))
