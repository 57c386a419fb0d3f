"""What the page shows is what is stored: the same as the command line, on both databases, under addresses that can be shared."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection

from meeruit.tasks.fold import fold
from meeruit.tasks.report import listings
from meeruit.tasks.report.listings import ITEM_KEYS, ItemFilter
from meeruit.tasks.report.tightening import seen
from meeruit.tasks.store.tables import Item, table
from meeruit.tasks.store.words import holds, words_of
from meeruit.worker.database import make_engine, reading
from tests.page.conftest import Shown
from tests.page.data import OFTEN, TIMES

ATOM = "{http://www.w3.org/2005/Atom}"
EIGHT, HOUR = datetime(2025, 3, 3, 8, tzinfo=UTC), timedelta(hours=1)
QUESTIONS = [
    ({}, ItemFilter()),
    ({"section": "buitenland"}, ItemFilter(section="Buitenland")),
    ({"agency": "afp"}, ItemFilter(agency="AFP")),
    ({"place": "kyiv"}, ItemFilter(place="Kyiv")),
    ({"place": "tholen"}, ItemFilter(place="THOLEN")),
    (
        {"since": "2025-03-03T07:00:00Z", "until": "2025-03-03T09:00:00Z"},
        ItemFilter(since=EIGHT - HOUR, until=EIGHT + HOUR),
    ),
    ({"section": "There is none"}, ItemFilter(section="There is none")),
]


@pytest.fixture
def db(page: Shown) -> Iterator[Connection]:
    engine = make_engine(page.database_url)
    with reading(engine) as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize(("question", "wanted"), QUESTIONS)
def test_page_by_page_the_items_are_those_of_the_command_line_each_once(
    page: Shown, db: Connection, question: dict[str, str], wanted: ItemFilter
) -> None:
    assert every(page, question) == [row["content_hash"] for row in listings.items(db, wanted)]


def every(page: Shown, question: dict[str, str]) -> list[str]:
    """The hashes of all items, page by page."""
    found: list[str] = []
    after = ""
    while True:
        answer = page.get(f"/items.json?{urlencode({**question, 'after': after, 'limit': '40'})}").json()
        found += [item["content_hash"] for item in answer["items"]]
        if answer["next"] is None:
            return found
        after = answer["next"]


@pytest.mark.parametrize(
    ("search", "phrase"),
    [
        ("STROOMSTORING", ""),
        ("brand een", ""),
        ("brandw", ""),
        ("Één", ""),
        ("9.10 gas", "9.10"),
        ("zo'n", "zo'n"),
        ("“weer”", "weer"),
        ("west-brabant", "west-brabant"),
        ('"op de A58" file', "op de a58"),
        ("q7q7", ""),
    ],
)
def test_words_are_found_by_their_beginnings_wherever_they_stand_and_phrases_as_they_stand(
    page: Shown, db: Connection, search: str, phrase: str
) -> None:
    wanted = words_of(search)
    rows = [(row["content_hash"], f"{row['headline'] or ''} {row['text']}") for row in listings.items(db, ItemFilter())]
    assert every(page, {"q": search}) == [
        digest for digest, said in rows if holds(said, wanted) and phrase in fold(said).lower()
    ]


def test_json_csv_atom_and_the_page_hold_the_same_items(page: Shown) -> None:
    question = "?section=Sport&agency=ANP&limit=20"
    items = page.get(f"/items.json{question}").json()["items"]
    assert len(items) == 20
    assert list(items[0]) == list(ITEM_KEYS)
    hashes = [item["content_hash"] for item in items]
    rows = list(csv.DictReader(io.StringIO(page.get(f"/items.csv{question}").text)))
    assert [row["content_hash"] for row in rows] == hashes
    assert [row["text"] for row in rows] == [item["text"] for item in items]
    assert [row["first_seen_at"] for row in rows] == [item["first_seen_at"] for item in items]
    feed = ET.fromstring(page.get(f"/items.atom{question}").content)
    assert [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")] == [
        f"urn:sha256:{each}" for each in hashes
    ]
    shown = page.get(f"/items{question}").text
    assert all(f'href="/items/{each[:16]}"' in shown for each in hashes)


def test_an_item_of_a_source_was_seen_on_its_pages(page: Shown) -> None:
    [item] = page.get("/items.json?source=often").json()["items"]
    assert (item["headline"], item["sightings"]) == (OFTEN, TIMES)
    assert page.get("/items.json?source=nobody").json()["items"] == []


def test_the_window_after_the_last_sighting_is_that_of_the_item(db: Connection) -> None:
    item = table(Item)
    rows = db.execute(item.select().where(item.c.sightings < 1_000)).all()
    assert len(rows) > 100
    for row in rows:
        last = seen(db, row.id)[-1].window
        stored = row.published_after, row.published_before
        assert ((last.after, last.before) if last else (None, None)) == stored


def test_one_item_tells_its_sightings_and_why_it_is_one(page: Shown) -> None:
    first = page.get("/items.json?section=Buitenland&limit=1").json()["items"][0]
    known = page.get(f"/items/{first['content_hash'][:12]}.json").json()
    assert known["content_hash"] == first["content_hash"]
    assert len(known["seen"]) == first["sightings"]
    assert known["seen"][-1]["published_before"] == first["published_before"]
    assert "Why it is one item" in page.get(f"/items/{first['content_hash']}").text


def test_days_hours_and_items_agree(page: Shown) -> None:
    counts = {day["day"]: day["items"] for day in page.get("/days.json").json()["days"]}
    for day, number in counts.items():
        hours = page.get(f"/days/{day}.json").json()["hours"]
        assert sum(hour["items"] for hour in hours) == number
    items: list[Any] = page.get("/items.json?limit=500").json()["items"]
    assert sum(counts.values()) == len(items)
    assert page.get("/days.json?section=sport").json()["days"][0]["items"] < sum(counts.values())


def test_of_two_sources_one_was_first_or_neither(page: Shown) -> None:
    leads = page.get("/days/2025-03-03.json").json()["leads"]
    assert {lead["source"] for lead in leads} >= {"www.zeeuwsnieuws.example", "dagkrant.example"}
    assert all(0 <= lead["first"] <= lead["shared"] for lead in leads)
    assert any(lead["ahead_seconds"] for lead in leads)


def test_sources_failures_and_runs_tell_what_happened(page: Shown) -> None:
    sources = page.get("/sources?hours=24&until=2025-03-04").text
    assert "HTTP 503" in sources
    assert "something may have been missed" in sources
    [failure] = page.get("/failures.json").json()["failures"]
    assert failure["reason"].startswith("HTTP 404")
    assert "If that is final" in page.get("/failures").text
    runs = page.get("/runs.json?source=abroad&limit=10").json()
    assert len(runs["runs"]) == 10
    older = page.get(f"/runs.json?source=abroad&limit=500&before={runs['next']}").json()
    assert len(older["runs"]) == 14
    assert older["next"] is None


def test_the_document_names_every_answer_for_programs(page: Shown) -> None:
    document = page.get("/openapi.json").json()
    assert {path for path in document["paths"] if path.endswith(".json")} == {
        "/items.json", "/items/{digest}.json", "/days.json", "/days/{day}.json", "/sources.json", "/failures.json", "/runs.json",
    }  # fmt: skip
    shown = page.get("/api").text
    assert all(path in shown for path in document["paths"])
