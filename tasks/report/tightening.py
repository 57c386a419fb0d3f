"""Where and when an item was seen, and how its window tightened from one sighting to the next. Only reads.

The same walk as ``store.recurrence``: in order of capture, the first text of an address counts, what does not intersect is
passed over.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from meeruit.tasks.records import Window
from meeruit.tasks.store.recurrence import DatedSighting
from meeruit.tasks.store.tables import Page, Sighting, table
from meeruit.tasks.store.windows import TOLD, copies, list_of_row, windows_in_force
from meeruit.tasks.times import intersect

_page, _sighting = table(Page), table(Sighting)
#: Sightings of one item that are looked at.
MOST = 20_000


class Effect(StrEnum):
    """What a sighting did to the window."""

    OPENED = "opened it"
    NARROWED = "narrowed it"
    AGREED = "agreed"
    PASSED_OVER = "passed over: it contradicts"
    AGAIN = "same text of the same page again"
    SILENT = "says nothing"


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting, and the window after it."""

    observed_at: datetime
    observed_from: str
    address: str
    source: str | None
    #: The source, or the host where none is named; None where nobody knows whose page it is.
    list: str | None
    section: str | None
    #: From 1 at the top.
    position: int
    #: Items found on the page.
    of: int
    headline: str | None
    #: As printed.
    age: str | None
    #: What this sighting says, and what is known after it; None where nothing is.
    said: Window | None
    window: Window | None
    effect: Effect


def seen(db: Connection, item_id: int) -> list[Seen]:
    """The sightings of an item in order of capture; the window after the last is the item's."""
    columns = (
        _page.c.observed_at, _page.c.address, _page.c.body, _page.c.found, _sighting.c.position, _sighting.c.headline,
        _sighting.c.age, _sighting.c.page_id, *TOLD,
    )  # fmt: skip
    query = select(*columns).join_from(_sighting, _page).where(_sighting.c.item_id == item_id)
    rows = db.execute(query.order_by(_page.c.observed_at, _page.c.id).limit(MOST)).all()
    dated = zip(rows, windows_in_force(db, rows), strict=True)
    return _walk(
        sorted(
            (
                (DatedSighting(row.observed_at, row.address, row.position, row.body or "", said), row)
                for row, said in dated
            ),
            key=lambda pair: pair[0].order(),
        ),
        {page for _, page in copies(db, [item_id])},
    )


def _walk(ordered: Sequence[tuple[DatedSighting, Any]], copied: Set[int]) -> list[Seen]:
    found, heard = [], set[tuple[str, str]]()
    window: Window | None = None
    for told, row in ordered:
        again = (told.address, told.body) in heard or row.page_id in copied
        heard.add((told.address, told.body))
        effect, window = _effect(told.window, window, again=again)
        found.append(_seen(row, told.window, window, effect))
    return found


def _effect(said: Window | None, window: Window | None, *, again: bool) -> tuple[Effect, Window | None]:
    if again:
        return Effect.AGAIN, window
    if said is None:
        return Effect.SILENT, window
    if window is None:
        return Effect.OPENED, said
    both = intersect(window, said)
    if both is None:
        return Effect.PASSED_OVER, window
    return (Effect.AGREED if both == window else Effect.NARROWED), both


def _seen(row: Any, said: Window | None, window: Window | None, effect: Effect) -> Seen:
    which = list_of_row(row)
    return Seen(
        observed_at=row.observed_at,
        observed_from=row.observed_from,
        address=row.address,
        source=row.source,
        list=which[0] if which else None,
        section=row.section,
        position=row.position,
        of=row.found,
        headline=row.headline,
        age=row.age,
        said=said,
        window=window,
        effect=effect,
    )
