"""What stands in one line with the link that is a title: an age, a place, a word nobody knows; none takes the item away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Page

NOW = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
TITLES = (
    "Veerboot vaart vanaf maandag weer elk uur",
    "Wallen dicht na de storm van zaterdag",
    "Burgemeester opent nieuwe brug bij Goes",
    "Stadhuis krijgt zijn klok terug",
)
BESIDE = (
    ("2 maart 2026", "1 maart 2026", "28 februari 2026", "27 februari 2026"),
    ("18 minuten geleden", "1 uur geleden", "gisteren", "eergisteren"),
    ("maandag 2 maart", "zondag 1 maart", "zaterdag 28 februari", "vrijdag 27 februari"),
)
#: What is no age here, and no part of a sentence either.
UNKNOWN = ("vanmorgen", "gisteravond", "in Goes", "video", "premium")


def ages(line: str, beside: tuple[str, ...], heading: str, lang: str = "nl") -> list[str | None]:
    """The ages of the items of a list whose every line is ``line``; the items are the titles, in their order."""
    rows = "".join(
        f"<li>{line.format(a=age, t=f'<a href=/{n}/x>{title}</a>')}</li>"
        for n, (title, age) in enumerate(zip(TITLES, beside, strict=True))
    )
    html = f"<html lang={lang}><h2>{heading}</h2><ul>{rows}</ul>"
    found = extract(Page(html.encode(), "https://krant.example/", NOW, "text/html", listing=heading == "Zeeland"))
    items = [item for _, item in found.items()]
    assert [item.headline for item in items] == list(TITLES)
    return [item.age for item in items]


@pytest.mark.parametrize("heading", ["Zeeland", "Meer uit Zeeland"])
@pytest.mark.parametrize("line", ["<span>{a}</span> {t}", "{a} {t}", "{t} <span>{a}</span>", "<small>{a}</small> {t}"])
@pytest.mark.parametrize("beside", BESIDE)
def test_an_age_beside_a_title_is_its_age_on_either_side(heading: str, line: str, beside: tuple[str, ...]) -> None:
    assert ages(line, beside, heading) == list(beside)


@pytest.mark.parametrize("heading", ["Zeeland", "Meer uit Zeeland"])
@pytest.mark.parametrize("gone", range(4))
def test_an_age_that_is_not_there_changes_no_other_item(heading: str, gone: int) -> None:
    beside = BESIDE[1]
    left = (*beside[:gone], "", *beside[gone + 1 :])
    assert ages("<span>{a}</span> {t}", left, heading) == [age or None for age in left]


@pytest.mark.parametrize("heading", ["Zeeland", "Meer uit Zeeland"])
@pytest.mark.parametrize("word", UNKNOWN)
def test_a_word_in_an_element_of_its_own_behind_a_title_takes_no_item_away(heading: str, word: str) -> None:
    beside = (word, "1 uur geleden", word, "gisteren")
    assert ages("{t} <small>{a}</small>", beside, heading) == [None, "1 uur geleden", None, "gisteren"]


def test_a_link_in_a_sentence_is_no_title() -> None:
    html = (
        "<html lang=nl><h2>Meer uit Zeeland</h2><p>De <a href=/x>minister van Sport uit Goes</a> <em>zegt niets</em></p>"
        "<p>Volgens <a href=/y>de burgemeester van Goes</a> komt het goed.</p>"
    )
    assert not list(extract(Page(html.encode(), "https://krant.example/", NOW, "text/html")).items())


@pytest.mark.parametrize(
    ("lang", "heading", "age"),
    [
        ("fr", "Dernières nouvelles", "il y a 3 h/Monde"),
        ("de", "Neueste Meldungen", "vor 3 Std./Welt"),
        ("en", "Latest news", "3h ago/World"),
        ("en", "Latest news", "25 years ago—before the storm"),
        ("en", "Latest news", "10 years ago’s champion"),
        ("nl", "Meer uit Zeeland", "18 minuten geleden…"),
        ("nl", "Meer uit Zeeland", "2 uur geleden(update)"),
    ],
)
def test_a_sign_that_hangs_on_one_age_costs_the_other_items_nothing(lang: str, heading: str, age: str) -> None:
    hour = {"fr": "il y a 2 h", "de": "vor 2 Std.", "en": "2 hours ago", "nl": "2 uur geleden"}[lang]
    assert ages("<h3>{t}</h3><span>{a}</span>", (hour, age, hour, hour), heading, lang) == [hour, None, hour, hour]


@pytest.mark.parametrize("heading", ["Zeeland", "Latest news"])
@pytest.mark.parametrize("place", ["/author/", "https://krant.example/auteurs/", "/en/authors/"])
@pytest.mark.parametrize(
    "line", ["{t}<div>{a} <span>2 hours ago</span></div>", "<div>{a}</div>{t} <span>2 hours ago</span>"]
)
def test_who_wrote_it_is_no_title_however_long_the_name(heading: str, place: str, line: str) -> None:
    names = ("Mary Ann Smith", "Jan de Vries", "Mary Ann Smith", "Piet van der Berg")
    authors = tuple(f'<a class=author href="{place}{name.lower().replace(" ", "-")}">{name}</a>' for name in names)
    assert ages(line, authors, heading, "en") == ["2 hours ago"] * 4


@pytest.mark.parametrize("name", ["Our picks today", "Do you agree with the plan?"])
def test_a_bare_title_among_linked_ones_is_no_item(name: str) -> None:
    lines = ("</li><li><h3>" + name + "</h3></li><li>", "", "", "")
    assert ages("{a}<h3>{t}</h3><p>Some words that say more of it.</p>", lines, "Latest news", "en") == [None] * 4
    lines = ("", "", "</li><li><h3>" + name + "</h3></li><li>", "")
    assert ages("{a}<h3>{t}</h3><p>Some words that say more of it.</p>", lines, "Latest news", "en") == [None] * 4


@pytest.mark.parametrize(
    ("beside", "age"),
    [
        ("<time>Yesterday</time> <time>Updated 5 minutes ago</time>", "Yesterday"),
        ("<span>1 March 2026</span> <b>Updated</b> <span>5 minutes ago</span>", "1 March 2026"),
        ("<span>Published Yesterday</span> <span>Updated: 5 minutes ago</span>", "Yesterday"),
        ("<span>2 hours ago</span> <span>Updated 5 minutes ago</span>", "2 hours ago"),
        ("<span>1 March 2026</span> | <span>5 hours ago</span>", "5 hours ago"),
    ],
)
def test_an_update_behind_it_is_not_when_an_item_was_published(beside: str, age: str) -> None:
    assert ages(f"<h3>{{t}}</h3><p>{beside}</p>", ("",) * 4, "Latest news", "en") == [age] * 4
