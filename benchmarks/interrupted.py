"""Archives whose ingest is stopped and started again: ``python -m benchmarks.interrupted [RECORDS] [FORMAT...] [SEED=N]``.

Ingests a made-up archive of each format (``benchmarks.archives``) once in one go, and once stopped at ten random moments, in turn
by SIGINT and SIGKILL, each time started again in the same words. Prints how many of the records were read twice, and whether the
tables are the same. Ends with exit status 1 where they are not, or where 5 % or more were read twice.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, or_, select

from benchmarks.archives import FORMATS
from meeruit.tasks.store.tables import Work, table
from meeruit.worker.database import make_engine, reading, upgrade
from tests.test_replay import contents

RECORDS, STOPS, MOST_TWICE = 20_000, 10, 0.05
_work = table(Work)


@contextmanager
def stored(url: str) -> Iterator[Engine]:
    """An engine on a database, while it is looked at."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


def start(path: Path, folder: Path, url: str) -> subprocess.Popen[bytes]:
    """Start the ingest of a file."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-P", "-m", "meeruit.worker", "ingest", str(path)]
    said = (folder / "said.txt").open("ab")
    with said:
        return subprocess.Popen(
            command, cwd=folder, env=os.environ | {"MEERUIT_DATABASE_URL": url}, stdout=said, stderr=said
        )


def stop_again_and_again(path: Path, folder: Path, url: str, seconds: float, dice: random.Random) -> list[str]:
    """Stop the ingest, which takes so many seconds, at random moments of its work; returns by what it was stopped."""
    stops: list[str] = []
    while len(stops) < STOPS:
        number = signal.SIGKILL if len(stops) % 2 else signal.SIGINT
        process, before = start(path, folder, url), done(url)
        while process.poll() is None and done(url) == before:  # what it takes to start is no moment of its work
            time.sleep(0.05)
        time.sleep(dice.uniform(0, 1.5 * seconds / STOPS))
        if process.poll() is not None:
            return stops
        process.send_signal(number)
        process.wait()
        stops.append(number.name)
    return stops


def done(url: str) -> int:
    """How many pieces of work are done."""
    with stored(url) as engine, reading(engine) as db:
        return int(db.scalar(select(func.count()).where(_work.c.state == "done")) or 0)


def read_twice(db: Any) -> int:
    """How many pages belong to work that was begun more than once, or cut in two."""
    pages = select(func.sum(_work.c.pages)).where(or_(_work.c.attempts > 1, _work.c.state == "split"))
    return int(db.scalar(pages) or 0)


def measure(file: str, count: int, folder: Path, dice: random.Random) -> bool:
    """Print a line for a format; returns whether all is well."""
    make, _ = FORMATS[file]
    path = folder / file
    make(path, count)
    whole, parts = (f"sqlite:///{folder}/{name}-{file}.db" for name in ("whole", "parts"))
    for url in (whole, parts):
        with stored(url) as engine:
            upgrade(engine)
    began = time.monotonic()
    assert start(path, folder / "whole", whole).wait() == 0
    seconds = time.monotonic() - began
    stops = stop_again_and_again(path, folder / "parts", parts, seconds, dice)
    assert start(path, folder / "parts", parts).wait() == 0
    with stored(whole) as one, stored(parts) as other:
        same = contents(one) == contents(other)
        with reading(other) as db:
            again = read_twice(db) / count
    print(
        f"{file:12} {count:,} records  {len(stops)} stops ({stops.count('SIGINT')} SIGINT, {stops.count('SIGKILL')} SIGKILL)  "
        f"read twice {again:.2%}  tables {'the same' if same else 'DIFFERENT'}",
        flush=True,
    )
    return same and again < MOST_TWICE


def main() -> None:
    """Print a line for each format."""
    words = sys.argv[1:]
    count = next((int(word) for word in words if word.isdecimal()), RECORDS)
    seed = next((int(word[5:]) for word in words if word.startswith("SEED=")), int(time.time()))
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        files = [file for file in FORMATS if any(word in file for word in words)] or FORMATS
        well = [measure(file, count, Path(name), random.Random(f"{seed} {file}")) for file in files]
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
