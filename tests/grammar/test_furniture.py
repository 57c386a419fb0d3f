"""What stands below a heading and is no news: menus, rubrics, parts of articles, empty tabs; and what stands in titles."""

from __future__ import annotations

import pytest

from tests.grammar.test_unseen import headlines

NEWS = (
    "Council agrees on a budget after midnight",
    "Mayor of the island steps down in June",
    "Ferries sail every half hour",
)
OTHER = (
    "Choir sings in the capital on Sunday",
    "Old lighthouse shines again at last",
    "Mussel season opens two weeks late",
)


def cards(*titles: str) -> str:
    return "".join(f"<li><a href='/news/{at}00'>{title}</a></li>" for at, title in enumerate(titles, 1))


def test_a_tab_heads_the_panel_that_it_names_wherever_that_stands() -> None:
    tabs = "<ul><li><a href='#new'>Latest</a></li><li><a href='#most'>Most read</a></li></ul>"
    panels = f"<div id=most><ul>{cards(*OTHER)}</ul></div><div><div id=new><ul>{cards(*NEWS)}</ul></div></div>"
    assert headlines(f"<aside><div>{tabs}</div>{panels}</aside>") == list(NEWS)


def test_a_tab_whose_panel_is_empty_heads_nothing_beside_it() -> None:
    tabs = "<ul><li><a href='#new'>Latest</a></li><li><a href='#most'>Most read</a></li></ul>"
    box = f"<div>{tabs}<div id=new></div><div id=most></div></div>"
    assert headlines(f"<aside>{box}<div><ul>{cards(*OTHER)}</ul></div></aside>") == []


def test_titles_of_few_words_that_lead_to_parts_of_sites_are_a_menu() -> None:
    parts = ("Search local events here", "Post a classified ad", "Follow us on Facebook", "Send a story idea")
    ends = ("/events/", "/place-ad/", "https://social.example/krant", "/ideas/submit-a-story/")
    items = "".join(f"<li><a href='{end}'>{part}</a></li>" for part, end in zip(parts, ends, strict=True))
    assert headlines(f"<div><h2>More on Harbour</h2><ul>{items}</ul></div>") == []
    assert headlines(f"<div><h2>More on Harbour</h2><ul>{cards(*parts)}</ul></div>") == list(parts)


def test_a_heading_that_stands_in_the_entries_of_a_menu_heads_no_news() -> None:
    entry = "<li><a href='/{0}'>{0}</a><div><h4>Top stories</h4><ul>{1}</ul></div></li>"
    menus = [
        entry.format(name, cards(*(f"{name}: {title}" for title in NEWS))) for name in ("Sport", "Money", "Travel")
    ]
    assert headlines(f"<div><ul>{''.join(menus)}</ul></div>") == []
    assert len(headlines(f"<div><ul>{''.join(menus[:2])}</ul></div>")) == 6


def test_a_heading_above_each_record_is_its_rubric() -> None:
    card = "<div><div><label>Harbour news</label><a href='/n/{0}'><h5>{1}</h5></a><p>March {0}, 2020</p></div></div>"
    assert headlines("".join(card.format(at, title) for at, title in enumerate(NEWS, 1))) == []


def test_titles_and_texts_without_a_link_an_age_or_a_dateline_are_parts_of_an_article() -> None:
    text = "<h3>{}</h3><p>The loan costs less where a pledge is given, and more where none is.</p>"
    parts = "".join(text.format(title) for title in ("Loans for a boat", "Loans for a house", "Loans for a farm"))
    assert headlines(f"<div><h2>More stories</h2>{parts}</div>") == []
    assert len(headlines(f"<div><h2>More stories</h2>{parts}</div>".replace("<p>The", "<p>2 hours ago</p><p>The"))) == 3


def test_a_name_above_an_age_and_a_text_is_who_comments() -> None:
    who = "<div><a href='/user/kees'>Kees</a></div>"
    comment = f"<div>{who}<div>2 hours ago</div><div><p>It was like that for me, too.</p></div></div>"
    assert headlines(f"<div><span>Latest</span><span>Oldest</span></div>{comment}") == []


def test_the_same_few_names_above_texts_are_who_comments() -> None:
    who = "<h4><a href='/user/{0}'>{0}</a></h4><time>March {1}, 2020</time>"
    comment = f"<div>{who}<p>It was like that for me, too, {{1}} times.</p></div>"
    thread = "".join(comment.format(name, at) for at, name in enumerate(("Kees", "Ann", "Kees", "Kees", "Ann"), 1))
    assert headlines(f"<section><h2>Recent posts</h2>{thread}</section>") == []


def test_the_line_that_heads_another_list_ends_a_list_whatever_it_is_set_in() -> None:
    other = f"<div><div>Most read</div><ul>{cards(*OTHER)}</ul></div>"
    assert headlines(f"<section><h2>Latest news</h2><ul>{cards(*NEWS)}</ul>{other}</section>") == list(NEWS)


def test_a_link_that_is_paid_for_is_no_teaser() -> None:
    paid = "<li><a href='/p/900' rel='nofollow sponsored'>Save on sails with this one weird knot</a></li>"
    assert headlines(f"<section><h2>Latest news</h2><ul>{paid}{cards(*NEWS)}</ul></section>") == list(NEWS)


def test_a_title_without_letters_is_none() -> None:
    numbers = "".join(f"<li><h3>1,{at}</h3><time>Feb {at}, 2020</time></li>" for at in (1, 2, 3))
    assert headlines(f"<section><h2>Latest news</h2><ul>{numbers}</ul></section>") == []


@pytest.mark.parametrize("more", ["<strong>read more</strong>", "<span>|</span> <strong>read more</strong>"])
def test_a_more_link_at_the_end_of_a_title_is_no_part_of_it(more: str) -> None:
    items = "".join(f"<li><a href='/n/{at}'><span>{title}</span> {more}</a></li>" for at, title in enumerate(NEWS))
    assert headlines(f"<section><h2>Latest news</h2><ul>{items}</ul></section>") == list(NEWS)


def test_a_title_that_is_set_twice_in_a_heading_is_one() -> None:
    items = "".join(f"<li><h3><span>{t}</span> <a href='/n/{at}'>{t}</a></h3></li>" for at, t in enumerate(NEWS))
    assert headlines(f"<section><h2>Latest news</h2><ul>{items}</ul></section>") == list(NEWS)


def test_a_card_that_is_set_twice_is_one_item_with_its_text() -> None:
    one = "<div><p>{rubric}</p><a href='/n/{at}'>{title}</a></div>"
    card = f"<li>{one}<div>{one}<p>The text below the wide copy says more of it.</p></div></li>"
    items = "".join(card.format(rubric="World", at=at, title=title) for at, title in enumerate(NEWS))
    assert headlines(f"<section><h2>Latest news</h2><ul>{items}</ul></section>") == list(NEWS)


def test_labels_that_open_titles_are_no_part_of_them() -> None:
    kickers = ("A long night", "Politics", "At sea")
    items = "".join(
        f"<li><a href='/n/{at}'><h3><span>{kicker}</span> <span>{title}</span></h3></a></li>"
        for at, (kicker, title) in enumerate(zip(kickers, NEWS, strict=True))
    )
    assert headlines(f"<section><h2>Latest news</h2><ul>{items}</ul></section>") == list(NEWS)
    assert headlines(
        f"<section><h2>Latest news</h2><ul>{items.replace('</span> <span>', ':</span> <span>')}</ul></section>"
    ) == [f"{kicker}: {title}" for kicker, title in zip(kickers, NEWS, strict=True)]


def test_capitals_and_a_dash_in_some_titles_are_no_datelines() -> None:
    titles = (NEWS[0], "HARBOUR 22 – the best keepers of lights", NEWS[1])
    assert headlines(f"<section><h2>Latest news</h2><ul>{cards(*titles)}</ul></section>") == list(titles)


RUBRICS = ("Climate and tides", "Arts and culture", "Island politics now")
TAGGED = (
    "<li><a href='{part}'>{rubric}</a><a href='{url}'>{title}</a></li>",
    "<li><a href='{url}'>{title}</a><p>in <a href='{part}'>{rubric}</a></p></li>",
    "<li><h3><a href='{part}'>{rubric}</a></h3><h3><a href='{url}'>{title}</a></h3></li>",
    "<li><a href='{url}'>{title}</a><ul><li><a href='{part}'>{rubric}</a></li><li><a href=/tag/ebb>Ebb and flow</a></li></ul></li>",
)


@pytest.mark.parametrize("card", TAGGED)
def test_a_link_to_a_part_of_the_site_beside_each_title_is_its_rubric(card: str) -> None:
    told = [
        card.format(part=f"/topic/{rubric.lower().replace(' ', '-')}/", rubric=rubric, url=f"/news/{at}00", title=title)
        for at, (rubric, title) in enumerate(zip(RUBRICS, NEWS, strict=True), 1)
    ]
    assert headlines(f"<section><h2>Latest news</h2><ul>{''.join(told)}</ul></section>") == list(NEWS)


def test_a_title_whose_link_has_a_short_name_is_one_where_it_stands_alone() -> None:
    told = "".join(
        f"<li><a href='/blog/{'tide' if at else 'tide-and-ebb-again'}/'>{title}</a></li>"
        for at, title in enumerate(NEWS)
    )
    assert headlines(f"<section><h2>Latest news</h2><ul>{told}</ul></section>") == list(NEWS)


def test_a_list_in_an_entry_of_a_menu_has_articles_or_ages() -> None:
    parts = (
        "Get the latest alerts of all harbours",
        "Find updates for sailors and swimmers",
        "Sign up to our free letter on tides",
    )
    links = "".join(f"<li><a href='/{at}/default.htm'>{part}</a></li>" for at, part in zip("abc", parts, strict=True))
    menu = "<ul><li><a href=/h/>Harbours</a><div><p>Harbour news</p><ul>{}</ul></div></li>{}</ul>"
    others = "<li><a href=/living/>Living</a></li><li><a href=/family/>Family</a></li>"
    assert headlines(menu.format(links, others)) == []
    assert headlines(menu.format(links, "")) == list(parts)
    assert headlines(menu.format(cards(*NEWS), others)) == list(NEWS)
