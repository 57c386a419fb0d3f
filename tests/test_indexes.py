"""Indexes: what is asked often reads no large table from end to end, and every index serves something that is asked.

The statements are those that the functions really send, caught on their way to a database with thousands of rows. What
reads everything by its purpose is not asked here: a replay's count of pages, the lists of ``meeruit status``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, Engine, update

from meeruit.tasks.report import explanations, failures, listings, status
from meeruit.tasks.report.run_ends import RunEnds
from meeruit.tasks.report.sources import source_states
from meeruit.tasks.report.telling import new_items
from meeruit.tasks.store import outbox, readings, runs
from meeruit.tasks.store.noted import all_marks, record_marks
from meeruit.tasks.store.tables import Sighting, metadata, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.store.validators import change_validators, load_validators
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Fetched
from meeruit.tasks.work import backlog, fetch_claims, ledger
from meeruit.tasks.work.polling import Polled, poll_due
from meeruit.tasks.work.replay import Report, replay
from meeruit.tasks.work.tools import Tools
from tests import filled
from tests.conftest import fresh_database, hasty_engine
from tests.newswire.captures import Lead
from tests.plans import Asked, Plan, asked, plan
from tests.storing import store
from tests.test_derive import shot

#: Tables that grow with what is ingested; the others hold a row for each source.
LARGE = {"item", "sighting", "page", "listing", "body", "work", "validator", "noted", "run", "gap"}
LIMIT = 20
Reading = Callable[[Connection], object]
HOUR = listings.ItemFilter(since=filled.BASE, until=filled.BASE + timedelta(hours=1))


def _first(sort: str) -> Reading:
    return lambda db: list(listings.items(db, listings.ItemFilter(), sort, LIMIT))


LISTINGS: dict[str, Reading] = {
    **{f"items by {sort}": _first(sort) for sort in listings.SORTS},
    "items of an hour": lambda db: list(listings.items(db, HOUR)),
    "pages": lambda db: list(listings.pages(db, LIMIT)),
    "failures": lambda db: list(failures.failures(db, LIMIT)),
    "what to ask again": failures.to_ask_again,
    "runs": lambda db: list(listings.runs(db, LIMIT)),
    "runs of a source": lambda db: list(listings.runs(db, LIMIT, filled.SELDOM)),
    "runs that ended": lambda db: RunEnds().news(db, now()),
    "gaps": lambda db: list(listings.gaps(db, LIMIT)),
    "gaps of a list": lambda db: list(listings.gaps(db, LIMIT, "source 1")),
    "sources": source_states,
    "work": lambda db: status.work_state(db, now()),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on a database with thousands of rows, which the tests of this module share."""
    engine = hasty_engine(fresh_database(request.param, request, tmp_path_factory.mktemp("filled")))
    filled.fill(engine)
    yield engine
    engine.dispose()


def statements(engine: Engine) -> dict[str, list[Asked]]:
    """What each of the jobs asks."""
    found = {}
    jobs: dict[str, Callable[[], object]] = {
        **{name: partial(read_only, engine, read) for name, read in LISTINGS.items()},
        "show and why": lambda: read_only(engine, _explain),
        "merge and derive": lambda: _merge(engine),
        "replay": lambda: _replay(engine),
        "ledger": lambda: transaction(engine, _ledger),
        "sweep": lambda: read_only(engine, lambda db: runs.ended_runs(db, None)),
        "polling": lambda: _poll(engine),
        "seen links": lambda: transaction(engine, _noted),
        "validators": lambda: transaction(engine, _validators),
        "new items": lambda: transaction(engine, _new_items),
        "a stopped ingest": lambda: transaction(engine, _go_on),
    }
    for name, job in jobs.items():
        with asked(engine) as sent:
            job()
        found[name] = sent
    return found


def _explain(db: Connection) -> None:
    one, other = (listings.find_item(db, filled.hashed("item", n)[:12]) for n in (40, 39))
    listings.item_row(db, one)
    list(listings.sightings(db, one.id))
    explanations.windows(db, one.id)
    explanations.revised_by(db, other.id)
    explanations.article(db, other.content_hash)
    explanations.compare(db, one, other)


def _merge(engine: Engine) -> None:
    store(engine, [[[shot(hours, "a", "b", headline="Brand")]] for hours in (0, 1, 20)])
    store(engine, [[[shot(2, "c", "d", headline="Brand", lead=Lead("Brand", "GOES", ("Dat is a.",)))]]])


def _replay(engine: Engine) -> None:
    """Read again what ``_merge`` stored, with sightings that are no longer what the pages say."""
    sighting = table(Sighting)
    transaction(engine, lambda db: db.execute(update(sighting).where(sighting.c.page_id > filled.PAGES).values(age="")))
    assert list(replay(engine, Report(last_page=filled.PAGES)))


def _ledger(db: Connection) -> None:
    backlog.overdue(db, now(), now())
    backlog.waiting(db, now())
    backlog.unfinished_pages(db, None, now())
    backlog.unfinished_pages(db, [filled.RUNS], now())
    ledger.void_leases(db, now(), lambda _: False)
    ledger.is_held(db, now())
    backlog.backlog(db, runs.family(db, filled.RUNS))
    runs.close_abandoned(db, now(), lambda _: False)
    runs.waiting_pages(db, [filled.RUNS])
    runs.failures(db, [filled.RUNS])
    fetches, _ = fetch_claims.claim_fetches(db, "here", now(), 9, 9)
    assert fetch_claims.next_fetch(db, now()) is None
    fetch_claims.still_held(db, fetches)
    runs.finish_derived(db, runs.take_ended(db, [filled.RUNS], 9, now()), now())


def _poll(engine: Engine) -> None:
    def visit(*_: object) -> Fetched:
        pytest.fail("nothing is fetched")

    tools = Tools(engine, lambda *_: None, lambda: None, "here", lambda _: False, visit)
    assert poll_due(tools, [Polled("source 1", urls=("https://krant.example/",))]) == ["source 1"]


def _noted(db: Connection) -> None:
    all_marks(db, "source 1")
    record_marks(db, "source 1", {"/inbox/new": "1-1"})


def _new_items(db: Connection) -> None:
    assert outbox.number_items(db, now())
    assert new_items(db, filled.ITEMS - 60, LIMIT)


def _go_on(db: Connection) -> None:
    assert readings.go_on(db, filled.hashed("command", filled.RUNS), "here", lambda _: True)


def _validators(db: Connection) -> None:
    address = "https://krant.example/1"
    assert load_validators(db, [address])
    change_validators(db, {address: ('"1"', None, filled.hashed("body", 1), "")}, [address], [address])


@pytest.fixture(scope="module")
def plans(filled_engine: Engine) -> dict[str, list[tuple[Asked, Plan]]]:
    """How the database runs what each job asks."""
    sent = statements(filled_engine)
    with filled_engine.connect() as db:
        return {name: [(each, plan(db, each)) for each in some] for name, some in sent.items()}


def test_what_is_asked_often_reads_no_large_table_whole(plans: dict[str, list[tuple[Asked, Plan]]]) -> None:
    scans = [
        f"{job} reads all of {', '.join(tables)}: {each.sql}"
        for job, some in plans.items()
        for each, how in some
        if (tables := how.scanned & LARGE)
    ]
    assert not scans, "\n".join(scans)


@pytest.mark.parametrize("sort", listings.SORTS)
def test_the_first_items_of_every_sort_come_without_sorting_all_of_them(
    plans: dict[str, list[tuple[Asked, Plan]]], sort: str
) -> None:
    first = [how for each, how in plans[f"items by {sort}"] if "ORDER BY" in each.sql]
    assert first
    assert not any(how.sorts for how in first)


def test_every_index_serves_something(plans: dict[str, list[tuple[Asked, Plan]]]) -> None:
    made = {str(index.name) for each in metadata.tables.values() for index in each.indexes}
    used = {name for some in plans.values() for _, how in some for name in how.indexes}
    assert made - used == set()
