"""Items and their sightings: locked, inserted, and brought up to what their sightings say.

Which sightings an item needs again is decided here; what the item then is, in ``store.canonical``. Part of the merge in
``store.merge``, and of its transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from meeruit.tasks.captures import Capture
from meeruit.tasks.fold import HASH_VERSION
from meeruit.tasks.records import Block, PublishedFrom, Window
from meeruit.tasks.records import Item as ItemOnPage
from meeruit.tasks.store.bulk import Insert, Present, Select, Update, fetched
from meeruit.tasks.store.canonical import Canonical, Seen, added, canonical, order
from meeruit.tasks.store.overlap import List
from meeruit.tasks.store.rows import lock_shared
from meeruit.tasks.store.tables import GivenBy, Item, Sighting, table
from meeruit.tasks.store.windows import copies, list_of, nearest_lists

_item, _sighting = table(Item), table(Sighting)


class Printed(NamedTuple):
    """One printed item, with the capture and the block that it stands in."""

    capture: Capture
    block: Block
    item: ItemOnPage
    #: When it was published by these words, as its list rounds ages.
    window: Window | None


class Stored(NamedTuple):
    """The columns of an item that the merge looks at."""

    id: int
    content_hash: str
    headline: str | None
    headline_from: str | None
    place: str | None
    agencies: list[str]
    text: str
    section: str | None
    url: str | None
    url_from: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    #: None yet where this transaction inserted it.
    sightings: int
    published_after: datetime | None
    published_before: datetime | None
    published_from: str | None
    conflicts: int
    headline_key: str | None
    link_key: str | None
    #: Sightings that were given up: the others still decide all but their number.
    pruned: int


_COLUMNS = ", ".join(Stored._fields)
_TIMES, _LISTS = (
    [Stored._fields.index(name) for name in ("first_seen_at", "last_seen_at", "published_after", "published_before")],
    [5],
)
_STORED = Select(f"SELECT {_COLUMNS} FROM item", "content_hash", times=_TIMES, lists=_LISTS)  # noqa: S608 - our own names
_NEW = (
    "content_hash", "hash_version", "text", "agencies", "first_seen_at", "last_seen_at", "sightings", "conflicts",
)  # fmt: skip
#: On PostgreSQL it also locks the rows that are there, in the order of their hashes, and reads them; see ``bulk``.
_INSERT = Insert(_item, _NEW, "ON CONFLICT (content_hash) DO NOTHING")
_UPSERT = Insert(
    _item, _NEW, f"ON CONFLICT (content_hash) DO UPDATE SET hash_version = excluded.hash_version RETURNING {_COLUMNS}"
)
#: The columns of an item that its sightings give; what else they give is how many they are.
_GIVEN = (
    "text", "headline", "headline_from", "place", "agencies", "section", "url", "url_from", "first_seen_at", "last_seen_at",
    "published_after", "published_before", "published_from", "conflicts",
)  # fmt: skip


@cache
def _update(columns: tuple[int, ...]) -> Update:
    """Sets these of the columns of ``_GIVEN``, and how many sightings an item has."""
    count = "sightings = item.pruned + (SELECT count(*) FROM sighting WHERE sighting.item_id = item.id)"
    return Update(_item, [_GIVEN[at] for at in columns], more=count)


#: A sighting has no text where it equals the item's.
_KEEP_TEXT = Update(_sighting, ("text",), ("item_id",), where="sighting.text IS NULL")
_DROP_TEXT = Update(_sighting, (), ("item_id", "text"), more="text = NULL")
_SIGHTINGS = Insert(
    _sighting,
    (
        "item_id", "page_id", "position", "section", "headline", "dateline", "place", "agencies", "url", "age", "text",
        "published_after", "published_before", "published_from", "nearest_after", "nearest_before",
    ),
    "ON CONFLICT DO NOTHING",
)  # fmt: skip
#: Every sighting of an item: the item, then the fields of ``Seen`` up to its text, its windows, whose list it is on, its page.
_ALL = Select(
    "SELECT s.item_id, p.observed_at, p.address, s.position, p.body, s.section, s.headline, s.place, s.agencies, s.url, s.text, "
    "s.published_from, s.published_after, s.published_before, s.nearest_after, s.nearest_before, p.source, p.url, "
    "p.observed_from, s.page_id FROM sighting AS s JOIN page AS p ON p.id = s.page_id",
    "s.item_id",
    times=(1, 12, 13, 14, 15),
    lists=(8,),
)


#: Whether a capture, as (address, body), showed an item before; of one that gave up sightings nobody knows which it had.
_SHOWN_BEFORE = Present(
    ("text", "text", "bigint"),
    "SELECT 1 FROM page AS p WHERE p.address = v0 AND p.body = v1 AND ("
    "EXISTS (SELECT 1 FROM sighting AS s WHERE s.item_id = v2 AND s.page_id = p.id) "
    "OR p.pruned > 0 AND (SELECT i.pruned FROM item AS i WHERE i.id = v2) > 0)",
)
#: When each part of an item was first shown.
_SHOWN_AT = Select(
    "SELECT s.item_id, min(CASE WHEN s.headline <> '' THEN p.observed_at END), "
    "min(CASE WHEN s.place <> '' THEN p.observed_at END), "
    "min(CASE WHEN CAST(s.agencies AS TEXT) <> '[]' THEN p.observed_at END), "
    "min(CASE WHEN s.section <> '' THEN p.observed_at END), min(CASE WHEN s.url <> '' THEN p.observed_at END) "
    "FROM sighting AS s JOIN page AS p ON p.id = s.page_id",
    "s.item_id",
    "GROUP BY s.item_id",
    times=(1, 2, 3, 4, 5),
)


def printed_items(db: Connection, captures: Sequence[tuple[Capture, str | None]]) -> dict[str, list[Printed]]:
    """All that is printed on captures, each with the name of its source, by content hash.

    How their lists round ages changes no more until the end of the transaction.
    """
    printed = [
        (capture, block, list_of(source, capture.extraction.url, capture.observed_from, block.section))
        for capture, source in captures
        if capture.extraction is not None
        for block in capture.extraction.blocks
    ]
    lists = {which for *_, which in printed if which}
    lock_shared(db, (("rounding", *which) for which in lists))
    nearest = nearest_lists(db, lists)
    found: dict[str, list[Printed]] = defaultdict(list)
    for capture, block, which in printed:
        to_nearest = which in nearest
        for item in block.items:
            found[item.content_hash].append(Printed(capture, block, item, item.nearest if to_nearest else item.window))
    return found


def upsert_items(db: Connection, sightings: Mapping[str, list[Printed]]) -> dict[str, Stored]:
    """Insert the items that are new, lock those that are there, and return the rows by hash.

    A row with no sightings yet is one that this transaction inserted.
    """
    hashes = sorted(sightings)
    if not hashes:
        return {}
    if db.dialect.name == "postgresql":
        rows = [Stored._make(row) for row in fetched(_UPSERT.run(db, [_new_row(h, sightings[h]) for h in hashes]))]
    else:  # nobody else writes until the end of the transaction
        rows = [Stored._make(row) for row in _STORED.run(db, hashes)]
        new = sorted(sightings.keys() - {row.content_hash for row in rows})
        _INSERT.run(db, [_new_row(h, sightings[h]) for h in new])
        rows += [Stored._make(row) for row in _STORED.run(db, new)]
    return {row.content_hash: row for row in rows}


def _new_row(content_hash: str, printed: Sequence[Printed]) -> tuple[Any, ...]:
    """What an item is before its sightings are counted; SQLite writes it once more with them."""
    capture, _, item, _ = printed[0] if len(printed) == 1 else min(printed, key=lambda one: order(_seen(one)))
    moment = capture.observed_at
    return content_hash, HASH_VERSION, item.text, [], moment, moment, 0, 0


def insert_sightings(
    db: Connection, sightings: Mapping[str, list[Printed]], items: Mapping[str, Any], page_ids: Mapping[str, int]
) -> None:
    """One row for each item on each page; what stands there already is left as it is."""
    rows: list[tuple[Any, ...]] = []
    for content_hash, printed in sightings.items():
        number, its_text = items[content_hash].id, items[content_hash].text
        for capture, block, item, _ in printed:
            position, headline, place, agencies, dateline, text, url, age, window, rests_on, _, nearest, _ = item
            after, before = (window.after, window.before) if window else (None, None)
            also = (nearest.after, nearest.before) if nearest and nearest != window else (None, None)
            its = None if text == its_text else text
            row = (
                number,
                page_ids[capture.key],
                position,
                block.section,
                headline,
                dateline,
                place,
                agencies,
                url,
                age,
                its,
            )
            rows.append((*row, after, before, rests_on and rests_on.value, *also))
    _SIGHTINGS.run(db, rows)


class Folded(NamedTuple):
    """Items with what they are now, and those that all their sightings have to tell it of."""

    items: list[tuple[Any, Canonical]]
    again: list[Any]


def fold_new(
    db: Connection,
    sightings: Mapping[str, list[Printed]],
    items: Mapping[str, Any],
    captured_before: set[tuple[str, str]],
) -> Folded:
    """What items are with their new sightings, which are not inserted yet.

    ``captured_before``: which of their captures, as (address, body), were stored before.
    """
    folded: list[tuple[Any, Canonical]] = []
    between: dict[int, tuple[Any, list[Seen]]] = {}
    reload: list[Any] = []
    shown_before = _shown_before(db, sightings, items, captured_before)
    for content_hash, printed in sightings.items():
        row = items[content_hash]
        new = [_seen(one) for one in printed]
        if row.sightings == 0:
            folded.append((row, canonical(new)))
        elif min(seen.observed_at for seen in new) > row.last_seen_at:
            folded.append((row, canonical(new, _as_canonical(row), shown_before.get(row.id, frozenset()))))
        elif row.id in shown_before:
            reload.append(row)
        elif item := added(_as_canonical(row), new):
            folded.append((row, item))
        else:
            between[row.id] = row, new
    for number, *shown_at in _SHOWN_AT.run(db, between):
        row, new = between[number]
        if item := added(_as_canonical(row), new, tuple(shown_at)):
            folded.append((row, item))
        else:
            reload.append(row)
    return Folded(folded, reload)


def _shown_before(
    db: Connection,
    sightings: Mapping[str, list[Printed]],
    items: Mapping[str, Any],
    captured_before: set[tuple[str, str]],
) -> dict[int, set[tuple[str, str]]]:
    """By item, those of its captures which showed it before; one body can be read in two ways, and show it in one."""
    found = defaultdict[int, set[tuple[str, str]]](set)
    if captured_before:
        captures = [
            (one.capture.raw.address, one.capture.body, items[content_hash].id)
            for content_hash, printed in sightings.items()
            if items[content_hash].sightings
            for one in printed
            if (one.capture.raw.address, one.capture.body) in captured_before
        ]
        for address, body, number in _SHOWN_BEFORE.run(db, dict.fromkeys(captures)):
            found[number].add((address, body))
    return found


def write_items(db: Connection, folded: Folded) -> None:
    """Write what items are now that their new sightings are inserted."""
    _write(db, [*folded.items, *_fold_again(db, folded.again)])


def refold(db: Connection, items: Mapping[str, Any]) -> set[int]:
    """Bring each item up to all of its sightings; returns those that have none any more, which stay as they are."""
    folded = _fold_again(db, list(items.values()))
    _write(db, folded)
    return {row.id for row in items.values()} - {row.id for row, _ in folded}


def _fold_again(db: Connection, rows: Sequence[Any]) -> list[tuple[Any, Canonical]]:
    return [(row, canonical(seen)) for row, seen in _all_sightings(db, rows)]


def _write(db: Connection, folded: Collection[tuple[Any, Canonical]]) -> None:
    """Write what items are now. Where an earlier sighting has other quotes or dashes, its text is the item's."""
    other = [(row, item) for row, item in folded if item.text != row.text]
    _KEEP_TEXT.run(db, [(row.text, row.id) for row, _ in other])
    _DROP_TEXT.run(db, [(row.id, item.text) for row, item in other])
    updates: dict[tuple[int, ...], list[tuple[Any, ...]]] = defaultdict(list)
    every, one_by_one = tuple(range(len(_GIVEN))), db.dialect.name == "sqlite"
    for row, item in sorted(folded, key=lambda each: int(each[0].id)):
        values = _item_row(item, row)
        # SQLite writes an index anew, and asks a trigger, for each column that a statement names, changed or not
        columns = tuple([at for at, old in enumerate(_given(row)) if old != values[at]]) if one_by_one else every
        updates[columns].append((*[values[at] for at in columns], row.id))
    for columns, rows in updates.items():
        _update(columns).run(db, rows)


def _given(row: Any) -> tuple[Any, ...]:
    """What an item's row has in the columns of ``_GIVEN``."""
    return (
        row.text, row.headline, row.headline_from, row.place, tuple(row.agencies), row.section, row.url, row.url_from,
        row.first_seen_at, row.last_seen_at, row.published_after, row.published_before, row.published_from, row.conflicts,
    )  # fmt: skip


def _seen(printed: Printed) -> Seen:
    capture, block, item, window = printed
    position, headline, place, agencies, _, text, url, _, _, rests_on, *_ = item
    return Seen(
        capture.observed_at, capture.raw.address, position, capture.body or "", block.section, headline, place, agencies,
        url, text, window, rests_on,
    )  # fmt: skip


def _all_sightings(db: Connection, rows: Sequence[Any]) -> list[tuple[Any, list[Seen]]]:
    """Every stored sighting of these items, with the page it stands on."""
    by_id = {row.id: row for row in rows}
    found = _ALL.run(db, by_id)
    lists = _Lists()
    nearest = nearest_lists(db, {lists.of(row) for row in found if row[_NEAREST] is not None})
    pruned = [row.id for row in rows if row.pruned]
    said_before = copies(db, pruned) if pruned else frozenset[tuple[int, int]]()
    by_item: dict[int, list[Seen]] = defaultdict(list)
    for row in found:
        (
            number,
            moment,
            address,
            position,
            body,
            section,
            headline,
            place,
            agencies,
            url,
            text,
            rests_on,
            after,
            before,
            *_,
        ) = row
        window = Window(after, before) if before is not None else None
        if row[_NEAREST] is not None and nearest and lists.of(row) in nearest:
            window = Window(row[_NEAREST - 1], row[_NEAREST])
        if (number, row[-1]) in said_before:
            window = None
        said_by = PublishedFrom(rests_on) if rests_on else None
        shown = by_id[number].text if text is None else text
        by_item[number].append(
            Seen(
                moment, address, position, body, section, headline, place, tuple(agencies), url, shown, window, said_by
            )
        )
    return [(by_id[number], seen) for number, seen in by_item.items()]


#: Where a row of ``_ALL`` has ``nearest_before``.
_NEAREST = 15


class _Lists:
    """Whose lists the rows of ``_ALL`` are on, each asked once."""

    def __init__(self) -> None:
        self._known: dict[Any, List | None] = {}

    def of(self, row: Sequence[Any]) -> List | None:
        """The list of a row."""
        what = (row[16], row[17], row[18], row[5])
        if what not in self._known:
            self._known[what] = list_of(*what)
        return self._known[what]


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


def _item_row(item: Canonical, row: Any) -> tuple[Any, ...]:
    """An item's values in the columns of ``_GIVEN``; what its article gave stays where no sighting has it."""
    given_headline = row.headline if row.headline_from == GivenBy.ARTICLE else None
    given_url = row.url if row.url_from == GivenBy.ARTICLE else None
    text, first, last, headline, place, agencies, section, url, window, rests_on, conflicts = item
    headline_from = "sighting" if headline else "article" if given_headline else None
    url_from = "sighting" if url else "article" if given_url else None
    return (
        text, headline or given_headline, headline_from, place, agencies, section, url or given_url, url_from, first, last,
        window and window.after, window and window.before, rests_on and rests_on.value, conflicts,
    )  # fmt: skip
