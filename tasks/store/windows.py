"""When sightings say that an item was published, read by how their list rounds ages. How that is found out, see ``rounding``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import Connection, select

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.records import Rounding, Window
from meeruit.tasks.store.bulk import Select
from meeruit.tasks.store.overlap import List, list_name, section_name
from meeruit.tasks.store.rows import in_chunks
from meeruit.tasks.store.tables import ListState, Page, Sighting, table

_list, _page, _sighting = table(ListState), table(Page), table(Sighting)
#: The columns that a row needs for ``list_of`` and ``window_in_force``.
TOLD = (
    _page.c.source, _page.c.url.label("page_url"), _page.c.observed_from, _sighting.c.section, _sighting.c.published_after,
    _sighting.c.published_before, _sighting.c.nearest_after, _sighting.c.nearest_before,
)  # fmt: skip
#: Sightings on later copies of captures that gave some up.
_COPIES = Select(
    "SELECT s.item_id, s.page_id FROM item AS i JOIN sighting AS s ON s.item_id = i.id AND i.pruned > 0 "
    "JOIN page AS p ON p.id = s.page_id",
    "i.id",
    "AND EXISTS (SELECT 1 FROM page AS e WHERE e.body = p.body AND e.observed_at < p.observed_at AND e.address = p.address "
    "AND e.pruned > 0)",
)


def copies(db: Connection, items: Iterable[int]) -> set[tuple[int, int]]:
    """Sightings, as (item, page), whose words were true earlier: on a capture of that address and body which gave some up.

    Where it gave up none, it is among the item's own sightings.
    """
    return {(item, page) for item, page in _COPIES.run(db, items)}


def list_of(source: str | None, url: str | None, observed_from: str, section: str | None) -> List | None:
    """The list that a block belongs to; None on a page of which nobody knows whose it is, or when it was captured."""
    name = list_name(source, url)
    return None if name is None or observed_from == ObservedFrom.INGEST else (name, section_name(section))


def list_of_row(row: Any) -> List | None:
    """The same for a row with the columns of ``TOLD``."""
    return list_of(row.source, row.page_url, row.observed_from, row.section)


def nearest_lists(db: Connection, lists: Iterable[List | None]) -> AbstractSet[List]:
    """Those of these lists that round to the nearest unit."""
    wanted = {which for which in lists if which}
    query = select(_list.c.list, _list.c.section).where(_list.c.rounding == Rounding.NEAREST)
    rows = in_chunks(db, query, _list.c.list, {name for name, _ in wanted})
    return wanted & {(row.list, row.section) for row in rows}


def printed_windows(row: Any) -> tuple[Window, Window] | None:
    """What a row with the columns of ``TOLD`` says: rounded down, or as somebody said; and to the nearest unit."""
    if row.published_before is None:
        return None
    down = Window(row.published_after, row.published_before)
    return down, Window(row.nearest_after, row.nearest_before) if row.nearest_before else down


def windows_in_force(db: Connection, rows: Sequence[Any]) -> list[Window | None]:
    """The window of each of these rows, which have the columns of ``TOLD``, by how its list rounds."""
    nearest = nearest_lists(db, {list_of_row(row) for row in rows if row.nearest_before})
    windows = map(printed_windows, rows)
    return [
        both and both[row.nearest_before is not None and list_of_row(row) in nearest]
        for row, both in zip(rows, windows, strict=True)
    ]
