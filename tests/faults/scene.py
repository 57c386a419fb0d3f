"""A run with a fault in it: real workers, a real broker, a database, captures whose tables the oracle knows."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from celery import Celery
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.store.tables import UNFINISHED, Run, Work, table
from meeruit.worker.database import make_engine, reading
from tests.faults.hooks import VARIABLE, Entry, Fault, Plan, entries
from tests.faults.inject import Valkey, family, signal_all
from tests.faults.table import Line, figures
from tests.live.conftest import until
from tests.newswire.camera import LISTINGS, Camera
from tests.newswire.camera import Plan as Shots
from tests.newswire.captures import Capture
from tests.newswire.oracle import tables
from tests.newswire.write import lines
from tests.tables import hold
from tests.tied import tied

ROOT = Path(__file__).parent.parent.parent
_run, _work = table(Run), table(Work)
#: Text only: what a page of markup holds is not the question here.
TEXTS = tuple(each for each in LISTINGS if "HTML" not in each.forms)


def made(number: int, rng: random.Random, undated: float) -> list[Capture]:
    """So many captures of the made-up newswire."""
    camera = Camera(Shots(number, seed=rng.randrange(10_000), days=1, listings=TEXTS, undated=undated))
    return [camera.capture(each) for each in camera.numbers()]


@dataclass
class Scene:
    """The parts of one run, and what they are held to."""

    folder: Path
    database_url: str
    broker: Valkey
    rng: random.Random
    captures: list[Capture] = field(default_factory=list)
    plan: Plan = field(default_factory=lambda: Plan(log=""))
    settings: dict[str, str] = field(default_factory=dict)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    others: list[subprocess.Popen[str]] = field(default_factory=list)
    #: Adds a line to the table.
    note: Callable[[Line], None] = lambda _line: None
    #: Workers that were started again.
    restarts: int = 0
    #: How many processes the last of them has.
    processes: int = 1

    def __post_init__(self) -> None:
        self.plan = Plan(log=str(self.folder / "steps.log"))
        self.settings = {"MEERUIT_DATABASE_URL": self.database_url, "MEERUIT_BROKER_URL": self.broker.url}
        self.engine: Engine = make_engine(self.database_url)
        self.marked = time.monotonic()

    def faults(self, *faults: Fault, **more: object) -> None:
        """What goes wrong inside, in processes that are started from now on."""
        self.plan = replace(self.plan, faults=list(faults), **more)  # type: ignore[arg-type]

    def shoot(self, pages: int, pieces: int, undated: float = 0.01) -> list[str]:
        """Write so many pages into so many files, each of which is a piece of work; returns their names."""
        self.captures = made(pages, self.rng, undated)
        names = []
        for number in range(pieces):
            names.append(f"pages-{number:02}.jsonl")
            (self.folder / names[-1]).write_text("".join(lines(self.captures[number::pieces])), encoding="utf-8")
        return names

    def _environment(self, plan: Plan) -> dict[str, str]:
        return os.environ | self.settings | {VARIABLE: plan.dumped(), "PYTHONPATH": str(ROOT)}

    def worker(self, processes: int = 1, plan: Plan | None = None) -> subprocess.Popen[bytes]:
        """Start a worker, with the faults of the plan inside."""
        self.processes = processes
        command = [sys.executable, "-P", "-m", "tests.faults.worker", "worker", "--processes", str(processes)]
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                tied(command), cwd=self.folder, env=self._environment(plan or self.plan), stderr=log, stdout=log
            )
        self.workers.append(process)
        return process

    def start(
        self, *arguments: str, plan: Plan | None = None, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """Start any other command, with the faults of a plan inside, or with none; ``before`` runs in its process."""
        command = [sys.executable, "-P", "-m", "tests.faults.worker", *arguments]
        process = subprocess.Popen(
            tied(command),
            cwd=self.folder,
            env=self._environment(plan or Plan(log=str(self.folder / "others.log"))),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )
        self.others.append(process)
        return process

    def log(self) -> list[Entry]:
        """The steps that workers reached."""
        return entries(Path(self.plan.log))

    def did(self, do: str | None = None) -> list[Entry]:
        """The faults that came about inside."""
        return [each for each in self.log() if each.did and do in {None, each.did}]

    def reached(self, step: str) -> int:
        """How often a step was reached."""
        return sum(each.step == step and not each.did for each in self.log())

    def mark(self) -> None:
        """The fault is over: from here the seconds to recover count."""
        self.marked = time.monotonic()

    def left(self) -> int:
        """Pieces of work that have not ended, and runs that are not finished."""
        with reading(self.engine) as db:
            work = select(func.count()).select_from(_work).where(_work.c.state.in_(UNFINISHED))
            runs = select(func.count()).select_from(_run).where(_run.c.finished_at.is_(None))
            return int(db.scalar(work) or 0) + int(db.scalar(runs) or 0)

    def work(self) -> Sequence[Any]:
        """The ledger's rows."""
        with reading(self.engine) as db:
            return db.execute(select(_work).order_by(_work.c.id)).all()

    def finish(self, seconds: float = 120) -> None:
        """Keep the workers alive, as a supervisor does, until everything has ended."""
        until(self.ended, seconds, lambda: f"for {self.folder} to end: {self.tail()}")

    def ended(self) -> bool:
        """Whether all that was begun has ended; what died of the workers is started again."""
        for at, process in enumerate(self.workers):
            if process.poll() is not None:
                self.workers.pop(at)
                self.restarts += 1
                self.worker(self.processes)
                break
        time.sleep(0.1)
        try:
            with reading(self.engine) as db:
                begun = db.scalar(select(_run.c.id).limit(1))
            return begun is not None and not self.left()
        except DBAPIError:
            return False

    def tail(self) -> str:
        """The last lines that workers logged."""
        log = self.folder / "worker.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""

    def record(self, fault: str, injected: int, seen: int, *, bad: int = 0, equal: bool = True) -> None:
        """Hold the tables to the oracle, and the run to what it was to show.

        ``bad``: pages that must be quarantined; ``equal``: whether the oracle knows all that was enrolled. Where it does
        not, the tables are held to themselves.
        """
        seconds = time.monotonic() - self.marked
        truth = tables(self.captures) if equal else None
        found = figures(self.engine, truth)
        enrolled = len(truth.pages) + bad if truth else found.done + found.quarantined
        self.note(Line(fault, injected, seen, enrolled=enrolled, seconds=seconds, **asdict(found)))
        assert injected, f"{fault}: nothing was injected, so the run proves nothing"
        assert seen, f"{fault}: its effect was not seen, so the run proves nothing"
        if truth:
            hold(self.engine, truth)
        assert (found.done + found.quarantined, found.quarantined) == (enrolled, bad)
        assert (found.doubled, found.first_seen_wrong, found.counts_wrong) == (0, 0, 0)

    def _end(self, process: subprocess.Popen[Any]) -> None:
        pids = family(process.pid)
        if process.poll() is None:
            process.kill()
            signal_all(pids, signal.SIGKILL)

    def close(self) -> None:
        """End whatever still runs."""
        for worker in self.workers:
            self._end(worker)
            worker.wait()
        for other in self.others:
            self._end(other)
            if other.stderr is not None and not other.stderr.closed:
                sys.stderr.write(f"{other.args!r}: {other.communicate()[1]}\n")  # for whoever reads why a test failed
        self.engine.dispose()


@contextmanager
def sender(settings: Mapping[str, str]) -> Iterator[Callable[[int], None]]:
    """Sends the message of a piece of work, as anybody on the broker can; it is connected, and sends at once."""
    app = Celery("tests", broker=settings["MEERUIT_BROKER_URL"], set_as_current=False)
    app.conf.broker_transport_options = {"global_keyprefix": "meeruit:"}
    try:
        app.send_task("nothing", queue="nobody")  # which connects
        yield lambda work_id: app.send_task("work.do", (work_id,), queue="meeruit.bulk")
    finally:
        app.close()
