"""A round of fetching: many hosts at once in one process, each piece of work as sound as if it were alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text, update

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.errors import TryAgain, Wait
from meeruit.tasks.references import Fetch, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Item, Page, Run, RunKind, Source, Work, WorkKind, table
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Fetched
from meeruit.tasks.work import fetch_claims, ledger
from meeruit.tasks.work.fetching import Visit
from meeruit.tasks.work.polling import Polled, poll_due
from meeruit.tasks.work.process import process
from meeruit.tasks.work.rounds import OTHERS, fetch_due
from meeruit.tasks.work.seats import Seats
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import reading
from tests.test_refused import refuse

_item, _page, _run, _source, _work = (table(each) for each in (Item, Page, Run, Source, Work))


def url(number: int) -> str:
    return f"https://krant-{number}.example/"


def page(address: str, text_: str | None = None) -> Fetched:
    body = f"Meer uit Zee\nGOES - {text_ or f'Bericht van {address}'}\n1 uur geleden".encode()
    return Fetched(address, body, now(), "text/plain", None)


def shows(address: str, *_: object) -> Fetched:
    return page(address)


def tools_of(engine: Engine, visit: Visit, seats: Seats | None = None) -> Tools:
    return Tools(engine, lambda *_: None, lambda: 0, "me", lambda _: False, visit, seats=seats or Seats())


def enrol(engine: Engine, numbers: Sequence[int], kind: RunKind = RunKind.POLL) -> list[int]:
    """A run for each of these hosts, with one address to fetch."""
    at, work = now(), []
    with engine.begin() as db:
        for number in numbers:
            run_id = runs.start_run(db, "test", f"krant {number}", at, kind)
            terms = Terms(at, ObservedFrom.INGEST, f"krant {number}", delay=0.0)
            work.append(ledger.enrol(db, run_id, WorkKind.FETCH, terms, [Fetch(url(number))], 1, at))
            runs.set_enrolled(db, run_id, at)
    return work


def fetch(tools: Tools) -> None:
    fetch_due(tools, "message", lambda: None)


def rows(engine: Engine) -> dict[int, Any]:
    """The ledger, by work."""
    with reading(engine) as db:
        return {row.id: row for row in db.execute(select(_work))}


def outcomes(engine: Engine) -> dict[str, str]:
    """What became of each address."""
    with reading(engine) as db:
        return {row.address: row.outcome for row in db.execute(select(_page))}


def test_many_hosts_are_asked_at_once_and_their_polls_end(engine: Engine) -> None:
    """Each request waits for all the others: one at a time, none would end."""
    together = threading.Barrier(20)

    def visit(address: str, *_: object) -> Fetched:
        together.wait(30)
        return page(address)

    enrol(engine, range(20))
    fetch(tools_of(engine, visit))
    assert {row.state for row in rows(engine).values()} == {"done"}
    with reading(engine) as db:
        assert db.scalar(select(func.count()).where(_run.c.finished_at.is_not(None))) == 20
        assert set(db.scalars(select(_run.c.outcome))) == {"1 new, 0 seen"}
        assert db.scalar(select(func.count()).select_from(_item).where(_item.c.sightings == 1)) == 20


def test_a_host_that_does_not_end_holds_up_no_other(engine: Engine) -> None:
    """What came in meanwhile is stored, and so is what became due only then."""
    drips = threading.Event()

    def visit(address: str, *_: object) -> Fetched:
        if address == url(0):
            assert drips.wait(30)
        return page(address)

    def look() -> None:
        if len(outcomes(engine)) == 3:
            enrol(engine, [9])
        if len(outcomes(engine)) == 4:
            drips.set()

    enrol(engine, range(4))
    fetch_due(tools_of(engine, visit), "message", look)
    assert drips.is_set()
    assert len(outcomes(engine)) == 5


def test_links_that_hang_leave_room_for_lists(engine: Engine) -> None:
    """More links than threads, none of which ends before a list that is due last has been stored."""
    stored = threading.Event()

    def visit(address: str, *_: object) -> Fetched:
        if address != url(99):
            assert stored.wait(30)
        return page(address)

    def look() -> None:
        if url(99) in outcomes(engine):
            stored.set()

    enrol(engine, range(OTHERS * 4), RunKind.LINKS)
    enrol(engine, [99])
    fetch_due(tools_of(engine, visit), "message", look)
    assert len(outcomes(engine)) == OTHERS * 4 + 1


def test_ten_times_as_many_polls_take_hardly_more_transactions(engine: Engine) -> None:
    def written(number: int) -> int:
        """Transactions that write, for so many polls that come in at once."""
        together = threading.Barrier(number)

        def visit(address: str, *_: object) -> Fetched:
            together.wait(30)
            return page(address)

        begun: list[str] = []
        enrol(engine, range(number))
        listener = lambda db: begun.append(db) if not db.get_execution_options().get("meeruit_reads") else None  # noqa: E731
        event.listen(engine, "begin", listener)
        fetch(tools_of(engine, visit))
        event.remove(engine, "begin", listener)
        return len(begun)

    few, many = written(2), written(20)
    assert many <= 3 * few


def test_what_has_to_wait_waits_with_its_reason_and_spends_no_attempt(engine: Engine) -> None:
    def visit(address: str, *_: object) -> Fetched:
        if address == url(0):
            raise Wait(7)
        if address == url(1):
            raise TryAgain("HTTP 503", retry_after=30)
        return page(address)

    first, second, third = enrol(engine, range(3))
    sent: list[tuple[int, float]] = []
    tools = replace(tools_of(engine, visit), send=lambda work, _kind, seconds: sent.append((work, seconds)))
    fetch(tools)
    found = rows(engine)
    assert [found[each].state for each in (first, second, third)] == ["pending", "pending", "done"]
    assert [found[each].attempts for each in (first, second)] == [0, 0]
    assert found[second].last_error == "HTTP 503"
    assert found[first].last_error
    assert sorted(sent) == [(first, 7.0), (second, 30.0)]
    assert (found[second].not_before - now()).total_seconds() > 20


def test_a_piece_whose_worker_died_or_that_was_put_back_is_claimed_alone(engine: Engine) -> None:
    died, put_back, whole = enrol(engine, range(3))
    with engine.begin() as db:
        held = ledger.claim(db, died, "dead/1", now())
        assert isinstance(held, ledger.Claim)
        ledger.void_leases(db, now(), lambda name: name == "dead")
        db.execute(update(_work).where(_work.c.id == put_back).values(setbacks=1))
    tools = tools_of(engine, shows)
    fetch(tools)
    assert {each: row.state for each, row in rows(engine).items()} == {
        died: "running",
        put_back: "pending",
        whole: "done",
    }
    with reading(engine) as db:
        assert [fetch_claims.is_claimed_alone(db, each) for each in (died, put_back, whole)] == [True, True, False]
    for each in (died, put_back):
        assert process(tools, each, "message") is not None
    assert {row.state for row in rows(engine).values()} == {"done"}
    assert rows(engine)[died].attempts == 2


def test_a_page_that_the_database_refuses_costs_its_neighbours_in_a_round_nothing(engine: Engine) -> None:
    refuse(engine, url(1))
    enrol(engine, range(4))
    fetch(tools_of(engine, shows))
    found = outcomes(engine)
    assert found.pop(url(1)).startswith("refused by the database")
    assert set(found.values()) == {"1 new, 0 seen"}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_the_database_takes_for_good_reasons_of_its_own_is_put_back_and_then_tried_alone(engine: Engine) -> None:
    enrol(engine, range(3))
    with engine.begin() as db:
        db.execute(text("ALTER TABLE page RENAME TO elsewhere"))
    fetch(tools_of(engine, shows))
    found = rows(engine).values()
    assert {(row.state, row.attempts, row.setbacks) for row in found} == {("pending", 0, 1)}
    assert all("page" in row.last_error and row.not_before > now() for row in found)


def test_work_of_a_version_that_this_one_cannot_read_stops_nobody_else(engine: Engine) -> None:
    odd, whole = enrol(engine, range(2))
    with engine.begin() as db:
        db.execute(update(_work).where(_work.c.id == odd).values(reference={"pages": [{"from": "tomorrow"}]}))
    fetch(tools_of(engine, shows))
    found = rows(engine)
    assert found[whole].state == "done"
    assert (found[odd].state, found[odd].setbacks) == ("pending", 1)
    assert "this version cannot read" in found[odd].last_error


def test_an_error_of_our_own_gives_all_back_that_was_under_way(engine: Engine) -> None:
    def visit(address: str, *_: object) -> Fetched:
        if address == url(0):
            raise ZeroDivisionError("by nought")
        return page(address)

    first, second = enrol(engine, range(2))
    fetch(tools_of(engine, visit))
    found = rows(engine)
    assert found[second].state == "done"
    assert (found[first].state, found[first].last_error) == ("pending", "unexpected ZeroDivisionError: by nought")


def test_what_somebody_else_took_over_meanwhile_is_not_stored(engine: Engine) -> None:
    first, second = enrol(engine, range(2))

    def visit(address: str, *_: object) -> Fetched:
        if address == url(0):
            with engine.begin() as db:
                db.execute(update(_work).where(_work.c.id == first).values(holder="another/1"))
        return page(address)

    fetch(tools_of(engine, visit))
    assert list(outcomes(engine)) == [url(1)]
    assert {each: row.state for each, row in rows(engine).items()} == {first: "running", second: "done"}


def test_one_address_of_two_sources_in_one_round_is_one_page(engine: Engine) -> None:
    at = now()
    enrol(engine, [0, 0])

    def visit(address: str, *_: object) -> Fetched:
        return replace(page(address), observed_at=at)

    fetch(tools_of(engine, visit))
    found = sorted((row.pages_new, row.pages_known) for row in rows(engine).values())
    assert found == [(0, 1), (1, 0)]


def test_one_process_of_several_is_left_for_other_work() -> None:
    seats = Seats()
    seats.set_number(3)
    assert [taken(seats, then=lambda: taken(seats)) for _ in range(2)] == [(True, (True, None))] * 2
    assert taken(seats, then=lambda: taken(seats, then=lambda: taken(seats))) == (True, (True, (False, None)))


def taken(seats: Seats, then: Callable[[], object] = lambda: None) -> tuple[bool, object]:
    """Whether a process of its own gets a seat, and what comes of ``then`` meanwhile; it dies without leaving the seat."""
    told, go_on = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.write(told[1], b"%d" % seats.take())
        os.read(go_on[0], 1)
        os._exit(0)
    answer = os.read(told[0], 1) == b"1"
    found = then()
    os.write(go_on[1], b".")
    os.waitpid(pid, 0)
    for end in (*told, *go_on):
        os.close(end)
    return answer, found


def test_a_worker_that_ends_begins_nothing_new(engine: Engine) -> None:
    seats = Seats()
    seats.close()
    (work,) = enrol(engine, [0])
    sent: list[int] = []
    fetch(replace(tools_of(engine, shows, seats), send=lambda each, *_: sent.append(each)))
    assert (rows(engine)[work].state, sent) == ("pending", [work])


def test_two_rounds_at_once_fetch_each_address_once(engine: Engine) -> None:
    asked: list[str] = []

    def visit(address: str, *_: object) -> Fetched:
        asked.append(address)
        return page(address)

    enrol(engine, range(60))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fetch, [tools_of(engine, visit) for _ in range(2)]))
    assert sorted(asked) == sorted(url(number) for number in range(60))
    assert {row.state for row in rows(engine).values()} == {"done"}


def test_a_thousand_new_sources_are_not_all_due_at_once_ever_after(engine: Engine) -> None:
    sources = [Polled(f"krant {number}", (url(number),), every=10) for number in range(250)]
    tools = tools_of(engine, shows)
    begun = poll_due(tools, sources)
    assert 0 < len(begun) <= 100
    while len(begun) < len(sources):
        begun += poll_due(tools, sources)
    assert sorted(begun) == sorted(source.name for source in sources)
    with reading(engine) as db:
        due = db.scalars(select(func.count()).select_from(_source).group_by(_source.c.next_run_at)).all()
    assert len(due) >= 3
    assert max(due) <= 100
