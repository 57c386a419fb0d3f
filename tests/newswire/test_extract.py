"""The product's extraction of generated pages, item by item against what the pages were made to print.

The one file of this package that knows the product: here the two are put side by side.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Extraction, Page
from tests.newswire.camera import LISTINGS, Camera, Plan
from tests.newswire.captures import CUT, REPEATED, Capture
from tests.newswire.strategies import captures

FORMS = sorted({form for listing in LISTINGS for form in listing.forms})


def extracted(capture: Capture) -> Extraction:
    media_type = "text/html; charset=utf-8" if capture.is_html else "text/plain; charset=utf-8"
    return extract(Page(capture.body.encode(), capture.url, capture.observed_at, media_type))


def expected_items(capture: Capture) -> list[dict[str, Any]]:
    """Each item once, at its first place on the page."""
    found: dict[str, dict[str, Any]] = {}
    for block in capture.sheet.blocks:
        for printed in block.items:
            window = printed.window(capture.observed_at)
            item = {
                "position": len(found) + 1,
                "section": block.section,
                "headline": printed.headline,
                "place": printed.place,
                "agencies": printed.agencies,
                "dateline": printed.dateline,
                "text": printed.text,
                "url": printed.url,
                "age": printed.age.words,
                "published_after": window and window.after,
                "published_before": window and window.before,
                "content_hash": printed.content_hash,
            }
            found.setdefault(printed.content_hash, item)
    return list(found.values())


def actual_items(extraction: Extraction) -> list[dict[str, Any]]:
    return [
        {
            "position": item.position,
            "section": block.section,
            "headline": item.headline,
            "place": item.place,
            "agencies": item.agencies,
            "dateline": item.dateline,
            "text": item.text,
            "url": item.url,
            "age": item.age,
            "published_after": item.window and item.window.after,
            "published_before": item.window and item.window.before,
            "content_hash": item.content_hash,
        }
        for block, item in extraction.items()
    ]


def expected_rejects(capture: Capture) -> Counter[str]:
    printed = [item.content_hash for block in capture.sheet.blocks for item in block.items]
    return +Counter({REPEATED: len(printed) - len(set(printed)), CUT: int(capture.sheet.cut is not None)})


def actual_rejects(extraction: Extraction) -> Counter[str]:
    return Counter(str(reject.reason) for block in extraction.blocks for reject in block.rejected)


def expected_lead(capture: Capture) -> tuple[str, str, str] | None:
    """Headline, dateline, first paragraph: what subheads and captions are below it is another's concern."""
    lead = capture.sheet.lead
    return None if lead is None else (lead.headline, lead.dateline, lead.paragraphs[0])


def actual_lead(extraction: Extraction) -> tuple[str | None, str | None, str] | None:
    lead = extraction.lead
    return None if lead is None else (lead.headline, lead.dateline, lead.text.split("\n")[0])


def generated(form: str) -> list[Capture]:
    """Some dozens of pages of that form, faults and all."""
    listings = tuple(listing for listing in LISTINGS if form in listing.forms)
    camera = Camera(Plan(captures=300, seed=23, days=1, listings=listings, repeated=0.1))
    pages = [capture for capture in map(camera.capture, camera.numbers()) if capture.form == form]
    assert len(pages) > 20
    return pages


@pytest.mark.parametrize("form", FORMS)
def test_a_page_holds_exactly_the_items_that_it_was_made_to_print(form: str) -> None:
    for capture in generated(form):
        extraction = extracted(capture)
        assert actual_items(extraction) == expected_items(capture), capture.body
        assert actual_lead(extraction) == expected_lead(capture), capture.body


@pytest.mark.parametrize("form", FORMS)
def test_what_is_cut_off_or_repeated_is_rejected_with_its_reason(form: str) -> None:
    pages = generated(form)
    assert {CUT, REPEATED} <= {reason for capture in pages for reason in expected_rejects(capture)}
    for capture in pages:
        assert actual_rejects(extracted(capture)) == expected_rejects(capture), capture.body


@given(captures())
def test_drawn_pages_hold_exactly_what_they_were_drawn_with(capture: Capture) -> None:
    extraction = extracted(capture)
    assert actual_items(extraction) == expected_items(capture)
    assert actual_rejects(extraction) == expected_rejects(capture)
