"""Sites that misbehave, a resolver that lies, a pace that is forgotten, as live workers meet them."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select

from meeruit.tasks.store.tables import Item, Page, Work, table
from meeruit.worker.database import reading
from tests.faults.hooks import Fault
from tests.faults.inject import every, pool_of
from tests.faults.scene import Scene
from tests.faults.worker import SEGFAULT
from tests.live.conftest import until
from tests.web.hostile import BOMB, CLOSE, HEAD, MIB, PACKED, chunked, coded
from tests.web.site import Misbehaviour, Site, answer, endless, redirect, site

_item, _page, _work = table(Item), table(Page), table(Work)
PAGE = answer(b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden", "Content-Type: text/plain")
#: Faults 26 to 29: what a site does, and the words in which its page is quarantined.
HOSTILE: dict[str, tuple[bytes | Misbehaviour, str]] = {
    "drips for ever": (endless(CLOSE, b"x", 0.05), "timed out"),
    "never ends": (endless(CLOSE, bytes(MIB)), "too large"),
    "breaks off": (HEAD + b"Content-Length: 999\r\n\r\nMeer uit Zee", "broken HTTP: peer closed"),
    "breaks off in a chunk": (chunked(b"5\r\nab"), "broken HTTP: peer closed"),
    "breaks off in gzip": (coded("gzip", PACKED[:-40]), "broken gzip"),
    "redirects to itself": (redirect("/page"), "goes round in a loop"),
    "redirects to a file": (redirect("file:///etc/passwd"), "refused address: file scheme"),
    "redirects to a private address": (redirect("http://127.0.0.99:1/"), "refused address 127.0.0.99"),
    "sends a bomb": (coded("gzip", BOMB), "too large"),
}


def source(scene: Scene, sites: list[Site], urls: list[str], delay: float, every_: str = "1h") -> None:
    """A source of these addresses, on hosts that the guard is told to allow."""
    keys = f'name = "a"\nurls = {json.dumps(urls)}\nevery = "{every_}"\ndelay = {delay}\n'
    (scene.folder / "sources.toml").write_text(f"[[source]]\n{keys}")
    scene.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = ",".join(each.place for each in sites)


def peak(pid: int) -> int:
    """The most memory that a process has held, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["sqlite"])
def test_hostile_sites_end_in_quarantine_with_their_reason_and_cost_little(scene: Scene) -> None:
    with ExitStack() as stack:
        sites = [stack.enter_context(site(f"127.0.0.{number}")) for number in range(2, 3 + len(HOSTILE))]
        for at, (misbehaviour, _) in zip(sites, HOSTILE.values(), strict=False):
            at.pages["/page"] = misbehaviour
        sites[-1].pages["/page"] = PAGE
        source(scene, sites, [at.url("/page") for at in sites], 0)
        worker = scene.worker(4)
        first = {pid: peak(pid) for pid in until(lambda: pool_of(worker.pid), 60)}
        scene.mark()
        scene.start("run", "a")
        scene.finish(300)
        grown = max(peak(pid) - before for pid, before in first.items())
        with reading(scene.engine) as db:
            outcomes = {row.address: row.outcome for row in db.execute(select(_page))}
        for at, (what, (_, reason)) in zip(sites, HOSTILE.items(), strict=False):
            assert reason in outcomes[at.url("/page")], what
        assert outcomes[sites[-1].url("/page")].startswith("1 new")
    assert grown < 128 * MIB, f"{grown / MIB:.0f} MiB"
    scene.record("26-29 hostile sites", len(HOSTILE), len(outcomes) - 1, bad=len(HOSTILE), equal=False)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_name_that_resolves_otherwise_the_second_time_reaches_nothing_private(scene: Scene) -> None:
    with site("127.0.0.1") as secret:
        scene.faults(names={"rebind.example": [["203.0.113.7"], ["127.0.0.1"]]})
        source(scene, [], [f"http://rebind.example:{secret.port}/page"], 0)
        scene.worker()
        for _ in range(2):
            scene.start("run", "a").communicate(timeout=100)
            scene.finish()
        assert secret.connections == 0
        with reading(scene.engine) as db:
            outcomes = set(db.scalars(select(_page.c.outcome)))
    assert all(outcome.startswith("refused address") for outcome in outcomes)
    scene.record("30 DNS rebinding", 2, len(outcomes), bad=2, equal=False)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_pace_that_is_forgotten_gets_slower_never_faster(scene: Scene) -> None:
    flushed: list[bool] = []

    def forget() -> None:
        with scene.broker.client() as client:
            flushed.append(bool(client.flushall()))

    with site("127.0.0.1") as at:
        at.pages = {f"/{number}": PAGE for number in range(8)}
        source(scene, [at], [at.url(path) for path in at.pages], 1)
        scene.worker(2)
        scene.start("run", "a")
        scene.start("beat")
        until(lambda: len(at.log) >= 2, 60, scene.tail())
        with every(2.5, forget):
            scene.finish(200)
        assert at.shortest_gap() >= 1.0
        asked = len(at.log)
    scene.record("31 pace forgotten during a crawl", len(flushed), asked, equal=False)


def test_a_process_that_dies_with_what_it_fetched_fetches_it_again_and_no_more(scene: Scene) -> None:
    steps = ("fetched", "before commit", "after commit")
    scene.faults(*(Fault(step, "kill", 1) for step in steps))
    with site("127.0.0.1") as at:
        for number in range(4):
            text = f"Meer uit Zee\nGOES - Bericht {number} van de dag.\n1 uur geleden"
            at.pages[f"/{number}"] = answer(text.encode(), "Content-Type: text/plain")
        source(scene, [at], [at.url(path) for path in at.pages], 0)
        scene.worker()
        scene.start("run", "a")
        scene.start("beat")
        scene.finish(200)
        asked = [path for path in at.paths() if path in at.pages]
        assert len(asked) <= 4 * (1 + len(steps))
    with reading(scene.engine) as db:
        texts = sorted(db.scalars(select(_item.c.text)))
        assert texts == [f"Bericht {number} van de dag." for number in range(4)]
        assert {row.sightings for row in db.execute(select(_item))} == {1}
    scene.record("1c child killed while fetching", len(scene.did()), len(asked) - 4, equal=False)


def test_an_address_too_long_for_any_index_is_fetched_once_and_holds_up_nobody(scene: Scene) -> None:
    with site("127.0.0.1") as at:
        long = "/" + "x" * 3_500
        at.pages = {
            long: answer(b"Meer uit Zee\nGOES - Lang.\n1 uur geleden", 'ETag: "1"', "Content-Type: text/plain"),
            "/b": PAGE,
        }
        source(scene, [at], [at.url(path) for path in at.pages], 0)
        scene.worker()
        scene.start("run", "a")
        scene.start("beat")
        scene.finish()
        time.sleep(6)
        asked = at.paths()
        assert asked.count("/b") == 1
        assert asked.count(long) == 1
    scene.record("E2 a long address with an ETag", 1, len(asked), equal=False)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_fetched_page_that_crashes_the_parser_takes_its_neighbours_along_once_and_ends_alone(scene: Scene) -> None:
    """Its neighbours are those that the same process fetches at the same time."""
    with ExitStack() as stack:
        sites = [stack.enter_context(site(f"127.0.0.{number}")) for number in range(2, 8)]
        for number, at in enumerate(sites):
            text = f"Meer uit Zee\nGOES - Bericht {number} van de dag.\n1 uur geleden"
            at.pages["/page"] = answer(text.encode() + SEGFAULT * (not number), "Content-Type: text/plain")
        source(scene, sites, [at.url("/page") for at in sites], 0)
        scene.worker(2)
        scene.start("run", "a")
        scene.start("beat")
        scene.finish(200)
        asked, poison = [at.paths().count("/page") for at in sites], sites[0].url("/page")
    with reading(scene.engine) as db:
        outcomes = {row.address: row.outcome for row in db.execute(select(_page))}
        texts = sorted(db.scalars(select(_item.c.text)))
    assert outcomes.pop(poison) == "its worker died 3 times on this page"
    assert set(outcomes.values()) == {"1 new, 0 seen"}
    assert texts == [f"Bericht {number} van de dag." for number in range(1, 6)]
    assert asked[0] == 3
    assert max(asked[1:]) <= 2
    scene.record("23 poison page among fetched ones", asked[0], asked[0], bad=1, equal=False)
