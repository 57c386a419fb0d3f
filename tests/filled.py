"""A database as it is after some weeks: thousands of rows in every table that grows, made in one go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from meeruit.tasks.captures import address_key
from meeruit.tasks.references import File, Terms, work_json
from meeruit.tasks.store import failures
from meeruit.tasks.store.bodies import compress
from meeruit.tasks.store.tables import metadata

BASE = datetime(2025, 1, 1, tzinfo=UTC)
ITEMS = PAGES = RUNS = 6_000
#: A source that is polled now and then.
SELDOM = "seldom"
WORDS = "De brandweer rukte uit, het verkeer stond stil en de bewoners wachtten buiten op nieuws. " * 4
COUNTS = {
    "pages_new": 1, "pages_known": 0, "pages_done": 1, "pages_failed": 0, "items_new": 1, "items_seen": 0,
    "items_rejected": 0,
}  # fmt: skip


def hashed(*name: object) -> str:
    """A hash that stands for this name."""
    return hashlib.sha256(" ".join(map(str, name)).encode()).hexdigest()


def fill(engine: Engine) -> None:
    """Fill every table and let the database count its rows."""
    with engine.begin() as db:
        for name, rows in _tables().items():
            db.execute(insert(metadata.tables[name]), list(rows))
        if engine.dialect.name == "postgresql":
            go_on_counting(db)
        failures.note(db, [_address(n) for n in range(1, PAGES + 1) if _failed(n)], ())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.execute(text("ANALYZE"))


def go_on_counting(db: Connection) -> None:
    """Have PostgreSQL number new rows behind those that were numbered here."""
    for name in ("run", "work", "page", "item", "gap"):
        last = f"(SELECT max(id) FROM {name})"
        db.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))


def _tables() -> Mapping[str, Iterable[Mapping[str, Any]]]:
    every = range(1, PAGES + 1)
    return {
        "run": map(_run, every),
        "source": ({"name": f"source {n}"} for n in range(20)),
        "work": map(_work, every),
        "body": (
            {"sha256": hashed("body", n), "size": 9, "media_type": "", "content": compress(b"De body.")} for n in every
        ),
        "page": map(_page, every),
        "item": map(_item, every),
        "sighting": (_sighting(n, page) for n in every for page in {n, 1 + n * 7 % PAGES}),
        "listing": map(_listing, every),
        "contradiction": ({"list": f"list {n % 50}", "section": "", "item_id": n, "agrees": "nearest"} for n in every),
        "gap": map(_gap, every),
        "noted": map(_noted, every),
        "validator": map(_validator, every),
    }


def _at(n: int) -> datetime:
    return BASE + timedelta(minutes=n)


def _source(n: int) -> str | None:
    return f"source {n % 20}" if n % 3 else None


def _run(n: int) -> dict[str, Any]:
    times = {"started_at": _at(n), "enrolled_at": _at(n), "finished_at": None if n > RUNS - 3 else _at(n)}
    source = SELDOM if n % 1_000 == 0 else _source(n)
    key = {"resume_key": hashed("command", n) if n > RUNS - 3 else None}
    return {
        "id": n,
        "source": source,
        "target": "inbox",
        "kind": "poll",
        "outcome": "1 new, 0 seen",
        **times,
        **key,
        **COUNTS,
    }


def _work(n: int) -> dict[str, Any]:
    state = "pending" if n > RUNS - 3 else "done"
    reference = work_json(Terms(_at(n), "ingest"), [File(f"/inbox/{n}")])
    common = {"kind": "files", "attempts": 1, "setbacks": 0, "derived": True, "failed": [], "sent_at": _at(n)}
    return {"id": n, "run_id": n, "state": state, "reference": reference, "pages": 1, **common, **COUNTS}


def _address(n: int) -> str:
    return f"https://krant.example/{n // 2}"


def _failed(n: int) -> bool:
    return n % 100 == 0


def _page(n: int) -> dict[str, Any]:
    failed = _failed(n)
    return {
        "id": n,
        "address": _address(n),
        "address_key": address_key(_address(n)),
        "source": _source(n),
        "run_id": n,
        "work_id": n,
        "observed_at": _at(n),
        "observed_from": "http" if failed else "record",
        "capture_key": hashed("capture", n),
        "body": None if failed else hashed("body", n),
        "media_type": "text/html",
        "state": "quarantined" if failed else "done",
        "outcome": "HTTP 404" if failed else "1 new, 1 seen",
        "rejects": {},
        "lead_text": WORDS,
        "lead_hash": hashed("item", n) if n % 2 else None,
        "reference": {"file": f"/inbox/{n}"} if failed else None,
    }


def _item(n: int) -> dict[str, Any]:
    return {
        "id": n,
        "content_hash": hashed("item", n),
        "hash_version": 1,
        "headline": f"Kop {n}",
        "headline_from": "sighting",
        "place": "GOES",
        "agencies": ["ANP"],
        "text": f"{n} {WORDS}",
        "first_seen_at": _at(n),
        "last_seen_at": _at(n + n % 50),
        "sightings": ITEMS // n,
        "published_after": _at(n) if n % 4 else None,
        "published_before": _at(n) if n % 4 else None,
        "conflicts": 0,
        "revision_of": n - 1 if n % 40 == 0 else None,
        "headline_key": hashed("headline", n),
        "link_key": hashed("link", n) if n % 2 else None,
        "cursor": n if n <= ITEMS - 30 else None,
        "stored_at": _at(n) if n <= ITEMS - 30 else None,
    }


def _sighting(item: int, page: int) -> dict[str, Any]:
    return {"item_id": item, "page_id": page, "position": 1, "section": "Zeeland", "agencies": ["ANP"], "age": WORDS}


def _listing(n: int) -> dict[str, Any]:
    return {"page_id": n, "section": "Zeeland", "list": f"source {n % 20}", "observed_at": _at(n), "shown": 7}


def _gap(n: int) -> dict[str, Any]:
    return {"list": f"source {n % 20}", "section": "Zeeland", "from_at": _at(n), "to_at": _at(n + 5)}


def _noted(n: int) -> dict[str, Any]:
    return {"key": hashed("noted", n), "source": f"source {n % 20}", "address": f"/inbox/{n}", "mark": "9-9"}


def _validator(n: int) -> dict[str, Any]:
    address = f"https://krant.example/{n}"
    key = hashlib.sha256(address.encode()).hexdigest()
    return {"key": key, "address": address, "body": hashed("body", n), "media_type": "", "uses": 0}
