"""Language profiles: the built-in ones, one that a user adds, and what a mistake in one says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar.profiles import BUILT_IN, Profile, load_profile
from tests.grammar.reading import EN, NL, OBSERVED, headed, items_of, read, texts_of

GUIDE = Path(__file__).parents[2] / "docs" / "profiles.md"
GERMAN_PAGE = """<!doctype html><html lang="de"><body><h1>Der Aufmacher</h1>
<p>Berlin (dpa) - Der erste Absatz des Artikels.</p>
<section><h2>Mehr aus <em>Politik</em></h2>
<article><a href="/eins"><h3>dpa Kanzler reist ab</h3></a><p>Berlin (dpa/AFP) - Der Kanzler ist abgereist.</p>
<span aria-hidden="true">vor 4 Std.</span><span class="sr-only">vor 4 Stunden</span></article>
<article><a href="/zwei"><h3>Zug entgleist</h3></a><p>FRANKFURT/MAIN - Ein Zug ist entgleist.</p><span>vor 35 Min.</span></article>
</section></body></html>"""


@pytest.fixture
def german(tmp_path: Path) -> Profile:
    """The profile that the guide shows."""
    example = re.search(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    assert len(example[1].strip().split("\n")) <= 12
    path = tmp_path / "de.toml"
    path.write_text(example[1], encoding="utf-8")
    return load_profile(path)


def test_the_guides_german_profile_reads_a_german_page(german: Profile) -> None:
    extraction = read(GERMAN_PAGE, url="https://zeitung.example/", profiles=[german])
    (block,) = extraction.blocks
    assert block.section == "Politik"
    assert [(one.headline, one.place, one.agencies, one.text, one.age, one.url) for one in block.items] == [
        (
            "Kanzler reist ab",
            "Berlin",
            ("dpa", "AFP"),
            "Der Kanzler ist abgereist.",
            "vor 4 Std.",
            "https://zeitung.example/eins",
        ),
        (
            "Zug entgleist",
            "FRANKFURT/MAIN",
            (),
            "Ein Zug ist entgleist.",
            "vor 35 Min.",
            "https://zeitung.example/zwei",
        ),
    ]
    assert [one.window.before for one in block.items if one.window] == [
        OBSERVED.replace(hour=10),
        OBSERVED.replace(hour=13, minute=30),
    ]
    assert extraction.lead
    assert (extraction.lead.dateline, extraction.lead.text) == ("Berlin (dpa)", "Der erste Absatz des Artikels.")


def test_the_guides_german_profile_reads_german_text(german: Profile) -> None:
    page = (
        "Kopf\nMehr aus Politik\nBERLIN (dpa) - Der Kanzler reist ab.\nvor 4 Std.HAMBURG (dpa) - Ein Zug.\nvor 2 Tagen"
    )
    assert texts_of(page, profiles=[german]) == ["Der Kanzler reist ab.", "Ein Zug."]


def test_ages_in_capitals_are_read_where_their_words_are_not_ascii(tmp_path: Path) -> None:
    path = tmp_path / "pt.toml"
    path.write_text(
        'language = "pt"\ntime_zone = "Europe/Lisbon"\nheadings = ["Mais de {section}"]\nagencies = ["LUSA"]\n'
        '[age]\nphrases = ["há {n} {unit}"]\n[age.units]\nhour = ["hora", "horas"]\n',
        encoding="utf-8",
    )
    page = (
        "<h1>Porto</h1><section><h2>Mais de Mundo</h2><p>LISBOA (LUSA) - A ponte fechou.</p><i>HÁ 2 HORAS</i></section>"
    )
    assert texts_of(page, profiles=[load_profile(path)]) == ["A ponte fechou."]


def test_a_unit_is_never_found_in_a_longer_one(german: Profile) -> None:
    page = "Mehr aus Politik\nBERLIN (dpa) - Ein Zug.\nvor 4 Stunden war er da.\nvor 2 Tagen"
    assert texts_of(page, profiles=[german]) == ["Ein Zug. vor 4 Stunden war er da."]


def test_no_built_in_profile_reads_the_german_page() -> None:
    assert read(GERMAN_PAGE).blocks == ()


def test_the_guide_names_every_key_of_the_built_in_profiles() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    keys = re.findall(
        r"^(\w+) =", (Path("tasks/grammar/languages/nl.toml").resolve()).read_text(encoding="utf-8"), re.MULTILINE
    )
    top = keys[: keys.index("phrases")]
    assert all(f"`{key}`" in guide for key in top)


def test_dutch_and_english_are_built_in() -> None:
    assert list(BUILT_IN) == ["nl", "en"]
    assert len(BUILT_IN) == 2
    assert BUILT_IN["nl"] is NL
    assert BUILT_IN["en"] is EN
    with pytest.raises(KeyError):
        BUILT_IN["de"]


def html(lang: str, heading: str, age: str) -> str:
    return f"<html{lang}><body><h2>{heading}</h2><div><p>LONDON (AFP) - The text of it.</p><p>{age}</p></div></body></html>"


@pytest.mark.parametrize("lang", ["", ' lang="nl"', ' lang="NL-be"', ' lang="en"', ' lang="fr"', ' lang=""'])
def test_a_page_is_read_in_its_own_language_or_in_the_one_that_finds_most(lang: str) -> None:
    assert texts_of(html(lang, "Meer uit Buitenland", "2 uur geleden")) == ["The text of it."]


def test_the_language_that_a_page_names_wins_where_both_find_something() -> None:
    both = html(' lang="{}"', "Meer uit Buitenland", "2 uur geleden") + html("", "More from Abroad", "2 hours ago") * 2
    assert [block.section for block in read(both.format("nl")).blocks] == ["Buitenland"]
    assert {block.section for block in read(both.format("en")).blocks} == {"Abroad"}


def test_a_named_profile_is_the_only_one() -> None:
    page = headed("GOES - De brug is dicht.", "2 uur geleden")
    assert items_of(page, profiles=[NL])
    assert read(page, profiles=[EN]).blocks == ()


@pytest.mark.parametrize("heading", ["Top Stories", "Latest Articles", "More from World", "More in Sport"])
def test_english_headings(heading: str) -> None:
    page = f"A headline\nLONDON (AP) — The first paragraph.\n{heading}\nPARIS (Reuters) — The text of it.\n"
    page += "39 mins agoROME (AP) - More.\n1 hour ago"
    (block,) = read(page).blocks
    assert block.section == heading.removeprefix("More from ").removeprefix("More in ")
    assert [(item.place, item.agencies, item.text) for item in block.items] == [
        ("PARIS", ("Reuters",), "The text of it."),
        ("ROME", ("AP",), "More."),
    ]


GOOD = """
language = "xx"
headings = ["More of {section}"]
[age]
phrases = ["{n} {unit} back"]
[age.units]
hour = ["hour"]
"""


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('language = "xx"', "", "language is missing"),
        ('language = "xx"', "language = 5", "language must be a text in quotes"),
        ('headings = ["More of {section}"]', "", "headings is missing; give at least one phrase"),
        ('headings = ["More of {section}"]', 'headings = "More"', "headings must be a list of texts"),
        ("{section}", "{place}", "headings has {place} in 'More of {place}'; use {section}, each once"),
        ("{n} {unit} back", "{n} back", "age.phrases lacks {unit} in '{n} back'"),
        ("{n} {unit} back", "{n} {unit} {unit} back", "age.phrases has"),
        ("hour = [", "hours = [", "age.units.hours is no unit; use second, minute"),
        ('hour = ["hour"]', "hour = 1", "age.units.hour must be a list of texts"),
        ('hour = ["hour"]', "", "age.units is missing"),
        ("[age]", 'time_zone = "Mars/Base"\n[age]', "time_zone is no time zone; name one such as"),
        ("[age]", "time_zone = 3\n[age]", "time_zone is no time zone"),
        ("[age]", 'colour = "red"\n[age]', "colour is not known; use age, agencies, credits"),
        ("[age]", "[age]\ncolour = 1", "age.colour is not known; use about, clocks"),
        ("[age.units]", '[age.fixed]\nnow = "soon"\n[age.units]', "age.fixed.now must be a number and a unit"),
        ("[age.units]", "[age.numbers]\none = 1.5\n[age.units]", "age.numbers.one must be a whole number"),
        ("[age.units]", "[age.days]\nyesterday = true\n[age.units]", "age.days.yesterday must be a whole number"),
        ("[age]", "[age", "no TOML"),
    ],
)
def test_a_mistake_is_one_line_with_the_file_and_the_key(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    path = tmp_path / "xx.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_profile(path).language == "xx"
    path.write_text(GOOD.replace(wrong, right, 1), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_profile(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_a_profile_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read this language profile: No such file"):
        load_profile(tmp_path / "none.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no TOML"):
        load_profile(path)


@pytest.mark.parametrize("blank", ["", "<p> </p>", "<div>&nbsp;</div><p>·</p>"])
def test_a_heading_may_begin_with_its_section_on_a_page_of_any_lines(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'language = "nl"\nheadings = ["{section} nieuws"]\nagencies = ["ANP"]\n'
        '[age]\nphrases = ["{n} {unit} geleden"]\n[age.units]\nhour = ["uur"]\n'
    )
    item = f"<div><h3>Kop</h3>{blank}<p>GOES (ANP) - Tekst.</p><i>2 uur geleden</i></div>"
    html = (
        f"<!doctype html><html lang=nl><body>{blank}<section><h2>Sport nieuws</h2>{blank}{item}</section></body></html>"
    )
    (block,) = read(html, profiles=[load_profile(path)]).blocks
    assert (block.section, [one.text for one in block.items]) == ("Sport", ["Tekst."])
