"""Failures: derived from pages, whatever the order of their arrival; closed by the next success; dismissed; tried again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from meeruit.tasks.captures import Capture, Raw, capture_key, sha256
from meeruit.tasks.counts import Counts
from meeruit.tasks.extract import extract_in
from meeruit.tasks.records import Page as RawPage
from meeruit.tasks.references import Body, Fetch, Slice, Terms
from meeruit.tasks.report.failures import failures, to_ask_again
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.failures import dismiss
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.tables import Page, table
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import iso, now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.capturing import capture
from meeruit.worker.database import reading
from meeruit.worker.web.ledger import advice
from tests.newswire.strategies import BASE
from tests.storing import clear

MINUTE = timedelta(minutes=1)
TEXT = b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden"


class Event(NamedTuple):
    """What an address gave in some minute."""

    address: str
    minute: int
    #: done, or what it failed at.
    gave: str

    @property
    def at(self) -> datetime:
        return BASE + self.minute * MINUTE + (self.gave == "storing") * MINUTE / 2


def captured(event: Event, reference: Any = None) -> Capture:
    body = {"done": TEXT, "reading": b"%PDF"}.get(event.gave)
    problem = {
        "done": None,
        "fetching": f"HTTP {500 + event.minute % 10}",
        "reading": "not a page but a PDF",
        "storing": "refused by the database: no",
    }[event.gave]
    raw = Raw(
        event.address,
        reference or Fetch(event.address),
        body=body,
        observed_at=event.at,
        observed_from="http",
        problem=problem,
        sha256=sha256(body) if body else None,
    )
    extraction = None if problem else extract_in(RawPage(TEXT, event.address, event.at, ""), None)
    key = capture_key(event.address, raw.sha256, event.at)
    return Capture(raw, event.at, "http", raw.sha256, key, extraction, problem)


def put(engine: Engine, captures: Sequence[Capture], source: str | None = "krant") -> Counts:
    """One batch, as a piece of work of its own."""

    def work(db: Connection) -> Counts:
        run_id = runs.start_run(db, "test", source, BASE)
        work_id = ledger.enrol(db, run_id, "fetch", Terms(BASE, "ingest"), [], len(captures), BASE)
        store_bodies(db, {sha256(body): (len(body), "", compress(body)) for body in (TEXT, b"%PDF")})
        return merge(db, captures, run_id=run_id, work_id=work_id, source=source, profile=None)[0]

    return transaction(engine, work)


def stored(engine: Engine, **which: Any) -> list[dict[str, Any]]:
    with reading(engine) as db:
        return list(failures(db, **which))


def as_found(rows: Iterable[dict[str, Any]]) -> set[tuple[Any, ...]]:
    keys = ("address", "kind", "count", "first_at", "last_at", "reason", "closed_at")
    return {tuple(row[key] for key in keys) for row in rows}


def truth(events: Iterable[Event]) -> set[tuple[Any, ...]]:
    """The last streak of each address and kind, told in the plainest way: minute by minute."""
    pages = {(e.address, e.minute, e.gave): e for e in events}.values()
    found = {}
    for address in {e.address for e in pages}:
        for kind, ends in (("fetching", {"done", "reading"}), ("reading", {"done"}), ("storing", {"done"})):
            streak: list[Event] = []
            closed = None
            for e in sorted((e for e in pages if e.address == address), key=lambda e: (e.at, e.gave in ends)):
                if e.gave == kind:
                    streak = [e] if closed else [*streak, e]
                    closed = None
                elif e.gave in ends and streak and not closed:
                    closed = e.at
            if streak:
                found[address, kind] = (len(streak), streak[0].at, streak[-1].at, captured(streak[-1]).problem, closed)
    return {(address, kind, *row) for (address, kind), row in found.items()}


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["https://a.example/", "https://a.example/" + "b" * 5_000, "https://c.example/é"]),
        st.integers(0, 12),
        st.sampled_from(["done", "done", "fetching", "reading", "storing"]),
    ),
    min_size=1,
    max_size=24,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, sizes=st.lists(st.integers(1, 8), min_size=24, max_size=24))
def test_failures_are_the_last_streaks_whatever_the_order_the_repeats_and_the_batches(
    engine: Engine, events: list[Event], sizes: list[int]
) -> None:
    clear(engine)
    left = [*events, *events[::2]]
    for size in sizes:
        if left:
            put(engine, [captured(event) for event in left[:size]])
            left = left[size:]
    if left:
        put(engine, [captured(event) for event in left])
    assert as_found(stored(engine, every=True)) == truth(events)


def test_at_the_same_time_on_four_connections_they_are_the_same(engine: Engine) -> None:
    """One page a transaction, all of two addresses: a success sees the failure or the failure sees the success."""
    dice = random.Random(7)
    events = [
        Event(f"https://{dice.choice('ab')}.example/", minute, dice.choice(["done", "fetching", "reading"]))
        for minute in range(60)
    ]
    dice.shuffle(events)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda event: put(engine, [captured(event)]), events))
    assert as_found(stored(engine, every=True)) == truth(events)


def test_what_to_do_about_a_failure_follows_from_what_failed_and_not_from_where_it_led() -> None:
    there = "(redirected to http://robots.txt.example/HTTP 404)"
    refused = (
        "refused address 10.0.0.1: not on the public internet; allow it with MEERUIT_ALLOW_PRIVATE_HOSTS=10.0.0.1:80"
    )
    assert advice("fetching", f"HTTP 503 {there}") == advice("fetching", "HTTP 503")
    assert advice("fetching", f"timed out {there}") == advice("fetching", "timed out")
    assert "MEERUIT_ALLOW_PRIVATE_HOSTS" in advice("fetching", refused)


def test_a_failure_is_one_line_until_its_address_succeeds(engine: Engine) -> None:
    address = "https://krant.example/"
    put(engine, [captured(Event(address, minute, "fetching")) for minute in (1, 2, 3)])
    (failure,) = stored(engine)
    assert (failure["kind"], failure["count"], failure["reason"]) == ("fetching", 3, "HTTP 503")
    assert (failure["first_at"], failure["last_at"]) == (BASE + MINUTE, BASE + 3 * MINUTE)
    assert stored(engine, source="krant") == [failure]
    assert stored(engine, source="other") == []
    put(engine, [captured(Event(address, 4, "done"))])
    assert stored(engine) == []
    (closed,) = stored(engine, every=True)
    assert (closed["state"], closed["closed_at"], closed["count"]) == ("closed", BASE + 4 * MINUTE, 3)
    put(engine, [captured(Event(address, 5, "fetching"))])
    (again,) = stored(engine)
    assert (again["count"], again["first_at"]) == (1, BASE + 5 * MINUTE)


def test_what_was_dismissed_is_open_again_when_it_fails_again(engine: Engine) -> None:
    address = "https://krant.example/"
    put(engine, [captured(Event(address, minute, "fetching")) for minute in (3, 5)])
    (failure,) = stored(engine)
    transaction(engine, lambda db: dismiss(db, [failure["id"]]))
    assert stored(engine) == []
    put(engine, [captured(Event(address, 5, "fetching"))])
    assert stored(engine) == [], "the same page again is no new failure"
    put(engine, [captured(Event(address, 4, "fetching"))])
    (again,) = stored(engine)
    assert (again["count"], again["reason"]) == (3, "HTTP 505")


def line(number: int, problem: str | None) -> Capture:
    """A line of a file, which names its own address where it reads."""
    address = "/data/pages.jsonl:7" if problem else "https://krant.example/7"
    reference = Slice("/data/pages.jsonl", 700, 100, number)
    done = captured(Event(address, 1, "done"))
    raw = Raw(address, reference, None if problem else TEXT, observed_at=BASE, observed_from="ingest", problem=problem)
    body = None if problem else sha256(TEXT)
    extraction = None if problem else done.extraction
    return Capture(raw, BASE, "ingest", body, capture_key(address, body, None), extraction, problem)


def test_a_line_that_could_not_be_read_is_forgotten_when_the_line_reads(engine: Engine) -> None:
    put(engine, [line(7, "not JSON")])
    (failure,) = stored(engine)
    assert (failure["address"], failure["kind"]) == ("/data/pages.jsonl:7", "reading")
    put(engine, [line(7, None)])
    assert stored(engine, every=True) == []
    with reading(engine) as db:
        assert [row.state for row in db.execute(select(table(Page).c.state))] == ["done"]


def test_a_line_of_a_packed_file_too(engine: Engine) -> None:
    put(engine, [line(7, "not JSON")])
    done = line(7, None)
    reference = Body(sha256(TEXT), done.raw.address, place="/data/pages.jsonl:7")
    raw = Raw(done.raw.address, reference, TEXT, observed_at=BASE, observed_from="ingest")
    put(engine, [Capture(raw, BASE, "ingest", done.body, done.key, done.extraction, None)])
    assert stored(engine, every=True) == []


def test_another_mistake_at_the_same_place_is_told_as_what_it_is_and_the_same_one_is_known(engine: Engine) -> None:
    def mistake(reason: str, minute: int) -> Capture:
        raw = Raw("-:1", Slice("-", 0, 1, 1), problem=reason)
        return capture(raw, Terms(BASE + minute * MINUTE, "ingest"))

    for minute, reason, known in ((1, "not JSON", 0), (2, "not JSON", 1), (3, "no text", 0), (4, "no text", 1)):
        counts = put(engine, [mistake(reason, minute)])
        assert (counts.pages_known, counts.pages_failed) == (known, 1)
        (failure,) = stored(engine)
        assert failure["reason"] == reason


@pytest.mark.parametrize("stated", [datetime(1990, 1, 1, tzinfo=UTC), now() + timedelta(days=2_000)])
def test_a_capture_time_that_is_refused_is_no_time_of_a_failure(engine: Engine, stated: datetime) -> None:
    address = "https://krant.example/"
    raw = Raw(address, Slice("a.jsonl", 0, 1, 1), TEXT, observed_at=stated, observed_from="record")
    for terms in (Terms(BASE, "ingest"), Terms(BASE, "option")):
        refused = capture(raw, terms)
        assert (refused.observed_at, refused.observed_from) == (BASE, terms.observed_from)
    put(engine, [refused])
    (failure,) = stored(engine)
    assert (failure["first_at"], failure["reason"].split(" lies ")[0]) == (BASE, f"capture time {iso(stated)}")
    put(engine, [captured(Event(address, 4, "done"))])
    (closed,) = stored(engine, every=True)
    assert (closed["state"], closed["closed_at"]) == ("closed", BASE + 4 * MINUTE)


def test_an_address_is_asked_for_once_and_stored_bodies_each(engine: Engine) -> None:
    address = "https://krant.example/"
    put(engine, [captured(Event(address, minute, "fetching")) for minute in (0, 1, 2, 3)])
    put(engine, [captured(Event(address, 4, "reading"), Body("1" * 64, address))])
    put(engine, [captured(Event(address, 5, "reading"), Body("2" * 64, address))])
    put(engine, [captured(Event("https://krant.example/done", 1, "done"))])
    with reading(engine) as db:
        asked = [reference for _, reference in to_ask_again(db)]
    assert asked == [Body("2" * 64, address), Body("1" * 64, address)], "its fetching failed, then a body came"
    put(engine, [captured(Event(address, minute, "fetching")) for minute in (6, 7, 8)])
    with reading(engine) as db:
        assert next(reference for _, reference in to_ask_again(db)) == Fetch(address)
        assert len(to_ask_again(db)) == 3
        assert len(to_ask_again(db, [stored(engine)[0]["id"]])) == 1
