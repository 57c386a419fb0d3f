"""What the page is shown with: a made-up morning of two sites, and things that nobody well-meaning would store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from meeruit.tasks.captures import address_key
from meeruit.tasks.fold import content_hash
from meeruit.tasks.store import failures
from meeruit.tasks.store.tables import Gap, Item, Listing, Page, Run, Sighting, Source, Work, table
from tests.filled import COUNTS, hashed
from tests.newswire.camera import Camera, Plan
from tests.storing import store

BASE = datetime(2025, 3, 3, 5, tzinfo=UTC)
SCRIPT = "<script>window.hit = 1</script><img src=x onerror='window.hit = 2'>"
#: Headlines, sections, places, links, ages that would be more than text if they could.
HOSTILE = (
    SCRIPT,
    "</title></svg><svg onload=window.hit=3>",
    "\"' onmouseover='window.hit=4' x=\"",
    "{{ 7 * 7 }}{% for x in y %}${7*7}",
    "links \u202eneknom\u202c rechts \u2066isolated",
    "\x1b[31mred\x07 \x00nul".replace("\x00", ""),
    "A" * 100_000,
    "; DROP TABLE item; --",
    "naïve – “quotes” 日本語 עברית العربية 👩‍👩‍👧",
)
LINKS = (
    "javascript:window.hit=5", "data:text/html,<script>window.hit=6</script>", "JaVaScRiPt://%0awindow.hit=7",
    "https://user:secret@example.org/", "https://example.org/\" onclick=\"window.hit=8", "vbscript:x", "//example.org/",
    "file:///etc/passwd", "https://example.org/good?a=1&b=<2>",
)  # fmt: skip
#: The item with very many sightings.
OFTEN, TIMES = "Een bericht dat overal staat.", 10_000


def fill(engine: Engine) -> None:
    """Fill an empty, migrated database."""
    camera = Camera(Plan(160, seed=5, days=0.3, articles=0.2))
    store(engine, [[[camera.capture(number) for number in camera.numbers()]]])
    with engine.begin() as db:
        run = _run(db, 1)
        for place, (text, link) in enumerate(zip(HOSTILE, LINKS, strict=True)):
            _seen(db, run, _item(db, place, text, link), place, text)
        _often(db, run)
        _polls(db)
    with engine.begin() as db:
        failures.note(db, [f"https://krant.example/{SCRIPT}"], ())


def _run(db: Connection, number: int, **values: Any) -> int:
    at = BASE + timedelta(minutes=number)
    row = {
        "target": "hostile",
        "kind": "ingest",
        "started_at": at,
        "enrolled_at": at,
        "finished_at": at,
        "outcome": "1 new",
    }
    return int(db.scalars(insert(table(Run)).values(**{**row, **COUNTS, **values}).returning(table(Run).c.id)).one())


def _work(db: Connection, run: int) -> int:
    row = {
        "kind": "files",
        "reference": {},
        "run_id": run,
        "state": "done",
        "pages": 1,
        "derived": True,
        "failed": [],
        **COUNTS,
    }
    return int(db.scalars(insert(table(Work)).values(**row).returning(table(Work).c.id)).one())


def _item(db: Connection, place: int, text: str, link: str | None = None, **values: Any) -> int:
    row = {
        "content_hash": content_hash(f"{place} {text}"),
        "hash_version": 1,
        "headline": text,
        "headline_from": "sighting",
        "place": text[:200],
        "agencies": ["ANP", text[:200]],
        "text": f"{place} {text}",
        "section": text[:200],
        "url": link,
        "url_from": link and "sighting",
        "first_seen_at": BASE + timedelta(seconds=place),
        "last_seen_at": BASE + timedelta(seconds=place),
        "sightings": 1,
        "conflicts": 0,
    }
    return int(db.scalars(insert(table(Item)).values(**{**row, **values}).returning(table(Item).c.id)).one())


def _page(run: int, work: int, address: str, at: datetime, **values: Any) -> dict[str, Any]:
    return {
        "address": address,
        "address_key": address_key(address),
        "run_id": run,
        "work_id": work,
        "observed_at": at,
        "observed_from": "record",
        "capture_key": hashed(address, at),
        "media_type": "text/html",
        "state": "done",
        "outcome": "1 new, 0 seen",
        "found": 1,
        "rejects": {},
        "remarks": {},
        **values,
    }


def _seen(db: Connection, run: int, item: int, place: int, text: str) -> None:
    at = BASE + timedelta(seconds=place)
    work = _work(db, run)
    # one that failed, under an address that is markup
    gone = _page(
        run, work, f"https://krant.example/{SCRIPT}", at, state="quarantined", outcome=f"HTTP 404 {SCRIPT}", found=0
    )
    seen = _page(run, work, f"{LINKS[place]} {text[:300]}", at, url=LINKS[place], lead_hash=None)
    db.execute(insert(table(Page)).values(**gone))
    page = db.scalars(insert(table(Page)).values(**seen).returning(table(Page).c.id)).one()
    sighting = {"position": 1, "section": text[:200], "agencies": [], "age": text[:500], "headline": text}
    db.execute(insert(table(Sighting)).values(item_id=item, page_id=page, **sighting))


def _often(db: Connection, run: int) -> None:
    last = BASE + timedelta(minutes=TIMES)
    known: dict[str, Any] = {
        "published_after": BASE - timedelta(hours=1),
        "published_before": BASE,
        "published_from": "age",
    }
    item = _item(db, 99, OFTEN, sightings=TIMES, last_seen_at=last, **known)
    work = _work(db, run)
    first = int(db.scalar(select(func.max(table(Page).c.id))) or 0) + 1
    times = [BASE + timedelta(minutes=number) for number in range(TIMES)]
    pages = [
        _page(run, work, f"https://krant.example/{number % 40}", at, id=first + number, source="often")
        for number, at in enumerate(times)
    ]
    db.execute(insert(table(Page)), pages)
    sightings = [
        {"item_id": item, "page_id": first + number, "position": 1 + number % 30, "agencies": [], "section": "Zee",
         "age": "1 uur geleden", **known} for number in range(TIMES)
    ]  # fmt: skip
    db.execute(insert(table(Sighting)), sightings)
    if db.dialect.name == "postgresql":
        db.execute(select(func.setval("page_id_seq", first + TIMES)))


def _polls(db: Connection) -> None:
    """A source whose polls brought something, nothing, or failed, with a gap."""
    end = BASE + timedelta(hours=6)
    db.execute(insert(table(Source)).values(name="abroad", last_run_at=end, next_run_at=end, last_new_at=end))
    for number in range(24):
        kinds = {"pages_failed": 1, "pages_done": 0, "outcome": f"HTTP 503 {SCRIPT}"} if number % 8 == 7 else {}
        same = {} if number % 3 else {"items_new": 0, "outcome": "same body: 7 seen"}
        run = _run(db, 15 * number, source="abroad", kind="poll", **{**same, **kinds})
        work = _work(db, run)
        at = BASE + timedelta(minutes=15 * number)
        page = db.scalars(
            insert(table(Page))
            .values(**_page(run, work, "https://abroad.example/", at, source="abroad"))
            .returning(table(Page).c.id)
        ).one()
        row = {
            "page_id": page,
            "section": "Buitenland",
            "list": "abroad",
            "observed_at": at,
            "shown": 7,
            "shared": number % 8,
        }
        db.execute(insert(table(Listing)).values(**row))
    gap = {
        "list": "abroad",
        "section": "Buitenland",
        "from_at": BASE + timedelta(hours=1),
        "to_at": BASE + timedelta(hours=2),
    }
    db.execute(insert(table(Gap)).values(**gap))
