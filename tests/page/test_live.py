"""The page over 50,000 items while more come in: every view stands, in light and dark, on a desk and on a phone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import hasty_engine
from tests.newswire.camera import DAILY, PAPER, Camera, Listing, Plan
from tests.newswire.write import write_lines
from tests.page import data
from tests.page.conftest import Shown, shown
from tests.page.tabs import Visits
from tests.page.test_browser import DESK, PHONE, VIEWS
from tests.tied import tied

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

ITEMS = 50_000
LISTINGS = (Listing(PAPER, "Buitenland", ("G", "H")), Listing(DAILY, "Binnenland", ("HTML",)))


def _ingest(url: str, folder: Path, end: threading.Event) -> None:
    """One ingest after another, a second between them, of captures that nobody has seen."""
    for number in count():
        camera = Camera(Plan(400, seed=number, days=1.5, listings=LISTINGS))
        write_lines((camera.capture(each) for each in camera.numbers()), folder / f"captures-{number}.jsonl")
        command = [sys.executable, "-P", "-m", "meeruit.worker", "ingest", f"captures-{number}.jsonl", "--workers", "1"]
        environment = os.environ | {"MEERUIT_DATABASE_URL": url}
        with subprocess.Popen(tied(command), cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and not end.wait(0.1):
                pass
            process.terminate()
        if end.is_set():
            return
        assert process.returncode == 0
        end.wait(1)


@pytest.fixture(scope="module")
def coming_in(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The page over such a database, and an ingest that goes on as long as it is shown."""
    folder = tmp_path_factory.mktemp("live")
    shutil.copy(migrated_sqlite, folder / "live.db")
    url = f"sqlite:///{folder}/live.db"
    engine = hasty_engine(url)
    from benchmarks import page as made_up  # it imports the whole page

    made_up.fill(engine, ITEMS)
    data.fill(engine)
    engine.dispose()
    end = threading.Event()
    with shown(url, folder) as page, ThreadPoolExecutor(1) as pool:
        ingests = pool.submit(_ingest, url, folder, end)
        try:
            yield page
            assert not ingests.done(), "an ingest failed"
        finally:
            end.set()


@pytest.fixture(scope="module")
def visited(coming_in: Shown) -> Shown:
    return coming_in


def test_new_items_come_in_by_themselves(visits: Visits) -> None:
    visit = visits(viewport=DESK)
    visit.page.goto("/now")
    visit.page.wait_for_selector("#live.on")
    first = visit.page.inner_text("article.item h3")
    for _ in range(2):
        visit.page.wait_for_function(
            "first => document.querySelector('article.item h3').innerText !== first", arg=first
        )
        first = visit.page.inner_text("article.item h3")
    assert visit.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_view_stands_while_items_come_in(
    visits: Visits, coming_in: Shown, size: dict[str, int], scheme: str
) -> None:
    visit = visits(viewport=size, color_scheme=scheme)
    often = coming_in.get("/items.json?source=often").json()["items"][0]["content_hash"]
    for number, view in zip(count(), (*VIEWS, f"/items/{often}")):
        visit.page.goto(view)
        if view != "/nothing":
            assert visit.faults == [], view
        visit.faults.clear()
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
        assert visit.page.evaluate("window.shifted") < 0.01, view
        if folder := os.environ.get("LOOK"):  # to look at them
            name = (
                f"{scheme}-{size['width']}-{number:02}-{view.strip('/').partition('?')[0].replace('/', '-')[:12]}.png"
            )
            visit.page.screenshot(path=Path(folder) / name)


def test_page_by_page_no_item_is_shown_twice_though_more_come_in(visits: Visits) -> None:
    page: Page = visits(viewport=DESK).page
    page.goto("/items")
    seen: list[str] = []
    for _ in range(6):
        seen += page.eval_on_selector_all("article.item h3 a", "links => links.map(link => link.href)")
        with page.expect_navigation():  # until it is there, the page before it answers
            page.click("nav.paging a.next")
    assert len(seen) == len(set(seen)) == 6 * 50


def test_a_search_finds_what_has_just_come_in(visits: Visits, coming_in: Shown) -> None:
    page: Page = visits(viewport=PHONE).page
    newest = coming_in.get("/items.json?limit=1").json()["items"][0]
    words = newest["text"].replace('"', " ").split()[:4]
    page.goto("/items")
    page.fill("input[name=q]", f'"{" ".join(words)}"')
    page.keyboard.press("Enter")
    page.wait_for_url("**/items?q=*")
    assert page.locator(f"article.item a[href^='/items/{newest['content_hash'][:16]}']").count() == 1
