"""The page in a real Chromium: every view on a desk and on a phone, light and dark, with scripts and without."""

from __future__ import annotations

import shutil
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from meeruit.tasks.times import now
from meeruit.worker.database import make_engine
from tests.page import data
from tests.page.conftest import Shown, shown
from tests.page.tabs import Visits

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
VIEWS = (
    "/items", "/items?q=een&section=Sport", "/items?q=zzzz", "/items?until=2025-03-03T05:10:00Z", "/now", "/days",
    "/days/2025-03-03",    "/sources?until=2025-03-04", "/failures", "/runs", "/api", "/nothing",
)  # fmt: skip
#: axe-core itself, which is evaluated and not loaded: the page lets no script in.
_AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()


@pytest.fixture(scope="module")
def visited(on_sqlite: Shown) -> Shown:
    return on_sqlite


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_view_fits_stands_still_and_can_be_read_in_light_and_dark(
    visits: Visits, on_sqlite: Shown, size: dict[str, int]
) -> None:
    visit = visits(viewport=size, color_scheme="light")
    often = on_sqlite.get("/items.json?source=often").json()["items"][0]["content_hash"]
    first = on_sqlite.get("/items.json?section=Buitenland&limit=1").json()["items"][0]["content_hash"]
    for view in (*VIEWS, f"/items/{first}", f"/items/{often}"):
        visit.page.emulate_media(color_scheme="light")
        visit.page.goto(view)
        allowed = (
            ["Failed to load resource: the server responded with a status of 404 (Not Found)"]
            if view == "/nothing"
            else []
        )
        assert [fault for fault in visit.faults if fault not in allowed] == [], view
        visit.faults.clear()
        wide = visit.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], view
        assert visit.page.evaluate("lacking()") == [], view
        assert visit.page.evaluate("pale()") == [], view
        assert visit.page.evaluate("window.shifted") < 0.01, view
        visit.page.emulate_media(color_scheme="dark")
        assert visit.page.evaluate("pale()") == [], view


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
def test_axe_finds_no_fault_in_any_view(visits: Visits, on_sqlite: Shown, size: dict[str, int], scheme: str) -> None:
    page = visits(viewport=size, color_scheme=scheme).page
    first = on_sqlite.get("/items.json?section=Buitenland&limit=1").json()["items"][0]["content_hash"]
    for view in (*VIEWS, f"/items/{first}", "/items?until=2025-03-03T05:01:00Z"):
        page.goto(view)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.evaluate(_AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        faults = [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found["violations"]]
        assert faults == [], view
        assert len(found["passes"]) > 20, view


def test_hostile_content_is_inert(visits: Visits, on_sqlite: Shown) -> None:
    visit = visits(viewport=DESK)
    items = on_sqlite.get("/items.json?until=2025-03-03T05:01:00Z&limit=20").json()["items"]
    assert len(items) == len(data.HOSTILE)
    move = "document.querySelectorAll('main *').forEach(n => n.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})))"
    for path in (
        "/items?until=2025-03-03T05:01:00Z",
        "/failures",
        *(f"/items/{item['content_hash'][:16]}" for item in items),
    ):
        visit.page.goto(path)
        visit.page.evaluate(move)
        assert visit.page.evaluate("window.hit") is None
        assert visit.page.locator("main img, main script, main iframe").count() == 0
        assert visit.faults == []
    visit.page.goto("/items?until=2025-03-03T05:01:00Z")
    assert data.SCRIPT in visit.page.inner_text("main")


def test_a_filter_is_asked_by_form_shared_by_address_and_taken_back_by_chip_without_scripts(visits: Visits) -> None:
    page = visits(viewport=PHONE, java_script_enabled=False).page
    page.goto("/items")
    page.fill("input[name=q]", "een")
    page.click("summary")
    page.select_option("select[name=section]", "Sport")
    with page.expect_navigation():
        page.click("button")
    assert "q=een" in page.url
    assert "section=Sport" in page.url
    shown_before = page.locator("article.item").count()
    assert shown_before > 0
    if page.locator("nav.paging a.next").count():
        with page.expect_navigation():
            page.click("nav.paging a.next")
    with page.expect_navigation():
        page.click("ul.chips li:has-text('section') a")
    assert "section" not in page.url
    assert page.locator("article.item").count() >= shown_before
    page.goto("/now")
    assert page.locator("article.item").count() > 0
    assert "loads itself again" in page.inner_text("main")


def test_the_keyboard_alone_goes_everywhere(visits: Visits) -> None:
    page = visits(viewport=DESK).page
    page.goto("/items")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("een")
    page.keyboard.press("Enter")
    page.wait_for_url("**/items?q=een*")
    for _ in range(30):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        if page.evaluate("document.activeElement.closest('article.item') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/*")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_tab_key_stops_at_everything_once_in_order_and_in_sight(
    visits: Visits, on_sqlite: Shown, size: dict[str, int]
) -> None:
    page = visits(viewport=size).page
    first = on_sqlite.get("/items.json?section=Buitenland&limit=1").json()["items"][0]["content_hash"]
    for view in (*VIEWS, f"/items/{first}"):
        page.goto(view)
        stops = page.evaluate("(window.all = stops()).length")
        assert stops > 7, view
        for number in range(stops):
            page.keyboard.press("Tab")
            focused = page.evaluate("focused(all)")
            while focused["at"] == number - 1 and "date" in focused["what"]:  # day, month and year of one field
                page.keyboard.press("Tab")
                focused = page.evaluate("focused(all)")
            assert (focused["at"], focused["seen"], focused["by"]) == (number, True, "solid 3px"), (view, focused)


def test_a_new_item_appears_as_it_is_stored_hostile_ones_as_text(
    browser: Browser, filled_sqlite: str, tmp_path: Path
) -> None:
    # a copy, since others count what is there
    database = tmp_path / "live.db"
    shutil.copy(filled_sqlite.removeprefix("sqlite:///"), database)
    with shown(f"sqlite:///{database}", tmp_path) as on:
        context = browser.new_context(base_url=on.url)
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text))
        page.goto("/now")
        page.wait_for_selector("#live.on")
        engine = make_engine(f"sqlite:///{database}")
        with engine.begin() as db:
            for number, text in enumerate(("Zojuist binnen", data.SCRIPT)):
                at = now() + timedelta(seconds=number)
                data._item(db, 1_000 + number, text, first_seen_at=at, last_seen_at=at)
        engine.dispose()
        page.wait_for_selector("article.item:has-text('Zojuist binnen')", timeout=10_000)
        page.wait_for_selector("article.item:has-text('window.hit')", timeout=10_000)
        assert page.evaluate("window.hit") is None
        assert page.locator("main img, main script").count() == 0
        assert page.inner_text("#live") == "2 new items since you came"
        assert faults == []
        context.close()
