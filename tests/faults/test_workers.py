"""Workers that die, freeze, are told to stop, or hear of the same work five times."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from meeruit.tasks.store.tables import Work, WorkState, table
from meeruit.tasks.times import now
from meeruit.worker.database import reading
from tests.faults.hooks import READ_STEPS, Fault, Plan
from tests.faults.inject import family, pool_of, signal_all
from tests.faults.scene import Scene, sender
from tests.live.conftest import alive, until

_work = table(Work)


def running(scene: Scene) -> list[int]:
    """Work that somebody holds."""
    with reading(scene.engine) as db:
        return list(db.scalars(select(_work.c.id).where(_work.c.state == WorkState.RUNNING)))


def test_a_whole_worker_killed_at_each_step_in_turn_costs_nothing(scene: Scene) -> None:
    """The main process dies at every step once, and with it its pool and what the broker handed it."""
    scene.faults(*(Fault(step, "kill main", scene.rng.randint(1, 3)) for step in READ_STEPS))
    names = scene.shoot(96, 8)
    scene.worker(2)
    scene.start("ingest", *names)
    scene.start("beat")
    scene.finish(240)
    killed = {each.step for each in scene.did("kill main")}
    assert killed == set(READ_STEPS)
    scene.record("2 whole worker killed at each step", len(killed), scene.restarts)


def _taken_by_the_frozen(scene: Scene, worker: int, send: Callable[[], None]) -> bool:
    """Freeze a worker that waits in BRPOP, and send; a wait lasts a second, so it may have ended just before.

    A message that stayed in its queue is taken back, and the worker wakes.
    """
    until(scene.broker.someone_waits, 60)
    signal_all([worker], signal.SIGSTOP)
    before = scene.broker.taken_in()
    send()
    assert scene.broker.taken_in() == before + 1
    if scene.broker.taken_back():
        signal_all([worker], signal.SIGCONT)
        return False
    return True


@pytest.mark.live
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_message_that_a_dying_worker_had_just_taken_is_sent_again(scene: Scene) -> None:
    """The window of BRPOP: the server has handed the message out, and nobody has noted that it is held."""
    worker, names = scene.worker(), scene.shoot(24, 1)
    until(scene.broker.someone_waits, 60, scene.tail())
    enrols = scene.start("ingest", *names, plan=Plan(log=scene.plan.log, faults=[Fault("enrolled", "kill")]))
    assert enrols.wait(60) == -signal.SIGKILL
    ((work_id, state),) = [(row.id, row.state) for row in scene.work()]
    assert (state, scene.broker.messages()) == (WorkState.PENDING, 0)
    with sender(scene.settings) as send:
        until(lambda: _taken_by_the_frozen(scene, worker.pid, lambda: send(work_id)), 60, scene.tail())
    lost = not scene.broker.messages() and not running(scene)
    signal_all(family(worker.pid), signal.SIGKILL)
    scene.mark()
    scene.worker()
    scene.start("beat")
    until(lambda: scene.reached("after commit") == 1, 60, scene.tail())
    scene.start("ingest", *names).communicate(timeout=120)
    scene.finish()
    scene.record("3 killed in BRPOP", 1, int(lost))


@pytest.mark.parametrize("deed", ["term main", "quit main"])
def test_a_worker_told_to_stop_in_the_middle_or_during_a_commit_leaves_nothing_half_done(
    scene: Scene, deed: str
) -> None:
    steps = ("mid batch", "before commit", "after commit")
    scene.faults(*(Fault(step, deed, scene.rng.randint(2, 4)) for step in steps))
    names = scene.shoot(96, 8)
    scene.worker()
    scene.start("ingest", *names)
    scene.start("beat")
    scene.finish(240)
    scene.record(
        f"4 {'SIGTERM' if 'term' in deed else 'SIGQUIT'} mid-task, at commit", len(scene.did()), scene.restarts
    )


@pytest.mark.live
def test_a_zombie_that_wakes_after_its_lease_went_to_another_stores_nothing(scene: Scene) -> None:
    """It is frozen with its pages in hand, and wakes when others have stored them."""
    names = scene.shoot(24, 1)
    scene.faults(Fault("extracted", "stop"))
    frozen = scene.worker()
    scene.start("ingest", *names)
    (stopped,) = until(scene.did, 60, scene.tail())
    signal_all([frozen.pid], signal.SIGSTOP)  # or it would kill the child at its time limit
    with scene.engine.begin() as db:  # as if 150 s had gone by
        db.execute(update(_work).values(lease_until=now(), sent_at=None))
    scene.worker(plan=Plan(log=str(scene.folder / "second.log")))
    until(lambda: WorkState.SPLIT in [row.state for row in scene.work()], 60, scene.tail())
    scene.finish()
    signal_all(family(frozen.pid), signal.SIGCONT)
    scene.mark()
    until(lambda: any(each.pid == stopped.pid and each.step == "before ack" for each in scene.log()), 60, scene.tail())
    committed = any(each.pid == stopped.pid and each.step == "before commit" for each in scene.log())
    assert not committed, "the zombie got as far as its commit"
    scene.record("5 frozen, woken after its lease", 1, 1)


def test_work_that_is_sent_five_times_at_once_is_done_once(scene: Scene) -> None:
    names = scene.shoot(48, 4)
    command = scene.start("ingest", *names)
    until(lambda: len(scene.work()) == 4, 60)
    with sender(scene.settings) as send:
        for row in list(scene.work()) * 5:
            send(row.id)
    scene.worker(3)
    scene.finish()
    command.communicate(timeout=60)
    until(lambda: not scene.broker.messages(), 60)
    assert {row.attempts for row in scene.work()} == {1}
    assert scene.reached("before commit") == 4
    scene.record("18 each message five times", 20, 20)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_processes_forked_from_one_that_used_the_database_share_no_handle(scene: Scene) -> None:
    """Every task has a process of its own, forked after the main process swept and enrolled."""
    scene.faults(tasks_per_child=1)
    names = scene.shoot(72, 12)
    scene.worker(2)
    scene.start("ingest", *names)
    scene.finish(240)
    pids = {each.pid for each in scene.log() if each.step == "claimed"}
    assert len(pids) >= 10
    scene.record("34 fork after the database was used", len(pids), len(pids))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_pool_that_dies_again_and_again_loses_nothing_while_its_worker_lives(scene: Scene) -> None:
    names = scene.shoot(96, 8)
    worker = scene.worker(2)
    command = scene.start("ingest", *names)
    killed = 0
    until(lambda: scene.reached("mid batch") > 2, 60, scene.tail())
    for _ in range(6):
        victims = pool_of(worker.pid)
        signal_all(victims[:1], signal.SIGKILL)
        killed += bool(victims)
        time.sleep(scene.rng.random())
    scene.mark()
    scene.finish(240)
    command.communicate(timeout=60)
    assert alive(worker.pid)
    scene.record("1b children killed at random", killed, killed)
