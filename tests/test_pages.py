"""Golden pages of many markups: what the product finds is what a careful reader finds."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import Any

import pytest

from meeruit.tasks.extract import extract, to_json
from tests.golden import FOLDER, Golden, found, golden_pages

GOLDEN = list(golden_pages())
PAGE_KEYS = ["url", "observed_at", "lead", "blocks"]
LEAD_KEYS = ["headline", "dateline", "text"]
ITEM_KEYS = [
    "headline",
    "place",
    "agencies",
    "text",
    "url",
    "age",
    "published_after",
    "published_before",
    "content_hash",
]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_page_holds_what_a_careful_reader_finds(golden: Golden) -> None:
    difference = list(unified_diff(lines(golden.expected), lines(found(golden)), "expected", "found", n=4, lineterm=""))
    assert not difference, "\n".join([golden.name, *difference])


def test_there_are_forty_golden_pages_and_none_lost_its_other_half() -> None:
    names = [{path.stem for path in FOLDER.glob(pattern)} for pattern in ("*.html", "*.json")]
    assert names[0] == names[1]
    assert len(GOLDEN) >= 40


@pytest.mark.parametrize("golden", GOLDEN[:1], ids=lambda golden: golden.name)
def test_extraction_has_exactly_the_keys_of_the_contract_in_order(golden: Golden) -> None:
    extraction = json.loads(json.dumps(to_json(extract(golden.page))))
    block = extraction["blocks"][0]
    assert list(extraction) == PAGE_KEYS
    assert list(extraction["lead"]) == LEAD_KEYS
    assert list(block) == ["section", "items", "rejected"]
    assert all(list(item) == ITEM_KEYS for item in block["items"])


def lines(value: dict[str, Any]) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
