"""What a page's row says: its address as the page states it, and which item's own article it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meeruit.tasks.captures import Capture, Raw
from meeruit.tasks.fold import content_hash
from meeruit.tasks.references import File, Terms
from meeruit.tasks.store.merge import page_row
from meeruit.tasks.times import now
from meeruit.tasks.work.capturing import capture

TERMS = Terms(now(), "ingest")
URL = "https://krant.example/zee/veer"
TEASER = "Het veer blijft de hele winter varen, meldt de haven maandag."
PAGE = f"""<!doctype html><html lang="nl"><head><link rel="canonical" href="{URL}"></head><body><article>
<header><h1>Veer vaart de hele winter door</h1><p>De haven heeft daarover een besluit genomen.</p></header>
<div><p>VLISSINGEN (ANP) - {TEASER}</p><p>De boot was in maart uit de vaart genomen.</p></div></article></body></html>"""


def read(url: str | None = None, *, listing: bool = False) -> Capture:
    """The page as a file, or as fetched."""
    path = "/inbox/veer.html"
    return capture(Raw(url or path, File(path), PAGE.encode(), url, "text/html"), replace(TERMS, listing=listing))


def test_a_file_keeps_its_path_as_address_and_has_the_address_that_the_page_states() -> None:
    row = page_row(read(), 0, 0, set())
    assert (row["address"], row["url"]) == ("/inbox/veer.html", URL)


def test_an_address_that_was_given_is_kept() -> None:
    row = page_row(read("https://krant.example/amp/veer"), 0, 0, set())
    assert (row["address"], row["url"]) == ("https://krant.example/amp/veer",) * 2


def test_an_article_is_that_of_the_item_which_its_first_paragraph_is_whatever_deck_stands_above_it() -> None:
    row = page_row(read(), 0, 0, set())
    assert row["lead_hash"] == content_hash(TEASER)
    assert (row["lead_headline"], row["lead_dateline"]) == ("Veer vaart de hele winter door", "VLISSINGEN (ANP)")
    assert row["lead_text"].startswith("De haven heeft")


@pytest.mark.parametrize("page", [read(listing=True), read("https://krant.example/"), read("https://krant.example")])
def test_a_page_that_is_a_list_is_no_item_s_article(page: Capture) -> None:
    row = page_row(page, 0, 0, set())
    assert row["lead_headline"] == "Veer vaart de hele winter door"
    assert row["lead_hash"] is None


def test_an_address_with_a_query_may_be_an_article_s() -> None:
    assert page_row(read("https://krant.example/?p=17"), 0, 0, set())["lead_hash"] == content_hash(TEASER)
