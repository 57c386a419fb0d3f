"""What an ingest and a listing cost once millions of rows are stored: ``make bench-growth``.

Fills a database with made-up rows (a SQLite file, or one on a PostgreSQL server of its own), then ingests pieces of one
workload in turn into it and into empty databases, and starts listings on it in turn with a bare ``import sqlmodel``. Prints
what a row takes on disk, the speed beside that of an empty database, and the listings' ratios. Exits with 1 where a floor
is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url

from benchmarks.compare import KEPT, MEERUIT
from benchmarks.page import BASE, DAYS, fill_items
from benchmarks.processes import Taken, adopt_orphans, run
from benchmarks.workload import texts
from meeruit.worker.database import make_engine, upgrade
from tests import postgres
from tests.filled import go_on_counting, hashed
from tests.newswire.camera import PAPER

#: Captures of one ingest; sightings an item has; items a page shows; pages of a piece of work.
PIECE, EACH, SHOWN, BATCH = 4_000, 10, 7, 50
#: The least speed beside an empty database, and the most that a listing takes beside the bare import.
FLOORS, CEILING = {"sqlite": 0.6, "postgresql": 0.8}, 2.0
#: Rows that stand where they would after years of captures: an item's sightings lie close together in time, each list has
#: a capture every few minutes, and the lists are those of the workload.
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < :top) "
_RUNS = """INSERT INTO run (id, target, kind, started_at, enrolled_at, finished_at, outcome,
        pages_new, pages_known, pages_done, pages_failed, items_new, items_seen, items_rejected)
    SELECT n, 'inbox', 'poll', {at}, {at}, {at}, '1 new, 6 seen', 1, 0, 1, 0, 1, 6, 0 FROM numbers"""
_WORK = """INSERT INTO work (id, kind, reference, pages, run_id, state, attempts, setbacks, derived, failed,
        pages_new, pages_known, pages_done, pages_failed, items_new, items_seen, items_rejected)
    SELECT n, 'files', '{{}}', 1, n, 'done', 1, 0, {true}, '[]', 1, 0, 1, 0, 1, 6, 0 FROM numbers"""
_PAGES = """INSERT INTO page (id, address, address_key, run_id, work_id, observed_at, observed_from, capture_key, media_type,
        state, outcome, found, new, seen, rejected, rejects, remarks, listing, replaced)
    SELECT n, {address}, n * 7919, 1 + n / {batch}, 1 + n / {batch}, {at}, 'record', {capture}, 'text/plain',
        'done', '1 new, 6 seen', 7, 1, 6, 0, '{{}}', '{{}}', {false}, 0 FROM numbers"""
_SIGHTINGS = """INSERT INTO sighting (item_id, page_id, position, section, dateline, place, agencies, age,
        published_after, published_before, published_from)
    SELECT 1 + (n - 1) / {each}, 1 + ((n - 1) / {each} * {pages} / {items} + n % {each} * 3) % {pages}, 1 + n % 7,
        'Buitenland', 'BRUSSEL (ANP) - ', 'BRUSSEL', '["ANP"]', '18 minuten geleden', {at}, {at}, 'age' FROM numbers"""
_LISTINGS = """INSERT INTO listing (page_id, section, list, observed_at, shown, shared, pairs, inverted)
    SELECT n, CASE n % 4 WHEN 0 THEN 'Buitenland' WHEN 1 THEN 'Binnenland' WHEN 2 THEN 'Sport' ELSE 'Zeeland' END,
        '{host}', {at}, 7, 6, 6, 0 FROM numbers"""
_COMMANDS = (
    ("items --limit 20", ("items", "--limit", "20")),
    ("show PREFIX", ("show", "{prefix}")),
    ("items --search WORD", ("items", "--search", "zeldzaam")),
)


def fill(engine: Engine, items: int) -> None:
    """Fill an empty, migrated database with so many items, and ten times as many sightings."""
    fill_items(engine, items, EACH)
    pages = items * EACH // SHOWN
    for statement, rows in (
        (_RUNS, pages // BATCH + 1),
        (_WORK, pages // BATCH + 1),
        (_PAGES, pages),
        (_SIGHTINGS, items * EACH),
        (_LISTINGS, pages),
    ):
        with engine.begin() as db:
            if engine.dialect.name == "postgresql":  # it may take its time, and what refers to what is right
                db.execute(text("SET LOCAL statement_timeout = 0; SET LOCAL session_replication_role = replica"))
            db.execute(text(_NUMBERS + _filled_in(statement, engine, rows, items, pages)), {"top": rows})
    with engine.begin() as db:
        if engine.dialect.name == "postgresql":
            go_on_counting(db)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        if engine.dialect.name == "postgresql":
            db.execute(text("SET statement_timeout = 0"))
            db.execute(text("VACUUM"))
        db.execute(text("ANALYZE"))


def _filled_in(statement: str, engine: Engine, rows: int, items: int, pages: int) -> str:
    seconds = f"n * {DAYS * 86_400 / rows}"
    if engine.dialect.name == "sqlite":
        own = {
            "at": f"strftime('%Y-%m-%d %H:%M:%S.000000', '{BASE:%Y-%m-%d}', ({seconds}) || ' seconds')",
            "capture": "lower(hex(randomblob(32)))",
            "true": "1",
            "false": "0",
        }
    else:
        own = {
            "at": f"date_trunc('second', timestamptz '{BASE:%Y-%m-%d}+00' + ({seconds}) * interval '1 second')",
            "capture": "encode(sha256(n::text::bytea), 'hex')",
            "true": "true",
            "false": "false",
        }
    address = f"'https://{PAPER}/nieuws/' || n"
    return (
        statement.format(batch=BATCH, each=EACH, pages=pages, items=items, host=PAPER, address=address, **own)
        .replace(":", "\\:")
        .replace("\\:top", ":top")
    )


def main() -> int:
    """Fill, measure, print; 1 where a floor is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000, help="items that are stored before (1,000,000)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--postgresql", action="store_true", help="on a PostgreSQL server of its own, not a SQLite file"
    )
    options = parser.parse_args()
    adopt_orphans()
    with (
        tempfile.TemporaryDirectory(prefix="meeruit-growth-") as folder,
        _maker(options.postgresql, Path(folder)) as make,
    ):
        full = make()
        engine = make_engine(full)
        began = time.monotonic()
        fill(engine, options.items)
        print(
            f"filled with {options.items:,} items, {EACH * options.items:,} sightings in {time.monotonic() - began:.0f} s"
        )
        _sizes(engine)
        engine.dispose()
        met = _ingests(full, make, options.rounds, FLOORS[full.get_backend_name()])
        return 0 if _listings(full, options.rounds) and met else 1


@contextmanager
def _maker(server: bool, folder: Path) -> Iterator[Callable[[], URL]]:
    """What makes an empty, migrated database."""
    numbers = count(1)

    def made(url: URL) -> URL:
        engine = make_engine(url)
        upgrade(engine)
        engine.dispose()
        return url

    if not server:
        yield lambda: made(make_url(f"sqlite:///{folder}/growth-{next(numbers)}.db"))
        return
    with postgres.server(hasty=False) as url:
        yield lambda: made(postgres.create(url, f"growth_{next(numbers)}"))


def _sizes(engine: Engine) -> None:
    """Print what a row of the large tables takes on disk, indexes included."""
    with engine.connect() as db:
        for name in ("item", "page", "sighting", "listing"):
            if engine.dialect.name == "postgresql":
                taken = db.execute(text(f"SELECT pg_total_relation_size('{name}')")).scalar_one()
            else:
                names = f"SELECT name FROM sqlite_master WHERE tbl_name = '{name}' OR name LIKE '{name}_words%'"
                taken = db.execute(text(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({names})")).scalar_one()
            rows = db.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            print(f"{name:10}{rows:>14,} rows {taken / rows:>8,.0f} bytes a row", flush=True)


def _ingests(full: URL, make: Callable[[], URL], rounds: int, floor: float) -> bool:
    pieces = _pieces(rounds + 1)
    _ingest(full, pieces[-1])  # the first ingest reads indexes from the disk
    ratios, processor = list[float](), list[float]()
    for piece in pieces[:-1]:
        empty, stored = _ingest(make(), piece), _ingest(full, piece)
        ratios.append(empty.wall / stored.wall)
        processor.append(stored.processor / empty.processor)
        print(f"  empty {empty.wall:.2f} s, full {stored.wall:.2f} s, ratio {ratios[-1]:.2f}", flush=True)
    ratio = statistics.median(ratios)
    print(
        f"speed of an ingest of {PIECE:,} captures, beside empty tables: {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}), "
        f"floor {floor:.2f}; processor time {statistics.median(processor):.2f} times"
    )
    return ratio >= floor


def _pieces(number: int) -> list[Path]:
    """So many files of captures, one after the other in time."""
    made = [KEPT / f"growth-{PIECE}-{n}.jsonl" for n in range(number)]
    if not all(path.exists() for path in made):
        with texts(KEPT, PIECE * number).ordered.open(encoding="utf-8") as lines:
            for path in made:
                path.write_text("".join(next(lines) for _ in range(PIECE)), encoding="utf-8")
    return made


def _ingest(url: URL, path: Path) -> Taken:
    env = {"MEERUIT_DATABASE_URL": url.render_as_string(hide_password=False)}
    with tempfile.TemporaryDirectory(prefix="meeruit-growth-") as folder:
        return run([MEERUIT, "ingest", str(path), "--workers", "2"], Path(folder), env)


def _listings(full: URL, rounds: int) -> bool:
    env = {"MEERUIT_DATABASE_URL": full.render_as_string(hide_password=False)}
    bare = [sys.executable, "-c", "import sqlmodel"]
    met = True
    for name, words in _COMMANDS:
        command = [MEERUIT, *(word.format(prefix=hashed("item", 77)[:12]) for word in words)]
        ratios = list[float]()
        for _ in range(2 * rounds + 1):
            other = run(bare, KEPT).wall
            ratios.append(run(command, KEPT, env).wall / other)
        ratio = statistics.median(ratios[1:])
        met = met and ratio <= CEILING
        print(f"{name:24}{ratio:>6.2f} times a bare import sqlmodel, at most {CEILING:.1f}", flush=True)
    return met


if __name__ == "__main__":
    sys.exit(main())
