"""Small captures whose times went wrong once: what each page alone allows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Item, Page, Window
from meeruit.tasks.times import intersect

CASES = Path(__file__).parents[1] / "cases" / "polling"
PUBLISHED = datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC)


def captures(name: str) -> list[tuple[Item, ...]]:
    """The items of each page of a case."""
    found = []
    for line in (CASES / f"{name}.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        media_type = "text/html" if "html" in record else "text/plain"
        body = (record.get("html") or record["text"]).encode()
        page = Page(body, record["url"], datetime.fromisoformat(record["observed_at"]), media_type)
        found.append(tuple(item for _, item in extract(page).items()))
    return found


@pytest.mark.parametrize("number", range(1, 7))
def test_all_windows_under_nearest_hold_the_true_time(number: int) -> None:
    met: Window | None = Window(PUBLISHED - timedelta(days=9), PUBLISHED + timedelta(days=9))
    for items in captures(f"rounding-{number}"):
        assert met
        assert items[0].nearest
        met = intersect(met, items[0].nearest)
    assert met
    assert met.after < PUBLISHED <= met.before


def test_a_local_time_that_calls_itself_utc_is_not_believed() -> None:
    for items in captures("datetime-local-as-z"):
        assert all(item.contradicted for item in items)
        assert all(item.window and item.window.before.hour >= 12 for item in items)


def test_an_age_from_before_the_web_leaves_the_item_without_a_window() -> None:
    ((item,),) = captures("age-1970")
    assert (item.text, item.age, item.window) == ("Bericht over de sluis.", "56 jaar geleden", None)
