"""How soon each view of the page begins to answer, beside a bare "hello" of the same framework: ``make bench-page``.

Fills a database of its own (a SQLite file, or the empty one that ``--database`` names) with made-up items, shows it, and asks each
view in turn. Prints the median of the first byte in milliseconds, and how many times a hello that is.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, insert, text

from meeruit.tasks.store.tables import metadata
from meeruit.worker.database import make_engine, upgrade
from tests.filled import COUNTS, hashed
from tests.page.conftest import free_port, shown

BASE = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 600
WORDS = [
    f"{a}{b}"
    for a in "ver be ont voor na aan op uit in mee".split()
    for b in "gang slag werk heid schap ling dom stand bod val".split()
]
SECTIONS = ("Buitenland", "Binnenland", "Sport", "Financieel", "Zeeland", "Tholen", "Voetbal", "Politiek")
AGENCIES: tuple[list[str], ...] = (["ANP"], ["ANP", "AFP"], ["ANP", "RTR"], ["ANP", "AFP", "RTR"], [])
#: Items of one page, and rows that are inserted at a time.
PER_PAGE, TOGETHER = 7, 10_000
VIEWS = {
    "items": "/items",
    "items, a page deep": "/items?after=2024-09-01T00:00:00Z~",
    "items of a section": "/items?section=zeeland",
    "items of a seldom place": "/items?place=plaats499",
    "items of a source": "/items?source=source+3",
    "items as JSON": "/items.json",
    "search, a frequent word": "/items?q=verslag",
    "search, two words of few items": "/items?q=zeldzaam",
    "search, a word of no item": "/items?q=qqqqqq",
    "one item": "/items/{item}",
    "now": "/now",
    "days": "/days",
    "one day": "/days/2025-06-01",
    "sources": "/sources",
    "failures": "/failures",
    "runs": "/runs",
}


def fill(engine: Engine, items: int) -> None:
    """Fill an empty, migrated database."""
    pages = items // 4
    for name, rows in {
        "run": (_run(n) for n in range(1, 2_001)),
        "source": ({"name": f"source {n}"} for n in range(20)),
        "work": (_work(n) for n in range(1, 2_001)),
        "page": (_page(n, pages) for n in range(1, pages + 1)),
        "item": (_item(n, items) for n in range(1, items + 1)),
        "sighting": (
            _sighting(n, page) for n in range(1, items + 1) for page in {1 + n % pages, 1 + (n * 7 + 3) % pages}
        ),
        "listing": (_listing(n, pages) for n in range(1, pages + 1, 4)),
    }.items():
        _insert(engine, name, rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("ANALYZE"))


def fill_items(engine: Engine, items: int, sightings: int) -> None:
    """Fill the table of items alone, each with so many sightings."""
    _insert(engine, "item", (_item(n, items) | {"sightings": sightings} for n in range(1, items + 1)))


def _insert(engine: Engine, name: str, rows: Iterator[dict[str, Any]]) -> None:
    with engine.begin() as db:
        while some := list(islice(rows, TOGETHER)):
            db.execute(insert(metadata.tables[name]), some)


def _at(n: int, of: int) -> datetime:
    return BASE + timedelta(seconds=int(n / of * DAYS * 86_400))


def _run(n: int) -> dict[str, Any]:
    at = _at(n, 2_000)
    times = {"started_at": at, "enrolled_at": at, "finished_at": at}
    return {
        "id": n,
        "source": f"source {n % 20}",
        "target": "x",
        "kind": "poll",
        "outcome": "1 new, 6 seen",
        **times,
        **COUNTS,
    }


def _work(n: int) -> dict[str, Any]:
    common = {"kind": "files", "attempts": 1, "setbacks": 0, "derived": True, "failed": [], "pages": 1, "reference": {}}
    return {"id": n, "run_id": n, "state": "done", **common, **COUNTS}


def _page(n: int, of: int) -> dict[str, Any]:
    address = f"https://krant.example/{n % 5_000}"
    return {
        "id": n, "address": address, "address_key": n % 5_000, "source": f"source {n % 20}", "run_id": 1 + n % 2_000,
        "work_id": 1 + n % 2_000, "observed_at": _at(n, of), "observed_from": "http", "capture_key": hashed("capture", n),
        "media_type": "text/html", "state": "done", "outcome": "1 new, 6 seen", "found": PER_PAGE, "rejects": {}, "remarks": {},
    }  # fmt: skip


def _item(n: int, of: int) -> dict[str, Any]:
    chosen, at = random.Random(n), _at(n, of)
    words = chosen.choices(WORDS, k=45)
    if n % 5_000 == 0:
        words[7] = "zeldzaam"
    return {
        "id": n, "content_hash": hashed("item", n), "hash_version": 1, "headline": " ".join(words[:7]), "headline_from": "sighting",
        "place": f"PLAATS{min(int(chosen.expovariate(0.02)), 499)}", "agencies": AGENCIES[n % 5], "text": " ".join(words),
        "section": SECTIONS[min(int(chosen.expovariate(0.5)), 7)], "first_seen_at": at, "last_seen_at": at + timedelta(hours=2),
        "sightings": 2, "published_after": at - timedelta(minutes=2), "published_before": at - timedelta(minutes=1),
        "published_from": "age", "conflicts": 0, "headline_key": hashed("headline", n),
    }  # fmt: skip


def _sighting(item: int, page: int) -> dict[str, Any]:
    return {
        "item_id": item,
        "page_id": page,
        "position": 1 + item % PER_PAGE,
        "section": "Zeeland",
        "agencies": ["ANP"],
        "age": "1 uur geleden",
    }


def _listing(n: int, of: int) -> dict[str, Any]:
    return {
        "page_id": n, "section": SECTIONS[n % 8], "list": f"source {n % 20}", "observed_at": _at(n, of),
        "shown": PER_PAGE, "shared": 5,
    }  # fmt: skip


def first_byte(client: httpx.Client, path: str) -> float:
    """Seconds from the question to the head of the answer."""
    began = time.perf_counter()
    with client.stream("GET", path) as answer:
        took = time.perf_counter() - began
        answer.read()
        assert answer.status_code == 200, (path, answer.status_code)
    return took


def median(client: httpx.Client, path: str, times: int) -> float:
    """The median of so many questions, in milliseconds, the first one left out."""
    first_byte(client, path)
    return statistics.median(first_byte(client, path) for _ in range(times)) * 1_000


def hello(measure: Callable[[httpx.Client], float]) -> float:
    """What is measured on a server of the same framework that says hello."""
    app = FastAPI()
    app.add_api_route("/hello", lambda: {"hello": "world"})
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, http="h11", loop="asyncio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        found = measure(client)
    server.should_exit = True
    thread.join()
    return found


def main() -> None:
    """Fill, show, ask, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("items", nargs="?", type=int, default=100_000)
    options.add_argument("--database", help="an empty database; else a SQLite file that is gone afterwards")
    options.add_argument("--filled", action="store_true", help="it was filled before")
    options.add_argument("--times", type=int, default=15)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        url = chosen.database or f"sqlite:///{name}/page.db"
        engine = make_engine(url)
        if not chosen.filled:
            began = time.perf_counter()
            upgrade(engine)
            fill(engine, chosen.items)
            print(f"filled with {chosen.items:,} items in {time.perf_counter() - began:.0f} s")
        engine.dispose()
        bare = hello(lambda client: median(client, "/hello", 100))
        print(f"{'a bare hello':32} {bare:8.1f} ms")
        with shown(url, Path(name)) as page, httpx.Client(base_url=page.url, trust_env=False, timeout=30) as client:
            item = hashed("item", chosen.items // 2)
            while client.get(VIEWS["items of a section"]).status_code != 200:  # its names are being counted
                time.sleep(0.2)
            for view, path in VIEWS.items():
                took = median(client, path.format(item=item), chosen.times)
                print(f"{view:32} {took:8.1f} ms  {took / bare:6.1f} hellos", flush=True)


if __name__ == "__main__":
    print(f"SQLite {sqlite3.sqlite_version}")
    main()
