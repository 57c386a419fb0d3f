"""A command that is stopped at any moment, and started again in the same words, goes on where it was."""

from __future__ import annotations

import gzip
import json
import random
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from meeruit.tasks.store.tables import Item, Reading, Run, Work, table
from meeruit.worker.database import reading
from tests.archives import record
from tests.live.conftest import Meeruit, states, until

PAGES, STOPS = 8_000, 2
_item, _reading, _run, _work = table(Item), table(Reading), table(Run), table(Work)


def page(number: int) -> str:
    """A page with a block of one item, or mostly without."""
    if number % 50:
        return f"Een gewone pagina {number}.\n" + "Er staat niets op.\n" * 20
    return f"Artikel {number}.\n\nMeer uit Buitenland\nPARIJS (ANP) - Bericht nummer {number}.\n18 minuten geleden\n"


def wet(number: int) -> bytes:
    """The same as a record."""
    return record("conversion", f"https://x.example/{number}", page(number).encode(), media="text/plain")


@pytest.mark.slow
def test_a_stopped_ingest_goes_on_where_it_was_and_enrols_nothing_twice(meeruit: Meeruit, tmp_path: Path) -> None:
    half = PAGES // 2
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.wet.gz").write_bytes(b"".join(gzip.compress(wet(n), 1) for n in range(half)))
    lines = "\n".join(
        json.dumps({"text": page(n), "url": f"https://x.example/{n}", "date": "2026-03-02T14:05:00Z"})
        for n in range(half, PAGES)
    )
    (tmp_path / "in" / "b.jsonl.gz").write_bytes(gzip.compress(lines.encode(), 1))
    (tmp_path / "in" / "page.txt").write_text(page(0))
    rng = random.Random(17)
    for number in range(STOPS):
        command = meeruit.start("ingest", "in", "--workers", "1")
        done = states(meeruit).count("done")
        until(lambda: states(meeruit).count("done") > done or command.poll() is not None)  # noqa: B023 - called at once
        time.sleep(rng.uniform(0.0, 0.3))
        command.send_signal(signal.SIGKILL if number % 2 else signal.SIGINT)
        command.wait(60)
    answer = meeruit("ingest", "in", "--workers", "1", "--json")
    assert answer.status == 0, answer.err
    told = json.loads(answer.out)["pages"]
    assert (told["found"], told["new"], told["known"], told["failed"]) == (PAGES + 1, PAGES + 1, 0, 0)
    with reading(meeruit.engine) as db:
        enrolled = db.scalar(select(func.sum(_work.c.pages)).where(_work.c.state != "split"))
        again = db.scalar(select(func.sum(_work.c.pages)).where((_work.c.attempts > 1) | (_work.c.state == "split")))
        assert db.scalar(select(func.count()).select_from(_run)) == 1
        assert db.scalar(select(func.count()).select_from(_reading)) == 0
        assert db.scalar(select(func.count()).select_from(_item)) == PAGES // 50
    assert enrolled == PAGES + 1
    assert (again or 0) <= STOPS * 400
    assert json.loads(meeruit("ingest", "in", "--workers", "1", "--json").out)["pages"]["known"] == PAGES + 1
