"""Work that meets what nobody foresaw: tried in parts, down to single pages, each of which ends; and nobody waits for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from meeruit.tasks.captures import sha256
from meeruit.tasks.references import Body, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.derive_runs import derive_ended_runs
from meeruit.tasks.store.tables import Page, Run, Work, WorkKind, table
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import reading
from tests.test_put_back import no_visit

_page, _run, _work = table(Page), table(Run), table(Work)
BODY = b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden"


def enrol(engine: Engine, addresses: list[Any]) -> int:
    """One piece of work of stored pages with these addresses, all there is of its run."""
    with engine.begin() as db:
        store_bodies(db, {sha256(BODY): (len(BODY), "", compress(BODY))})
        run_id = runs.start_run(db, "test", None, now())
        pages = [Body(sha256(BODY), address, url=address) for address in addresses]
        work_id = ledger.enrol(db, run_id, WorkKind.BODIES, Terms(now(), "ingest"), pages, len(pages), now())
        runs.set_enrolled(db, run_id, now())
    return work_id


def work_off(
    engine: Engine, work_id: int, reached: Callable[[str], None] = lambda _: None, most: int = 50
) -> list[Exception]:
    """Do it, and whatever is sent for it, as one worker after another does; returns what they met."""
    queue, met = [work_id], list[Exception]()
    tools = Tools(
        engine, lambda work, *_: queue.append(work), lambda: 0, "me", lambda _: False, no_visit, reached=reached
    )
    while queue:
        try:
            process(tools, queue.pop(0), "message")
        except Exception as exc:  # noqa: BLE001 - that is what it is about
            met.append(exc)
        assert len(met) < most
    derive_ended_runs(engine)
    return met


def pages(engine: Engine) -> dict[str, str]:
    """What became of each page, once no work is left."""
    with reading(engine) as db:
        assert {row.state for row in db.execute(select(_work.c.state))} <= {"done", "split"}
        assert db.scalar(select(_run.c.finished_at)) is not None
        found = db.execute(select(_page.c.address, _page.c.outcome, _page.c.state))
        return {row.address: "done" if row.state == "done" else row.outcome for row in found}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_page_whose_address_is_no_text_ends_in_quarantine_and_its_neighbours_are_stored(engine: Engine) -> None:
    """As an earlier library left it in a file: PostgreSQL took no such thing."""
    work_id = enrol(engine, ["https://a.example/1", math.nan, "https://a.example/3"])
    met = work_off(engine, work_id)
    assert {type(exc) for exc in met} == {TypeError}
    assert pages(engine) == {
        "https://a.example/1": "done",
        "nan": "unexpected TypeError: sequence item 0: expected str instance, float found",
        "https://a.example/3": "done",
    }


def test_work_ends_with_what_it_failed_at_even_where_nothing_can_be_stored(engine: Engine) -> None:
    def reached(step: str) -> None:
        if step == "before merge":
            raise ZeroDivisionError("by nought")

    met = work_off(engine, enrol(engine, ["https://a.example/1", "https://a.example/2"]), reached)
    assert len(met) == 1 + 2 * (ledger.MAX_ATTEMPTS + 1)
    assert pages(engine) == {}
    with reading(engine) as db:
        failed = [page for row in db.execute(select(_work.c.failed).order_by(_work.c.id)) for page in row.failed]
        assert failed == [[f"https://a.example/{n}", "unexpected ZeroDivisionError: by nought"] for n in (1, 2)]
        assert db.scalar(select(_run.c.pages_failed)) == 2


def test_what_passes_costs_nothing(engine: Engine) -> None:
    times = iter(range(10))

    def reached(step: str) -> None:
        if step == "extracted" and next(times) < 2:
            raise MemoryError

    assert len(work_off(engine, enrol(engine, ["https://a.example/1", "https://a.example/2"]), reached)) == 2
    assert pages(engine) == {"https://a.example/1": "done", "https://a.example/2": "done"}


def test_work_that_is_stopped_by_a_person_is_free_at_once_and_no_attempt_is_spent(engine: Engine) -> None:
    def reached(step: str) -> None:
        if step == "extracted":
            raise KeyboardInterrupt

    work_id = enrol(engine, ["https://a.example/1"])
    with pytest.raises(KeyboardInterrupt):
        work_off(engine, work_id, reached)
    with reading(engine) as db:
        row = db.execute(select(_work)).one()
    assert (row.state, row.attempts, row.lease_until, row.last_error) == ("pending", 0, None, "it was stopped")
    assert work_off(engine, work_id) == []
    assert pages(engine) == {"https://a.example/1": "done"}
