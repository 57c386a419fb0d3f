"""Which lines head a block, in four languages: the wordings for the newest items, and those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from meeruit.tasks.grammar.profiles import BUILT_IN, load_profile
from meeruit.tasks.html.skim import without_marks
from tests.grammar.reading import headed, read


def section(heading: str, language: str) -> str | None:
    """What a line of markup heads."""
    match = BUILT_IN[language].heading.fullmatch(without_marks(heading))
    return match[match.lastindex or 0] if match else None


@pytest.mark.parametrize(
    ("language", "heading", "name"),
    [
        ("nl", "Meer uit Buitenland", "Buitenland"),
        ("nl", "MEER UIT BUITENLAND (7)", "BUITENLAND"),
        ("nl", "Meer over de A58", "de A58"),
        ("nl", "Meer Sport", "Sport"),
        ("nl", "Laatste nieuws", "Laatste nieuws"),
        ("nl", "Laatste nieuws uit Goes:", "Goes"),
        ("nl", "Net binnen", "Net binnen"),
        ("nl", "Meest Recent", "Meest Recent"),
        ("nl", "Recent nieuws", "Recent nieuws"),
        ("nl", "Meer nieuws", "Meer nieuws"),
        ("en", "– Latest News –", "Latest News"),
        ("en", "*** Latest News ***", "Latest News"),
        ("en", "Also in Food & Drink", "Food & Drink"),
        ("en", "Recent analysis from The Harbour", "The Harbour"),
        ("de", "Kürzliche Posts", "Posts"),
        ("de", "Top-News", "Top-News"),
        ("de", "Das Neueste in den Hafenblogs", "Hafenblogs"),
        ("de", "aktuell auf hafen.de", "hafen.de"),
        ("fr", "Récents articles", "Récents articles"),
        ("fr", "Fil d’infos", "Fil d’infos"),
        ("fr", "LES DERNIERES PUBLICATIONS", "LES DERNIERES PUBLICATIONS"),
        ("fr", "A LA UNE", "A LA UNE"),
        ("en", "Latest", "Latest"),
        ("en", "LATEST HEADLINES", "LATEST HEADLINES"),
        ("en", "Latest Apple Headlines", "Apple"),
        ("en", "Latest Harbour Blog Updates", "Harbour Blog"),
        ("en", "Latest news In Research and Markets", "Research and Markets"),
        ("en", "Latest from Shopping Essentials", "Shopping Essentials"),
        ("en", "Latest Videos", "Videos"),
        ("en", "Our Latest Stories", "Our Latest Stories"),
        ("en", "Harbour & Ferries Latest Articles", "Harbour & Ferries"),
        ("en", "Recent Features", "Features"),
        ("en", "Top Stories in Zeeland", "Zeeland"),
        ("de", "Aktuelle Nachrichten zur Fähre", "Fähre"),
        ("de", "News aus Zeeland", "Zeeland"),
        ("de", "Jetzt aktuell", "Jetzt aktuell"),
        ("fr", "Dernières publications", "Dernières publications"),
        ("fr", "Dernières News sur : Anne Roe", "Anne Roe"),
        ("en", "More from the U.S.", "the U.S."),
        ("en", "More in News", "News"),
        ("en", "More in Local News", "Local News"),
        ("en", "more from sports", "sports"),
        ("en", "More On Self", "Self"),
        ("en", "More Blog Stories", "Blog"),
        ("en", "More Stories From World", "World"),
        ("en", "More TechCrunch", "TechCrunch"),
        ("en", "More News Stories", "More News Stories"),
        ("en", "Top Stories", "Top Stories"),
        ("en", "Today’s Top Stories", "Today’s Top Stories"),
        ("en", "What's New Now", "What's New Now"),
        ("en", "BREAKING NEWS", "BREAKING NEWS"),
        ("en", "LAST NEWS", "LAST NEWS"),
        ("en", "Newswire", "Newswire"),
        ("en", "World Headlines", "World"),
        ("de", "Mehr aus Politik", "Politik"),
        ("de", "Mehr aus der Region Jena - Apolda - Naumburg", "Region Jena - Apolda - Naumburg"),
        ("de", "Weitere Artikel in diesem Ressort:", "diesem Ressort"),
        ("de", "Neueste Sportartikel", "Sportartikel"),
        ("de", "Das Neueste aus Wort+", "Wort+"),
        ("de", "Aktuell", "Aktuell"),
        ("de", "Nachrichten aus Leipzig", "Leipzig"),
        ("fr", "Plus d'actualités Monde", "Monde"),
        ("fr", "Plus d’actualités Monde :", "Monde"),
        ("fr", "PLUS D’ACTUALITÉS", "PLUS D’ACTUALITÉS"),
        ("fr", "Dernières nouvelles", "Dernières nouvelles"),
        ("fr", "Plus de Sport", "Sport"),
        ("fr", "Toute l’actualité", "Toute l’actualité"),
        ("fr", "À lire", "À lire"),
        ("en", "More from Island...", "Island"),
        ("en", "More in Harbour…", "Harbour"),
        ("en", "Latest news!", "Latest news"),
        ("en", "Top news stories today", "Top news stories today"),
        ("en", "Island News Top Stories", "Island News"),
        ("de", "Neueste aus Mode", "Mode"),
        ("de", "Mehr aus: Politik", "Politik"),
        ("de", "Aktuelles : Schlagzeilen", "Aktuelles : Schlagzeilen"),
        ("fr", "À la une de L’Île »", "L’Île"),
        ("nl", "Meer nieuws over Goes", "Goes"),
        ("nl", "Het laatste uit Zeeland", "Zeeland"),
        ("nl", "Nieuwste berichten uit Zeeland", "Zeeland"),
        ("nl", "Meer Zeelands nieuws", "Zeelands"),
        ("nl", "Overige berichten", "Overige berichten"),
        ("nl", "Meer uit Nieuws", "Nieuws"),
        ("en", "More articles in Environment", "Environment"),
        ("en", "Other Island Editorials Stories", "Island Editorials"),
        ("en", "More from Business News", "Business News"),
        ("en", "Most recent posts about Ferries", "Ferries"),
        ("de", "Neuste Beiträge", "Neuste Beiträge"),
        ("de", "Weitere Beiträge aus dem Magazin", "Magazin"),
        ("de", "Letzte Meldungen rund um Kiel", "Kiel"),
        ("de", "Aus dem Ressort Politik", "Politik"),
        ("de", "Neues aus der Region Küste", "Region Küste"),
        ("de", "Neu in Politik", "Politik"),
        ("de", "Inselblatt-Ticker", "Inselblatt"),
        ("de", "News-Ticker", "News-Ticker"),
        ("de", "News des Tages", "News des Tages"),
        ("de", "Letzte Features", "Letzte Features"),
        ("en", "Recently Posted", "Recently Posted"),
        ("de", "Nachrichten aus dem Hafen", "Hafen"),
        ("de", "Aktuelle Beiträge aus dem Bereich: Hafen", "Hafen"),
        ("en", "ZEELAND TOP HEADLINES", "ZEELAND"),
        ("fr", "Derniers articles en Bretagne", "Bretagne"),
        ("fr", "Bretagne en continu", "Bretagne"),
        ("fr", "Plus d’articles sur la Bretagne", "la Bretagne"),
        ("fr", "Articles récents", "Articles récents"),
    ],
)
def test_a_heading_names_what_it_heads(language: str, heading: str, name: str) -> None:
    assert section(heading, language) == name


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("nl", "Meer"),
        ("nl", "Meer doden dan vorig jaar"),
        ("nl", "Meer geweld in Zeeland"),
        ("nl", "Meer uit Sport."),
        ("nl", "Meer uit een land hier ver vandaan"),
        ("nl", "MEER LEZEN"),
        ("nl", "Meest gelezen"),
        ("nl", "Lees ook"),
        ("nl", "Laatste reacties"),
        ("en", "More"),
        ("en", "More people killed in attack"),
        ("en", "More Stories Like This"),
        ("en", "More Info"),
        ("en", "Read More"),
        ("en", "Most Read"),
        ("en", "MOST POPULAR"),
        ("en", "Trending News"),
        ("en", "Related News"),
        ("en", "Recommended Stories"),
        ("en", "Latest Comments"),
        ("en", "Recent Tweets"),
        ("en", "Latest attack kills five people"),
        ("en", "Featured Stories"),
        ("en", "Up Next"),
        ("de", "Mehr zum Thema"),
        ("de", "Weitere Informationen"),
        ("de", "Meistgelesen"),
        ("de", "Neueste Kommentare"),
        ("fr", "À lire aussi"),
        ("fr", "Les plus lus"),
        ("fr", "Plus d’informations"),
        ("fr", "Derniers commentaires"),
        ("en", "More From Our Partners"),
        ("en", "More Related Stories"),
        ("en", "More Results..."),
        ("en", "Latest Recipes"),
        ("en", "Recent Episodes"),
        ("de", "Aktuelle Stellen"),
        ("de", "Weitere Rezepte"),
        ("fr", "Plus de services"),
        ("nl", "Nieuwste recepten"),
        ("nl", "Meer artikelen over dit onderwerp"),
        ("en", "More on this subject"),
        ("en", "More stories from this author"),
        ("en", "Recent Slide Shows"),
        ("en", "More from this author…"),
        ("en", "You might like"),
        ("en", "Latest posts by Ann Smit (see all)"),
        ("en", "In Related News"),
        ("en", "hear the latest news"),
        ("en", "My News"),
        ("de", "Neueste Foren-Beiträge"),
        ("de", "Aktuelle Urlaubsangebote"),
        ("de", "Neues im Hafen von Kiel"),
        ("de", "Neu in diesem Jahr sind zwei Fähren"),
        ("de", "Gelesen"),
        ("de", "Weitere Beiträge zum Thema"),
        ("fr", "Plus d’articles sur le même sujet"),
    ],
)
def test_other_lists_and_sentences_are_no_headings(language: str, line: str) -> None:
    assert section(line, language) is None


@pytest.mark.parametrize(
    "heading",
    [
        "MEER UIT SPORT",
        "meer uit Sport",
        "Meer uit Sport (7)",
        "Meer uit Sport:",
        "Meer uit Sport :",
        "## Meer uit Sport",
    ],
)
def test_case_counts_and_colons_change_no_heading_of_a_text(heading: str) -> None:
    (block,) = read(headed("GOES - De brug is dicht.", "2 uur geleden").replace("Meer uit Buitenland", heading)).blocks
    assert (block.section or "").lower() == "sport"


@pytest.mark.parametrize(
    ("heading", "age"),
    [
        ("Laatste nieuws", "2 uur geleden"),
        ("Net binnen", "2 uur geleden"),
        ("Latest news", "2 hours ago"),
        ("Top stories", "2 hours ago"),
        ("Weitere Meldungen", "vor 2 Stunden"),
        ("Das Neueste aus Leipzig", "VOR 2 STUNDEN"),
        ("Plus d’actualités Monde", "il y a 2 heures"),
        ("Dernières infos", "il y a 2 h"),
    ],
)
def test_a_text_is_read_in_the_language_of_its_heading(heading: str, age: str) -> None:
    items = f"ROME (AFP) - The text of it.\n{age}\nOSLO (AFP) - More.\n{age}"
    page = f"A headline\nPARIS (AFP) - The first paragraph.\n{heading}\n{items}"
    (block,) = read(page).blocks
    assert [(item.place, item.text, item.age) for item in block.items] == [
        ("ROME", "The text of it.", age),
        ("OSLO", "More.", age),
    ]
    assert all(item.window for item in block.items)


def test_a_headline_of_two_capitalised_words_heads_nothing_in_a_text() -> None:
    page = headed("Meer Sport", "", "GOES - De brug is dicht.", "2 uur geleden")
    (block,) = read(page).blocks
    assert [(block.section, item.headline) for item in block.items] == [("Buitenland", "Meer Sport")]


def test_a_users_profile_may_call_the_most_read_a_heading(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'language = "nl"\nheadings = ["Meest gelezen", "Meest gelezen {section}"]\n[age]\nphrases = ["{n} {unit} geleden"]\n'
        '[age.units]\nhour = ["uur"]\n',
        encoding="utf-8",
    )
    page = "De kop\nTekst.\nMEEST GELEZEN SPORT\nGOES - De brug is dicht.\n2 uur geleden"
    (block,) = read(page, profiles=[load_profile(path)]).blocks
    assert (block.section, [item.text for item in block.items]) == ("SPORT", ["De brug is dicht."])
