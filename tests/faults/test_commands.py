"""Commands that die, that meet on one database, that find an older database, and a burst of work."""

from __future__ import annotations

import json
import resource
import signal
import socket
import time
from datetime import timedelta
from importlib import resources

import pytest
from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import func, select

from meeruit.tasks.references import Problem, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Item, Work, table
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.worker.database import reading
from tests.faults.hooks import Fault, Plan
from tests.faults.inject import family, signal_all
from tests.faults.scene import Scene
from tests.live.conftest import children, named, until
from tests.web.site import answer, site

_item, _work = table(Item), table(Work)
sqlite = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.mark.live
def test_a_command_that_dies_between_its_rows_and_their_messages_loses_nothing(scene: Scene) -> None:
    """The rows stand in the ledger, no message was sent, and nobody runs the command again: beat finds them."""
    names = scene.shoot(48, 4)
    plan = Plan(log=scene.plan.log, faults=[Fault("enrolled", "kill")])
    process = scene.start("ingest", *names, plan=plan)
    assert process.wait(60) == -signal.SIGKILL
    lost = len(scene.work()) - scene.broker.messages()
    assert lost == 4
    scene.mark()
    scene.worker()
    scene.start("beat")
    until(lambda: scene.reached("after commit") == 4, 60, scene.tail())
    scene.start("ingest", *names).communicate(timeout=120)
    scene.finish()
    scene.record("1d command killed between rows and messages", 1, lost)


@pytest.mark.parametrize("victim", ["the command", "its worker", "its broker"])
@sqlite
def test_a_command_with_parts_of_its_own_outlives_each_of_them(scene: Scene, victim: str) -> None:
    del scene.settings["MEERUIT_BROKER_URL"]
    names = scene.shoot(600, 30)
    process = scene.start("ingest", *names, "--workers", "2")
    until(lambda: any(row.state == "running" for row in scene.work()), 60)
    word = {"its worker": "worker worker", "its broker": "valkey-server"}.get(victim)
    pids = family(process.pid) if word is None else named(children(process.pid), word)
    signal_all(pids, signal.SIGKILL)
    left = scene.left()
    scene.mark()
    _, err = process.communicate(timeout=120)
    if word is None:
        _, err = scene.start("ingest", *names, "--workers", "2").communicate(timeout=120)
    scene.finish()
    assert "Traceback" not in err
    scene.record(f"2b embedded: {victim} killed", len(pids), left)


@pytest.mark.timeout(240)
@sqlite
def test_two_commands_with_parts_of_their_own_on_one_database_share_leases_and_pace(scene: Scene) -> None:
    """``up`` polls a slow page while four ingests come and go: nobody's work is taken away, no site is asked too soon."""
    del scene.settings["MEERUIT_BROKER_URL"]
    with site("127.0.0.1") as at:
        page = answer(b"Meer uit Zee\nGOES - Traag bericht.\n1 uur geleden", "Content-Type: text/plain")

        def slow(connection: socket.socket) -> None:
            time.sleep(4)
            connection.sendall(page)

        at.pages = {"/a": slow, "/b": page}
        keys = f'name = "a"\nurls = {json.dumps([at.url("/a"), at.url("/b")])}\nevery = "5s"\ndelay = 2\n'
        (scene.folder / "sources.toml").write_text(f"[[source]]\n{keys}")
        scene.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = at.place
        up = scene.start("up", "--workers", "1")
        until(lambda: "/a" in at.paths(), 60)
        for number in range(3):
            names = scene.shoot(6, 1)
            answered = scene.start("ingest", *names, "--workers", "1")
            run = scene.start("run", "a") if number == 0 else None
            _, err = answered.communicate(timeout=120)
            assert answered.returncode == 0, err
            if run is not None:
                run.communicate(timeout=120)
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=60)
        asked = len(at.log)
        assert at.shortest_gap() >= 2.0
    assert max(row.attempts for row in scene.work()) == 1
    scene.record("2c two embedded commands, one database", 4, asked, equal=False)


def test_a_worker_of_newer_code_than_the_tables_refuses_to_start(scene: Scene) -> None:
    scripts = Config()
    scripts.set_main_option("script_location", str(resources.files("meeruit.worker") / "migrations"))

    def move(down: str | None) -> None:
        with scene.engine.begin() as db:
            scripts.attributes["connection"] = db
            alembic.downgrade(scripts, down) if down else alembic.upgrade(scripts, "head")

    move("0002")
    worker = scene.worker()
    assert worker.wait(60) == 2
    assert "run: meeruit db upgrade" in scene.tail()
    scene.workers.clear()
    move(None)
    names = scene.shoot(24, 2)
    scene.worker()
    scene.start("ingest", *names)
    scene.finish()
    scene.record("33 schema behind the code", 1, 1)


@pytest.mark.timeout(280)
@sqlite
def test_a_page_of_twenty_thousand_items_in_a_burst_is_counted_exactly(scene: Scene) -> None:
    """One giant page and two hundred pieces of one page each, for four processes."""
    names = scene.shoot(200, 200)
    items = "".join(f"GOES - Bericht nummer {number} van deze dag.\n1 uur geleden" for number in range(20_000))
    line = {"url": "https://giant.example/", "observed_at": "2025-03-03T12:00:00Z", "text": f"Meer uit Giga\n{items}"}
    (scene.folder / "giant.jsonl").write_text(json.dumps(line))
    scene.worker(4)
    scene.start("ingest", "giant.jsonl", *names)
    scene.finish(240)
    with reading(scene.engine) as db:
        giant = db.scalar(select(func.count()).select_from(_item).where(_item.c.section == "Giga"))
        assert db.scalar(select(func.max(_work.c.attempts))) == 1
    assert giant == 20_000
    scene.record("32 burst of 200 pieces, 20,000 items on a page", 201, giant, equal=False)


@pytest.mark.timeout(280)
@pytest.mark.parametrize(
    ("what", "limit"),
    [("RLIMIT_AS", 1 << 30), ("RLIMIT_NOFILE", 64), ("RLIMIT_FSIZE", 400_000)],
)
@sqlite
def test_a_command_under_a_limit_ends_and_says_why_where_it_cannot(scene: Scene, what: str, limit: int) -> None:
    """Little memory, few files, short files; what could not be done is done by the next command, without a limit."""
    del scene.settings["MEERUIT_BROKER_URL"]
    names = scene.shoot(120, 4, undated=0)
    number = getattr(resource, what)
    process = scene.start("ingest", *names, "--workers", "2", before=lambda: resource.setrlimit(number, (limit, limit)))
    out, err = process.communicate(timeout=240)
    assert "Traceback" not in out + err
    assert process.returncode == 0 or err, "it ended without a word"
    stopped = scene.left()
    assert process.returncode != 0 or not stopped
    scene.mark()
    again = scene.start("ingest", *names, "--workers", "2")
    again.communicate(timeout=120)
    assert again.returncode == 0
    scene.record(f"L {what}={limit:,}", 1, 1 + stopped)


@sqlite
def test_what_an_earlier_command_left_to_wait_for_long_keeps_ours_from_nothing(scene: Scene) -> None:
    """A piece of an earlier run is due in an hour; ours ends, and its gaps and revisions are there when it does."""
    del scene.settings["MEERUIT_BROKER_URL"]
    at = now()
    with scene.engine.begin() as db:
        run_id = runs.start_run(db, "earlier", None, at)
        late = [Problem("https://late.example/", "never")]
        ledger.enrol(db, run_id, "files", Terms(at, "ingest"), late, 1, at, at + timedelta(hours=1), "it has to wait")
    names = scene.shoot(500, 2, undated=0)
    process = scene.start("ingest", *names, "--workers", "2")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    scene.record("E3 an earlier run waits for an hour", 1, scene.left() - 1)
