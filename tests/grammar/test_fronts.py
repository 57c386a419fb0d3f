"""Front pages that were declared listings: lead stories, the titles of lists, cards whose link lies over them."""

from __future__ import annotations

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Extraction, Page
from tests.grammar.reading import OBSERVED, block_of

SITE = "https://krant.example"


def front(body: str) -> Extraction:
    html = f'<html lang="nl"><title>De Krant</title><body>{body}</body></html>'
    return extract(Page(html.encode(), url=f"{SITE}/", observed_at=OBSERVED, media_type="text/html", listing=True))


def _list(name: str) -> str:
    return "".join(f"<li><h3><a href=/{name}/{n}>De kop van {name} nummer {n}</a></h3></li>" for n in range(3))


def test_a_story_that_a_front_page_opens_with_is_an_item() -> None:
    lead = "<div><h2><a href=/a>De brug in Goes is weer open</a></h2></div>"
    found = front(f"{lead}<section><h2>Sport</h2><ul>{_list('sport')}</ul></section>").blocks
    assert [(block.section, len(block.items)) for block in found] == [(None, 1), ("Sport", 3)]
    assert found[0].items[0].url == f"{SITE}/a"


@pytest.mark.parametrize(
    "story",
    [
        "<h2><a href=/a>Nieuwsbrief</a></h2>",
        "<h2>De brug in Goes is weer open</h2>",
        "<h4><a href=/a>De brug in Goes is weer open</a></h4>",
        "<footer><h2><a href=/a>De brug in Goes is weer open</a></h2></footer>",
    ],
)
def test_a_heading_of_few_words_without_a_link_or_in_a_menu_is_no_lead_story(story: str) -> None:
    found = front(f"<div>{story}</div><section><h2>Sport</h2><ul>{_list('sport')}</ul></section>").blocks
    assert [block.section for block in found] == ["Sport"]


@pytest.mark.parametrize(
    "above",
    [
        "<div><a href=/sport><h2>Sport</h2></a><div><a href=/post>Ontvang de nieuwsbrief</a></div></div>",
        "<div><h2>Sport</h2><a href=/rss>RSS</a></div><span>3 verhalen</span>",
        "<div><b>Sport</b></div>",
        "<h3>Sport</h3><div><h2><a href=/a>De brug in Goes is weer open</a></h2></div>",
        "<h2>Sport <b><a href=/alles>Alle uitslagen</a></b></h2>",
    ],
)
def test_a_list_finds_its_title_in_a_box_of_its_own(above: str) -> None:
    boxes = f"<div>{above}<ul>{_list('sport')}</ul></div><div><h2>Cultuur</h2><ul>{_list('cultuur')}</ul></div>"
    lists = [block for block in front(f"<main>{boxes}</main>").blocks if len(block.items) > 1]
    assert [block.section for block in lists] == ["Sport", "Cultuur"]


def test_the_title_of_one_list_is_not_that_of_the_next() -> None:
    links = "".join(f"<p><a href=/{n}>De kop van een ander stuk, nummer {n}</a></p>" for n in range(3))
    boxes = f"<div><h2>Sport</h2><ul>{_list('sport')}</ul></div><div>{links}</div>"
    assert [block.section for block in front(f"<main>{boxes}</main>").blocks] == ["Sport", None]


@pytest.mark.parametrize(
    "beside",
    [
        "<h1>Mijn krant</h1><form><p>Log in met je account om verder te gaan.</p></form>",
        "<h1>Mijn krant</h1><p>Log in met je account om verder te gaan.</p>",
    ],
)
def test_a_notice_on_a_listing_is_no_article(beside: str) -> None:
    assert front(f"{beside}<section><h2>Meer uit Sport</h2><ul>{_list('sport')}</ul></section>").lead is None


def test_an_article_on_a_listing_is_read() -> None:
    article = "<h1>De kop van het stuk</h1><p>GOES - De brug is weer open.</p>"
    lead = front(
        f"<article>{article}</article><section><h2>Meer uit Sport</h2><ul>{_list('sport')}</ul></section>"
    ).lead
    assert lead is not None
    assert (lead.headline, lead.dateline) == ("De kop van het stuk", "GOES")


def test_links_in_one_line_are_items_each() -> None:
    links = " ".join(f"<a href=/{n}><span>De kop van stuk {n}</span></a>" for n in range(4))
    page = f"<main><h2>Meer uit Sport</h2><ul><li>{links}</li></ul></main>"
    assert [item.url for item in block_of(page, url=f"{SITE}/").items] == [f"{SITE}/{n}" for n in range(4)]


def test_the_link_that_lies_over_a_card_is_that_of_its_title() -> None:
    cards = "".join(
        f"<article><h2>De kop van stuk {n}</h2><p>In <a href=/tag>Sport</a> - 3 november 2025</p><a href=/{n}></a></article>"
        for n in range(3)
    )
    items = block_of(f"<main><h2>Meer uit Sport</h2>{cards}</main>", url=f"{SITE}/").items
    assert [item.url for item in items] == [f"{SITE}/{n}" for n in range(3)]


@pytest.mark.parametrize(("aged", "unread"), [(1, 0), (2, 4), (6, 0)])
def test_ages_that_few_items_of_a_list_have_are_missed_at_none(aged: int, unread: int) -> None:
    items = "".join(
        f"<li><h3><a href=/{n}>De kop van stuk {n}</a></h3>{'<i>2 uur geleden</i>' if n < aged else ''}</li>"
        for n in range(6)
    )
    assert block_of(f"<main><h2>Meer uit Sport</h2><ul>{items}</ul></main>").unread == unread


def test_a_photographer_and_an_agency_are_no_text_of_an_item() -> None:
    cards = "".join(
        f"<li><a href=/{n}><h3>De kop van stuk {n}</h3><span>Jan Pot / Beeld, Inc.</span></a></li>" for n in "ab"
    )
    other = "<li><a href=/c><h3>De kop van stuk c</h3><span>Anne Wit / Fotobureau Zee.</span></a></li>"
    items = block_of(f"<main><h2>Meer uit Sport</h2><ul>{cards}{other}</ul></main>").items
    assert [item.text for item in items] == ["", "", ""]
