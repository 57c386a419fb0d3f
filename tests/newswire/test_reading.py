"""What the oracle says, case by case: windows, stale and undated captures, gaps, revisions, articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.newswire import markup
from tests.newswire.ages import Age, Window, narrowed, utc
from tests.newswire.captures import Block, Capture, Lead, Printed, Sheet
from tests.newswire.gaps import Gap
from tests.newswire.noise import Quiet
from tests.newswire.oracle import INGESTED, Item, tables
from tests.newswire.strategies import BASE, arrivals, capture_sets

NOON = utc("2025-03-10T12:00:00Z")
HOST, URL = "krant.example", "https://krant.example/1"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


#: A page of another list.
ELSEWHERE = "https://elsewhere.example/1"


def shown(moment: datetime | None, *items: Printed, url: str = URL, lead: Lead | None = None) -> Capture:
    sheet = Sheet((Block("Buitenland", items),), lead)
    return Capture(url, moment, "HTML", markup.render(Quiet(), "card", sheet), sheet)


def one(text: str = "Een schip is vergaan.", **more: Any) -> Printed:
    return replace(Printed(text, Age(0, "minute")), **more)


def only(*captures: Capture) -> Item:
    [item] = tables(captures).items.values()
    return item


def revisions(*captures: Capture) -> set[tuple[str, str]]:
    """Pairs of texts: the earlier, the later."""
    items = tables(captures).items
    return {(items[item.revision_of].text, item.text) for item in items.values() if item.revision_of}


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans(), st.booleans())
def test_a_window_narrowed_is_what_two_sets_of_seconds_share(a: int, b: int, c: int, d: int, p: bool, q: bool) -> None:
    one_end, other_end = a if p else a + b, c if q else c + d
    seconds = [BASE + timedelta(seconds=second) for second in range(20)]
    both = narrowed(Window(seconds[a], seconds[one_end], p), Window(seconds[c], seconds[other_end], q))
    shared = {second for second in range(20) if a <= second <= one_end and c <= second <= other_end}
    assert shared == {second for second in range(20) if both is not None and seconds[second] in both}
    assert both is None or both.point == (p or q)


def test_two_ages_narrow_the_window() -> None:
    item = only(shown(NOON, one(age=Age(1, "hour"))), shown(NOON + 30 * MINUTE, one(age=Age(2, "hour"))))
    assert (item.published_after, item.published_before) == (NOON - 2 * HOUR, NOON - 90 * MINUTE)
    assert item.published_from == "age"


def test_windows_that_touch_do_not_meet() -> None:
    early = shown(NOON, one(age=Age(1, "minute")))
    late = shown(NOON + MINUTE, one(age=Age(1, "minute")), url=ELSEWHERE)  # on one list they would say how it rounds
    item = only(early, late)
    assert (item.published_after, item.published_before) == (NOON - 2 * MINUTE, NOON - MINUTE)
    assert item.conflicts == 1


def test_a_point_wins_over_the_age_beside_it_and_must_lie_in_the_others() -> None:
    point = NOON - 90 * MINUTE
    stamped = shown(NOON + HOUR, one(age=Age(2, "hour"), stamp=point), url=ELSEWHERE)
    item = only(shown(NOON, one(age=Age(1, "hour"))), stamped)
    assert (item.published_after, item.published_before, item.published_from) == (point, point, "datetime")
    elsewhere = only(shown(NOON, one(age=Age(2, "hour"))), stamped)
    assert (elsewhere.published_from, elsewhere.conflicts) == ("age", 1)


@pytest.mark.parametrize(("minutes", "conflicts"), [(60, 1), (59, 0), (0, 0), (-1, 1)])
def test_a_point_meets_a_window_behind_its_start_and_up_to_its_end(minutes: int, conflicts: int) -> None:
    stamped = shown(NOON + DAY, one(age=Age(1, "day"), stamp=NOON - HOUR - minutes * MINUTE), url=ELSEWHERE)
    assert only(shown(NOON, one(age=Age(1, "hour"))), stamped).conflicts == conflicts


def test_a_stale_copy_is_a_sighting_and_gives_no_window() -> None:
    first = shown(NOON, one(age=Age(5, "minute")))
    item = only(first, replace(first, observed_at=NOON + DAY))
    assert (item.sightings, item.last_seen_at, item.conflicts) == (2, NOON + DAY, 0)
    assert item.published_before == NOON - 5 * MINUTE


def test_the_same_capture_twice_is_known() -> None:
    first = shown(NOON, one())
    found = tables([first, first, replace(first, observed_at=None), replace(first, observed_at=None)])
    assert found.report.as_json()["pages"] == {"found": 4, "new": 2, "known": 2, "done": 4, "failed": 0}
    assert len(found.sightings) == 2


def test_an_undated_capture_is_seen_at_the_ingest_and_says_nothing_of_when() -> None:
    item = only(shown(None, one(age=Age(5, "minute"))))
    assert (item.first_seen_at, item.published_after, item.published_from) == (INGESTED, None, None)
    stamped = only(shown(None, one(stamp=NOON)))
    assert (stamped.published_after, stamped.published_from) == (NOON, "datetime")


def test_each_attribute_is_that_of_the_earliest_sighting_that_has_it() -> None:
    item = only(
        shown(NOON + HOUR, one(headline="Later", place="Goes", url=f"{URL}/b")),
        shown(NOON, one("Een schip is vergaan.", agencies=(), place="GOES")),
        shown(NOON + DAY, one(agencies=("ANP",), place="GOES", headline="Nog later")),
    )
    assert (item.headline, item.place, item.agencies, item.url) == ("Later", "GOES", ("ANP",), f"{URL}/b")


def test_ties_go_by_address_and_an_item_counts_at_its_first_place() -> None:
    near, far = shown(NOON, one(headline="B"), url=f"{URL}/b"), shown(NOON, one(headline="A"), url=f"{URL}/a")
    assert only(near, far).headline == "A"
    twice = tables([shown(NOON, one("Een."), one("Twee."), one("Een."))])
    assert [sighting.position for sighting in twice.sightings if sighting.printed.text == "Een."] == [1]
    assert twice.report.rejected == {"repeated": 1}


def test_two_captures_that_share_no_item_are_a_gap_which_a_late_one_closes() -> None:
    first, last = shown(NOON, one("Een.")), shown(NOON + HOUR, one("Twee."))
    between = shown(NOON + MINUTE, one("Een."), one("Twee."))
    assert tables([last, first]).gaps == [Gap(HOST, "Buitenland", NOON, NOON + HOUR)]
    assert tables([last, first, between]).gaps == []


def test_stale_and_undated_captures_make_no_gap_and_close_none() -> None:
    first, second = shown(NOON, one("Een.")), shown(NOON + HOUR, one("Een."), one("Twee."))
    third = shown(NOON + 2 * HOUR, one("Twee."))
    stale = replace(first, observed_at=NOON + 90 * MINUTE)
    undated = shown(None, one("Drie."))
    assert tables([first, second, stale, undated, third]).gaps == []


def test_captures_of_one_second_are_one() -> None:
    left, right = shown(NOON, one("Een."), url=f"{URL}/a"), shown(NOON, one("Twee."), url=f"{URL}/b")
    assert tables([left, right]).gaps == []


def test_a_named_source_is_a_list_of_its_own() -> None:
    polled = replace(shown(NOON, one("Een.")), source="abroad")
    assert tables([polled, shown(NOON + HOUR, one("Twee."))]).gaps == []


@pytest.mark.parametrize(
    ("first", "second", "apart", "linked"),
    [
        ({"url": f"{URL}/a"}, {"url": f"{URL}/a"}, 30 * DAY, True),
        ({"headline": "Schip", "place": "GOES"}, {"headline": "Schip", "place": "Goes"}, DAY, True),
        ({"headline": "Zo'n schip", "place": "GOES"}, {"headline": "Zo’n schip", "place": "GOES"}, HOUR, True),
        ({"headline": "Schip", "place": "GOES"}, {"headline": "Schip", "place": "GOES"}, DAY + MINUTE, False),
        ({"headline": "Schip", "place": "GOES"}, {"headline": "Schip", "place": "THOLEN"}, HOUR, False),
        ({"headline": "Schip"}, {"headline": "Schip"}, HOUR, False),
        ({"headline": "Schip", "place": "GOES"}, {"headline": "schip", "place": "GOES"}, HOUR, False),
        ({"place": "GOES"}, {"place": "GOES"}, HOUR, False),
    ],
)
def test_what_joins_a_revision_to_the_earlier_text(
    first: dict[str, str], second: dict[str, str], apart: timedelta, linked: bool
) -> None:
    captures = (
        shown(NOON + apart, one("Het kostte 11 euro.", **second)),
        shown(NOON, one("Het kostte 10 euro.", **first)),
    )
    assert revisions(*captures) == ({("Het kostte 10 euro.", "Het kostte 11 euro.")} if linked else set())


def test_a_headline_over_three_texts_in_a_week_links_nothing_ever() -> None:
    moments = [NOON, NOON + HOUR, NOON + 7 * DAY]
    forecasts = [
        shown(moment, one(f"Het wordt {degrees} graden.", headline="Weerbericht", place="DE BILT"))
        for degrees, moment in enumerate(moments)
    ]
    assert revisions(*forecasts) == set()
    assert len(revisions(*forecasts[:2])) == 1


def test_a_text_corrected_twice_is_a_chain() -> None:
    versions = [shown(NOON + hour * HOUR, one(f"Versie {hour}.", url=f"{URL}/a")) for hour in range(3)]
    assert revisions(*versions) == {("Versie 0.", "Versie 1."), ("Versie 1.", "Versie 2.")}


def test_a_headline_alone_revises_nothing() -> None:
    assert revisions(shown(NOON, one("", headline="Schip", url=f"{URL}/a")), shown(NOON, one(url=f"{URL}/a"))) == set()


def test_an_article_gives_what_no_sighting_has() -> None:
    lead = Lead("Schip vergaan", "GOES", ("Een schip is vergaan.", "Niemand raakte gewond."))
    article = shown(NOON + DAY, one("Iets anders."), url="https://krant.example/schip", lead=lead)
    item = tables([shown(NOON, one()), article]).items[one().content_hash]
    assert (item.headline, item.url, item.sightings) == ("Schip vergaan", "https://krant.example/schip", 1)
    titled = tables([shown(NOON, one(headline="Schip")), article]).items[one().content_hash]
    assert (titled.headline, titled.url) == ("Schip", "https://krant.example/schip")


@given(st.data())
def test_neither_order_nor_repeats_change_the_tables(data: st.DataObject) -> None:
    captures = data.draw(capture_sets())
    batches = data.draw(arrivals(captures))
    arrived = tables(capture for batch in batches for capture in batch)
    whole = tables(captures)
    assert (arrived.items, arrived.sightings, arrived.pages, arrived.gaps) == (
        whole.items, whole.sightings, whole.pages, whole.gaps,
    )  # fmt: skip
