"""What fifty people who look at the page cost an ingest that goes on meanwhile: ``make bench-readers``.

Fills a database (a SQLite file, or one on a PostgreSQL server of its own), shows it, and ingests one file of captures after
another: in turn with nobody looking and with readers, each of whom asks for a view, looks at it for 2 to 8 seconds, and asks
for the next; every fifth one listens to new items. Prints how much longer an ingest takes with them, how soon they were
answered, and how many of their questions failed. Exits with 1 where one failed, or an ingest is slowed by a tenth or more.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.compare import KEPT, MEERUIT
from benchmarks.page import VIEWS, fill
from benchmarks.processes import adopt_orphans, run
from benchmarks.workload import texts
from meeruit.worker.database import make_engine, upgrade
from tests import postgres
from tests.filled import go_on_counting, hashed
from tests.page.conftest import Shown, shown

#: Captures of one ingest, and the seconds for which a reader looks at a view.
PAGES, LOOKS = 4_000, (2.0, 8.0)
#: Every so many readers one listens to new items.
LISTENS = 5


@dataclass
class Told:
    """What readers were told: seconds to the first byte, and what failed."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    events: int = 0
    #: Processor time of the page, and of the ingests meanwhile.
    page: float = 0.0
    ingest: float = 0.0
    #: Seconds on the clock that these took.
    wall: float = 0.0


async def _ask(page: Shown, path: str) -> tuple[float, int]:
    """One question as cheap as can be: the seconds to its first byte, and the status."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        head = await reader.readline()
        took = time.perf_counter() - began
        while await reader.read(65_536):
            pass
        return took, int(head.split()[1]) if head else 0
    finally:
        writer.close()


async def _listen(page: Shown, told: Told, end: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    writer.write(b"GET /now.events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    while not end.is_set():
        some = await reader.read(1 << 20)  # as it comes: what a reader costs is not to be measured
        if not some:
            told.faults.append("the line of events was closed")
            break
        told.events += some.count(b"\ndata:")
    writer.close()


async def _look(page: Shown, views: list[str], number: int, told: Told, end: asyncio.Event) -> None:
    chosen = random.Random(number)
    await asyncio.sleep(chosen.uniform(0, LOOKS[1]))
    while not end.is_set():
        path = chosen.choice(views)
        try:
            took, status = await _ask(page, path)
            told.seconds.append(took)
            if status != 200:
                told.faults.append(f"{path}: {status}")
        except OSError as exc:
            told.faults.append(f"{path}: {exc}")
        await asyncio.sleep(chosen.uniform(*LOOKS))


async def _all(page: Shown, views: list[str], readers: int, told: Told, end: asyncio.Event) -> None:
    tasks = [
        asyncio.create_task(
            _listen(page, told, end) if number % LISTENS == 0 else _look(page, views, number, told, end)
        )
        for number in range(readers)
    ]
    await end.wait()
    for task in tasks:
        task.cancel()
    for fault in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(fault, Exception):
            told.faults.append(repr(fault))


@contextmanager
def looking(page: Shown, views: list[str], readers: int) -> Iterator[Told]:
    """Readers who look meanwhile."""
    told, end, loop = Told(), asyncio.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(_all(page, views, readers, told, end)))
    thread.start()
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


def slices(folder: Path, number: int) -> list[Path]:
    """Files of captures of which no two hold the same one."""
    found = []
    with texts(KEPT, PAGES * number).ordered.open() as lines:
        for each in range(number):
            found.append(folder / f"captures-{each}.jsonl")
            found[-1].write_text("".join(islice(lines, PAGES)))
    return found


@contextmanager
def _database(server: bool, folder: Path) -> Iterator[str]:
    if not server:
        yield f"sqlite:///{folder}/page.db"
        return
    with postgres.server(hasty=False) as url:
        yield postgres.create(url, "readers").render_as_string(hide_password=False)


def _prepared(engine: Engine, items: int) -> None:
    upgrade(engine)
    fill(engine, items)
    if engine.dialect.name == "postgresql":
        with engine.begin() as db:
            go_on_counting(db)
    engine.dispose()


def main() -> int:
    """Fill, ingest in turn, print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.readers", description=__doc__)
    options.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own")
    options.add_argument("--items", type=int, default=50_000)
    options.add_argument("--readers", type=int, default=50)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="meeruit-readers-") as name:
        folder = Path(name)
        files = slices(folder, 2 * chosen.rounds)
        with _database(chosen.postgresql, folder) as url:
            _prepared(make_engine(url), chosen.items)
            with shown(url, folder) as page:
                views = [path.format(item=hashed("item", chosen.items // 2)) for path in VIEWS.values()]
                return _measure(page, views, files, chosen.readers, folder)


def _processor(process: int) -> float:
    """Seconds of processor time that a process has had."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _measure(page: Shown, views: list[str], files: list[Path], readers: int, folder: Path) -> int:
    command = [MEERUIT, "ingest", "--workers", "2"]
    environment = {"MEERUIT_DATABASE_URL": page.database_url}
    ratios, told = [], Told()
    for number, (one, other) in enumerate(zip(files[::2], files[1::2], strict=True)):
        took, spent = {}, {}
        for watched in (False, True) if number % 2 == 0 else (True, False):
            path = other if watched else one
            with looking(page, views, readers if watched else 0) as seen:
                if watched:
                    time.sleep(LOOKS[1])  # until all of them are at it
                before = _processor(page.process)
                taken = run([*command, str(path)], folder, environment)
            took[watched], spent[watched] = taken.wall, taken.processor
            if watched:
                told.page += _processor(page.process) - before
                told.ingest += taken.processor
                told.wall += taken.wall
            told.seconds += seen.seconds
            told.faults += seen.faults
            told.events += seen.events
        ratios.append(took[True] / took[False])
        said = [f"{took[each]:6.1f} s ({spent[each]:.1f} s of processor time)" for each in (False, True)]
        print(f"alone {said[0]}   with {readers} readers {said[1]}   {ratios[-1]:5.2f}", flush=True)
    ratio = statistics.median(ratios)
    soon = statistics.quantiles(told.seconds, n=100)
    print(f"an ingest takes {ratio:.2f} times as long with {readers} readers ({os.cpu_count()} cores)")
    share = told.page / told.wall / (os.cpu_count() or 1)
    print(
        f"processor time of the page: {share:.1%} of all cores; beside that of the ingest {told.page / told.ingest:.1%}"
    )
    print(
        f"{len(told.seconds):,} questions, first byte at the median {soon[49] * 1000:.0f} ms, of 95 in 100 within "
        f"{soon[94] * 1000:.0f} ms; {told.events:,} events"
    )
    for fault in told.faults[:10]:
        print(f"fault: {fault}")
    print(f"{len(told.faults)} faults")
    return int(bool(told.faults) or ratio >= 1.1)


if __name__ == "__main__":
    sys.exit(main())
