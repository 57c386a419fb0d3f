"""Items of a Parquet file by DuckDB, on one machine: ``python duckdb_items.py PAGES.parquet ITEMS.parquet``.

PAGES has the columns url, date (as text: ISO 8601 with a zone) and text. ITEMS gets
each item once, with when it was first and last seen.
"""

from __future__ import annotations

import sys

import duckdb
from pages import printed_items

PRINTED = "STRUCT(content_hash VARCHAR, headline VARCHAR, place VARCHAR, text VARCHAR, position INTEGER)[]"
#: The same capture twice is one; what is shown comes from the earliest sighting that has it, ties by address and position.
FOLD = """
    WITH page AS (SELECT DISTINCT url, date, text FROM read_parquet($pages)),
    printed AS (SELECT url, date, unnest(printed_items(url, date, text)) AS item FROM page),
    sighting AS (SELECT item.*, date, url, struct_pack(date, url, position := item.position) AS place_in_order FROM printed)
    SELECT content_hash, arg_min(headline, place_in_order) AS headline, arg_min(place, place_in_order) AS place,
        arg_min(text, place_in_order) AS text, min(date) AS first_seen_at, max(date) AS last_seen_at, count(*) AS sightings
    FROM sighting GROUP BY content_hash ORDER BY first_seen_at DESC, content_hash
"""


def main(pages: str, items: str) -> None:
    """Read, fold, write."""
    with duckdb.connect() as db:
        db.create_function("printed_items", printed_items, ["VARCHAR", "VARCHAR", "VARCHAR"], PRINTED)  # type: ignore[arg-type]
        db.sql(FOLD, params={"pages": pages}).write_parquet(items)


if __name__ == "__main__":
    main(*sys.argv[1:])
