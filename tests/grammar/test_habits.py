"""However a page is marked up, its items are the same."""

from __future__ import annotations

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Extraction, Page
from tests.grammar.habits import HABITS, NO_HEADLINE, NO_LINK, TOLD, page

BASE = "https://krant.example"


def read(html: str) -> Extraction:
    return extract(Page(html.encode(), url=f"{BASE}/artikel/1", media_type="text/html; charset=utf-8"))


@pytest.mark.parametrize("name", HABITS)
def test_every_habit_of_markup_prints_the_same_items(name: str) -> None:
    extraction = read(page(HABITS[name](TOLD)))
    assert [block.section for block in extraction.blocks] == ["Buitenland"]
    (block,) = extraction.blocks
    assert [item.text for item in block.items] == [told.body for told in TOLD]
    assert [item.dateline for item in block.items] == [told.dateline for told in TOLD]
    assert [item.age for item in block.items if item.age] == [item.age for item in block.items]
    assert block.rejected == ()
    if name not in NO_HEADLINE:
        assert [item.headline for item in block.items] == [told.headline for told in TOLD]
    if name not in NO_LINK:
        assert [item.url for item in block.items] == [BASE + told.link for told in TOLD]


@pytest.mark.parametrize("name", HABITS)
def test_every_habit_leaves_the_article_alone(name: str) -> None:
    lead = read(page(HABITS[name](TOLD))).lead
    assert lead is not None
    if name != "pre":
        assert (lead.headline, lead.dateline) == ("De kop van het stuk", "DEN HAAG (ANP)")
        assert lead.text == "De eerste alinea van het stuk.\nDe tweede alinea van het stuk."
