"""A front page that is polled: exactly its teasers, first seen in time, and gaps only where a list can have some.

``FRONT_PAGE_SECONDS`` polls it for longer; what was read is printed (``pytest -s``).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from meeruit.tasks.report import listings
from meeruit.tasks.store.tables import Gap, Listing, table
from meeruit.worker.database import reading
from tests.live.conftest import Meeruit, until
from tests.live.front_page import LATEST, PICKS, FrontPage, Teaser
from tests.web.site import site

_gap, _listing = table(Gap), table(Listing)
#: Seconds of polling, from the first poll on.
SECONDS = float(os.environ.get("FRONT_PAGE_SECONDS") or 25)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 2 * SECONDS)]


def test_a_front_page_gives_exactly_its_teasers_and_gaps_only_where_a_list_is_in_order(meeruit: Meeruit) -> None:
    with site() as here:
        page = FrontPage(here)
        poll(meeruit, page)
        items, gaps = stored(meeruit)
        check_teasers(items, page)
        dates = [check_times(items[teaser.headline], teaser, at) for teaser, at in page.shown.items()]
        assert not gaps
        assert 0 in page.shared(PICKS), "the editor has replaced the whole list between two polls"
        for section in (LATEST, None):
            assert min(page.shared(section)) > 0
            assert shared(meeruit, section) == [None, *page.shared(section)]
        assert set(shared(meeruit, PICKS)) == {None}, "a list in no order of time has no overlap"
        replaced = page.shared(PICKS).count(0)
        say(f"{len(page.answers)} polls, {len(items)} items of {len(page.shown)} teasers, gaps {len(gaps)}")
        say(f"first seen off by at most {max(dates):.0f} s; the editor's list replaced {replaced} times")


def poll(meeruit: Meeruit, page: FrontPage) -> None:
    """Poll the page for so many seconds, as a user would."""
    source = f'[[source]]\nname = "front"\nurls = ["{page.site.url()}"]\nevery = "5s"\ndelay = 0\n'
    (meeruit.folder / "sources.toml").write_text(source)
    meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = page.site.place
    process = meeruit.start("up", "--workers", "2")
    until(lambda: page.answers, 60, "for the first poll")
    time.sleep(SECONDS)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert len(page.answers) >= SECONDS / 5 - 2, "polled every five seconds, however busy the machine"


def stored(meeruit: Meeruit) -> tuple[dict[str, Any], list[Any]]:
    """The items by their headlines, and the gaps."""
    with reading(meeruit.engine) as db:
        items = list(listings.items(db, listings.ItemFilter()))
        gaps = list(db.execute(select(_gap)))
    by_headline = {str(row["headline"]): row for row in items}
    assert len(by_headline) == len(items)
    return by_headline, gaps


def check_teasers(items: Mapping[str, Any], page: FrontPage) -> None:
    """Every teaser that was shown is an item, as it was written, and nothing else is one."""
    said = {(row["section"], row["headline"], row["text"], row["url"]) for row in items.values()}
    assert said == {(one.section, one.headline, one.text, page.site.url(one.path)) for one in page.shown}
    counts = {one.headline: sum(one in teasers for teasers in page.answers) for one in page.shown}
    assert {headline: row["sightings"] for headline, row in items.items()} == counts


def check_times(item: Mapping[str, Any], teaser: Teaser, at: float) -> float:
    """First seen in the second in which it was first shown, and published when the paper says; how far off it is."""
    first_seen: datetime = item["first_seen_at"]
    off = abs((first_seen - datetime.fromtimestamp(int(at), UTC)).total_seconds())
    assert off <= 1, "the answer comes in the second in which it was asked for, or the next"
    if teaser.published is None:
        assert item["published_after"] is item["published_before"] is None
    else:
        assert item["published_after"].timestamp() - 1 <= teaser.published
        assert teaser.published <= item["published_before"].timestamp() + 1
    return off


def shared(meeruit: Meeruit, section: str | None) -> list[int | None]:
    """What each capture of a list says it shares with the one before."""
    query = select(_listing.c.shared).where(_listing.c.section == (section or "")).order_by(_listing.c.observed_at)
    with reading(meeruit.engine) as db:
        return list(db.scalars(query))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
