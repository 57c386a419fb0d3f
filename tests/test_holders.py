"""A process is known for dead only by its own machine, and never while it lives."""

from __future__ import annotations

import subprocess
import sys

from meeruit.worker.holders import has_died, this_process


def named(process: subprocess.Popen[bytes]) -> str:
    """What another process would call itself: only the number and the start differ."""
    machine = this_process().partition(":")[0]
    from meeruit.worker.holders import _started

    return f"{machine}:{process.pid}:{_started(process.pid)}"


def test_a_process_is_alive_until_it_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        name = named(process)
        assert not has_died(name)
        process.kill()
        process.wait()
        assert has_died(name)


def test_a_killed_process_that_nobody_has_waited_for_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        name = named(process)
        process.kill()
        while not has_died(name):
            pass
        process.wait()


def test_another_process_of_the_same_number_is_not_the_one_that_held_the_work() -> None:
    machine, number, _ = this_process().split(":")
    assert not has_died(this_process())
    assert has_died(f"{machine}:{number}:1")


def test_nothing_is_known_of_processes_elsewhere_or_of_names_that_nobody_gave() -> None:
    _, number, started = this_process().split(":")
    assert not has_died(f"elsewhere:{number}:{started}")
    assert not has_died("")
    assert not has_died("a:b:c")
