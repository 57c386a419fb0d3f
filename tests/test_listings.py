"""Listings: what comes first, what filters let through, and items found by how their hash begins; on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from meeruit.tasks.errors import UsageError
from meeruit.tasks.report import listings
from meeruit.tasks.store.tables import Page, table
from meeruit.worker.database import reading
from tests.conftest import fresh_database, hasty_engine
from tests.newswire.captures import Capture
from tests.newswire.strategies import BASE
from tests.storing import store
from tests.test_derive import HOUR, shot

_page = table(Page)


#: Captures, by run and batch, to the engine of a database that holds them, which tests only read.
Holding = Callable[[list[list[list[Capture]]]], Engine]


@pytest.fixture(scope="module")
def originals() -> Iterator[dict[tuple[str, str], Engine]]:
    """Engines on databases that are filled once, by kind and captures."""
    made: dict[tuple[str, str], Engine] = {}
    yield made
    for engine in made.values():
        engine.dispose()


@pytest.fixture
def holding(
    kind: str,
    originals: dict[tuple[str, str], Engine],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Holding:
    def engine(runs: list[list[list[Capture]]]) -> Engine:
        key = kind, str(runs)
        if key not in originals:
            originals[key] = hasty_engine(fresh_database(kind, request, tmp_path_factory.mktemp("listings")))
            for run in runs:
                store(originals[key], [run])
        return originals[key]

    return engine


@pytest.fixture
def filled(holding: Holding) -> Engine:
    """Stored items with equal times, equal counts, and times that nobody knows."""
    undated = replace(shot(5, "undated", "unknown", place="TEHERAN/JERUZALEM"), observed_at=None)
    first = [[shot(0, "a", "b", "c")], [shot(2, "c", "d", "e")], [shot(2, "e", url="https://krant.example/2")]]
    return holding([first, [[undated]], [[shot(3, "f", source="stad")]]])


@pytest.fixture
def items(filled: Engine) -> list[listings.Row]:
    with reading(filled) as db:
        return list(listings.items(db, listings.ItemFilter()))


@pytest.mark.parametrize("sort", listings.SORTS)
def test_the_greatest_come_first_unknown_ones_last_and_equal_ones_by_hash(
    filled: Engine, items: list[listings.Row], sort: str
) -> None:
    column = listings.SORTS[sort]

    def order(row: listings.Row) -> tuple[bool, Any, str]:
        value = row[column]
        greatness = 0 if value is None else -value if isinstance(value, int) else -value.timestamp()
        return value is None, greatness, str(row["content_hash"])

    ordered = sorted(items, key=order)
    assert len({order(row)[:2] for row in items}) < len(items) == 8
    with reading(filled) as db:
        for limit in (0, 1, 3, 6, 7, 8, 9, None):
            assert list(listings.items(db, listings.ItemFilter(), sort, limit)) == ordered[:limit]


@pytest.mark.parametrize(
    ("wanted", "texts"),
    [
        (listings.ItemFilter(since=BASE + HOUR, until=BASE + 3 * HOUR), {"d", "e"}),
        (listings.ItemFilter(since=BASE, until=BASE + timedelta(seconds=1)), {"a", "b", "c"}),
        (listings.ItemFilter(place="jeruzalem"), {"undated", "unknown"}),
        (listings.ItemFilter(place="Goes", search='"DAT IS D"'), {"d"}),
        (listings.ItemFilter(section="ZEELAND", search='"is a."'), {"a"}),
        (listings.ItemFilter(agency="anp"), set()),
        (listings.ItemFilter(site="krant.example"), {"a", "b", "c", "d", "e", "undated", "unknown"}),
        (listings.ItemFilter(site="stad"), {"f"}),
        (listings.ItemFilter(site="rant.example"), set()),
    ],
)
def test_filters_let_through_what_they_say(
    filled: Engine, items: list[listings.Row], wanted: listings.ItemFilter, texts: set[str]
) -> None:
    expected = [row for row in items if str(row["text"]).split()[-1].strip(".") in texts]
    with reading(filled) as db:
        assert list(listings.items(db, wanted)) == expected
        assert list(listings.items(db, wanted, limit=1)) == expected[:1]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("orkaan", {"orkaan", "orkaankracht"}),
        ("IS Orkaank", {"orkaankracht"}),
        ("orkaan is", {"orkaan", "orkaankracht"}),
        ('"dat is" orkaank', {"orkaankracht"}),
        ('"is dat" orkaan', set()),
        ("orkaan storm", set()),
        ("erorkaan", {"superorkaan"}),
        ("at is o", {"orkaan", "orkaankracht"}),
        ("n.", {"orkaan", "superorkaan"}),
        (".", {"orkaan", "orkaankracht", "superorkaan"}),
    ],
)
@pytest.mark.parametrize("looks_at", [0, 1, 100])
def test_words_are_found_in_any_order_and_only_where_no_item_has_them_all_inside_of_words(
    holding: Holding, search: str, found: set[str], looks_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listings, "LOOKS_AT", looks_at)
    undated = replace(shot(5, "superorkaan"), observed_at=None)
    engine = holding([[[shot(0, "orkaan")], [shot(2, "orkaankracht"), undated]]])
    wanted = listings.ItemFilter(search=search)
    with reading(engine) as db:
        for sort in listings.SORTS:
            rows = list(listings.items(db, listings.ItemFilter(), sort))
            expected = [row for row in rows if str(row["text"]).split()[-1].strip(".") in found]
            for limit in (0, 1, 2, None):
                assert list(listings.items(db, wanted, sort, limit)) == expected[:limit]


def test_who_showed_an_item_first_is_its_source_or_the_host_where_none_is_named(
    filled: Engine, items: list[listings.Row]
) -> None:
    with reading(filled) as db:
        sites = listings.first_sites(db, [row["content_hash"] for row in items])
    named = {str(row["text"]).split()[-1].strip("."): sites[row["content_hash"]] for row in items}
    assert named == dict.fromkeys(("a", "b", "c", "d", "e", "undated", "unknown"), "krant.example") | {"f": "stad"}


def test_what_is_odd_about_records_is_counted_by_their_file(engine: Engine) -> None:
    store(engine, [[[shot(0, "a"), shot(1, "b")], [shot(2, "c")]]])
    reference = {"slice": "a.jsonl", "offset": 0, "length": 9, "line": 1}
    with engine.begin() as db:
        odd = update(_page).where(_page.c.work_id == 1)
        db.execute(odd.values(reference=reference, remarks={"time contradicts": 2, "no address": 1}))
        assert listings.odd_records(db, [1]) == {("a.jsonl", "no address"): 2}


def test_sightings_stand_in_the_order_of_pages_and_places(filled: Engine, items: list[listings.Row]) -> None:
    with reading(filled) as db:
        found = list(listings.sightings_of_all(db))
        assert len(found) == sum(row["sightings"] for row in items)
        assert list(found[0]) == list(listings.SIGHTING_KEYS)
        assert [(-row["page_id"], row["position"]) for row in found] == sorted(
            (-row["page_id"], row["position"]) for row in found
        )
        assert [row["text"] for row in listings.sightings_of_all(db, site="stad")] == ["Dat is f."]
        assert list(listings.sightings_of_all(db, 2)) == found[:2]


def test_an_item_is_found_by_any_beginning_of_its_hash_that_is_its_own(
    filled: Engine, items: list[listings.Row]
) -> None:
    hashes = [str(row["content_hash"]) for row in items]
    with reading(filled) as db:
        for wanted in hashes:
            for prefix in (wanted[:length] for length in range(1, 65)):
                if [each for each in hashes if each.startswith(prefix)] == [wanted]:
                    assert listings.find_item(db, prefix.upper()).content_hash == wanted
                else:
                    with pytest.raises(UsageError, match="more than one item"):
                        listings.find_item(db, prefix)
        for missing in ("0" * 64, "f" * 64, f"{hashes[0]}0"):
            with pytest.raises(UsageError, match="no item"):
                listings.find_item(db, missing)
        with pytest.raises(UsageError, match="is no content hash"):
            listings.find_item(db, "g")
