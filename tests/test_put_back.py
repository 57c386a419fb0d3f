"""Work that the database stops in the middle goes back to the ledger, as soon as that can be written again."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.references import Problem, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Work, WorkKind, table
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import reading

_work = table(Work)


def no_visit(*_: object) -> Any:
    raise AssertionError("nothing is fetched")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_work_that_cannot_be_put_back_is_as_soon_as_the_database_takes_it(engine: Engine) -> None:
    """As on a full disk: neither what was read nor that it has to wait can be written."""
    refuses = (
        "CREATE TRIGGER full BEFORE UPDATE ON work WHEN NEW.state = 'pending' BEGIN SELECT RAISE(ABORT, 'full'); END"
    )

    def enrol(db: Connection) -> int:
        run_id = runs.start_run(db, "test", None, now())
        return ledger.enrol(db, run_id, WorkKind.FILES, Terms(now(), "ingest"), [Problem("a", "b")], 1, now())

    with engine.begin() as db:
        work_id = enrol(db)
        db.execute(text("ALTER TABLE page RENAME TO elsewhere"))
        db.execute(text(refuses))
    room = threading.Timer(1, lambda: free(engine))
    room.start()
    began = time.monotonic()
    tools = Tools(engine, lambda *_: None, lambda: 0, "me", lambda _: False, no_visit)
    with pytest.raises(DBAPIError, match="page"):
        process(tools, work_id, "message")
    assert time.monotonic() - began >= 1
    room.join()
    with reading(engine) as db:
        row = db.execute(select(_work)).one()
    assert (row.state, row.attempts, row.setbacks) == ("pending", 0, 1)
    assert "page" in row.last_error


def free(engine: Engine) -> None:
    with engine.begin() as db:
        db.execute(text("DROP TRIGGER full"))
