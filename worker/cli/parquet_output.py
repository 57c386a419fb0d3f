"""Rows as Parquet: typed, in row groups, held in memory one group at a time. Takes pyarrow, an extra."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from meeruit.worker.cli.output import Row

#: Rows of a group, and those that are objects at a time; bytes of JSON in which a row must lie whole.
_GROUP, _TOGETHER = 10_000, 500
_LONGEST = 2**30
_TEXTS = "text headline place section url content_hash published_from revision_of dateline age page list observed_from"
_TIMES = "first_seen_at last_seen_at published_after published_before observed_at from to"
#: The columns of an export, in their order.
KEYS = {
    "items": "content_hash hash_version headline place agencies text section url first_seen_at last_seen_at sightings "
    "published_after published_before published_from revision_of".split(),
    "sightings": "content_hash page observed_at observed_from position section headline dateline place agencies url age text "
    "published_after published_before published_from".split(),
    "gaps": "list section from to minutes".split(),
}


def missing() -> str | None:
    """What to install before Parquet can be written; None where all is there."""
    try:
        import pyarrow.parquet  # noqa: F401 - 0.2 s to import, and an extra
    except ImportError:
        return "writing Parquet takes pyarrow; run: pip install 'meeruit[archives]'"
    return None


def write_parquet(rows: Iterable[Row], what: str, path: Path) -> None:
    """Write rows of one kind (items, sightings, gaps); times are UTC in microseconds.

    Rows become JSON on the way: arrays made of Python's objects would import pandas where it is installed, 45 MB.
    """
    import pyarrow as pa
    from pyarrow import json as arrow_json
    from pyarrow.parquet import ParquetWriter

    pa.set_memory_pool(pa.system_memory_pool())  # which gives back what is free
    schema = pa.schema([(key, _type(pa, key)) for key in KEYS[what]])
    exactly = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    whole = arrow_json.ReadOptions(use_threads=False, block_size=_LONGEST)
    rest = iter(rows)
    texts = iter(lambda: "".join(map(_as_json, islice(rest, _TOGETHER))).encode(), b"")
    tables = (arrow_json.read_json(pa.BufferReader(text), whole, exactly) for text in texts)
    with ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(islice(tables, _GROUP // _TOGETHER)):
            writer.write_table(pa.concat_tables(group))


def _as_json(row: Row) -> str:
    return json.dumps(dict(row), default=datetime.isoformat) + "\n"


def _type(pa: Any, key: str) -> Any:
    if key in _TEXTS.split():
        return pa.string()
    if key in _TIMES.split():
        return pa.timestamp("us", tz="UTC")
    return pa.list_(pa.string()) if key == "agencies" else pa.int64()
