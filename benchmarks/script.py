"""The yardstick: what a careful engineer would write for one job, in one process, without Celery and without a ledger.

``python -m benchmarks.script FILE DATABASE`` reads text captures (forms G, N and H) out of JSON Lines and stores the same
rows of ``body``, ``page``, ``item`` and ``sighting`` as the product, into the same tables with the same indexes, in
batches of 200, with ``executemany`` of the driver. It knows what it needs for that job alone: Dutch, one process that has
the database to itself and holds every item in memory, pages that are well formed. It derives neither lists nor gaps nor
revisions, and nothing is left of it that could go on after a crash.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import sqlite3
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from backports.zstd import compress

BATCH = 200
DAY = 86_400
#: Unit: fewest and most seconds of one.
UNITS = {
    "seconde": (1, 1), "seconden": (1, 1), "minuut": (60, 60), "minuten": (60, 60), "uur": (3600, 3600),
    "dag": (DAY, DAY), "dagen": (DAY, DAY), "week": (7 * DAY, 7 * DAY), "weken": (7 * DAY, 7 * DAY),
    "maand": (28 * DAY, 31 * DAY), "maanden": (28 * DAY, 31 * DAY), "jaar": (365 * DAY, 366 * DAY),
}  # fmt: skip
AGE = re.compile(rf"\n ?(\d+ +(?:{'|'.join(UNITS)}) geleden)")
HEADING = re.compile(r"\nMeer uit ([^\n]+?) *\n")
DATELINE = re.compile(r"((.{1,60}?)(?: \(([^()]+)\))?) ?[-–—] (.*)")
INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
FOLDS = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'), **dict.fromkeys("‘’‚´`", "'"), **dict.fromkeys("–—‑−", "-"), "…": "...", "\u01ab": "ë",
        **dict.fromkeys("\u180e\u200c\u200d\u2061\u2062\u2063\u2064"),
    }
)  # fmt: skip


class Reading(NamedTuple):
    """What one printed item says."""

    headline: str | None
    dateline: str
    place: str
    agencies: str
    text: str
    content_hash: str


def content_hash(text: str) -> str:
    """The identity of an item, by its clean body."""
    return hashlib.sha256(" ".join(text.translate(FOLDS).split()).encode()).hexdigest()


def cleaned(text: str) -> str:
    """The page without entities, invisible characters, and marks apart from their letters."""
    if "&" in text:
        text = html.unescape(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.replace("\xa0", " ")
    return unicodedata.normalize("NFC", text.translate(INVISIBLE))


@lru_cache(maxsize=8192)
def read(piece: str, headed: bool) -> Reading:
    """What stands between two ages; kept, since most items are printed again and again."""
    headline, rest = None, piece.strip()
    if headed:
        headline, _, rest = rest.partition("\n")
        headline = " ".join(headline.split())
    match = DATELINE.match(" ".join(rest.split()))
    assert match
    dateline, place, agencies, text = match.groups()
    said = json.dumps(agencies.split("/")) if agencies else "[]"
    return Reading(headline, dateline, place, said, text, content_hash(text))


class Item:
    """What an item is so far."""

    __slots__ = ("after", "before", "count", "first", "headline", "headline_at", "id", "last", "read", "section")

    def __init__(
        self, number: int, read: Reading, section: str, order: tuple[str, str, int], window: tuple[str, str]
    ) -> None:
        self.id, self.count = number, 0
        self.headline: str | None = None
        self.headline_at = order
        self.read, self.section, self.first, self.last = read, section, order, order[0]
        self.after, self.before = window

    def add(self, read: Reading, section: str, order: tuple[str, str, int], window: tuple[str, str]) -> None:
        """One more sighting of it."""
        self.count += 1
        if order < self.first:
            self.first, self.read, self.section = order, read, section
        if read.headline and (self.headline is None or order < self.headline_at):
            self.headline, self.headline_at = read.headline, order
        self.last = max(self.last, order[0])
        self.after, self.before = max(self.after, window[0]), min(self.before, window[1])

    def row(self) -> tuple[Any, ...]:
        """The values of ``ITEM``."""
        read = self.read
        return (
            self.headline, "sighting" if self.headline else None, read.place, read.agencies, read.text, self.section,
            self.first[0], self.last, self.count, self.after, self.before, "age", self.id,
        )  # fmt: skip


COUNTS = "pages_new pages_known pages_done pages_failed items_new items_seen items_rejected".split()
ITEM = (
    "headline headline_from place agencies text section first_seen_at last_seen_at sightings published_after "
    "published_before published_from id"
).split()
PAGE = (
    "id address address_key run_id work_id observed_at observed_from capture_key body media_type url state outcome found new seen "
    "rejected rejects remarks lead_headline lead_dateline lead_text lead_hash encoding replaced listing reference"
).split()
SIGHTING = (
    "item_id page_id position section headline dateline place agencies age text published_after published_before published_from"
).split()


class Script:
    """One run over one file."""

    def __init__(self, database: Any, mark: str, zone: str) -> None:
        self.db, self.mark, self.zone = database, mark, zone
        self.items: dict[str, Item] = {}
        self.pages = 0
        self.changed: dict[int, Item] = {}
        self.fresh: list[tuple[str, Item]] = []

    def run(self, lines: Iterable[bytes]) -> None:
        """Store all captures."""
        now = self.time(datetime.now(UTC))
        self.write("run", ["id", "target", "started_at", "kind", *COUNTS], [(1, "x", now, "ingest", *[0] * 7)])
        work = "id kind reference pages run_id state attempts derived failed setbacks".split()
        self.write("work", [*work, *COUNTS], [(1, "slice", "{}", 0, 1, "done", 1, True, "[]", 0, *[0] * 7)])
        self.db.commit()
        each = iter(lines)
        while batch := list(islice(each, BATCH)):
            self.batch(batch)
            self.db.commit()

    def time(self, moment: datetime) -> str:
        """A time as the tables hold it."""
        return f"{moment:%Y-%m-%d %H:%M:%S}.000000{self.zone}"

    def batch(self, lines: Sequence[bytes]) -> None:
        """Store some captures."""
        bodies, pages, sightings = [], [], []
        for line in lines:
            body, page, seen = self.page(json.loads(line))
            bodies.append(body)
            pages.append(page)
            sightings += seen
        self.write("body", ["sha256", "size", "media_type", "content"], bodies, "ON CONFLICT DO NOTHING")
        new = [(h, 1, 0, *item.row()) for h, item in self.fresh]
        self.write("item", ["content_hash", "hash_version", "conflicts", *ITEM], new)
        for _, item in self.fresh:
            self.changed.pop(item.id, None)
        setters = ", ".join(f"{name} = {self.mark}" for name in ITEM[:-1])
        self.many(f"UPDATE item SET {setters} WHERE id = {self.mark}", [item.row() for item in self.changed.values()])
        self.write("page", PAGE, pages)
        self.write("sighting", SIGHTING, sightings)
        self.fresh, self.changed = [], {}

    def page(self, record: dict[str, Any]) -> tuple[Any, Any, list[Any]]:
        """The body, the page, and the sightings of a capture."""
        url, body = record["url"], record["text"].encode()
        moment = (
            datetime.fromisoformat(record.get("observed_at") or record["date"]).astimezone(UTC).replace(microsecond=0)
        )
        observed = self.time(moment)
        sha = hashlib.sha256(body).hexdigest()
        text = "\n" + cleaned(record["text"])
        heading = HEADING.search(text)
        assert heading
        start, section = heading.end(), " ".join(heading[1].split())
        headed = text.startswith("\n", start)
        self.pages += 1
        parts = AGE.split("\n" + text[start:])
        rows, new = [], 0
        for position, (piece, words) in enumerate(zip(parts[0::2], parts[1::2], strict=False), start=1):
            reading, age, order = read(piece, headed), " ".join(words.split()), (observed, url, position)
            window = self.window(age, moment)
            item = self.items.get(reading.content_hash)
            if item is None:
                new += 1
                item = self.items[reading.content_hash] = Item(len(self.items) + 1, reading, section, order, window)
                self.fresh.append((reading.content_hash, item))
            item.add(reading, section, order, window)
            self.changed[item.id] = item
            differs = None if reading.text == item.read.text else reading.text
            rows.append(
                (
                    item.id,
                    self.pages,
                    position,
                    section,
                    reading.headline,
                    reading.dateline,
                    reading.place,
                    reading.agencies,
                    age,
                    differs,
                    *window,
                    "age",
                )
            )
        lead = self.lead(text[: heading.start()], headed)
        seen = len(rows) - new
        key = hashlib.sha256("\0".join((url, sha, moment.isoformat())).encode()).hexdigest()
        address_key = int.from_bytes(hashlib.sha256(url.encode()).digest()[:8], signed=True)
        page = (
            self.pages, url, address_key, 1, 1, observed, "record", key, sha, "text/plain; charset=utf-8", url, "done",
            f"{new} new, {seen} seen", len(rows), new, seen, 0, "{}", "{}", *lead, "utf-8", 0, False,
            json.dumps({"line": self.pages}),
        )  # fmt: skip
        return (sha, len(body), "text/plain; charset=utf-8", compress(body, 3)), page, rows

    @staticmethod
    def lead(text: str, headed: bool) -> tuple[str | None, str | None, str | None, str | None]:
        """Headline, dateline, text and hash of the article above."""
        lines = [line for part in text.split("\n") if (line := " ".join(part.split()))]
        start = 1
        if headed:
            known = set[str]()
            start = next(at for at, line in enumerate(lines) if line in known or known.add(line)) + 1  # type: ignore[func-returns-value]
        match = DATELINE.match(lines[start])
        assert match
        return lines[start - 1], match[1], "\n".join([match[4], *lines[start + 1 :]]), content_hash(match[4])

    def window(self, age: str, moment: datetime) -> tuple[str, str]:
        """When something of that age was published."""
        number, unit, _ = age.split()
        fewest, most = UNITS[unit]
        count = int(number)
        after, before = moment - timedelta(seconds=most * (count + 1)), moment - timedelta(seconds=fewest * count)
        return self.time(after), self.time(before)

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Any], rest: str = "") -> None:
        """Insert rows."""
        self.many(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([self.mark] * len(columns))}) {rest}", rows
        )

    def many(self, statement: str, rows: Sequence[Any]) -> None:
        """Run a statement for many rows."""
        if rows:
            with_cursor = self.db.cursor()
            with_cursor.executemany(statement, rows)
            with_cursor.close()


def main() -> None:
    """Read the file into the database."""
    path, database = sys.argv[1:]
    with Path(path).open("rb") as lines:
        script(database).run(lines)


def script(database: str) -> Script:
    """On SQLite with the product's own settings, or on PostgreSQL."""
    if database.startswith("postgresql"):
        import psycopg

        return Script(psycopg.connect(database), "%s", "+00")
    db = sqlite3.connect(database)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        db.execute(f"PRAGMA {pragma}")
    return Script(db, "?", "")


if __name__ == "__main__":
    main()
