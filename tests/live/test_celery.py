"""The application as Celery users expect it: the command ``celery -A meeruit.worker.app``, and tasks sent by name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from sqlalchemy import update

from meeruit.tasks.store.tables import Work, WorkState, table
from meeruit.worker.local.broker import EmbeddedBroker
from tests.live.conftest import Meeruit, states, until
from tests.shell import Answer
from tests.tied import tied

SEEDS = Path(__file__).parent.parent.parent / "seeds"
OPERATIONS = Path(__file__).parent.parent.parent / "docs" / "operations.md"
_work = table(Work)


@pytest.fixture
def served(meeruit: Meeruit, server: str) -> Meeruit:
    """``meeruit`` on a Redis-protocol server."""
    meeruit.settings["MEERUIT_BROKER_URL"] = server
    meeruit.settings["MEERUIT_DATABASE_URL"] = f"sqlite:///{meeruit.folder}/own.db"
    assert meeruit("db", "upgrade").status == 0
    return meeruit


@pytest.fixture
def worker(served: Meeruit) -> Iterator[subprocess.Popen[str]]:
    """A worker on it, ready for work."""
    process = served.start("worker", "--processes", "1", "--heartbeat", "alive")
    until((served.folder / "alive").exists)
    yield process
    process.terminate()
    process.communicate(timeout=60)


def celery(meeruit: Meeruit, *arguments: str) -> Answer:
    """Run Celery's own command on our application to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "meeruit.worker.app", *arguments],
        cwd=meeruit.folder, env=os.environ | meeruit.settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.mark.usefixtures("worker")
def test_the_celery_command_answers_as_celery_users_expect(served: Meeruit) -> None:
    report = celery(served, "report")
    assert report.status == 0, report.err
    assert "transport:redis" in report.out
    assert "secret" not in report.out
    assert "1 node online" in celery(served, "status").out
    ping = celery(served, "inspect", "ping")
    assert (ping.status, "pong" in ping.out) == (0, True)
    assert "- empty -" in celery(served, "inspect", "active").out
    events = tied([sys.executable, "-u", "-m", "celery", "-A", "meeruit.worker.app", "events", "--dump"])
    with subprocess.Popen(
        events, cwd=served.folder, env=os.environ | served.settings, stdout=subprocess.PIPE, text=True
    ) as watching:
        assert watching.stdout is not None
        assert any("heartbeat" in line for line in watching.stdout)
        watching.kill()


def test_a_worker_that_celery_starts_does_what_ours_does(served: Meeruit) -> None:
    command = tied([sys.executable, "-m", "celery", "-A", "meeruit.worker.app", "worker", "--concurrency", "1"])
    process = subprocess.Popen(
        command, cwd=served.folder, env=os.environ | served.settings, stderr=subprocess.PIPE, text=True
    )
    until(lambda: "1 node online" in celery(served, "status").out)
    done = served("ingest", str(SEEDS), "--json")
    assert done.json["items"]["new"] == 14, done.err
    process.terminate()
    assert "ready pid=" in process.communicate(timeout=60)[1]
    assert sorted(path.name for path in served.folder.iterdir() if "celery" in path.name) == []


def test_without_a_broker_or_with_old_tables_it_is_one_line(meeruit: Meeruit, broker: EmbeddedBroker) -> None:
    answer = celery(meeruit, "report")
    assert answer.status == 2
    assert answer.err.startswith("meeruit: celery -A meeruit.worker.app needs MEERUIT_BROKER_URL")
    assert len(answer.err.splitlines()) == 1
    meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
    meeruit.settings["MEERUIT_DATABASE_URL"] = f"sqlite:///{meeruit.folder}/own.db"
    for refused in (celery(meeruit, "worker", "--concurrency", "1"), meeruit("worker"), meeruit("beat")):
        assert refused.status == 2
        assert "run: meeruit db upgrade" in refused.err
        assert "Traceback" not in refused.err


def test_importing_the_application_reads_no_setting(meeruit: Meeruit) -> None:
    meeruit.settings["MEERUIT_TYPO"] = "1"
    code = "import meeruit.worker.app as module\ntry: module.app\nexcept Exception as exc: print(exc)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=meeruit.folder, env=os.environ | meeruit.settings, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "MEERUIT_TYPO: unknown setting" in done.stdout


@pytest.fixture
def other(server: str) -> Celery:
    """The application of somebody else, as the example of docs/operations.md makes it."""
    code = re.search(r"```python\n(from celery import Celery.*?)\n\nmeeruit.send", OPERATIONS.read_text(), re.DOTALL)
    assert code is not None
    made: dict[str, Celery] = {}
    exec(code[1].replace("redis://:PASSWORD@HOST:6379/0", server), made)
    return made["meeruit"]


@pytest.mark.usefixtures("worker")
def test_other_code_has_a_piece_of_work_done_by_its_number(served: Meeruit, other: Celery) -> None:
    assert served("ingest", str(SEEDS), "--json").json["items"]["new"] == 14
    again = update(_work).values(state=WorkState.PENDING, holder=None, lease_until=None).returning(_work.c.id)
    with served.engine.begin() as db:  # as if its message was lost
        (work_id,) = db.scalars(again).all()
    assert states(served) == ["pending"]
    other.send_task("work.do", [work_id], queue="meeruit.bulk")
    until(lambda: states(served) == ["done"])
    other.send_task("work.do", [work_id], queue="meeruit.fetch")  # once more does no harm
    assert len(served("items", "--format", "jsonl").lines) == 14


@pytest.mark.usefixtures("worker")
def test_other_code_is_the_clock(served: Meeruit, other: Celery) -> None:
    (served.folder / "inbox").mkdir()
    page = shutil.copy(next(SEEDS.iterdir()), served.folder / "inbox")
    os.utime(page, (0, time.time() - 60))  # one that has just been written waits for the next poll
    (served.folder / "sources.toml").write_text('[[source]]\nname = "inbox"\nfolder = "inbox"\nevery = "1h"\n')
    other.send_task("source.poll", queue="meeruit.clock")
    until(lambda: states(served) == ["done", "done"], 60)  # the look into the folder, and its file
    assert len(served("items", "--format", "jsonl").lines) == 7
