"""The table that a run of the chaos suite prints: a fault a line, what was injected and seen, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from sqlalchemy import Engine, func, select

from meeruit.tasks.store.tables import Item, Page, PageState, Sighting, table
from meeruit.worker.database import reading
from tests.newswire.oracle import Tables
from tests.tables import stored_gaps, stored_items, stored_sightings, true_gaps, true_items, true_sightings

_item, _page, _sighting = table(Item), table(Page), table(Sighting)


@dataclass(frozen=True)
class Line:
    """What one run showed."""

    fault: str
    #: How often the fault was brought about, and how often its effect was seen.
    injected: int
    seen: int
    enrolled: int
    done: int
    quarantined: int
    doubled: int
    first_seen_wrong: int
    counts_wrong: int
    #: From the fault until all had ended.
    seconds: float


@dataclass(frozen=True)
class Figures:
    """What the tables hold, beside what they must."""

    done: int
    quarantined: int
    doubled: int
    first_seen_wrong: int
    counts_wrong: int


def figures(engine: Engine, truth: Tables | None) -> Figures:
    """Count what is wrong; without a truth, what the tables say against themselves."""
    with reading(engine) as db:
        states = select(_page.c.state, func.count().label("pages")).group_by(_page.c.state)
        pages = {str(row.state): int(row.pages) for row in db.execute(states)}
        doubled = select(func.count() - func.count(_item.c.content_hash.distinct())).select_from(_item)
        twice = int(db.scalar(doubled) or 0)
    first_seen, counts = _against_itself(engine) if truth is None else _against(engine, truth)
    return Figures(pages.get(PageState.DONE, 0), pages.get(PageState.QUARANTINED, 0), twice, first_seen, counts)


def _against(engine: Engine, truth: Tables) -> tuple[int, int]:
    """Items whose first sighting is wrong; items, sightings and gaps too many, too few, or miscounted."""
    stored = {row["content_hash"]: row for row in stored_items(engine)}
    true = {row["content_hash"]: row for row in true_items(truth)}
    both = stored.keys() & true.keys()
    rows = abs(len(stored_sightings(engine)) - len(true_sightings(truth)))
    gaps = abs(len(stored_gaps(engine)) - len(true_gaps(truth)))
    counted = sum(stored[key]["sightings"] != true[key]["sightings"] for key in both)
    first = sum(stored[key]["first_seen_at"] != true[key]["first_seen_at"] for key in both)
    return first, len(stored.keys() ^ true.keys()) + counted + rows + gaps


def _against_itself(engine: Engine) -> tuple[int, int]:
    """The same by the sightings that are stored."""
    sums = (
        select(
            _item.c.first_seen_at,
            _item.c.sightings,
            func.min(_page.c.observed_at).label("first"),
            func.count().label("n"),
        )
        .join_from(_item, _sighting, _sighting.c.item_id == _item.c.id)
        .join(_page, _page.c.id == _sighting.c.page_id)
        .group_by(_item.c.id, _item.c.first_seen_at, _item.c.sightings)
    )
    with reading(engine) as db:
        rows = db.execute(sums).all()
        items = int(db.scalar(select(func.count()).select_from(_item)) or 0)
    wrong = sum(row.first_seen_at != row.first for row in rows)
    return wrong, items - len(rows) + sum(row.sightings != row.n for row in rows)


def printed(lines: Iterable[Line]) -> list[str]:
    """The lines of the table, below its head."""
    head = [each.name.replace("_", " ") for each in fields(Line)]
    rows = [head, *([f"{v:.1f}" if isinstance(v, float) else str(v) for v in astuple(line)] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_cells(row, widths)) for row in rows]


def _cells(row: list[str], widths: list[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
