"""What stands around titles on real sites and is none: authors, labels, sublines, menus, tabs, the page's own title."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Item, Page

NOW = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
OWN = "<h1>Own story of this page</h1><p>Its body is here, and it is long enough to be one.</p>"
TITLES = (
    "Harbour wall repaired after the winter storm",
    "Ferry company orders two electric ships",
    "Old lighthouse opens its doors again",
)
WRITERS = ("Ann", "Ben", "Kim")


def items(html: str) -> list[Item]:
    """All items of a page, in order."""
    found = extract(Page(f"<html lang=en><body>{html}".encode(), "https://paper.example/", NOW, "text/html"))
    return [item for _, item in found.items()]


def headlines(html: str) -> list[str | None]:
    return [item.headline for item in items(html)]


def cards(card: str, heading: str = "<h2>Latest news</h2>") -> str:
    """A list with a card for each title: ``{t}`` is the title, ``{n}`` its number, ``{w}`` who wrote it, ``{u}`` where it leads."""
    rows = (
        card.format(t=title, n=n, w=WRITERS[n - 1], u=f"/2026/03/0{n}/story-{n}/") for n, title in enumerate(TITLES, 1)
    )
    return f"{OWN}<section>{heading}<div>{''.join(rows)}</div></section>"


@pytest.mark.parametrize(
    "author",
    [
        "<span>By </span><h4>{w} Smit</h4>",
        "<span>By </span><h2><span>{w} Smit</span></h2>",
        "<h2>By <a rel=author href=/author/smit-{n}/>{w} Smit</a></h2>",
        "<h4><a href=/author/smit-{n}/>{w} Smit de Vries</a></h4>",
        "<h2>By Writer Smit</h2>",
    ],
)
def test_who_wrote_an_item_is_no_title_whatever_it_is_set_in(author: str) -> None:
    card = f"<div><h3><a href={{u}}>{{t}}</a></h3><div>A text of {{n}} words, with a stop.</div>{author}</div>"
    found = items(cards(card))
    texts = [f"A text of {n} words, with a stop." for n in (1, 2, 3)]
    assert [(one.headline, one.text) for one in found] == list(zip(TITLES, texts, strict=True))


def test_a_longer_subline_is_no_title_where_the_heading_above_it_is_the_link() -> None:
    card = "<article><h3><a href={u}>{t}</a></h3><h4>What the masons of harbour {n} have to say of all of it</h4></article>"
    assert headlines(cards(card)) == list(TITLES)


def test_a_label_set_as_a_heading_above_a_title_is_still_none() -> None:
    card = "<article><h5>Harbour {n}</h5><h3><a href={u}>{t}</a></h3></article>"
    assert headlines(cards(card)) == list(TITLES)


@pytest.mark.parametrize(
    "title",
    [
        "<h3><a href={u}><span class=roof>Storm of the week </span>{t}</a></h3>",
        "<h3><a href={u}><span>Storm {n}</span> {t}</a></h3>",
        "<h3><a href={u}><span>What all five harbours now say</span>{t}</a></h3>",
        "<div><span><a href={u}>Storm and harbour {n}</a>:</span> <span><a href={u}>{t}</a></span></div>",
    ],
)
def test_a_label_before_every_title_is_cut_off(title: str) -> None:
    assert headlines(cards(f"<article>{title}</article>")) == list(TITLES)


@pytest.mark.parametrize(
    "title",
    ["<em>First</em> {t}", "<b>First</b> {t}", "<span>First:</span> {t}"],
)
def test_words_that_belong_to_a_title_stay(title: str) -> None:
    found = headlines(cards(f"<article><h3><a href={{u}}>{title}</a></h3></article>"))
    assert [one and one.replace(":", "") for one in found] == [f"First {title}" for title in TITLES]


def test_a_label_that_one_title_of_many_has_stays() -> None:
    page = cards("<article><h3><a href={u}>{t}</a></h3></article>").replace(
        "Ferry company", "<span>Ferry</span> company"
    )
    assert headlines(page) == list(TITLES)


def test_of_two_dates_with_points_the_first_is_when_it_was_published() -> None:
    times = "".join(
        f'<time class="{name}" datetime="2026-02-{day}T16:01:00Z">February {day}, 2026</time>'
        for name, day in (("published", 20), ("updated", 24))
    )
    for item in items(cards(f"<article><h3><a href={{u}}>{{t}}</a></h3><a href={{u}}>{times}</a></article>")):
        assert item.age == "February 20, 2026"
        assert item.window
        assert item.window.after == item.window.before == datetime(2026, 2, 20, 16, 1, tzinfo=UTC)


def test_a_text_that_is_a_link_to_its_item_stays_though_one_of_the_links_names_the_host() -> None:
    text = "The harbour has {n} of it, as the city said on Monday."
    card = f"<article><h3><a href={{u}}>{{t}}</a></h3><p><a href=https://paper.example{{u}}>{text}</a></p></article>"
    assert [item.text for item in items(cards(card))] == [text.format(n=n) for n in (1, 2, 3)]
    other = card.replace("paper.example{u}", "paper.example/other-{n}/of-that-harbour")
    assert [item.text for item in items(cards(other))] == [""] * 3


def test_a_list_in_a_menu_has_articles_or_ages() -> None:
    entries = ("Video", "Live", "Shows", "Harbours in America", "All of our newsletters")
    menu = "".join(
        f"<div><a href=/{n[:4]}/><h3>{n}</h3></a><p>Leads to {n} and to more of it.</p></div>" for n in entries
    )
    assert headlines(f"<nav><h2>Island News</h2>{menu}</nav>{OWN}") == []
    story = cards("<article><h3><a href={u}>{t}</a></h3></article>")
    assert headlines(story.replace("<section>", "<nav>").replace("</section>", "</nav>")) == list(TITLES)


ROW = "<div><div>Watch Live News:</div><div>our daily newsletter</div></div>"
LINKS = "".join(f"<li><a href=/story-{n}>{title}</a></li>" for n, title in enumerate(TITLES, 1))


def test_two_labels_in_a_row_are_no_tabs_of_what_stands_outside_of_their_article() -> None:
    page = f"<article><p>Its body is here, and long enough.</p>{ROW}</article><aside><h3>Trending</h3><ul>{LINKS}</ul></aside>"
    assert headlines(page) == []
    buttons = "<nav><div><button>More articles</button></div><div><button>Previous articles</button></div></nav>"
    assert headlines(f"{OWN}{buttons}<ul>{LINKS}</ul>") == []


def test_a_title_with_a_link_to_more_beside_it_heads_what_follows_the_row() -> None:
    row = "<div><span>Latest news</span><span><a href=/all>See all</a></span></div>"
    assert headlines(f"{OWN}<section>{row}<ul>{LINKS}</ul></section>") == list(TITLES)


def test_a_label_without_a_list_reaches_no_further_than_the_pages_own_title() -> None:
    linked = "".join(f"<h4><a href=/story-{n}>{title}</a></h4>" for n, title in enumerate(TITLES, 1))
    label = "<div><span>Breaking News</span><ul></ul></div>"
    assert headlines(f"<main>{label}<div>{OWN}{linked}</div></main>") == []
    assert headlines(f"<main>{OWN}{label}<div>{linked}</div></main>") == list(TITLES)


@pytest.mark.parametrize(
    "kicker", ["Harbour", "Storm of the whole week", "“Quickly growing activity”", '"We will not give in!"']
)
def test_words_that_stand_beside_a_link_without_white_space_are_no_sentence_around_it(kicker: str) -> None:
    card = f"<article><div><span>{kicker}</span><span><a href={{u}}>{{t}}</a></span></div></article>"
    assert headlines(cards(card)) == list(TITLES)


def test_a_kicker_that_is_longer_than_the_linked_title_is_no_part_of_it() -> None:
    long = "News and background of harbours in the north <span>:</span>"
    rows = [
        f"<article><h3><span>{long if n == 2 else f'Kicker {n} <span>:</span>'}</span>"
        f"<span><a href=/2026/03/0{n}/story-{n}/>{title}</a></span></h3></article>"
        for n, title in enumerate(TITLES, 1)
    ]
    assert headlines(f"{OWN}<section><h2>Latest news</h2>{''.join(rows)}</section>") == list(TITLES)


@pytest.mark.parametrize(
    ("still", "ages"),
    [
        ("<div><img src=s.jpg><b></b>0{n}:1{n}</div>", [None] * 3),
        ("<a href={u}><picture></picture><span>0{n}:1{n}</span></a>", [None] * 3),
        ("<div><b></b>0{n}:1{n}</div>", ["01:11", "02:12", "03:13"]),
        ("<img src=s.jpg><div>0{n}:1{n}</div>", ["01:11", "02:12", "03:13"]),
    ],
)
def test_a_clock_time_on_a_picture_is_a_films_length(still: str, ages: list[str | None]) -> None:
    found = items(cards(f"<article>{still}<h3><a href={{u}}>{{t}}</a></h3></article>") + "</body></html>")
    assert [one.headline for one in found] == list(TITLES)
    assert [one.age for one in found] == ages


def test_the_date_of_a_page_above_a_heading_is_no_tab_beside_it() -> None:
    def box(stories: Sequence[str]) -> str:
        return (
            f"<section>{''.join(f'<div><div><a href=/{len(one)}/>{one}</a></div></div>' for one in stories)}</section>"
        )

    blogs = f"<section><div><a href=/blogs/>Latest Blogs</a></div>{box(['A harbour master blogs', 'What a ferry said'])}</section>"
    row = "<div><div>March 2, 2026</div><div>Current Top Stories</div></div>"
    assert headlines(f"{OWN}<aside>{row}<div>{box(TITLES)}{blogs}</div></aside>")[:3] == list(TITLES)


def test_a_heading_ends_before_a_link_in_brackets() -> None:
    html = cards(
        "<div><h4><a href={u}>{t}</a></h4></div>",
        "<h2>Latest from Zeeland <span>(<a href=/z/>all of it</a>)</span></h2>",
    )
    found = extract(Page(f"<html lang=en><body>{html}".encode(), None, NOW, "text/html"))
    assert [block.section for block in found.blocks] == ["Zeeland"]


def test_columns_of_titles_like_those_of_the_first_stories_go_on_the_list() -> None:
    """No column alone has as many titles as a list."""
    more = [f"Ferry number {n} sails again after the storm" for n in range(4)]
    lead = "".join(
        f"<div><article><p>Series</p><h3><a href=/l{n}/>{t}</a></h3></article></div>" for n, t in enumerate(TITLES)
    )
    column = "".join(f"<section><h3><a href=/c{n}/>{t}</a></h3></section>" for n, t in enumerate(more))
    columns = column.replace("</section><section>", "</section></div><div><section>", 2).replace("</div><div>", "", 1)
    html = f"{OWN}<article><div><h2>Top stories</h2></div><div><div>{lead}</div><div><div>{columns}</div></div></div></article>"
    assert headlines(html) == [*TITLES, *more]


def test_a_label_in_the_paragraph_of_an_author_heads_nothing() -> None:
    parts = (
        "<p>Imagine a town behind a wall that nobody looked at.</p><h3><a href=/wall-1>A closer look at walls</a></h3>"
    )
    label = "<div>By <a rel=author href=/ann>Ann Smit</a><br>Island Harbour News</div>"
    assert headlines(f"<h2>Sea walls: what they are</h2>{label}{parts}{LINKS}") == []
    assert headlines(f"<div>Island Harbour News</div><ul>{LINKS}</ul>") == list(TITLES)


def test_a_link_that_prints_labels_alone_before_the_title_is_none_and_its_clock_time_no_age() -> None:
    still = "<a href={u}><div>watch now</div><div>watch now</div><div><span>VIDEO</span></div><div><span>01:39</span></div></a>"
    found = items(cards(f"<div><div>{still}</div><div><a href={{u}}>{{t}}</a></div></div>"))
    assert [(one.headline, one.age) for one in found] == [(title, None) for title in TITLES]


def test_a_clock_time_that_is_a_link_of_its_own_is_an_age() -> None:
    found = items(cards("<li><a href={u}>1{n}:15</a> <a href={u}>{t}</a></li>") + "</body></html>")
    assert [one.age for one in found] == ["11:15", "12:15", "13:15"]


def test_an_author_of_three_names_among_others_of_two_is_no_item() -> None:
    card = "<div><div><a href={u}>{t}</a></div><div><span><a href=/{w}-smit/>{w} Smit</a></span></div></div>"
    page = cards(card).replace(">Kim Smit<", ">Kim Smit, adviser for harbours<")
    assert headlines(page) == list(TITLES)


def test_a_rubric_that_stands_twice_in_a_card_is_no_item_though_one_card_holds_a_link_more() -> None:
    twice = "<div><div><a href=/politics>Politics</a></div><div><a href={u}>{t}</a></div></div>"
    page = cards(
        f"<li><div>{twice}<div><img></div><div>{twice}<div>A text of {{n}} words, with a stop.</div></div></div></li>"
    )
    more = "<div><div>More coverage</div><div><a href=/2026/03/03/story-3/>What you need to know about tonight</a></div></div>"
    page = page.replace("A text of 2 words, with a stop.</div>", f"A text of 2 words, with a stop.</div>{more}")
    found = headlines(page)
    assert [one for one in found if one in TITLES] == list(TITLES)
    assert "Politics" not in found


def test_a_list_of_short_titles_in_the_pages_header_is_one_where_they_lead_to_articles() -> None:
    short = ("Island at the crossroads", "Ferries call for help", "Harbour choir sings again")
    rows = "".join(f"<li><a href={{}}>{title}</a></li>" for title in short)
    page = f"<header><div><strong>Latest news:</strong><ul>{rows}</ul></div></header>{OWN}"
    articles = page.format(*(f"/2026/03/0{n}/story-{n}/" for n in (1, 2, 3)))
    assert headlines(articles) == list(short)
    assert headlines(page.format("/island/", "/ferries/", "/choir/")) == []


def test_of_two_headings_in_one_link_the_higher_one_is_the_title() -> None:
    card = "<li><a href={u}><h4>What the masons of harbour {n} have to say</h4><h3>{t}</h3></a></li>"
    assert headlines(cards(card)) == list(TITLES)


def test_a_label_that_goes_on_behind_its_colon_is_part_of_the_title() -> None:
    card = "<article><p><a href={u}><span>From harbour {n}</span>: {t}</a></p></article>"
    assert headlines(cards(card)) == [f"From harbour {n}: {title}" for n, title in enumerate(TITLES, 1)]


@pytest.mark.parametrize(
    "beside",
    [
        "<footer>by {w} Smit of Harbour 42 and Kim Vis <span>/</span> <time>March 1, 2026</time></footer>",
        "<span>Comments Off<span class=hidden> on {t}</span></span>",
    ],
)
def test_who_wrote_and_closed_comments_are_no_text(beside: str) -> None:
    card = f"<article><h3><a href={{u}}>{{t}}</a></h3>{beside}<p>A text of {{n}} words, with a stop.</p></article>"
    assert [one.text for one in items(cards(card))] == [f"A text of {n} words, with a stop." for n in (1, 2, 3)]


def test_an_offer_to_subscribe_is_no_item() -> None:
    rows = "".join(f"<li><a href=/2026/03/0{n}/s>{title}</a></li>" for n, title in enumerate(TITLES, 1))
    offer = "<li><a href=/feed>Subscribe to The Paper »</a></li>"
    assert headlines(f"{OWN}<section><h2>Latest news</h2><ul>{rows}{offer}</ul></section>") == list(TITLES)


@pytest.mark.parametrize("heading", ["MORE DON'T MISS", "More popular", "Harbour News"])
def test_more_of_what_is_none_and_the_name_of_the_site_head_nothing(heading: str) -> None:
    rows = "".join(f"<li><a href=/2026/03/0{n}/s>{title}</a></li>" for n, title in enumerate(TITLES, 1))
    page = f"{OWN}<section><h2>{{}}</h2><ul>{rows}</ul></section>"
    site = "<meta property=og:site_name content='Harbour News'>"
    assert headlines(site + page.format("More Harbour")) == list(TITLES)
    assert headlines(f"{site}{page.format(heading)}</body></html>") == []


def test_a_heading_that_several_entries_of_a_menu_have_heads_no_list() -> None:
    rows = "".join(f"<a href=/topic/{n}>{title}</a>" for n, title in enumerate(TITLES, 1))
    entry = f"<div><a href=/s>Sport</a><div><div>Top stories</div><div>{rows}</div></div></div>"
    assert headlines(f"<nav>{entry}</nav>{OWN}</body></html>") == list(TITLES)
    assert headlines(f"<nav>{entry}{entry.replace('/topic/', '/other/')}</nav>{OWN}</body></html>") == []
