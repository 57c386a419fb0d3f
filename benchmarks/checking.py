"""Whether a database holds what it must after a workload, whoever wrote it: compared row by row, as digests."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL

from benchmarks.workload import digest, plain
from meeruit.worker.database import make_engine, reading
from tests.tables import stored_gaps, stored_items, stored_sightings


def check(url: URL, truth: dict[str, Any], *, whole: bool, derived: bool) -> None:
    """Raise AssertionError where items or sightings differ from the truth.

    ``derived``: or revisions and gaps; not ``whole``: where there are more or fewer of them.
    """
    engine = make_engine(url)
    if whole:
        items, sightings = stored_items(engine), stored_sightings(engine)
        found = {"items": len(items), "sightings": len(sightings), "digest": digest((plain(items), sightings))}
        if derived:
            found["derived"] = digest((items, stored_gaps(engine)))
    else:
        with reading(engine) as db:
            found = {
                f"{name}s": db.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in ("item", "sighting")
            }
    engine.dispose()
    assert found == {name: truth[name] for name in found}, (str(url), found, truth)
