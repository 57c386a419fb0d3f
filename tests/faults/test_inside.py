"""A worker that dies at each named step, from inside: nothing is lost, doubled or counted wrong."""

from __future__ import annotations

import pytest

from meeruit.tasks.store.tables import WorkState
from tests.faults.hooks import READ_STEPS, Fault
from tests.faults.scene import Scene


@pytest.mark.live
def test_a_process_killed_at_each_step_in_turn_costs_nothing(scene: Scene) -> None:
    """One run in which the pool dies at every step once, at a time that chance picks."""
    scene.faults(*(Fault(step, "kill", scene.rng.randint(1, 4)) for step in READ_STEPS))
    names = scene.shoot(96, 8)
    scene.worker()
    command = scene.start("ingest", *names, "--json")
    scene.finish()
    _, err = command.communicate(timeout=60)
    assert command.returncode == 0, err
    killed = {each.step for each in scene.did("kill")}
    assert killed == set(READ_STEPS)
    scene.record("1 child killed at each step", len(killed), states(scene).count(WorkState.SPLIT))


def states(scene: Scene) -> list[str]:
    return [row.state for row in scene.work()]
