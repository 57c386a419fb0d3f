"""The page's own article: its headline and paragraphs, whatever stands around them."""

from __future__ import annotations

import pytest

from tests.grammar.habits import FOOT, HEAD, LEAD
from tests.grammar.reading import read


@pytest.mark.parametrize(
    ("html", "lead"),
    [
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
