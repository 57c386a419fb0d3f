"""The index of words: kept in step by the database whatever is written, and asked for what the newest rows do not have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from meeruit.tasks.fold import content_hash
from meeruit.tasks.report import browsing
from meeruit.tasks.report.listings import ItemFilter
from meeruit.tasks.report.spellings import Spellings
from meeruit.tasks.store.tables import Item, table
from meeruit.tasks.store.words import holds, with_words, words_of

_item = table(Item)
BASE = datetime(2025, 3, 3, tzinfo=UTC)


def put(db: Connection, number: int, **values: Any) -> int:
    at = BASE + timedelta(minutes=number)
    row = {
        "content_hash": content_hash(f"{number}"), "hash_version": 1, "agencies": [], "text": f"Bericht {number}.", "sightings": 1,
        "first_seen_at": at, "last_seen_at": at, "conflicts": 0, **values,
    }  # fmt: skip
    return int(db.scalars(insert(_item).values(**row).returning(_item.c.id)).one())


@pytest.mark.parametrize(
    ("said", "wanted", "found"),
    [
        ("Brandweer in Goes", "brand goe", True), ("Brandweer", "weer", False), ("zo'n 19.393", "zo n 19 39", True),
        ("één_twee", "twee één", True), ("12e", "2e", False), ("", "a", False), ("Anything", "", True),
    ],
)  # fmt: skip
def test_a_word_is_held_where_one_begins_so(said: str, wanted: str, found: bool) -> None:
    assert holds(said, words_of(wanted)) is found


def by_index(db: Connection, search: str) -> set[int]:
    return set(db.scalars(select(_item.c.id).where(with_words(db, words_of(search)))))


def test_an_item_is_found_as_it_stands_now_and_not_as_it_stood(engine: Engine) -> None:
    with engine.begin() as db:
        one = put(db, 1, headline="Brand in Goes", section="Zeeland")
        other = put(db, 2, place="WEST-BRABANT/THOLEN", text="Het is één ramp: 19.393 “meldingen”.")
        assert by_index(db, "brand goes") == {one}
        assert by_index(db, "zeel") == {one}
        assert by_index(db, "tholen brabant") == {other}
        assert by_index(db, "ÉÉN 19.393 meldingen") == {other}
        db.execute(update(_item).where(_item.c.id == one).values(headline="Regen", sightings=2))
        assert by_index(db, "brand goes") == set()
        assert by_index(db, "regen") == {one}
        db.execute(update(_item).where(_item.c.id == one).values(headline=None))
        assert by_index(db, "regen") == set()
        assert by_index(db, "bericht") == {one}
        db.execute(delete(_item).where(_item.c.id == other))
        assert by_index(db, "tholen") == set()


@pytest.mark.parametrize("text", ["woord " * 300_000, "w" * 300_000, "' \\ \" & | ! : * ( ) <->", ""])
def test_no_text_is_refused_for_its_words(engine: Engine, text: str) -> None:
    with engine.begin() as db:
        put(db, 1, text=text, headline=text or "Kop")
        assert len(by_index(db, "woord")) == ("woord" in text)


def test_what_is_seldom_is_found_behind_thousands_of_others(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "LOOKS_AT", 50)
    with engine.begin() as db:
        for number in range(400):
            seldom = number % 80 == 0
            put(db, number, section="Zeldzaam" if seldom else "Zee", place="GOES" if number % 2 else "MARS" if seldom else None,
                headline="Een orkaan" if seldom else "Een storm")  # fmt: skip
        spellings = Spellings().look(db)

        def found(limit: int = 3, **wanted: Any) -> list[int]:
            rows, after = [], None
            while True:
                page = browsing.page_of_items(db, ItemFilter(**wanted), spellings, after=after, limit=limit)
                rows += [int(row["text"].split()[1].strip(".")) for row in page.rows]
                if page.next is None:
                    return rows
                after = page.next

        assert found(search="orkaan") == [320, 240, 160, 80, 0]
        assert found(section="zeldzaam") == [320, 240, 160, 80, 0]
        assert found(place="mars", search="een") == [320, 240, 160, 80, 0]
        assert found(search="orkaan", place="goes") == []
        assert len(found(search="storm", limit=100)) == 395
