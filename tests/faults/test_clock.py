"""Clocks that are wrong, clocks that tick twice or not at all, and captures that come in any order."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from meeruit.tasks.store.tables import Run, Source, table
from meeruit.worker.database import reading
from tests.faults.hooks import Fault, Plan
from tests.faults.inject import family, signal_all
from tests.faults.scene import Scene
from tests.live.conftest import until
from tests.newswire.write import write_lines
from tests.web.site import Site, answer, site

_run, _source = table(Run), table(Source)
PAGE = answer(b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden", "Content-Type: text/plain")
HOUR = 3600.0
LATE = datetime(9999, 1, 1, tzinfo=UTC)


def polled(scene: Scene, at: Site, every: str = "5s") -> None:
    """A source that is polled every few seconds."""
    at.pages["/list"] = PAGE
    keys = f'name = "a"\nurls = ["{at.url("/list")}"]\nevery = "{every}"\ndelay = 0\n'
    (scene.folder / "sources.toml").write_text(f"[[source]]\n{keys}")
    scene.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = at.place


def asked(at: Site) -> int:
    return at.paths().count("/list")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_oldest_capture_that_comes_last_is_still_the_first_sighting(scene: Scene) -> None:
    names = scene.shoot(96, 8)
    latest_first = sorted(scene.captures, key=lambda capture: capture.observed_at or LATE, reverse=True)
    for at, name in enumerate(names):
        write_lines(latest_first[at * 12 : at * 12 + 12], scene.folder / name)
    scene.worker(2)
    for name in names:
        scene.start("ingest", name).communicate(timeout=120)
    scene.finish()
    scene.record("19 out of order, the oldest last", 8, 8)


@pytest.mark.parametrize("ahead", [2 * HOUR, 24 * HOUR, -2 * HOUR, -24 * HOUR])
@pytest.mark.parametrize("kind", ["sqlite"])
def test_work_that_a_wrong_clock_left_is_taken_up_by_a_right_one(scene: Scene, ahead: float) -> None:
    """A worker whose clock is wrong enrols, takes work and is killed; a right one finishes all of it.

    All pages are dated: one that takes the time of an ingest that lies in the future is refused, and rightly.
    """
    names = scene.shoot(48, 4, undated=0)
    wrong = Plan(log=scene.plan.log, ahead=ahead, faults=[Fault("extracted", "kill main", 1)])
    scene.worker(1, wrong)
    first = scene.start("ingest", *names, plan=replace(wrong, faults=[]))
    until(scene.did, 60, scene.tail())
    first.kill()
    first.communicate()
    scene.mark()
    scene.start("ingest", *names)
    scene.start("beat")
    scene.finish()
    with reading(scene.engine) as db:
        off = sum(abs((row.started_at.timestamp() - time.time()) - ahead) < 600 for row in db.execute(select(_run)))
    scene.record(f"20 clock {ahead / HOUR:+.0f} h, then right", 1, off)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_clock_that_was_ahead_and_is_put_back_stops_no_poll(scene: Scene) -> None:
    with site("127.0.0.1") as at:
        polled(scene, at)
        ahead = Plan(log=scene.plan.log, ahead=24 * HOUR)
        worker = scene.worker(1, ahead)
        beat = scene.start("beat", plan=ahead)
        until(lambda: asked(at) >= 2, 60, scene.tail())
        for process in (worker, beat):
            signal_all(family(process.pid), signal.SIGKILL)
            process.wait()
        scene.workers.clear()
        with reading(scene.engine) as db:
            due = db.scalars(select(_source.c.next_run_at)).one()
        before = asked(at)
        scene.mark()
        scene.worker()
        scene.start("beat")
        until(lambda: asked(at) >= before + 2, 60, scene.tail())
        assert due.timestamp() - time.time() > 12 * HOUR
        scene.record("20b clock a day ahead, then right: polls", 1, asked(at) - before, equal=False)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_two_beats_poll_no_more_often_than_one(scene: Scene) -> None:
    with site("127.0.0.1") as at:
        polled(scene, at)
        scene.worker()
        for _ in range(2):
            scene.start("beat")
        until(lambda: asked(at) >= 5, 90, scene.tail())
        gaps = [b.at - a.at for a, b in zip(at.log, at.log[1:], strict=False) if a.path == b.path == "/list"]
        assert min(gaps) > 2.5, gaps
        with reading(scene.engine) as db:
            runs = db.execute(select(_run.c.started_at).order_by(_run.c.started_at)).all()
        assert len(runs) == len({row.started_at for row in runs})
        scene.record("21 two beats", 2, asked(at), equal=False)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_beat_that_slept_is_noticed_and_makes_good_with_one_poll(scene: Scene) -> None:
    with site("127.0.0.1") as at:
        polled(scene, at)
        scene.worker()
        beat = scene.start("beat", "--heartbeat", "pulse")
        until(lambda: asked(at) >= 1, 60, scene.tail())
        signal_all([beat.pid], signal.SIGSTOP)
        time.sleep(2)
        before = asked(at)
        time.sleep(33)
        assert asked(at) == before, "somebody else is the clock"
        health = subprocess.run(
            [sys.executable, "-P", "-m", "meeruit.worker.health", "pulse"],
            cwd=scene.folder,
            check=False,
            capture_output=True,
        )
        scene.mark()
        signal_all([beat.pid], signal.SIGCONT)
        until(lambda: asked(at) >= before + 2, 60, scene.tail())
        assert asked(at) <= before + 3
        scene.record("22 beat frozen for 35 s", 1, health.returncode, equal=False)
