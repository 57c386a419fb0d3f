"""Which box a heading heads: its own, or the one behind a title that a link to more follows; not the next one."""

from __future__ import annotations

import pytest

from tests.grammar.reading import read
from tests.grammar.test_furniture import NEWS, OTHER, cards
from tests.grammar.test_unseen import headlines


@pytest.mark.parametrize("more", ["More Zeeland", "More <b>Zeeland</b>", "more from Zeeland »"])
def test_a_title_with_a_link_to_more_of_that_name_behind_it_is_a_heading(more: str) -> None:
    box = f"<section><h3>Zeeland</h3><a href='/zeeland/'>{more}</a><ul>{cards(*NEWS)}</ul></section>"
    (block,) = read(f"<html lang=en><body><h1>Own story</h1>{box}").blocks
    assert (block.section, [item.headline for item in block.items]) == ("Zeeland", list(NEWS))


@pytest.mark.parametrize(("title", "more"), [("Popular", "More Popular"), ("Zeeland", "More Sport")])
def test_a_title_with_a_link_to_other_things_behind_it_is_no_heading(title: str, more: str) -> None:
    assert headlines(f"<section><h3>{title}</h3><a href='/a/'>{more}</a><ul>{cards(*OTHER)}</ul></section>") == []


BOX = "<div class='{look}'><h2>{title}</h2>{inside}</div>"


def boxes(tag: str, *titles: str, look: str = "widget") -> str:
    """A box with a heading and a caption, and boxes of the same kind behind it, each with a title and a picture."""
    behind = "".join(
        BOX.format(look=f"{look} n{n}", title=one, inside="<a href=/1><img></a>") for n, one in enumerate(titles)
    )
    first = BOX.format(look=look, title="In the news", inside="<p>A caption</p>")
    return f"<aside>{first}{behind}</aside>".replace("div", tag)


@pytest.mark.parametrize(("tag", "look"), [("div", "widget"), ("section", "")])
def test_a_heading_takes_no_titles_of_boxes_like_its_own(tag: str, look: str) -> None:
    assert headlines(boxes(tag, *NEWS, look=look)) == []
    linked = [f"<a href='/news/{n}00'>{title}</a>" for n, title in enumerate(NEWS)]
    assert headlines(boxes(tag, *linked, look=look)) == list(NEWS)


def test_a_heading_without_a_list_takes_none_of_the_next_section() -> None:
    title = "<div><h3>This story is part of <a href=/t/>Talking Harbours</a></h3></div>"
    other = title + cards(*OTHER).replace("li>", "div>").replace("<li", "<div")
    page = f"<article><section><div><h3>More stories:</h3></div></section><section>{other}</section></article>"
    assert headlines(page) == []


CARDS = "<{0}><h3><a href=/news/{1}00>{2}</a></h3><p>The text of {1} is here, and long.</p></{0}>"


@pytest.mark.parametrize(
    "title", ["<h2>Most read</h2>", "<h3>Most read</h3>", "<h4>Most read</h4>", "<p>Most read</p>"]
)
@pytest.mark.parametrize("tag", ["div", "article", "li"])
def test_a_box_of_another_list_between_records_is_passed_over_and_ends_nothing(title: str, tag: str) -> None:
    records = [CARDS.format(tag, n, one) for n, one in enumerate(NEWS, 1)]
    box = f"<{tag}>{title}<ol>{cards(*OTHER)}</ol></{tag}>"
    assert headlines(f"<section><h2>Latest news</h2>{''.join(records)}</section>") == list(NEWS)
    assert headlines(f"<section><h2>Latest news</h2>{''.join([*records[:2], box, *records[2:]])}</section>") == list(
        NEWS
    )


def test_two_links_to_pages_in_a_row_are_a_menu_unless_one_names_another_list() -> None:
    row = "<ul><li><a href=/shows/monday-22>Latest</a></li><li><a href=/{0}>{1}</a></li></ul>"
    page = f"<div><div>{row}</div><div><ul>{cards(*NEWS)}</ul></div></div>"
    assert headlines(page.format("listen", "Listen")) == []
    assert headlines(page.format("popular", "Popular")) == headlines(page.format("all", "See all")) == list(NEWS)
    assert headlines(page.format("shows/monday-22", "All shows")) == list(NEWS)


@pytest.mark.parametrize("other", ["<span>You may like</span>", "<h3>Popular posts</h3>", "<p>Recommended reading</p>"])
@pytest.mark.parametrize("own", ["<h3>Recent in Zeeland</h3>", "<p>Latest videos from</p>", "<h4>Top stories</h4>"])
def test_a_heading_over_an_empty_box_takes_no_list_that_has_another_name(own: str, other: str) -> None:
    page = f"<footer><div><div>{own}</div><div>3/zeeland/post-list</div></div><div>{other}<ul>{cards(*OTHER)}</ul></div></footer>"
    assert headlines(page) == []


@pytest.mark.parametrize("other", ["Recommended reading", "Latest from Sport"])
def test_a_list_goes_on_in_no_box_of_its_kind_that_has_a_name_of_its_own(other: str) -> None:
    box = "<div class=block><div class=title><p><a href=/{0}>{1}</a></p></div><div class=content>{2}</div></div>"
    first, second = (
        "".join(CARDS.format("div", n, one) for n, one in enumerate(some))
        for some in (NEWS, [*OTHER, "A third of others"])
    )
    page = f"<aside>{box.format('a', 'Institutes latest', first)}{box.format('b', other, second)}</aside>"
    blocks = read(f"<html lang=en><body><h1>Own story</h1>{page}</body></html>").blocks
    assert (blocks[0].section, [item.headline for item in blocks[0].items]) == ("Institutes", list(NEWS))


def test_empty_tabs_take_no_widget_that_follows_them() -> None:
    tabs = "<div><ul><li><a href=#>Recent</a></li><li><a href=#>Top rated</a></li></ul><div></div><div></div></div>"
    widgets = "".join(f"<div><h3>{title}</h3><a href=/{n}><img></a></div>" for n, title in enumerate(NEWS))
    assert headlines(f"<aside><ul>{tabs}{widgets}</ul></aside>") == []


def test_the_panels_of_tabs_that_have_no_id_are_told_by_their_order() -> None:
    row = "<ul><li><a href=#latest-tab>Latest</a></li><li><a href=#most-tab>Most read</a></li></ul>"
    panels = f"<div><ul>{cards(*NEWS)}</ul><a href=/archive/>All of them</a></div><div><ul>{cards(*OTHER)}</ul></div>"
    assert headlines(f"<div><h6>News</h6><div>{row}{panels}</div></div>") == list(NEWS)


def test_a_heading_with_a_link_to_who_wrote_heads_another_list() -> None:
    author = "<p>More from <a href=/redaktion/autor/103>Ann Smit</a>:</p>"
    assert headlines(f"<div>{author}<ul>{cards(*NEWS)}</ul></div>") == []
    section = author.replace("/redaktion/autor/103", "/zeeland/")
    assert headlines(f"<div>{section}<ul>{cards(*NEWS)}</ul></div>") == list(NEWS)
