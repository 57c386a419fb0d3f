"""The page's own article: its headline and paragraphs, whatever stands around them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from meeruit.tasks.html.article import read_article
from meeruit.tasks.html.page import parse
from meeruit.tasks.html.stated import Stated
from meeruit.tasks.records import Lead
from tests.cost import IN_STEP, growth
from tests.grammar.habits import FOOT, HEAD, LEAD
from tests.grammar.reading import NL, read

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("html", "lead"),
    [
        (
            "<title>De kop, maar anders gezegd</title><h1><span>Economie</span> <span>De kop van het stuk</span></h1>"
            "<p>GOES - Ja dat is zo.</p>",
            ("De kop van het stuk", "GOES", "Ja dat is zo."),
        ),
        (
            "<title>Nederland wint goud</title><h1><b>Nederland</b> <i>wint weer eens goud</i></h1><p>GOES - Ja.</p>",
            ("Nederland wint weer eens goud", "GOES", "Ja."),
        ),
        (
            f"{HEAD}{LEAD}{FOOT}",
            ("De kop van het stuk", "DEN HAAG (ANP)", "De eerste alinea van het stuk.\nDe tweede alinea van het stuk."),
        ),
        ("<h1>Kop</h1><p>Een alinea<br>over twee regels.</p>", ("Kop", None, "Een alinea over twee regels.")),
        ("<h1> </h1><h1>Kop</h1><p>GOES - Ja dat is zo.</p>", ("Kop", "GOES", "Ja dat is zo.")),
        ("<p>Zomaar een zin.</p>", None),
        (
            "<p>GOES - Zonder kop, maar een bericht.</p><p>Nog een zin.</p>",
            (None, "GOES", "Zonder kop, maar een bericht.\nNog een zin."),
        ),
        (
            "<h1>Kop</h1><aside><p>Reclame die niet meetelt.</p></aside><p>Wel de tekst.</p>",
            ("Kop", None, "Wel de tekst."),
        ),
        ("<h1>Alleen een kop</h1><ul><li>x</ul>", ("Alleen een kop", None, "")),
        (
            "<h1>Kop</h1><div class=tekst>GOES - Het seizoen begint later.<br><br>Dat zegt <b>de</b> visser."
            "<div>Foto: Jan</div></div>",
            ("Kop", "GOES", "Het seizoen begint later.\nDat zegt de visser."),
        ),
        (
            "<table><tr><td><a href=/>Home</a><td><h1>Kop</h1><font>GOES - Een zin.<br>Nog een zin.</font><hr>"
            "<h3>Een kop is geen zin.</h3><td>De zijbalk doet niet mee.</table>",
            ("Kop", "GOES", "Een zin.\nNog een zin."),
        ),
        (
            "<header><h1><a href=/>Persdienst</a></h1></header><nav><h2>Menu</h2></nav><h2>Kop</h2><p>Een zin.</p>",
            ("Kop", None, "Een zin."),
        ),
        (
            "<h1>Kop</h1><p>Een zin.</p><p><b>Meer uit Sport</b><br>GOES - Tekst.<br><i>2 uur geleden</i></p>",
            ("Kop", None, "Een zin."),
        ),
        ("<h1>Forum</h1><div><div>Een vraag van iemand.</div><div>Een antwoord.</div></div>", ("Forum", None, "")),
        ("<h1>Kop</h1>" + "<div>" * 600 + "Een diepe zin." + "</div>" * 600 + "</body></html>", ("Kop", None, "")),
        ("<h1><a href=https://krant.example/stuk>Kop</a></h1><p>Een zin.</p>", ("Kop", None, "Een zin.")),
    ],
)
def test_the_lead_is_the_first_headline_and_its_paragraphs(
    html: str, lead: tuple[str | None, str | None, str] | None
) -> None:
    found = read(html).lead
    assert (None if found is None else (found.headline, found.dateline, found.text)) == lead


@pytest.mark.parametrize(
    ("below", "headline"),
    [
        ("<h2>Meer uit Sport</h2>", None),
        ("<h2>Een kop</h2><p>Een alinea.</p><h2>Meer uit Sport</h2>", "Een kop"),
    ],
)
def test_below_a_masthead_a_block_is_no_article(below: str, headline: str | None) -> None:
    html = f"<h1><a href=/>De Krant</a></h1><main>{below}<div><h3>Kop</h3><p>GOES - Tekst.</p><i>2 uur geleden</i></div></main>"
    lead = read(html).lead
    assert (lead.headline if lead else None) == headline


def lead_of(name: str) -> Lead:
    """The lead of a case."""
    lead = read((CASES / f"{name}.html").read_bytes()).lead
    assert lead is not None
    return lead


def test_no_script_style_or_noscript_is_text() -> None:
    lead = lead_of("script-style-noscript-in-a-paragraph")
    assert lead.text.split("\n") == [
        "The ferry keeps sailing through the winter, the port said on Monday.",
        "It had been taken out of service in March.",
        "The council decides next week.",
    ]


def test_a_deck_stands_before_the_text_and_does_not_open_it() -> None:
    lead = lead_of("headline-and-deck-in-a-header")
    assert (lead.headline, lead.dateline, lead.deck) == ("Veer vaart de hele winter door", "VLISSINGEN (ANP)", 1)
    assert lead.text.startswith("De haven heeft daarover maandag een besluit genomen")
    assert lead.opening == "Het veer blijft de hele winter varen, meldt de haven maandag."
    assert lead.text.endswith("zegt de wethouder.")


def test_the_headline_is_what_the_page_states_where_a_heading_says_it() -> None:
    lead = lead_of("headline-in-h2")
    assert lead.headline == "Veer vaart de hele winter door"
    assert lead.opening == "Het veer blijft de hele winter varen, meldt de haven maandag."


TEXT = "<div><p>Het veer vaart door, zegt de haven.</p><p>Dat duurt tot mei.</p><p>Dan komt er een brug.</p></div>"
FULL = "Veer vaart gewoon door"
OG = '<meta property="og:title" content="{}"><meta property="og:site_name" content="De Krant">'
SCRIPT = '<script type="application/ld+json">{}</script>'


@pytest.mark.parametrize(
    ("head", "body", "headline"),
    [
        (OG.format(FULL), TEXT, FULL),
        (OG.format("Veer vaart gewoon door - De Krant"), TEXT, FULL),
        (OG.format("Veer vaart gewoon door | Zeeland"), TEXT, "Veer vaart gewoon door | Zeeland"),
        (OG.format("De Krant"), "<h1>Veer vaart door</h1>" + TEXT, "Veer vaart door"),
        (OG.format("Iets heel anders dan dat"), "<h1>Veer vaart door</h1>" + TEXT, "Veer vaart door"),
        (OG.format(FULL), "<h1>Regio</h1><h2>Veer vaart gewoon door</h2>" + TEXT, FULL),
        (
            OG.format(FULL),
            "<ul><li><h3><a href=/1>Veer vaart gewoon door</a></h3></ul><h1>Veer vaart langer door</h1>" + TEXT,
            "Veer vaart langer door",
        ),
        ("<title>Veer vaart gewoon door | De Krant</title>", "<h1>Regio</h1><h2>Veer vaart gewoon door</h2>" + TEXT, FULL),
        (
            "<title>Veer vaart door - Krant voor Zeeland</title>",
            "<h2>Krant voor Zeeland</h2><h1>Veer vaart door</h1>" + TEXT,
            "Veer vaart door",
        ),
        (OG.format(FULL), "<h1><b>Haven |</b> <span>Veer vaart gewoon door</span></h1>" + TEXT, FULL),
        ("", "<h1><span>Haven</span><span>Veer vaart door</span></h1>" + TEXT, "Haven Veer vaart door"),
        ("", "<h1>Zo<wbr>maar eens<b>gezind</b></h1>" + TEXT, "Zomaar eensgezind"),
        (SCRIPT.format('{"@type": "NewsArticle", "headline": "Veer &amp; brug"}'), TEXT, "Veer & brug"),
        (SCRIPT.format('{"@graph": [{"@type": "WebSite"}, {"@type": ["Article"], "headline": "Veer"}]}'), TEXT, "Veer"),
        (SCRIPT.format('[{"@type": "BlogPosting", "headline": "Veer\n vaart"}]'), TEXT, "Veer vaart"),
    ],
)  # fmt: skip
def test_the_headline_by_what_page_and_head_say(head: str, body: str, headline: str) -> None:
    lead = read(f"<!doctype html><html lang=nl><head>{head}</head><body>{body}</body></html>").lead
    assert lead is not None
    assert (lead.headline, lead.opening) == (headline, "Het veer vaart door, zegt de haven.")


@pytest.mark.parametrize(
    "script", ["{", "[" * 10_000, '{"@type": "NewsArticle", "headline": 5}', '{"headline": "Een recept"}', "null", ""]
)
def test_a_script_that_states_no_article_states_nothing(script: str) -> None:
    assert read(f"<html lang=nl><head>{SCRIPT.format(script)}</head><body>{TEXT}</body></html>").lead is None


@pytest.mark.parametrize(
    "before",
    [
        "<p>Door Jan Jansen en Piet Pietersen, maandag 3 november 2025 om 14:05</p>",
        "<p>By Jane Doe Monday, November 18, 2019, 04:05 pm ET (07:05 pm CET)</p>",
        "<div><p>Bijgewerkt: 3 november 2025 / 10:07 AM / Nieuws van de Krant</p></div>",
        "<p><a href=/in>Log in om dit artikel voor later te bewaren.</a></p>",
        "<p>Lees ook: <a href=/2>Een ander stuk over het veer en de haven</a></p>",
        "<figure><img src=1.jpg><figcaption><p>Het veer bij de haven, maandag.</p></figcaption></figure>",
        "<p>2 uur geleden</p>",
        "<ul><li><p>Wie aan land wil, moet nu wachten.</p></ul>",
        "<form><p>Wilt u elke dag ons nieuws in uw mailbox?</p></form>",
        "<noscript><p>Zet scripts aan om dit te lezen.</p></noscript>",
        "<style>p{color:red}</style><!-- <p>Een zin.</p> -->",
        "<div><p>© De Krant. Niets hiervan mag worden overgenomen.</p></div>",
    ],
)
def test_what_is_no_text_does_not_open_an_article(before: str) -> None:
    for html in (f"<h1>Veer vaart</h1>{before}{TEXT}", f"<h1>Veer vaart</h1><div>{before}{TEXT[5:]}"):
        lead = read(html).lead
        assert lead is not None
        assert lead.text == "Het veer vaart door, zegt de haven.\nDat duurt tot mei.\nDan komt er een brug."


@pytest.mark.parametrize(
    "layout",
    [
        "{0}{1}{2}",
        "<div>{0}</div><div>{1}{2}</div>",
        "<article><header>{0}</header><section>{1}{2}</section></article>",
        "<form><table><tr><td>{0}{1}{2}</table></form>",
        "<ul><li>{0}<div>{1}{2}</div></ul>",
        "{0}<div><div>{1}</div><div>{2}</div></div>",
    ],
)
def test_the_layout_around_an_article_changes_nothing(layout: str) -> None:
    first, second = "<p>GOES (ANP) - Het veer vaart door.</p>", "<p>Dat duurt tot <a href=/mei>mei</a>.</p>"
    lead = read("<nav><p>Een menu is geen zin.</p></nav>" + layout.format("<h1>Kop</h1>", first, second)).lead
    assert lead == Lead("Kop", "GOES (ANP)", "Het veer vaart door.\nDat duurt tot mei.")


def test_text_in_one_paragraph_is_parted_by_two_line_breaks() -> None:
    lead = read("<h1>Kop</h1><p>Een zin<br>gaat door.<br><br>Nog een zin.<br> <br><br>En een.</p>").lead
    assert lead == Lead("Kop", None, "Een zin gaat door.\nNog een zin.\nEn een.")


def test_text_without_paragraphs_is_an_article_where_there_is_enough_of_it() -> None:
    text = "Zin {} van een stuk dat niemand in alinea's heeft gezet, en dat maar doorgaat over het veer en de brug en de haven."
    lines = [text.format(at) for at in range(4)]
    for html in ("<br>".join(lines), "<div>" + "</div><div>".join(lines) + "</div>"):
        lead = read(f"<h1>Kop van het stuk</h1><p>Door Jan</p><div>{html}</div>").lead
        assert lead == Lead("Kop van het stuk", None, "\n".join(lines))


@pytest.mark.parametrize(
    "page",
    [
        lambda n: "<p>Een zin die eindigt." * n,
        lambda n: "<div><p>Een zin die eindigt.</p></div>" * n,
        lambda n: "<div>Een zin die eindigt.<br>" * 400 + "<br>" * n,
        lambda n: "<p>" + "woord <b>vet</b> " * n,
        lambda n: "<title>Een kop die nergens staat</title>" + "<h2><a href=x>Een kop hier</a></h2>" * n,
        lambda n: "<div>" * 480 + "<h2>Een kop hier</h2><p>Een zin." * n,
        lambda n: ("<p>Een zin.<object>" * 60 + "</object>" * 60) * (n // 60),
    ],
)
def test_an_article_is_read_in_time_linear_in_the_page(page: Callable[[int], str]) -> None:
    def parsed(size: int) -> LexborHTMLParser:
        return parse(("<h1>De kop van het stuk</h1>" + page(size)).encode())

    assert growth(parsed, lambda document: read_article(document, Stated(), None, NL), 1_000) < IN_STEP
