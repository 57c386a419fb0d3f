"""Items of Parquet files by Spark, over many machines: ``spark-submit --py-files pages.py spark_items.py PAGES ITEMS``.

PAGES has the columns url, date (as text: ISO 8601 with a zone) and text. ITEMS gets
each item once, with when it was first and last seen. Every machine needs meeruit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pandas as pd
from pages import printed_items
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

SIGHTING = "url string, date string, content_hash string, headline string, place string, text string, position int"


def sightings(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """A row for each item of each page."""
    for batch in batches:
        rows = [
            {"url": page.url, "date": page.date, **item}
            for page in batch.itertuples()
            for item in printed_items(page.url, page.date, page.text)
        ]
        yield pd.DataFrame(rows, columns=[column.split()[0] for column in SIGHTING.split(", ")], dtype=object)


def main(pages: str, items: str) -> None:
    """Read, fold, write: the same capture twice is one; what is shown comes from the earliest sighting that has it."""
    spark = SparkSession.builder.appName("meeruit").getOrCreate()
    found = spark.read.parquet(pages).select("url", "date", "text").distinct().mapInPandas(sightings, SIGHTING)
    order = f.struct("date", "url", "position")
    folded = found.groupBy("content_hash").agg(
        *(f.min_by(name, f.when(f.col(name).isNotNull(), order)).alias(name) for name in ("headline", "place", "text")),
        f.min("date").alias("first_seen_at"),
        f.max("date").alias("last_seen_at"),
        f.count("*").alias("sightings"),
    )
    folded.orderBy(f.desc("first_seen_at"), "content_hash").write.mode("overwrite").parquet(items)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
