"""What is due is done, whatever else waits: other hosts, followed links, bulk work, a clock that was wrong."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from meeruit.tasks.store.tables import Source, Work, table
from meeruit.tasks.times import now
from meeruit.worker.database import reading
from tests.live.conftest import Meeruit, until
from tests.web.site import Site, answer, site

_source, _work = table(Source), table(Work)
#: A page with a block, and one without.
PAGE = answer(b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden", "Content-Type: text/plain")


def feed(*links: str) -> bytes:
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    return answer(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), "Content-Type: application/rss+xml")


def source(meeruit: Meeruit, *sites: Site, **keys: object) -> None:
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"name": "a", "delay": 0, **keys}.items()]
    (meeruit.folder / "sources.toml").write_text("\n".join(["[[source]]", *lines]))
    meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = ",".join(each.place for each in sites)


@contextmanager
def up(meeruit: Meeruit, processes: int = 2) -> Iterator[subprocess.Popen[str]]:
    """``meeruit up``, ended as by Ctrl-C."""
    process = meeruit.start("up", "--workers", str(processes))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def asked(here: Site, path: str) -> int:
    return here.paths().count(path)


def seen(here: Site, path: str, more: int) -> Callable[[], bool]:
    """Whether a path is asked for so many times more from now on."""
    before = asked(here, path)
    return lambda: asked(here, path) >= before + more


@pytest.mark.timeout(180)
def test_a_link_that_has_to_wait_holds_up_no_poll_and_says_why_it_waits(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here, site("127.0.0.2") as slow:
        slow.pages["/x"] = answer(b"", "Retry-After: 600", status="503 Service Unavailable")
        here.pages["/feed"] = feed(slow.url("/x"))
        here.pages["/list"] = PAGE
        source(meeruit, here, slow, urls=[here.url("/list")], feeds=[here.url("/feed")], every="5s")
        with up(meeruit):
            until(lambda: asked(slow, "/x") == 1, 60)
            until(seen(here, "/list", 3), 60)
            assert asked(slow, "/x") == 1
            with reading(meeruit.engine) as db:
                waits = db.execute(select(_work).where(_work.c.state == "pending", _work.c.not_before > now())).all()
        assert ["HTTP 503" in row.last_error for row in waits] == [True]


@pytest.mark.timeout(180)
def test_a_list_that_has_to_wait_holds_up_no_other_list_of_its_source(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here, site("127.0.0.2") as slow:
        slow.pages["/list"] = answer(b"", "Retry-After: 600", status="503 Service Unavailable")
        here.pages["/list"] = PAGE
        source(meeruit, here, slow, urls=[slow.url("/list"), here.url("/list")], every="5s")
        with up(meeruit):
            until(lambda: asked(slow, "/list") == 1, 60)
            until(seen(here, "/list", 3), 60)
            assert asked(slow, "/list") == 1


@pytest.mark.timeout(180)
def test_an_answer_that_drips_holds_up_no_other_list_though_there_is_one_process(meeruit: Meeruit) -> None:
    """And a list that becomes due meanwhile is polled, though nobody is free to hear the clock."""
    drips = threading.Event()

    def drip(connection: socket.socket) -> None:
        drips.set()
        for byte in PAGE[:25]:
            connection.sendall(bytes([byte]))
            time.sleep(1)
        drips.clear()

    with site("127.0.0.1") as here, site("127.0.0.2") as slow:
        slow.pages["/list"] = drip
        here.pages["/list"] = PAGE
        source(meeruit, here, slow, urls=[slow.url("/list"), here.url("/list")], every="5s")
        with up(meeruit, processes=1):
            until(drips.is_set, 60)
            until(seen(here, "/list", 2), 60)
            assert drips.is_set()
            assert asked(slow, "/list") == 1


@pytest.mark.timeout(180)
def test_a_due_time_that_lies_further_ahead_than_the_step_is_not_believed(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        here.pages["/list"] = PAGE
        source(meeruit, here, urls=[here.url("/list")], every="5s")
        assert meeruit("run", "a").status == 0
        with meeruit.engine.begin() as db:
            db.execute(_source.update().values(next_run_at=now() + timedelta(days=1)))
        with up(meeruit):
            until(seen(here, "/list", 2), 60)


@pytest.mark.timeout(300)
def test_polls_go_on_while_a_bulk_ingest_runs_on_the_same_broker(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        here.pages["/list"] = PAGE
        source(meeruit, here, urls=[here.url("/list")], every="5s")
        with up(meeruit):
            until(lambda: asked(here, "/list") >= 1, 60)
            before, began, rounds = asked(here, "/list"), time.monotonic(), 0
            while time.monotonic() - began < 12:  # two steps of the source, however fast the machine
                rounds += 1
                _bulk(meeruit, rounds)
            lasted = time.monotonic() - began
            polls = asked(here, "/list") - before
        assert polls >= lasted / 5 / 2, f"{polls} polls in {lasted:.0f} s"


def _bulk(meeruit: Meeruit, number: int, captures: int = 3_000) -> None:
    """Ingest captures that no other number has."""
    pages = (
        {"text": f"Meer uit Zee\nGOES - Bericht {n}.\n1 uur geleden", "url": f"https://x{number}.example/{n}"}
        for n in range(captures)
    )
    (meeruit.folder / "bulk.jsonl").write_text("\n".join(map(json.dumps, pages)))
    bulk = meeruit("ingest", "bulk.jsonl", "--json")
    assert bulk.status == 0, bulk.err
    assert json.loads(bulk.out)["pages"]["done"] == captures


@pytest.mark.timeout(180)
def test_a_link_that_failed_is_fetched_when_the_site_recovers(
    meeruit: Meeruit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site("127.0.0.1") as here:
        here.pages["/feed"] = feed(here.url("/x"))
        here.pages["/x"] = answer(b"", status="500 Internal Server Error")
        source(meeruit, here, feeds=[here.url("/feed")], every="1h")
        meeruit("run", "a")
        assert asked(here, "/x") == 3
        here.pages["/x"] = PAGE
        meeruit("run", "a")
        assert asked(here, "/x") == 3, "not yet"
        with meeruit.engine.begin() as db:
            db.exec_driver_sql("UPDATE noted SET mark = replace(mark, ' 20', ' 19')")  # it failed long ago
        meeruit("run", "a")
        assert asked(here, "/x") == 4
        assert [row["text"] for row in meeruit("items", "--format", "jsonl").lines] == ["Een bericht."]
