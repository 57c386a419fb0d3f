"""The examples of docs/engines: another engine reads an archive and finds the items that an ingest stores."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

import meeruit
from meeruit.tasks.times import iso
from tests.newswire.camera import PAPER, Camera, Listing, Plan

ENGINES = Path(__file__).parent.parent / "docs" / "engines"
COLUMNS = ("content_hash", "headline", "place", "text", "first_seen_at", "last_seen_at", "sightings")
LISTINGS = (Listing(PAPER, "Buitenland", ("G", "H"), 4), Listing(PAPER, "Zeeland", ("N", "H"), 3))


def test_duckdb_finds_the_same_items_as_an_ingest_to_the_byte(tmp_path: Path) -> None:
    camera = Camera(replace(Plan(200, seed=3, days=1, listings=LISTINGS), undated=0))
    captures = [camera.capture(number) for number in camera.numbers()]
    columns = {"url": [c.url for c in captures], "text": [c.body for c in captures]}
    dates = [iso(c.observed_at) for c in captures if c.observed_at]
    parquet.write_table(pa.table({**columns, "date": dates}), tmp_path / "pages.parquet")
    script = [sys.executable, str(ENGINES / "duckdb_items.py"), "pages.parquet", "items.parquet"]
    subprocess.run(script, cwd=tmp_path, check=True)
    ingest = [sys.executable, "-P", "-m", "meeruit.worker", "ingest", "pages.parquet"]
    subprocess.run(ingest, cwd=tmp_path, check=True, capture_output=True)
    with duckdb.connect() as db:
        found = db.execute(f"SELECT {', '.join(COLUMNS)} FROM '{tmp_path}/items.parquet'").fetchall()
    ours = [tuple(_plain(item[name]) for name in COLUMNS) for item in meeruit.items(f"sqlite:///{tmp_path}/meeruit.db")]
    assert len(ours) > 50
    assert max(item[-1] for item in ours) > 5
    assert found == ours


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value
