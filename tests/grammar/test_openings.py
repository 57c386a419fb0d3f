"""A look at the ends of lines rules out no line that an expression would match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeruit.tasks.extract import extract
from meeruit.tasks.grammar.datelines import DASHES, read_dateline, read_new_dateline
from meeruit.tasks.grammar.openings import Ends, Lines
from meeruit.tasks.grammar.profiles import BUILT_IN, Profile, load_profile
from meeruit.tasks.grammar.text import plain
from meeruit.tasks.grammar.wording import Expression
from meeruit.tasks.records import Page
from tests.golden import golden_pages
from tests.grammar.habits import HABITS, TOLD, page
from tests.grammar.test_catalogue import FORM_H, LISTING_L, LISTING_S
from tests.ordinary.make import ordinary_pages

CAPTURED = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
CASES = Path(__file__).parents[1] / "cases" / "texts"
TEXTS = [
    FORM_H,
    LISTING_L,
    LISTING_S,
    *(path.read_text("utf-8") for path in sorted(CASES.glob("*.txt"))),
    *(ordinary.body.decode() for ordinary in ordinary_pages() if ordinary.media_type == "text/plain"),
]

#: Phrases that begin, or end, as few do: glued to a slot, in a number, behind a sign.
ODD = """
language = "xx"
time_zone = "UTC"
headings = ["'t Nieuws", "24/7 {section}", "Ístanbul {section}", "Straße {section}", "{section} kort nieuws"]
agencies = []
[age]
phrases = ["{n} {unit} ago"]
labels = ["→ Om", "I"]
clocks = ["om {day} {time}", "{day} {time}"]
[age.units]
hour = ["h"]
[age.days]
kis = 0
[age.fixed]
"İki" = "0 minute"
"""
OPEN = {
    "a section first": 'headings = ["{section}-nieuws"]',
    "a number last": 'headings = ["{section} top 10", "{section} #1"]',
    "glued to a section": 'headings = ["Nieuws{section}"]',
}
WORDS = sorted(
    {
        word.replace("{section}", "Sport").replace("{topic}", "Sport")
        for path in (Path(__file__).parents[2] / "tasks" / "grammar" / "languages").glob("*.toml")
        for line in path.read_text("utf-8").splitlines()
        if '"' in line
        for phrase in line.split('"')[1::2]
        for word in (phrase, *phrase.split())
    }
)
LIKE = str.maketrans({"s": "ſ", "k": "\u212a", "i": "ı", "I": "İ", "'": "’"})
CHANGES = (str, str.upper, str.lower, str.title, lambda word: word.translate(LIKE))
SIGNS = st.sampled_from(
    [
        "",
        "",
        "",
        " ",
        "\t",
        "•",
        "→ ",
        "- ",
        "(",
        ")",
        " (7)",
        " (٣)",
        ":",
        " ›",
        "!",
        "…",
        "...",
        ".",
        " 14:05",
        "~",
        "\x85",
    ]
)
WORD = st.builds(
    lambda word, change: change(word), st.sampled_from([*WORDS, "Sport", "Den Haag"]), st.sampled_from(CHANGES)
)
LINE = st.tuples(SIGNS, SIGNS, st.lists(WORD, max_size=4).map(" ".join), SIGNS, SIGNS).map("".join)


def odd(folder: Path, said: str = ODD) -> Profile:
    path = folder / "odd.toml"
    path.write_text(said)
    return load_profile(path)


def matches(text: str, expression: Expression) -> list[int]:
    return [match.start() for match in expression.finditer(text)]


def check(text: str, profiles: Sequence[Profile]) -> None:
    """Every line that an expression matches is among those that it is tried on."""
    text = "\n" + plain(text)
    lines = Lines(text)
    for profile in profiles:
        assert {*matches(text, profile.heading_line)} <= {*lines.like(profile.heading_ends)}
        assert {*matches(text, profile.ages.unanchored)} <= {*lines.like(profile.ages.unanchored_ends)}


def unhurried(profile: Profile) -> Profile:
    """The same profile, every expression of which is tried on every line."""
    every = Ends(None)
    return replace(profile, heading_ends=every, ages=replace(profile.ages, unanchored_ends=every))


LANGUAGES = [BUILT_IN[name] for name in sorted(BUILT_IN)]
UNHURRIED = [unhurried(profile) for profile in LANGUAGES]
PAGES = [
    *(golden.page for golden in golden_pages()),
    *(Page(one.body, "https://o.example/a", CAPTURED, one.media_type) for one in ordinary_pages()),
    *(Page(page(habit(TOLD)).encode(), "https://h.example/a", CAPTURED, "text/html") for habit in HABITS.values()),
    *(Page(text.encode(), "https://t.example/a", CAPTURED, "text/plain") for text in TEXTS),
]


def test_every_page_gives_what_it_gives_where_every_line_is_tried() -> None:
    assert len(PAGES) > 300
    for each in PAGES:
        assert extract(each, LANGUAGES) == extract(each, UNHURRIED)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINE, max_size=12).map("\n".join))
def test_a_text_of_any_words_gives_what_it_gives_where_every_line_is_tried(text: str) -> None:
    check(text, LANGUAGES)
    each = Page(text.encode("utf-8", "surrogatepass"), None, CAPTURED, "text/plain; charset=utf-8")
    assert extract(each, LANGUAGES) == extract(each, UNHURRIED)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_no_line_is_ruled_out_that_matches_whatever_is_in_it(text: str) -> None:
    check(text, LANGUAGES)


@pytest.mark.parametrize(
    "line",
    [
        "'t nieuws", "’T NIEUWS", "24/7 Sport", "24/7 SPORT (3)", "ISTANBUL Sport", "ıstanbul Sport", "ístanbul Sport",
        "STRASSE Sport", "STRAẞE Sport", "Sport Kort Nieuws ›", "Sport KORT NIEUWS (٣)", "\t• Den Haag kort nieuws!",
    ],
)  # fmt: skip
def test_a_heading_of_odd_phrases_is_found_in_any_case(tmp_path: Path, line: str) -> None:
    profile, text = odd(tmp_path), f"\nBegin.\n{line}\nEnd."
    assert {*matches(text, profile.heading_line)} <= {*Lines(text).like(profile.heading_ends)}
    assert Lines(text).like(profile.heading_ends) in ([], [len("\nBegin.")])


def test_headings_and_ages_of_odd_phrases_are_found(tmp_path: Path) -> None:
    profile = odd(tmp_path)
    for line in ("’T NIEUWS", "24/7 Sport (3)", "ístanbul Sport", "Sport Kort Nieuws ›", "\t• Den Haag kort nieuws!"):
        assert matches(f"\n{line}", profile.heading_line) == [0]
    for line in ("→ Om: kis", "KIS 14:05", "I: kis", "• kis", "İKİ", "iki"):
        assert matches(f"\n{line}", profile.ages.unanchored) == [0]


@pytest.mark.parametrize(
    "line", ["→ Om: kis", "om kis 14:05", "KIS 14:05", "\u212aıs", "İKİ", "iki", "I: kis", "• kis"]
)
def test_an_age_alone_on_its_line_is_found_in_any_case(tmp_path: Path, line: str) -> None:
    profile, text = odd(tmp_path), f"\nBegin.\n{line}\nEnd."
    assert {*matches(text, profile.ages.unanchored)} <= {*Lines(text).like(profile.ages.unanchored_ends)}


@pytest.mark.parametrize("said", OPEN.values(), ids=OPEN)
def test_where_a_phrase_can_begin_and_end_with_any_word_every_line_is_tried(tmp_path: Path, said: str) -> None:
    first = ODD.index("headings")
    profile = odd(tmp_path, ODD[:first] + said + ODD[ODD.index("\nagencies") :])
    assert profile.heading_ends == Ends(None)
    assert Lines("\nOne\n\nTwo").like(profile.heading_ends) == [0, 4, 5]


@given(st.text(st.sampled_from(f"PARIJS (ANP/AFP) {DASHES} x."), max_size=200), st.integers(0, 200))
def test_a_line_has_a_dateline_or_none_whether_it_is_looked_at_first_or_not(line: str, far: int) -> None:
    agencies = LANGUAGES[0].agencies | {"ANP"}
    for each in (line.strip(), f"{'P' * far}{line}".strip()):
        if each:
            assert read_dateline(each, agencies) == read_new_dateline(each, agencies)
