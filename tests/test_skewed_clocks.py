"""Clocks of several machines differ a little, and one of them may be plainly wrong: what that changes, and what not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from meeruit.tasks.references import Problem, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.rows import has_come
from meeruit.tasks.store.tables import Source, Work, WorkKind, table
from meeruit.tasks.times import AHEAD, lies_ahead
from meeruit.tasks.work import backlog, ledger, polling
from meeruit.tasks.work.ledger import LEASE, LONGEST_WAIT
from meeruit.tasks.work.polling import Polled, poll_due
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import reading
from tests.newswire.strategies import BASE

_source, _work = table(Source), table(Work)
SECOND = timedelta(seconds=1)
MOST = timedelta(minutes=2)


def tools_of(engine: Engine, name: str) -> Tools:
    def no_visit(*_: object) -> Any:
        raise AssertionError("nothing is fetched")

    return Tools(engine, lambda *_: None, lambda: 0, name, lambda _: False, no_visit)


@pytest.mark.parametrize(
    ("ahead", "lies"),
    [
        (None, False),
        (-SECOND, False),
        (0 * SECOND, False),
        (SECOND, True),
        (MOST, True),
        (MOST + 2 * SECOND, True),
        (MOST + AHEAD, True),
        (MOST + AHEAD + SECOND, False),
    ],
)
def test_a_time_lies_ahead_up_to_what_is_ever_set_and_as_clocks_may_differ(
    engine: Engine, ahead: timedelta | None, lies: bool
) -> None:
    time = None if ahead is None else BASE + ahead
    assert lies_ahead(time, BASE, MOST) == lies
    with engine.begin() as db:
        db.execute(insert(_source).values(name="a", next_run_at=time))
        assert db.scalar(select(has_come(_source.c.next_run_at, BASE, MOST))) == (not lies)


def polls(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, seconds: Iterable[int], clocks: list[timedelta], every: int
) -> list[int]:
    """In which of these seconds a poll begins, where workers with these clocks look at what is due each second."""
    at = BASE
    found: list[int] = []
    sources = [Polled("a", urls=("https://n.example/",), every=every)]
    for second in seconds:
        for number, ahead in enumerate(clocks):
            at = BASE + second * SECOND + ahead
            monkeypatch.setattr(polling, "now", lambda at=at: at)
            if poll_due(tools_of(engine, str(number)), sources):
                found.append(second)
                with engine.begin() as db:
                    db.execute(update(_work).values(state="done"))
    return found


@pytest.mark.parametrize("skew", [0, 1, 2, 5, 7, AHEAD.total_seconds()])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("kind", ["sqlite"])
def test_workers_whose_clocks_differ_make_each_poll_once_and_keep_its_step(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, skew: float, first: int
) -> None:
    clocks = [timedelta(), skew * SECOND]
    found = polls(engine, monkeypatch, range(70), clocks[::-1] if first else clocks, 6)
    steps = [after - before for before, after in pairwise(found[2:])]  # the one ahead begins with a step of its own
    assert len(steps) >= 7
    assert set(steps) == {6}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_poll_that_a_wrong_clock_put_off_is_made_and_so_is_one_whose_step_was_shortened(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert polls(engine, monkeypatch, [0], [AHEAD + 2 * SECOND], 60) == [0]
    assert polls(engine, monkeypatch, [1], [timedelta()], 60) == [1], "a worker that is right goes by its own clock"
    assert polls(engine, monkeypatch, [2], [timedelta()], 60) == []
    assert polls(engine, monkeypatch, [3], [timedelta()], 5) == [3], "at once"


def enrolled(engine: Engine, at: datetime) -> int:
    with engine.begin() as db:
        run_id = runs.start_run(db, "test", None, at)
        return ledger.enrol(db, run_id, WorkKind.FILES, Terms(at, "ingest"), [Problem("a", "b")], 1, at)


@pytest.mark.parametrize(("ahead", "held"), [(2 * SECOND, True), (AHEAD, True), (AHEAD + SECOND, False)])
def test_a_lease_of_a_worker_whose_clock_is_a_little_ahead_is_its_own(
    engine: Engine, ahead: timedelta, held: bool
) -> None:
    work = enrolled(engine, BASE)
    with engine.begin() as db:
        assert isinstance(ledger.claim(db, work, "other/1", BASE + ahead), ledger.Claim)
        assert [each.id for each in backlog.overdue(db, BASE, BASE)] == [] if held else [work]
        assert (ledger.claim(db, work, "mine/2", BASE) is None) == held
    with reading(engine) as db:
        lease = db.scalars(select(_work.c.lease_until)).one()
    assert lease == BASE + LEASE + (ahead if held else timedelta())


@pytest.mark.parametrize(("ahead", "waits"), [(2 * SECOND, True), (AHEAD, True), (AHEAD + SECOND, False)])
def test_what_another_clock_sent_or_put_off_is_left_until_its_time(
    engine: Engine, ahead: timedelta, waits: bool
) -> None:
    sent, later = enrolled(engine, BASE + ahead), enrolled(engine, BASE - MOST)
    with engine.begin() as db:
        db.execute(update(_work).where(_work.c.id == later).values(not_before=BASE + ahead + LONGEST_WAIT))
        assert [each.id for each in backlog.overdue(db, BASE, BASE - MOST)] == ([] if waits else [sent, later])
