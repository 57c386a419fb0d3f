"""Polling a live site: on time, never too fast, every item once, whatever happens to the clock and the broker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from meeruit.tasks.report import listings
from meeruit.tasks.store.tables import Page, Run, table
from meeruit.worker.database import reading
from meeruit.worker.local.broker import EmbeddedBroker
from tests.conftest import fresh_database
from tests.live.conftest import Meeruit, children, command_of, until
from tests.web.site import Site, answer, site

_page, _run = table(Page), table(Run)

pytestmark = pytest.mark.slow


class News:
    """A news site that prints a new item every few seconds, with ages from the real clock."""

    def __init__(self, at: Site, section: str, every: float = 4.0) -> None:
        self.site = at
        self.section = section
        self.every = every
        self.started = time.time()
        #: When each item was first shown, by its text; written as the page goes out.
        self.shown: dict[str, float] = {}
        self.served = 0
        self._lock = threading.Lock()
        at.pages["/nieuws"] = self._serve

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            at = time.time()
            newest = int((at - self.started) / self.every)
            numbers = range(newest, max(-1, newest - 7), -1)
            lines = ["Kop van de dag", "GOES (ANP) - Het stuk van vandaag.", f"Meer uit {self.section}", ""]
            body = "\n".join(lines[:-1]) + "\n"
            for number in numbers:
                text = f"Bericht {number} van {self.site.host} uit {self.section}."
                self.shown.setdefault(text, at)
                seconds = int(at - self.started - number * self.every)
                body += f"GOES (ANP) - {text}\n{seconds} seconden geleden"
            self.served += 1
        connection.sendall(answer(body.encode(), "Content-Type: text/plain; charset=utf-8"))


@contextmanager
def news(*hosts: str) -> Iterator[list[News]]:
    """Sites on several loopback addresses."""
    with ExitStack() as stack:
        yield [News(stack.enter_context(site(host)), f"Regio {number}") for number, host in enumerate(hosts, 1)]


def write_sources(meeruit: Meeruit, sites: list[News], every: str = "5s", delay: float = 1) -> None:
    """A sources.toml that polls these sites, which the guard is told to allow."""
    pace = f'every = "{every}"\ndelay = {delay}\n'
    tables = [f'[[source]]\nname = "{each.section}"\nurls = ["{each.site.url("/nieuws")}"]\n{pace}' for each in sites]
    (meeruit.folder / "sources.toml").write_text("\n".join(tables))
    meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = ",".join(each.site.place for each in sites)


def texts(meeruit: Meeruit) -> set[str]:
    """The texts of all items that are stored."""
    engine = meeruit.engine
    with reading(engine) as db:
        found = {str(row["text"]) for row in listings.items(db, listings.ItemFilter())}
    engine.dispose()
    return found


def check_items(meeruit: Meeruit, sites: list[News]) -> None:
    """Exactly the items that the sites showed, each first seen in the second in which it was first shown."""
    engine = meeruit.engine
    with reading(engine) as db:
        items = {row["text"]: row for row in listings.items(db, listings.ItemFilter())}
    engine.dispose()
    shown = {text: at for each in sites for text, at in each.shown.items()}
    assert items.keys() == shown.keys()
    for text, at in shown.items():
        first_seen = items[text]["first_seen_at"]
        assert abs((first_seen - datetime.fromtimestamp(int(at), UTC)).total_seconds()) <= 1
        number = int(text.split()[1])
        published = next(s for s in sites if s.site.host in text).started + number * 4.0
        assert items[text]["published_after"].timestamp() - 1 <= published
        assert published <= items[text]["published_before"].timestamp() + 1


def check_pages(meeruit: Meeruit, sites: list[News]) -> list[str]:
    """Every poll is a row, with counts that add up; returns the outcomes of the runs."""
    engine = meeruit.engine
    with reading(engine) as db:
        pages = list(db.execute(select(_page)))
        runs = list(db.execute(select(_run)))
    engine.dispose()
    assert len([page for page in pages if page.state == "done"]) == sum(each.served for each in sites)
    assert all(page.found == page.new + page.seen + page.rejected for page in pages)
    return [run.outcome for run in runs if run.finished_at]


@pytest.mark.timeout(180)
def test_a_minute_of_polling_misses_nothing_and_is_never_too_fast(meeruit: Meeruit) -> None:
    with news("127.0.0.1", "127.0.0.2", "127.0.0.3") as sites:
        write_sources(meeruit, sites)
        process = meeruit.start("up", "--workers", "3")
        time.sleep(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        check_items(meeruit, sites)
        outcomes = check_pages(meeruit, sites)
        for each in sites:
            assert each.site.shortest_gap() >= 1.0
            assert each.served >= 8, "polled every five seconds, less the start"
            assert each.site.paths()[0] == "/robots.txt"
        assert len(outcomes) >= 24
        assert all("new" in outcome for outcome in outcomes)
        assert "Regio 1: " in out


def test_what_is_due_is_decided_by_the_ledger_not_by_the_clocks(meeruit: Meeruit) -> None:
    """Two clocks, one frozen and woken, one killed: no poll is doubled, and the next one comes."""
    with news("127.0.0.1") as sites, EmbeddedBroker() as broker:
        write_sources(meeruit, sites, delay=0)
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        assert meeruit("items").status == 0  # the default database migrates itself
        with (
            started(meeruit, "worker", "--processes", "2"),
            started(meeruit, "beat") as first,
            started(meeruit, "beat"),
        ):
            until(lambda: sites[0].served >= 2)
            first.send_signal(signal.SIGSTOP)
            before = sites[0].served
            until(lambda: sites[0].served >= before + 2)
            first.send_signal(signal.SIGCONT)
            time.sleep(6)
            first.kill()
            broker.stop()
            time.sleep(1)
            broker.start()
            before = sites[0].served
            until(lambda: sites[0].served >= before + 2, 60)
            until(lambda: texts(meeruit) == sites[0].shown.keys(), what="for what was shown last")
        # a poll that was late is soon followed by the next one, which keeps the source's own step
        begun = polls_begun(meeruit)
        assert len({(at - begun[0]) // timedelta(seconds=5) for at in begun}) == len(begun), "a poll was doubled"
        assert sites[0].site.paths().count("/nieuws") <= len(begun), "a poll was made twice"
        check_items(meeruit, sites)


def polls_begun(meeruit: Meeruit) -> list[datetime]:
    """When each poll began, by the ledger, in order."""
    engine = meeruit.engine
    with reading(engine) as db:
        found = list(db.scalars(select(_run.c.started_at).order_by(_run.c.started_at)))
    engine.dispose()
    return found


@contextmanager
def started(meeruit: Meeruit, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A part, killed at the end."""
    process = meeruit.start(*arguments)
    try:
        yield process
    finally:
        for pid in [*children(process.pid), process.pid]:
            if "worker" in command_of(pid):
                os.kill(pid, signal.SIGKILL)
        process.communicate()


def test_one_poll_by_hand_and_the_listing_of_sources(meeruit: Meeruit) -> None:
    with news("127.0.0.1") as sites:
        write_sources(meeruit, sites, every="1h", delay=0.5)
        answer_ = meeruit("run", "Regio 1", "--json")
        assert answer_.status == 0, answer_.err
        assert answer_.json["pages"] == {"found": 1, "new": 1, "known": 0, "done": 1, "failed": 0}
        (source,) = meeruit("sources", "--format", "jsonl").lines
        assert source["outcome"].endswith("new, 0 seen")
        assert source["last_new_at"] is not None
        assert meeruit("run", "Regio 9").status == 2


def test_conditional_requests_count_as_sightings_and_every_tenth_asks_in_full(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        page = b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden"

        def serve(connection: socket.socket) -> None:
            asked = here.log[-1].headers.get("if-none-match")
            if asked:
                connection.sendall(answer(status="304 Not Modified"))
            else:
                connection.sendall(answer(page, "Content-Type: text/plain", 'ETag: "een"'))

        here.pages["/"] = serve
        (meeruit.folder / "sources.toml").write_text(f'[[source]]\nname = "a"\nurls = ["{here.url()}"]\ndelay = 0\n')
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        for _ in range(3):
            assert meeruit("run", "a").status == 0
        outcomes = [row["outcome"] for row in meeruit("runs", "--format", "jsonl").lines]
        assert outcomes == ["not modified", "not modified", "1 new, 0 seen"]
        (item,) = meeruit("items", "--format", "jsonl").lines
        assert item["sightings"] == 3
        asked = [seen.headers.get("if-none-match") for seen in here.log if seen.path == "/"]
        assert asked == [None, '"een"', '"een"']


def test_failures_have_names_and_are_tried_three_times(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        here.pages["/503"] = answer(b"", status="503 Service Unavailable")
        here.pages["/robots.txt"] = answer(b"User-agent: *\nDisallow: /private\n")
        urls = [here.url(path) for path in ("/503", "/404", "/private", "/pdf")]
        here.pages["/pdf"] = answer(b"%PDF-1.7 ...", "Content-Type: text/html")
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        (meeruit.folder / "sources.toml").write_text(f'[[source]]\nname = "a"\nurls = {urls}\ndelay = 0\n')
        assert meeruit("run", "a", timeout=120).status == 1
        said = {
            row["address"].rsplit("/", 1)[1]: row["reason"] for row in meeruit("failures", "--format", "jsonl").lines
        }
        assert said == {
            "503": "HTTP 503",
            "404": "HTTP 404",
            "private": "robots.txt forbids",
            "pdf": "not a page but a PDF",
        }
        assert here.paths().count("/503") == 3
        assert here.paths().count("/404") == 1
        refused = meeruit("ingest", "http://127.0.0.2:9/", "--json")
        assert refused.status == 1
        assert "refused" in refused.err


def test_each_new_link_of_a_feed_is_fetched_once(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        links = ["/a", "/b"]

        def feed(connection: socket.socket) -> None:
            entries = "".join(f"<item><link>{here.url(link)}</link></item>" for link in links)
            body = f'<rss version="2.0"><channel><title>x</title>{entries}</channel></rss>'
            connection.sendall(answer(body.encode(), "Content-Type: application/rss+xml"))

        here.pages["/feed"] = feed
        for name in "abc":
            text = f"Kop {name}\nGOES - Lood.\nMeer uit Zee\nGOES - Bericht {name}.\n1 uur geleden"
            here.pages[f"/{name}"] = answer(text.encode(), "Content-Type: text/plain")
        (meeruit.folder / "sources.toml").write_text(
            f'[[source]]\nname = "f"\nfeeds = ["{here.url("/feed")}"]\ndelay = 0\n'
        )
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        first = meeruit("run", "f", "--json")
        assert first.status == 0, first.err
        assert first.json["items"]["new"] == 2
        links.append("/c")
        assert meeruit("run", "f", "--json").json["items"] == {"found": 1, "new": 1, "seen": 0, "rejected": 0}
        assert [path for path in here.paths() if path in {"/a", "/b", "/c"}] == ["/a", "/b", "/c"]
        outcomes = {row["outcome"] for row in meeruit("pages", "--format", "jsonl").lines}
        assert {"feed, 2 new links", "feed, 1 new link"} <= outcomes


def test_a_file_that_nobody_can_read_costs_its_folder_nothing(meeruit: Meeruit) -> None:
    inbox = meeruit.folder / "inbox"
    inbox.mkdir()
    (inbox / "a.csv").write_bytes(b"url,te\rxt,text\r\nhttps://n.example/1,x,y\r\n")
    (inbox / "b.jsonl").write_text(
        '{"url": "https://n.example/2", "observed_at": "2026-03-02T14:05:00Z", '
        '"text": "Meer uit Zee\\nGOES - Een.\\n1 uur geleden"}\n'
    )
    for path in inbox.iterdir():
        os.utime(path, (time.time() - 60, time.time() - 60))
    (meeruit.folder / "sources.toml").write_text('[[source]]\nname = "inbox"\nfolder = "inbox"\n')
    for command in (("run", "inbox"), ("ingest", "inbox")):
        answer = meeruit(*command, "--json")
        assert answer.status == 1
        assert (answer.json["pages"]["done"], answer.json["pages"]["failed"]) == (1, 1)
    (failure,) = meeruit("failures", "--format", "jsonl").lines
    assert (failure["address"], "carriage return" in failure["reason"]) == (str(inbox / "a.csv"), True)
    assert meeruit("run", "inbox", "--json").json["pages"]["found"] == 0


def test_a_folder_gives_its_new_and_changed_files(meeruit: Meeruit) -> None:
    inbox = meeruit.folder / "inbox"
    inbox.mkdir()
    (meeruit.folder / "sources.toml").write_text('[[source]]\nname = "inbox"\nfolder = "inbox"\n')

    def drop(name: str, text: str) -> None:
        page: Path = inbox / name
        page.write_text(f"Meer uit Zee\nGOES - {text}\n1 uur geleden")
        os.utime(page, (time.time() - 60, time.time() - 60))  # it came to rest a minute ago

    drop("a.txt", "Een.")
    drop("b.txt", "Twee.")
    (inbox / "busy.txt").write_text("Meer uit Zee\nGOES - Nog niet")
    os.utime(inbox / "busy.txt", (time.time() + 600, time.time() + 600))  # as if it were being written all the time
    assert meeruit("run", "inbox", "--json").json["pages"]["found"] == 2
    assert meeruit("run", "inbox", "--json").json["pages"]["found"] == 0
    drop("b.txt", "Twee, verbeterd.")
    os.utime(inbox / "b.txt", (time.time() - 30, time.time() - 30))
    assert meeruit("run", "inbox", "--json").json["items"]["new"] >= 1
    assert {row["text"] for row in meeruit("items", "--format", "jsonl").lines} >= {"Een.", "Twee.", "Twee, verbeterd."}


def test_a_mistake_in_the_sources_is_one_line_before_anything_starts(meeruit: Meeruit) -> None:
    (meeruit.folder / "sources.toml").write_text('[[source]]\nname = "a"\nurl = ["https://x.example/"]\n')
    for command in (("up",), ("sources",), ("run", "a")):
        answer_ = meeruit(*command)
        assert answer_.status == 2
        assert "sources.toml:3: source 'a': url is not known" in answer_.err
        assert len(answer_.err.splitlines()) == 1


@pytest.mark.postgres
@pytest.mark.timeout(180)
def test_the_same_holds_on_postgresql_with_a_server_of_ones_own(
    meeruit: Meeruit, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    meeruit.settings["MEERUIT_DATABASE_URL"] = fresh_database("postgresql", request, tmp_path)
    with news("127.0.0.1", "127.0.0.2") as sites, EmbeddedBroker() as broker:
        write_sources(meeruit, sites)
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        process = meeruit.start("up", "--workers", "2")
        time.sleep(30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        check_items(meeruit, sites)
        check_pages(meeruit, sites)


def test_a_page_that_is_told_to_wait_for_long_stays_pending_and_is_named(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        here.pages["/busy"] = answer(b"", "Retry-After: 600", status="503 Service Unavailable")
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        (meeruit.folder / "sources.toml").write_text(
            f'[[source]]\nname = "a"\nurls = ["{here.url("/busy")}"]\ndelay = 0\n'
        )
        answer_ = meeruit("run", "a", "--json", timeout=60)
        assert answer_.status == 1
        assert answer_.json["pages"] == {"found": 1, "new": 1, "known": 0, "done": 0, "failed": 1}
        assert f"failed: {here.url('/busy')}: must wait until" in answer_.err
