"""What real pages of many sites taught: labels, menus and tabs beside the newest items, on small pages with invented wording."""

from __future__ import annotations

import pytest

from tests.grammar.reading import read


def headlines(body: str) -> list[str | None]:
    """The headlines of all items of an English page."""
    return [item.headline for _, item in read(f"<html lang=en><body>{body}</body></html>").items()]


def links(*texts: str, tag: str = "li") -> str:
    """Each text as a link of its own."""
    return "".join(f"<{tag}><a href=/{at}>{text}</a></{tag}>" for at, text in enumerate(texts))


NEWEST = (
    "Ferries sail every quarter of an hour",
    "Town hall gets its old clock back",
    "City walls closed until spring",
)


@pytest.mark.parametrize("box", ["div", "footer", "nav"])
def test_links_of_few_words_below_a_heading_are_a_menu(box: str) -> None:
    entries = links("About", "Island Data", "Island News Library Sales", "Editorial Guidelines", "Site Map")
    assert headlines(f"<{box}><h4>More from Island</h4><ul>{entries}</ul></{box}>") == []


def test_titles_of_few_words_with_ages_or_texts_are_items() -> None:
    aged = "".join(
        f"<li><a href=/{one}>{one} on Monday</a> <time>2 hours ago</time></li>" for one in ("Rain", "Storm", "Snow")
    )
    assert headlines(f"<h4>More from Island</h4><ul>{aged}</ul>") == [
        "Rain on Monday",
        "Storm on Monday",
        "Snow on Monday",
    ]


def test_a_label_set_right_before_a_link_is_no_running_text_around_it() -> None:
    cards = "".join(
        f"<div><article><span>Company sold three million shares</span><span><a href=/{at}>{one}</a></span></article></div>"
        for at, one in enumerate(NEWEST)
    )
    assert headlines(f"<section><h3>Latest news</h3>{cards}</section>") == list(NEWEST)


def test_an_author_of_three_names_behind_a_by_is_no_item() -> None:
    cards = "".join(
        f"<div><div><a href=/{at}>{one}</a></div><div>By <a href=/w{at}>{name}</a></div></div>"
        for at, (one, name) in enumerate(zip(NEWEST, ("Ann Roe", "Jan van Dijk", "Ben de Boer"), strict=True))
    )
    assert headlines(f"<section><h3>More headlines</h3>{cards}</section>") == list(NEWEST)


def test_tabs_that_lead_to_pages_head_lists_where_others_are_named_beside_them() -> None:
    tabs = links("The Latest", "Popular", "Most Shared")
    assert headlines(f"<div><ul>{tabs}</ul><div><ul>{links(*NEWEST)}</ul></div></div>") == list(NEWEST)
    assert headlines(f"<div><ul>{links('Latest News', 'Sports', 'Weather')}</ul><ul>{links(*NEWEST)}</ul></div>") == []


def test_a_link_to_all_of_them_is_no_item() -> None:
    assert headlines(f"<h3>Top stories</h3><ul>{links(*NEWEST, 'See more top stories')}</ul>") == list(NEWEST)


def test_authors_and_rubrics_that_look_alike_are_no_items() -> None:
    names = ("Ann Roe", "Jan Vos", "Ben Bol", "Jacob B. de Vries")
    cards = "".join(
        f"<div><a href=/{at}>{one}</a><div><a class=who href=/w{at}>{name}</a></div></div>"
        for at, (one, name) in enumerate(zip((*NEWEST, "Old lighthouse shines again"), names, strict=True))
    )
    assert headlines(f"<section><h3>Latest Blogs</h3>{cards}</section>") == [*NEWEST, "Old lighthouse shines again"]


def test_a_heading_that_is_printed_twice_is_no_item_of_its_list() -> None:
    again = "<a href=/more><h3>More from Ann Roe</h3><span>More articles</span></a>"
    assert headlines(f"<section><h3>More from Ann Roe</h3>{again}</section>") == []


def test_a_number_of_comments_is_no_headline() -> None:
    def card(at: int, label: str, comments: str) -> str:
        title = f"<div>{label}<span>{NEWEST[at]}</span></div>"
        return f"<article><a href=/{at}>{title}<div><time>2 hours ago</time>{comments}</div></a></article>"

    label = "<span>Harbour Bill</span>"
    cards = card(0, "", ""), card(1, label, ""), card(2, "", "<div>7</div>")
    assert headlines(f"<section><h3>Latest</h3>{''.join(cards)}</section>") == list(NEWEST)


def test_a_rubric_that_is_a_link_above_the_pages_own_article_heads_nothing() -> None:
    rubric = "<div><a href=/news><span>Latest news</span></a></div>"
    article = "<h1>Ferries sail every quarter of an hour</h1><p><time>2 hours ago</time></p><p>The company adds two ships.</p>"
    assert headlines(f"<main>{rubric}{article}</main>") == []


def test_of_two_headings_that_lead_to_one_place_the_longer_one_is_the_title() -> None:
    cards = "".join(
        f"<article><h3><a href=/{at}>Harbour Bill {at}</a></h3><h2><a href=/{at}>{one}</a></h2></article>"
        for at, one in enumerate(NEWEST)
    )
    assert headlines(f"<aside><h2>Latest news</h2>{cards}</aside>") == list(NEWEST)


def test_a_list_goes_on_behind_an_advertisement_where_its_titles_stand_in_links() -> None:
    def part(first: int, heading: str = "") -> str:
        cards = "".join(
            f"<div><a href=/{first + at}><h3>{one} in year {first + at}</h3></a></div>" for at, one in enumerate(NEWEST)
        )
        return f"<section class=river>{heading}<div>{cards}</div></section>"

    found = headlines(f"<main>{part(0, '<h2>Latest</h2>')}<div class=ad></div>{part(3)}</main>")
    assert len(found) == 6


@pytest.mark.parametrize("more", ["View All Stories »", "LOAD MORE NEWS STORIES", "Read the full article"])
def test_a_button_is_none_in_any_case(more: str) -> None:
    assert headlines(f"<h3>Top stories</h3><ul>{links(*NEWEST, more)}</ul>") == list(NEWEST)


def test_a_rubric_with_a_dash_in_it_is_no_part_of_the_title_behind_it() -> None:
    def entry(rubric: str, title: str) -> str:
        return f"<li><a href=/{len(title)}> <span>{rubric}</span> <span>{title}</span> </a></li>"

    entries = entry("Sailing - Other", NEWEST[0]) + "".join(entry("Football - First League", one) for one in NEWEST[1:])
    more = entry("Football - First League", "Old lighthouse shines again")
    found = headlines(f"<h2>Latest Videos</h2><ul>{entries}{more}</ul>")
    assert found == [*NEWEST, "Old lighthouse shines again"]


def test_a_headline_in_the_only_h1_behind_a_heading_is_an_item_where_the_page_has_another() -> None:
    first = "<article><h1><a href=/first>Ferries sail every quarter of an hour</a></h1></article>"
    block = f"<div><h2>Top stories in Zeeland</h2>{first}<ul>{links(*NEWEST[1:])}</ul></div>"
    assert headlines(f"<main><h1>Dyke is raised by a metre</h1><p>Work began.</p></main>{block}") == list(NEWEST)


def test_of_two_links_to_one_place_the_first_is_a_label_where_it_ends_in_a_colon() -> None:
    cards = "".join(
        f"<div><span><a href=/{at}><b>{label}:</b></a></span> <span><a href=/{at}>{title}</a></span></div>"
        for at, (label, title) in enumerate(
            zip(("Talks in the town hall", "Harbour", "The old walls"), NEWEST, strict=True)
        )
    )
    assert headlines(f"<section><h2>Latest news</h2>{cards}</section>") == list(NEWEST)


def test_a_title_in_a_caption_is_one() -> None:
    cards = "".join(
        f"<div><figure><a href=/{at}><img src=x></a><span>Towns</span><figcaption><h3><a href=/{at}>{one}</a></h3></figcaption>"
        "</figure></div>"
        for at, one in enumerate(NEWEST)
    )
    assert headlines(f"<section><h2>Latest news</h2>{cards}</section>") == list(NEWEST)


def test_a_caption_that_is_all_of_a_link_is_its_title_but_not_beside_a_link_to_the_same_place() -> None:
    def cards(title: str) -> str:
        return "".join(
            f"<li><a href=/{at}> <figure><img src=x><figcaption>{caption}</figcaption></figure> </a>{title.format(at)}</li>"
            for at, caption in enumerate(NEWEST)
        )

    assert headlines(f"<h2>Latest news</h2><ul>{cards('')}</ul>") == list(NEWEST)
    titled = headlines(f"<h2>Latest news</h2><ul>{cards('<a href=/{0}>A headline with number {0} in it</a>')}</ul>")
    assert titled == [f"A headline with number {at} in it" for at in range(3)]


def test_a_text_below_one_entry_makes_no_list_of_a_menu() -> None:
    entries = [f"<h3>{one}</h3><a href=/{one}>{one} page</a>" for one in ("Legal", "Sitemap", "Connect", "Contact us")]
    menu = "".join(f"<div>{one}</div>" for one in entries)
    note = "<div><h3>Have a tip?</h3><p>We want to hear from you, at any time of the day.</p></div>"
    assert headlines(f"<footer><h3>Newswire</h3>{menu}{note}</footer>") == []
