"""The tables of a database on their natural keys, in the words of the oracle, so that one equals the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select

from meeruit.tasks.report import listings
from meeruit.tasks.store.tables import Gap, Item, Page, Sighting, table
from meeruit.worker.cli.output import shown_time
from meeruit.worker.database import reading
from tests.newswire.captures import Capture
from tests.newswire.oracle import Tables, tables
from tests.newswire.truth import gap_json, item_json, sighting_json

Row = dict[str, Any]
_gap, _item, _page, _sighting = table(Gap), table(Item), table(Page), table(Sighting)
#: Stands for the ingest's own time in what is compared.
INGEST = datetime(9999, 1, 1, tzinfo=UTC)


def stored_items(engine: Engine) -> list[Row]:
    """Every item as the contract names its keys, with its conflicts, by hash."""
    with reading(engine) as db:
        conflicts = {row.content_hash: row.conflicts for row in db.execute(select(_item))}
        undated = {row.content_hash: row for row in db.execute(_undated())}
        rows = [dict(row) for row in listings.items(db, listings.ItemFilter())]
    for row in rows:
        row["conflicts"] = conflicts[row["content_hash"]]
        seen = undated.get(row["content_hash"])
        for key in ("first_seen_at", "last_seen_at"):
            row[key] = None if seen is not None and row[key] >= seen.observed_at else shown_time(row[key])
        for key in ("published_after", "published_before"):
            row[key] = shown_time(row[key])
    return sorted(rows, key=lambda row: str(row["content_hash"]))


def _undated() -> Any:
    return (
        select(_item.c.content_hash, _page.c.observed_at)
        .join_from(_sighting, _page)
        .join(_item, _item.c.id == _sighting.c.item_id)
        .where(_page.c.observed_from == "ingest")
    )


def stored_sightings(engine: Engine) -> list[Row]:
    """Every sighting, by item, page and time."""
    query = (
        select(_item.c.content_hash, _sighting, _page.c.address, _page.c.observed_at, _page.c.observed_from)
        .join_from(_sighting, _page)
        .join(_item, _item.c.id == _sighting.c.item_id)
    )
    with reading(engine) as db:
        rows = [
            {
                "content_hash": row.content_hash,
                "page": row.address,
                "observed_at": None if row.observed_from == "ingest" else shown_time(row.observed_at),
                "position": row.position,
                "section": row.section,
                "headline": row.headline,
                "dateline": row.dateline,
                "url": row.url,
                "age": row.age,
                "published_after": shown_time(row.published_after),
                "published_before": shown_time(row.published_before),
            }
            for row in db.execute(query)
        ]
    return sorted(rows, key=_key)


def stored_gaps(engine: Engine) -> list[Row]:
    """Every gap, by list and time."""
    with reading(engine) as db:
        rows = [
            {"list": [row.list, row.section], "from": shown_time(row.from_at), "to": shown_time(row.to_at)}
            for row in db.execute(select(_gap))
        ]
    return sorted(rows, key=_gap_key)


def true_items(truth: Tables) -> list[Row]:
    """What ``stored_items`` must give."""
    return [item_json(item) for item in truth.items.values()]


def true_sightings(truth: Tables) -> list[Row]:
    """What ``stored_sightings`` must give."""
    rows = [sighting_json(sighting) for sighting in truth.sightings]
    for row in rows:
        del row["stale"]
    return sorted(rows, key=_key)


def true_gaps(truth: Tables) -> list[Row]:
    """What ``stored_gaps`` must give."""
    return sorted(map(gap_json, truth.gaps), key=_gap_key)


def check(engine: Engine, captures: Iterable[Capture]) -> Tables:
    """Hold the database to the oracle; returns the truth."""
    truth = tables(captures)
    hold(engine, truth)
    return truth


def hold(engine: Engine, truth: Tables) -> None:
    """Hold the database to what the oracle said."""
    assert stored_items(engine) == true_items(truth)
    assert stored_sightings(engine) == true_sightings(truth)
    assert stored_gaps(engine) == true_gaps(truth)


def _gap_key(row: Row) -> tuple[str, ...]:
    return (*row["list"], row["from"], row["to"])


def _key(row: Row) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in ("content_hash", "page", "observed_at", "position", *sorted(row)))
