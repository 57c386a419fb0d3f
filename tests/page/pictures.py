"""The pictures of the page in the README: ``python -m tests.page.pictures`` draws them anew, with a Chromium."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import Connection

from meeruit.tasks.report.tightening import Effect, seen
from meeruit.tasks.store.tables import Item, table
from meeruit.worker.database import make_engine, reading, upgrade
from tests.newswire.camera import DAILY, PAPER, Camera, Listing, Plan
from tests.page.conftest import shown
from tests.page.tabs import chromium
from tests.storing import store

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
_item = table(Item)
#: Three lists that are looked at every few minutes, with some outages.
PLAN = Plan(
    900,
    seed=12,
    days=1.0,
    articles=0.1,
    outages=2,
    listings=(
        Listing(PAPER, "Buitenland", ("G", "H", "H")),
        Listing(PAPER, "Binnenland", ("G", "H", "S")),
        Listing(DAILY, "Buitenland", ("HTML",)),
        Listing(DAILY, "Binnenland", ("HTML",)),
    ),
)


def main() -> None:
    """Draw both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/day.db"
        engine = make_engine(url)
        upgrade(engine)
        camera = Camera(PLAN)
        store(engine, [[[camera.capture(number) for number in camera.numbers()]]])
        with reading(engine) as db:
            digest = _tightest(db)
        engine.dispose()
        with shown(url, folder) as page, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for view, path, height in (("item", f"/items/{digest}", 1_150), ("sources", "/sources", 1_080)):
                tab = browser.new_page(base_url=page.url, viewport={"width": 1_000, "height": height})
                tab.goto(path)
                tab.screenshot(path=FOLDER / f"page-{view}.png")
            browser.close()


def _tightest(db: Connection) -> str:
    """The item on several lists whose window narrowed most often, up to eight times."""
    rows = db.execute(_item.select().where(_item.c.sightings.between(6, 40), _item.c.headline.is_not(None))).all()
    steps: dict[str, int] = {}
    for row in rows:
        sightings = seen(db, row.id)
        if len({one.list for one in sightings}) > 1:
            narrowed = sum(one.effect is Effect.NARROWED for one in sightings)
            steps[row.content_hash] = narrowed if narrowed <= 8 else 0
    return max(steps, key=lambda digest: (steps[digest], digest))


if __name__ == "__main__":
    main()
