"""The page's own address: given, or stated by the page; what hangs on it (links) and what must not (texts and hashes)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.html.links import resolve, written
from tests.grammar.reading import read

CASES = Path(__file__).parents[1] / "cases"
URL = "https://krant.example/zee/veer"
BLOCK = (
    "<h2>Meer uit Zee</h2><div><article><h3><a href=/1>Kop een</a></h3><p>GOES (ANP) - De brug is dicht.</p>"
    "<i>2 uur geleden</i></article><article><h3><a href=2>Kop twee</a></h3><p>VEERE - Het veer vaart.</p>"
    "<i>3 uur geleden</i></article></div>"
)


def shown(body: str | bytes, url: str | None) -> list[tuple[str | None, str, str]]:
    """All of the items that is not a link."""
    return [(item.headline, item.text, item.content_hash) for _, item in read(body, url=url).items()]


@pytest.mark.parametrize("name", ["sub-links-below-a-card", "read-also-relative", "read-also-absolute"])
def test_the_same_bytes_are_the_same_items_with_and_without_an_address(name: str) -> None:
    page = (CASES / f"{name}.html").read_bytes()
    items = shown(page, None)
    assert len(items) == 3
    for url in (URL, "http://other.example/", "https://krant.example/a/b/?c=d"):
        assert shown(page, url) == items


@given(
    st.lists(st.sampled_from(["/1", "2", "../3", "?q", "#top", "//x.example/", "https://krant.example/1", "javascript:x"]),
             min_size=4, max_size=4),
    st.booleans(),
)  # fmt: skip
def test_whatever_the_links_are_an_address_changes_no_text(links: list[str], sentence: bool) -> None:
    title, also, inside, more = (f'<a href="{link}">{{}}</a>' for link in links)
    card = (
        f"<article><h3>{title.format('Kop van het stuk')}</h3><p>GOES - De {inside.format('brug')} is dicht.</p>"
        f"<p>{also.format('Lees ook dit stuk over het veer en de haven' + '.' * sentence)}</p>"
        f"<p>{more.format('GOES - Nog een stuk.')}</p><i>2 uur geleden</i></article>"
    )
    page = f"<html lang=nl><h2>Meer uit Zee</h2><div>{card}{card.replace('GOES', 'VEERE')}</div></html>"
    assert shown(page, None) == shown(page, "https://krant.example/zee/")


@pytest.mark.parametrize(
    "head",
    [
        f'<link rel="canonical" href="{URL}">',
        f'<link rel="alternate canonical" href=" {URL} ">',
        f'<meta property="og:url" content="{URL}">',
        f'<link rel="canonical" href="/zee/veer"><meta property="og:url" content="{URL}">',
        f'<link rel="canonical" href="{URL}"><meta property="og:url" content="https://elders.example/">',
        f'<link rel="canonical" href="{URL}"><link rel="canonical" href="https://elders.example/">',
    ],
)
def test_a_page_without_an_address_has_the_one_that_it_states(head: str) -> None:
    page = f"<!doctype html><html lang=nl><head>{head}</head><body>{BLOCK}</body></html>"
    extraction = read(page)
    assert extraction.url == URL
    assert [item.url for _, item in extraction.items()] == ["https://krant.example/1", "https://krant.example/zee/2"]
    assert shown(page, None) == shown(BLOCK, None)


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "/zee/veer",
        "//",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://user:pass@krant.example/",
        "https://krant.example:99999/",
        "https://krant.example/\x01",
        "https://[::1",
        "ftp://krant.example/",
        "https:///zee",
        "https://krant.example/" + "x" * 3_000,
    ],
)
def test_what_is_no_address_is_not_taken_for_one(stated: str) -> None:
    head = f'<link rel="canonical" href="{stated}"><meta property="og:url" content="{stated}">'
    extraction = read(f"<!doctype html><html lang=nl><head>{head}</head><body>{BLOCK}</body></html>")
    assert extraction.url is None
    assert [item.url for _, item in extraction.items()] == [None, None]


def test_an_address_that_is_given_holds_whatever_the_page_states() -> None:
    page = f'<html lang=nl><head><link rel="canonical" href="https://elders.example/x"></head><body>{BLOCK}'
    extraction = read(page + "</body></html>", url=URL)
    assert extraction.url == URL
    assert [item.url for _, item in extraction.items()] == ["https://krant.example/1", "https://krant.example/zee/2"]


@given(st.text(max_size=40), st.sampled_from(["https://a.example/", "http://b.example/c/d?e"]))
def test_what_is_a_link_does_not_hang_on_the_page(href: str, base: str) -> None:
    assert (written(href) is None) == (resolve(href, base) is None)
