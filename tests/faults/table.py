"""The table that a run of the chaos suite prints: a fault a line, what was injected and seen, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from sqlalchemy import Engine, func, select

from meeruit.tasks.store.tables import Item, Work, table
from meeruit.worker.database import reading
from tests.newswire.oracle import Tables
from tests.tables import stored_gaps, stored_items, stored_sightings, true_gaps, true_items, true_sightings

_item, _work = table(Item), table(Work)


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


def figures(engine: Engine, truth: Tables) -> Figures:
    """Count what is wrong."""
    with reading(engine) as db:
        done, quarantined = db.execute(select(func.sum(_work.c.pages_done), func.sum(_work.c.pages_failed))).one()
        doubled = select(func.count() - func.count(_item.c.content_hash.distinct())).select_from(_item)
        twice = int(db.scalar(doubled) or 0)
    stored = {row["content_hash"]: row for row in stored_items(engine)}
    true = {row["content_hash"]: row for row in true_items(truth)}
    both = stored.keys() & true.keys()
    return Figures(
        done=int(done or 0),
        quarantined=int(quarantined or 0),
        doubled=twice,
        first_seen_wrong=sum(stored[key]["first_seen_at"] != true[key]["first_seen_at"] for key in both),
        counts_wrong=len(stored.keys() ^ true.keys())
        + sum(stored[key]["sightings"] != true[key]["sightings"] for key in both)
        + abs(len(stored_sightings(engine)) - len(true_sightings(truth)))
        + abs(len(stored_gaps(engine)) - len(true_gaps(truth))),
    )


def printed(lines: Iterable[Line]) -> list[str]:
    """The lines of the table, below its head."""
    head = [each.name.replace("_", " ") for each in fields(Line)]
    rows = [head, *([f"{v:.1f}" if isinstance(v, float) else str(v) for v in astuple(line)] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_cells(row, widths)) for row in rows]


def _cells(row: list[str], widths: list[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
