"""The pictures of the page in the README: ``python -m tests.page.pictures`` draws them anew, with a Chromium.

They show what ``make demo`` leaves behind, in light and in dark.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import Connection

from meeruit.tasks.report.tightening import Effect, seen
from meeruit.tasks.store.tables import Item, table
from meeruit.worker.database import make_engine, reading
from tests import demo
from tests.page.conftest import shown
from tests.page.tabs import chromium

FOLDER = Path(__file__).parent.parent.parent / "docs" / "pictures"
_item = table(Item)
#: Name, address, width and height, pixels of the picture for each.
VIEWS = (
    ("item", "/items/{}", 1_000, 1_130, 1),
    ("sources", "/sources", 1_000, 560, 1),
    ("day", "/days/2025-03-03", 360, 740, 2),
)


def main() -> None:
    """Draw all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo.main(folder)
        url = f"sqlite:///{folder}/meeruit.db"
        engine = make_engine(url)
        with reading(engine) as db:
            digest = _tightest(db)
        engine.dispose()
        with shown(url, folder) as page, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for view, path, width, height, scale in VIEWS:
                for scheme in ("light", "dark"):
                    tab = browser.new_page(
                        base_url=page.url,
                        viewport={"width": width, "height": height},
                        device_scale_factor=scale,
                        color_scheme="dark" if scheme == "dark" else "light",
                    )
                    tab.goto(path.format(digest))
                    tab.screenshot(path=FOLDER / f"page-{view}-{scheme}.png")
            browser.close()


def _tightest(db: Connection) -> str:
    """The item of one day whose window narrowed most often, up to six times, and that was seen most."""
    rows = db.execute(_item.select().where(_item.c.sightings >= 6, _item.c.headline.is_not(None))).all()
    steps: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.last_seen_at - row.first_seen_at < timedelta(days=1):
            narrowed = sum(one.effect is Effect.NARROWED for one in seen(db, row.id))
            steps[row.content_hash] = (narrowed if narrowed <= 6 else 0, row.sightings)
    return max(steps, key=lambda digest: (steps[digest], digest))


if __name__ == "__main__":
    main()
