"""What an export takes: ``python -m benchmarks.exports [ITEMS]`` (1,000,000).

Fills a SQLite file with made-up items, numbers them, and exports them in each form. Prints seconds, the size of the file, the
memory of the largest process, and how many rows DuckDB and pandas find in the Parquet file. Ends with exit status 1 where an
export took 200 MB or more, or where a reader finds another number of rows.
"""

from __future__ import annotations

import sys
import tempfile
from multiprocessing import Process
from pathlib import Path

from benchmarks.compare import MEERUIT
from benchmarks.processes import adopt_orphans, run
from meeruit.worker.database import make_engine, upgrade

ITEMS, MOST = 1_000_000, 200
FORMS = ("jsonl", "csv", "parquet")


def fill(url: str, count: int) -> None:
    """Make a database of so many items."""
    from benchmarks.page import fill_items

    engine = make_engine(url)
    upgrade(engine)
    fill_items(engine, count, 2)
    engine.dispose()


def rows_found(path: str) -> tuple[int, int]:
    """How many rows DuckDB and pandas find in a Parquet file."""
    import duckdb
    import pandas as pd

    return len(duckdb.read_parquet(path)), len(pd.read_parquet(path, columns=["content_hash"]))


def main() -> None:
    """Print a line for each form."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    adopt_orphans()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {"MEERUIT_DATABASE_URL": f"sqlite:///{folder}/items.db"}
        filling = Process(target=fill, args=(env["MEERUIT_DATABASE_URL"], count))
        filling.start()  # a process counts as its own what its parent had in memory when it was started
        filling.join()
        assert filling.exitcode == 0
        first = run([MEERUIT, "export", "--since", str(count), "-o", "none.jsonl"], folder, env)
        print(f"to number them: {first.wall:.0f} s, {first.memory / 1024:.0f} MB", flush=True)
        most = first.memory / 1024
        for form in FORMS:
            taken = run([MEERUIT, "export", "-o", f"items.{form}"], folder, env)
            size, memory = (folder / f"items.{form}").stat().st_size / 1e6, taken.memory / 1024
            print(
                f"{form:8} {count:,} items  {taken.wall:4.0f} s  a file of {size:,.0f} MB  memory {memory:.0f} MB",
                flush=True,
            )
            most = max(most, memory)
        found = rows_found(str(folder / "items.parquet"))
        print(f"rows that DuckDB and pandas find: {found[0]:,} and {found[1]:,}")
    sys.exit(0 if most < MOST and set(found) == {count} else 1)


if __name__ == "__main__":
    main()
