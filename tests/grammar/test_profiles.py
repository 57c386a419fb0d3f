"""Language profiles: the built-in ones, one that a user adds, what its guide says, and what a mistake in one says."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar import profiles
from meeruit.tasks.grammar.ages import find_age
from meeruit.tasks.grammar.profiles import BUILT_IN, Profile, load_profile
from meeruit.tasks.grammar.windows import window_of_age
from meeruit.tasks.records import Rounding
from meeruit.tasks.times import iso
from tests.grammar.reading import EN, NL, OBSERVED, headed, items_of, read, texts_of

LANGUAGES = Path(profiles.__file__).parent / "languages"
GUIDE = Path(__file__).parents[2] / "docs" / "profiles.md"
GERMAN_PAGE = """<!doctype html><html lang="de"><body><h1>Der Aufmacher</h1>
<p>Berlin (dpa) - Der erste Absatz des Artikels.</p>
<section><h2>Mehr aus <em>Politik</em></h2>
<article><a href="/eins"><h3>dpa Kanzler reist ab</h3></a><p>Berlin (dpa/AFP) - Der Kanzler ist abgereist.</p>
<span aria-hidden="true">vor 4 Std.</span><span class="sr-only">vor 4 Stunden</span></article>
<article><a href="/zwei"><h3>Zug entgleist</h3></a><p>FRANKFURT/MAIN - Ein Zug ist entgleist.</p><span>vor 35 Min.</span></article>
</section></body></html>"""


PORTUGUESE_PAGE = """<!doctype html><html lang="pt"><body><h1>A manchete</h1>
<p>Lisboa (LUSA) - O primeiro parágrafo do artigo.</p>
<section><h2>Mais de <em>Mundo</em></h2>
<article><a href="/um"><h3>LUSA Ministro demite-se</h3></a><p>Lisboa (LUSA/AFP) - O ministro demitiu-se.</p>
<span aria-hidden="true">há 4 h</span><span class="sr-only">há 4 horas</span></article>
<article><a href="/dois"><h3>Comboio descarrila</h3></a><p>PORTO - Um comboio descarrilou.</p><span>há 35 min.</span></article>
</section></body></html>"""


@pytest.fixture
def portuguese(tmp_path: Path) -> Profile:
    """The profile that the guide shows."""
    example = re.search(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    path = tmp_path / "pt.toml"
    path.write_text(example[1], encoding="utf-8")
    return load_profile(path)


def test_the_guides_profile_reads_a_page(portuguese: Profile) -> None:
    extraction = read(PORTUGUESE_PAGE, url="https://jornal.example/", profiles=[portuguese])
    (block,) = extraction.blocks
    assert block.section == "Mundo"
    assert [(one.headline, one.place, one.agencies, one.text, one.age, one.url) for one in block.items] == [
        (
            "Ministro demite-se",
            "Lisboa",
            ("LUSA", "AFP"),
            "O ministro demitiu-se.",
            "há 4 h",
            "https://jornal.example/um",
        ),
        ("Comboio descarrila", "PORTO", (), "Um comboio descarrilou.", "há 35 min.", "https://jornal.example/dois"),
    ]
    assert [one.window.before for one in block.items if one.window] == [
        OBSERVED.replace(hour=10),
        OBSERVED.replace(hour=13, minute=30),
    ]
    assert extraction.lead
    assert (extraction.lead.dateline, extraction.lead.text) == ("Lisboa (LUSA)", "O primeiro parágrafo do artigo.")


def test_the_guides_profile_reads_text(portuguese: Profile) -> None:
    page = (
        "Topo\nÚLTIMAS NOTÍCIAS\nPORTO (LUSA) - A ponte fechou.\nhá 4 hLISBOA (LUSA) - Um comboio.\n"
        "Atualizado: há 1 hora e 40 minutos\nFARO - O porto.\n2 de março de 2026 às 13:05\nMais lidas\nPORTO - Um.\nontem"
    )
    assert texts_of(page, profiles=[portuguese]) == ["A ponte fechou.", "Um comboio.", "O porto."]


def test_the_built_in_german_profile_reads_a_german_page() -> None:
    (block,) = read(GERMAN_PAGE, url="https://zeitung.example/").blocks
    assert block.section == "Politik"
    assert [(one.headline, one.place, one.agencies, one.text) for one in block.items] == [
        ("Kanzler reist ab", "Berlin", ("dpa", "AFP"), "Der Kanzler ist abgereist."),
        ("Zug entgleist", "FRANKFURT/MAIN", (), "Ein Zug ist entgleist."),
    ]


def test_the_built_in_french_profile_reads_a_french_text() -> None:
    page = (
        "Tête\nPlus d’actualités Monde\nANKARA (AFP) - Un séisme a frappé la Turquie.\nil y a 2 hPARIS (AFP) - Le Sénat vote.\n"
        "Publié : il y a 3 heures"
    )
    (block,) = read(page).blocks
    assert (block.section, [item.text for item in block.items]) == (
        "Monde",
        ["Un séisme a frappé la Turquie.", "Le Sénat vote."],
    )


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


def test_a_unit_is_never_found_in_a_longer_one() -> None:
    page = "Mehr aus Politik\nBERLIN (dpa) - Ein Zug.\nvor 4 Stunden war er da.\nvor 2 Tagen"
    assert texts_of(page) == ["Ein Zug. vor 4 Stunden war er da."]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('section = ["Top"]', "words.section cannot name words"),
        ("newest = []", "words.newest must be a list of words"),
        ('newest = ["Top {section}"]', "words.newest must be a list of words"),
        ('newest = "Top"', "words.newest must be a list of texts"),
        ("", "headings has {newest}"),
    ],
)
def test_lists_of_words_that_cannot_be_are_refused(tmp_path: Path, words: str, said: str) -> None:
    path = tmp_path / "xx.toml"
    path.write_text(
        GOOD.replace("More of {section}", "{newest} of {section}") + f"\n[words]\n{words}\n", encoding="utf-8"
    )
    with pytest.raises(UsageError, match=re.escape(said)):
        load_profile(path)


def test_the_guide_names_every_key_of_the_built_in_profiles() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    for language in BUILT_IN:
        data = tomllib.loads((LANGUAGES / f"{language}.toml").read_text(encoding="utf-8"))
        keys = [key for key in data if key not in ("age", "dates", "words")]
        keys += [f"{table}.{key}" for table in ("age", "dates") for key in data[table]]
        assert [key for key in keys if f"`{key}`" not in guide] == []


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_every_heading_of_a_built_in_profile_heads_a_block(language: str) -> None:
    data = tomllib.loads((LANGUAGES / f"{language}.toml").read_text(encoding="utf-8"))
    profile = BUILT_IN[language]

    def spelled(phrases: list[str]) -> list[str]:
        """The phrases with each of their words."""
        for name, words in data["words"].items():
            phrases = [
                one for phrase in phrases for one in dict.fromkeys(phrase.replace(f"{{{name}}}", w) for w in words)
            ]
        return [re.sub(r"\{\w+\}", "Goes", phrase) for phrase in phrases]

    lines = [
        line
        for line in spelled(data["headings"])
        if not (profile.other.fullmatch(line) or profile.noise.fullmatch(line))
    ]
    assert [line for line in lines if not profile.heading.fullmatch(line.upper())] == []
    others = spelled(data["others"])
    assert [line for line in others if profile.heading.fullmatch(line) or not profile.other.fullmatch(line)] == []


def _tables(title: str) -> list[list[str]]:
    """The rows of the table below a title of the guide."""
    part = GUIDE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def test_the_guides_dates_are_read_as_it_says() -> None:
    at = datetime(2025, 11, 3, 13, 5, tzinfo=UTC)
    rows = _tables("Dates")
    assert len(rows) == 8
    for printed, after, before in rows:
        age = find_age(printed, EN.ages)
        assert age
        window = window_of_age(age, at)
        assert (after, before) == ((iso(window.after), iso(window.before)) if window else ("", "")), printed


def test_the_guides_roundings_are_as_it_says() -> None:
    at = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    rows = _tables("Rounding")
    assert len(rows) == 5
    for printed, *times in rows:
        age = find_age(printed, EN.ages)
        assert age
        windows = [window_of_age(age, at, rounding) for rounding in (Rounding.DOWN, Rounding.NEAREST)]
        assert times == [f"{edge:%H:%M:%S}" for one in windows if one for edge in (one.after, one.before)], printed


def test_a_profile_may_say_how_its_sites_round(tmp_path: Path) -> None:
    path = tmp_path / "xx.toml"
    path.write_text(f'rounding = "nearest"\n{GOOD}', encoding="utf-8")
    profile = load_profile(path)
    assert profile.rounding is Rounding.NEAREST
    (item,) = items_of("Top\nMore of Goes\nGOES - The bridge is shut.\n2 hour back", profiles=[profile])
    assert item.window == item.nearest


def test_four_languages_are_built_in() -> None:
    assert list(BUILT_IN) == ["nl", "en", "de", "fr"]
    assert len(BUILT_IN) == 4
    assert BUILT_IN["nl"] is NL
    assert BUILT_IN["en"] is EN
    with pytest.raises(KeyError):
        BUILT_IN["pt"]


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
        ("{section}", "{place}", "headings has {place} in 'More of {place}'; use {section} and {topic}, each once"),
        ("{n} {unit} back", "{n} back", "age.phrases lacks {unit} in '{n} back'"),
        ("{n} {unit} back", "{n} {unit} {unit} back", "age.phrases has"),
        ("hour = [", "hours = [", "age.units.hours is no unit; use second, minute"),
        ('hour = ["hour"]', "hour = 1", "age.units.hour must be a list of texts"),
        ('hour = ["hour"]', "", "age.units is missing"),
        ("[age]", 'time_zone = "Mars/Base"\n[age]', "time_zone is no time zone; name one such as"),
        ("[age]", "time_zone = 3\n[age]", "time_zone is no time zone"),
        ("[age]", 'colour = "red"\n[age]', "colour is not known; use age, agencies, credits"),
        ("[age]", "[age]\ncolour = 1", "age.colour is not known; use about, behind"),
        ("[age.units]", '[age.fixed]\nnow = "soon"\n[age.units]', "age.fixed.now must be a number and a unit"),
        ("[age.units]", "[age.numbers]\none = 1.5\n[age.units]", "age.numbers.one must be a whole number"),
        ("[age.units]", "[age.days]\nyesterday = true\n[age.units]", "age.days.yesterday must be a whole number"),
        ("[age]", '[dates]\nmonths = ["jan"]\n[age]', "dates.months must be twelve texts"),
        ("[age]", '[dates]\norder = "year"\n[age]', 'dates.order must be "day" or "month"'),
        ("[age]", '[dates.zones]\nPT = "Mars/Base"\n[age]', "dates.zones.PT is no time zone"),
        ("[age]", 'rounding = "up"\n[age]', 'rounding must be "down" or "nearest"'),
        ("[age]", 'others = ["Most {n}"]\n[age]', "others has {n} in 'Most {n}'; use {any}, each once"),
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
