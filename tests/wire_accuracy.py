"""How right time and completeness are on a made-up newswire, whose truth is known: part of ``make accuracy``.

Three days of captures, in random order, split over three runs; compared with the oracle and with the wire itself.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, select

from meeruit.tasks.store.tables import Item, table
from meeruit.worker.database import make_engine, reading, upgrade
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.fold import fold
from tests.newswire.oracle import Tables, tables
from tests.newswire.revisions import DAY
from tests.newswire.truth import misses
from tests.storing import store
from tests.tables import stored_gaps, stored_items, stored_sightings, true_gaps, true_items, true_sightings

_item = table(Item)
Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Measured:
    """What the product made of the captures of a plan, beside the truth."""

    items: int
    #: Items whose row equals the oracle's in every column, its window among them.
    equal: int
    sightings_equal: bool
    gaps: int
    gaps_equal: bool
    #: Dated items, and those of them whose true second lies in their window.
    dated: int
    true_inside: int
    #: Median width of the windows in seconds, and of those by each item's first sighting alone.
    width: float
    first_width: float
    #: Stories that no capture of their list shows, and those that lie in none of its gaps.
    missed: int
    outside: int
    #: Revisions that the product says, the true corrections, and those of them that share a link or a headline.
    said: Pairs
    corrections: Pairs
    sharing: Pairs


def measure(plan: Plan, engine: Engine, orders: int = 1) -> Measured:
    """Store the captures of a plan in random order, over three runs, and look at what comes of it."""
    camera = Camera(plan)
    captures = [camera.capture(number) for number in camera.numbers()]
    random.Random(orders).shuffle(captures)
    thirds = [captures[start::3] for start in range(3)]
    store(engine, [[part[at : at + 200] for at in range(0, len(part), 200)] for part in thirds], connections=3)
    return compare(engine, camera, captures)


def compare(engine: Engine, camera: Camera, captures: list[Capture]) -> Measured:
    """The database beside the truth."""
    truth = tables(captures)
    own, oracle = stored_items(engine), true_items(truth)
    missed = misses(camera.wire, captures)
    with reading(engine) as db:
        rows = {row.content_hash: row for row in db.execute(select(_item).where(_item.c.published_before.is_not(None)))}
    times = camera.wire.times()
    spans = [(row.published_before - row.published_after).total_seconds() for row in rows.values()]
    return Measured(
        items=len(oracle),
        equal=sum(row in oracle for row in own) if own != oracle else len(own),
        sightings_equal=stored_sightings(engine) == true_sightings(truth),
        gaps=len(truth.gaps),
        gaps_equal=stored_gaps(engine) == true_gaps(truth),
        dated=len(rows),
        true_inside=sum(_inside(row.published_after, row.published_before, times[key]) for key, row in rows.items()),
        width=median(spans),
        first_width=median(_first_widths(truth)),
        missed=len(missed),
        outside=sum(not _explained(truth, *miss) for miss in missed),
        said={(str(row["revision_of"]), str(row["content_hash"])) for row in own if row["revision_of"]},
        corrections=camera.wire.corrections(),
        sharing=_sharing(truth, camera.wire.corrections()),
    )


def _inside(after: datetime, before: datetime, true: datetime) -> bool:
    return after < true <= before or after == true == before


def _first_widths(truth: Tables) -> Iterator[float]:
    """How wide the window is that each item's earliest sighting with one gives."""
    widths: dict[str, float] = {}
    for sighting in sorted(truth.sightings, key=lambda each: each.order):
        if sighting.window is not None and not sighting.page.stale:
            width = (sighting.window.before - sighting.window.after).total_seconds()
            widths.setdefault(sighting.content_hash, width)
    yield from widths.values()


def _explained(truth: Tables, publisher: str, section: str, published: datetime) -> bool:
    own = [gap for gap in truth.gaps if (gap.publisher, gap.section) == (publisher, section)]
    return any(gap.after < published <= gap.before for gap in own)


def _sharing(truth: Tables, corrections: Pairs) -> Pairs:
    """The true corrections of which both texts were captured, and share a link or, within a day, headline and place."""
    found = set()
    for old, new in corrections:
        if not {old, new} <= truth.items.keys():
            continue
        a, b = truth.items[old], truth.items[new]
        link = a.url is not None and a.url == b.url
        headline = a.headline and b.headline and fold(a.headline) == fold(b.headline)
        place = a.place and b.place and fold(a.place).casefold() == fold(b.place).casefold()
        if link or (headline and place and abs(b.first_seen_at - a.first_seen_at) <= DAY):
            found.add((old, new))
    return found


def full_size() -> Measured:
    """5,000 captures over three days, a tenth of them on the item's own article."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder)}/accuracy.db")
        upgrade(engine)
        measured = measure(Plan(5_000, seed=3, articles=0.1, outages=6), engine)
        engine.dispose()
        return measured
