"""Whether a database holds what it must after a workload, whoever wrote it: compared row by row, as digests."""

from __future__ import annotations

from typing import Any

from benchmarks.workload import digest, plain
from meeruit.worker.database import make_engine
from tests.tables import stored_gaps, stored_items, stored_sightings


def check(database: str, truth: dict[str, Any], *, derived: bool) -> None:
    """Raise AssertionError where items or sightings differ from the truth; ``derived``: or revisions and gaps."""
    engine = make_engine(database)
    items, sightings = stored_items(engine), stored_sightings(engine)
    found = {"items": len(items), "sightings": len(sightings), "digest": digest((plain(items), sightings))}
    if derived:
        found["derived"] = digest((items, stored_gaps(engine)))
    engine.dispose()
    assert found == {name: truth[name] for name in found}, (database, found, truth)
