"""Laws of pages: what is cut off holds nothing new, what prints nothing changes nothing, the same item is one item."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.extract import extract, to_json
from meeruit.tasks.fold import content_hash
from meeruit.tasks.records import Extraction, Page
from tests.golden import Golden, golden_pages
from tests.grammar.habits import HABITS, TOLD, page
from tests.grammar.mutate import mutated
from tests.grammar.reading import headed, items_of, read
from tests.grammar.test_catalogue import FORM_H, LISTING_L, LISTING_S

TEXTS = {
    "G": headed(*(f"{told.report}\n{told.age}" for told in TOLD)).replace("geleden\n", "geleden"),
    "H": FORM_H,
    "L": LISTING_L,
    "S": LISTING_S,
}
GOLDEN = list(golden_pages())
PAGES = {name: page(habit(TOLD)) for name, habit in HABITS.items()}


def hashes(extraction: Extraction) -> set[str]:
    return {item.content_hash for _, item in extraction.items()}


def found(extraction: Extraction) -> tuple[object, ...]:
    """All that an extraction tells, but for where its lines were."""
    return to_json(extraction)["lead"], to_json(extraction)["blocks"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PAGES)), st.floats(0, 1))
def test_html_cut_at_any_point_holds_no_item_that_the_whole_page_does_not(name: str, share: float) -> None:
    html = PAGES[name]
    start = html.index("Meer")
    cut = html[: start + int((len(html) - start) * share)]
    assert hashes(read(cut)) <= hashes(read(html))


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(GOLDEN), st.floats(0, 1))
def test_a_golden_page_cut_at_any_point_holds_no_item_that_the_whole_one_does_not(golden: Golden, share: float) -> None:
    body = golden.page.body
    with contextlib.suppress(Unreadable):  # cut inside its first bytes, a page can look like none
        assert hashes(extract(replace(golden.page, body=body[: int(len(body) * share)]))) <= hashes(
            extract(golden.page)
        )


@pytest.mark.parametrize("name", TEXTS)
def test_text_cut_at_any_point_holds_no_item_that_the_whole_page_does_not(name: str) -> None:
    whole = hashes(read(TEXTS[name]))
    assert whole
    for end in range(len(TEXTS[name])):
        assert hashes(read(TEXTS[name][:end])) <= whole


def test_bytes_cut_inside_a_letter_hold_no_other_item() -> None:
    raw = TEXTS["G"].encode()
    assert all(hashes(read(raw[:end])) <= hashes(read(raw)) for end in range(len(raw)))


def test_a_text_cut_inside_a_phrase_that_then_ends_like_an_age_is_the_one_exception() -> None:
    whole = headed("GOES - De brug was dicht. Dat was", "2 uur geleden nog anders.", "3 uur geleden")
    cut = whole[: whole.index(" nog anders")]
    assert [item.text for item in items_of(cut)] == ["De brug was dicht. Dat was"]
    assert not hashes(read(cut)) <= hashes(read(whole))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(PAGES)), st.integers(0, 10_000))
def test_wrappers_scripts_comments_and_the_order_of_attributes_change_nothing(name: str, seed: int) -> None:
    assert found(read(mutated(PAGES[name], seed))) == found(read(PAGES[name]))


def noisy(text: str, seed: int) -> str:
    """The text with other spaces, quotes, dashes and invisible characters."""
    rng = random.Random(seed)
    spaces = [" ", "  ", "\u00a0", " \u200b", "\n", "\t"]
    for plain, others in {'"': '"“”„', "'": "'‘’´`", "-": "-–—", "ë": "ëƫ"}.items():
        text = "".join(rng.choice(others) if letter == plain else letter for letter in text)
    return "".join(
        rng.choice(spaces) if letter == " " else letter + rng.choice(["", "", "", "\u00ad", "\u2060"])
        for letter in text
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(PAGES)))
def test_an_item_has_one_hash_in_every_form_and_habit_with_any_noise(seed: int, name: str) -> None:
    body = 'Oekraëne zei: "Zo\'n 2000 man", en dat is veel.'
    forms = {
        "G": headed(f"GOES (ANP) - {noisy(body, seed)}", "2 uur geleden"),
        "H": headed("", "Een kop", "", f"GOES (ANP) - {noisy(body, seed + 1)}", "", "2 uur geleden"),
        name: page(HABITS[name]([*TOLD, replace(TOLD[3], body=noisy(body, seed + 2).replace("\n", " "))])),
    }
    for text in forms.values():
        assert content_hash(body) in hashes(read(text))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([*PAGES.values(), *TEXTS.values(), "<", ">", "&", "\0", "\ufeff", "geleden", "2 uur "]),
        max_size=4,
    ),
    st.integers(0, 2000),
    st.integers(0, 2000),
)
def test_extraction_is_the_same_every_time_and_counts_add_up(parts: list[str], start: int, end: int) -> None:
    body = "".join(parts)[start : start + end]
    extraction = read(body)
    assert read(body) == extraction
    items = [item for _, item in extraction.items()]
    assert [item.position for item in items] == list(range(1, len(items) + 1))
    assert len(hashes(extraction)) == len(items)
    for item in items:
        assert item.content_hash == content_hash(item.text or item.headline or "")


@pytest.mark.parametrize("parted", ["e<b>\u0301</b>n", "<b>e</b>\u0301n", "<b>e</b>\u00ad<i>\u0301n</i>"])
def test_a_letter_and_its_mark_are_one_whatever_element_parts_them(parted: str) -> None:
    [item] = items_of(page(f"<h2>Meer uit Zeeland</h2><p>GOES (ANP) - Er is {parted} brug.</p><i>2 uur geleden</i>"))
    assert item.text == "Er is én brug."
    assert item.content_hash == content_hash("Er is én brug.")


def test_the_contract_of_extract_has_its_keys_in_order() -> None:
    json = to_json(read(TEXTS["G"], url="https://krant.example/1"))
    assert list(json) == ["url", "observed_at", "lead", "blocks"]
    assert json["observed_at"] == "2026-03-02T14:05:00Z"
    blocks = json["blocks"]
    assert isinstance(blocks, list)
    assert list(blocks[0]) == ["section", "items", "rejected"]
    assert list(blocks[0]["items"][0]) == [
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
    assert blocks[0]["items"][0]["published_before"] == "2026-03-02T13:55:00Z"


def test_a_page_without_anything_has_nulls() -> None:
    assert to_json(extract(Page(b""))) == {"url": None, "observed_at": None, "lead": None, "blocks": []}


def _aged(html: str) -> list[tuple[str | None, str, str | None]]:
    return [(item.headline, item.text, item.age) for _, item in read(html).items()]


#: Habits in which each item stands in an element of its own.
CARDS = [name for name, html in PAGES.items() if not name.startswith(("flat", "one line")) and "<li>" in html]


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("garbled", ["", "{} {}", "{} in Goes", "binnenkort"])
@pytest.mark.parametrize("at", range(len(TOLD) - 1))
def test_an_age_that_is_missing_doubled_or_garbled_changes_its_own_item_only(name: str, garbled: str, at: int) -> None:
    html, age = PAGES[name], TOLD[at].age
    place = html.find(age) if at < 2 else -1
    if place < 0 or html.count(age) != 1 or (garbled == "{} {}" and f"· {age}" in html):
        return
    changed = _aged(html.replace(age, garbled.replace("{}", age)))
    others = [item for n, item in enumerate(_aged(html)) if n != at]
    assert [item for n, item in enumerate(changed) if n != at] == others
    assert changed[at][1] == _aged(html)[at][1]


INTERLOPERS = [
    "<aside><span>Advertentie</span></aside>",
    "<div><h4>Schrijf je in voor de nieuwsbrief</h4><p>Elke ochtend het nieuws in je mail.</p></div>",
    "<form><label>E-mail</label><input><button>Aanmelden</button></form>",
    "<h4>Eerder vandaag</h4>",
    "<nav><a href=/t/1>Sport</a> <a href=/t/2>Politiek</a></nav>",
    "<p><b>Word lid</b></p>",
]


@pytest.mark.parametrize("name", [name for name in CARDS if PAGES[name].count("</li>") >= len(TOLD)])
@pytest.mark.parametrize("between", [*INTERLOPERS, *(f"<li>{one}</li>" for one in INTERLOPERS)])
@pytest.mark.parametrize("at", range(1, len(TOLD)))
def test_what_stands_between_two_records_changes_nothing(name: str, between: str, at: int) -> None:
    before, *rest = PAGES[name].split("</li>")
    parts = [before, *rest]
    changed = "</li>".join(parts[:at]) + "</li>" + between + "</li>".join(parts[at:])
    assert _aged(changed) == _aged(PAGES[name])
