"""Ordinary pages of the web hold no items, however many ages stand on them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Page
from tests.ordinary.make import OrdinaryPage, ordinary_pages

ORDINARY = list(ordinary_pages())
CAPTURED = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize("ordinary", ORDINARY, ids=lambda ordinary: ordinary.name)
def test_ordinary_page_holds_no_item(ordinary: OrdinaryPage) -> None:
    page = Page(ordinary.body, "https://ordinary.example/page", CAPTURED, ordinary.media_type)
    assert [item for _, item in extract(page).items()] == []


def test_there_are_more_than_a_hundred_ordinary_pages_of_many_kinds() -> None:
    assert len({ordinary.body for ordinary in ORDINARY}) >= 110
