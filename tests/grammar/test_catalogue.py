"""The quirks of the site's pages, numbered as they were found, each as its rule says.

The examples are made up; the shapes are those of the real pages.
"""

from __future__ import annotations

import pytest

from meeruit.tasks.fold import content_hash
from meeruit.tasks.records import Reason
from tests.grammar.reading import block_of, headed, items_of, read, texts_of

A, B, C = "De minister treedt af.", "De brug gaat open.", "Het schip is weg."
#: Form S: furniture, a date, the edition, the section, then headline, dateline, age.
LISTING_S = """Webmail
Kies je webmail
Lees nu alles over de regio en de wereld op deze pagina.
maandag 3 november 2025
Editie: NL & Wereld | Zeeland
Politiek
ANP Minister treedt af

DEN HAAG (ANP) - De minister treedt af.

18 minuten geleden
ANP Brug gaat open

GOES - De brug gaat open.

1 uur geleden
ANP Schip is weg

VLISSINGEN - Het schip is weg.

2 uur geleden
A"""
#: Form L: a ticker, then glued items.
LISTING_L = """Tholen
Net binnen
- Buitenland 11:40 Kop zonder tekst
- Sport 11:20 Nog een kop zonder tekst
THOLEN - De minister treedt af.
18 minuten geledenGOES - De brug gaat open.
1 uur geledenSINT-ANNALAND - Het schip is weg.
2 uur geleden"""
#: Form H: furniture, the lead's headline twice, blank lines, each item with a headline.
FORM_H = """Webmail
Kies je webmail
Een zin die er altijd staat.
De kop van het stuk

De kop van het stuk

DEN HAAG (ANP) - De eerste alinea.

De tweede alinea.

Meer uit Buitenland

Minister treedt af

BRUSSEL (ANP/AFP) - De minister treedt af.

18 minuten geleden
Brug gaat open

GOES - De brug gaat open.

1 uur geleden
Schip is weg

'S-GRAVENHAGE (ANP) - Het schip is w"""


def test_1_an_age_ends_its_item_and_the_next_begins_at_the_very_next_character() -> None:
    assert texts_of(headed(f"BRUSSEL (ANP) - {A}", f"2 uur geledenGOES - {B}", "3 uur geleden")) == [A, B]


def test_2_the_line_behind_an_age_is_the_next_headline() -> None:
    first, second = items_of(FORM_H)
    assert (first.headline, first.text) == ("Minister treedt af", A)
    assert (second.headline, second.text) == ("Brug gaat open", B)


@pytest.mark.parametrize(
    "opening", ["ÎLE LONGUE (ANP)", "Goes", "[Advertorial]", "Borsele", "'S-GRAVENHAGE", "’s-Gravenpolder"]
)
def test_3_whatever_the_first_letter_behind_the_glue(opening: str) -> None:
    second = items_of(headed(f"BRUSSEL (ANP) - {A}", f"2 uur geleden{opening} - {B}", "3 uur geleden"))[1]
    assert (second.dateline, second.text) == (opening, B)


def test_4_and_6_the_lead_has_one_headline_and_no_furniture() -> None:
    lead = read(FORM_H).lead
    assert lead is not None
    assert (lead.headline, lead.dateline) == ("De kop van het stuk", "DEN HAAG (ANP)")
    assert lead.text == "De eerste alinea.\nDe tweede alinea."


def test_4_a_headline_printed_once_is_the_first_line() -> None:
    lead = read(headed(f"BRUSSEL (ANP) - {A}", "2 uur geleden")).lead
    assert lead is not None
    assert (lead.headline, lead.dateline, lead.text) == ("De kop van het stuk", "DEN HAAG (ANP)", "De eerste alinea.")


def test_5_an_empty_first_line_means_nothing() -> None:
    page = headed(f"GOES - {A}", f"2 uur geledenBorsele - {B}", "3 uur geleden")
    assert read("\n" + page) == read(page)


def test_7_a_photo_credit_before_a_headline_is_no_part_of_it() -> None:
    block = block_of(LISTING_S)
    assert [item.headline for item in block.items] == ["Minister treedt af", "Brug gaat open", "Schip is weg"]
    assert block.rejected == ()


@pytest.mark.parametrize("headline", ["Topvrouw ANP stapt op", "ANP bestaat 90 jaar", "Bezuinigingen bij ANP Foto"])
def test_7_a_headline_about_the_agency_stays_as_it_is(headline: str) -> None:
    block = block_of(LISTING_S.replace("ANP Brug gaat open", headline))
    assert [item.headline for item in block.items] == ["Minister treedt af", headline, "Schip is weg"]


def test_8_a_ticker_holds_no_items() -> None:
    block = block_of(LISTING_L)
    assert [(item.headline, item.place, item.text) for item in block.items] == [
        (None, "THOLEN", A),
        (None, "GOES", B),
        (None, "SINT-ANNALAND", C),
    ]
    assert block.section == "Tholen"
    assert read(LISTING_L).lead is None


def test_9_a_listing_is_named_by_the_line_among_its_page_data() -> None:
    assert block_of(LISTING_S).section == "Politiek"


@pytest.mark.parametrize("cut", ["", "\n", "\n3 uur gele", "\n4 ", "\n4"])
def test_10_a_copy_without_a_whole_age_is_rejected(cut: str) -> None:
    block = block_of(headed(f"BRUSSEL (ANP) - {A}", f"2 uur geledenGOES - De brug{cut}"))
    assert [item.text for item in block.items] == [A]
    assert [reject.reason for reject in block.rejected] == [Reason.CUT]


def test_10_a_copy_without_an_age_between_two_others_is_rejected() -> None:
    block = block_of(headed(f"BRUSSEL (ANP) - {A}", f"PARIJS (ANP) - {B}", "3 uur geleden"))
    assert [(item.place, item.text) for item in block.items] == [("PARIJS", B)]
    assert block.rejected[0].reason == Reason.CUT


def test_10_the_first_item_cut_off_leaves_a_block_with_nothing_but_the_reject() -> None:
    block = block_of(headed("BRUSSEL (ANP) - De minister tr"))
    assert (block.section, block.items, [one.reason for one in block.rejected]) == ("Buitenland", (), [Reason.CUT])


@pytest.mark.parametrize("heading", ["Meer uit Spo", "Meer ui", "Meer"])
def test_11_a_heading_that_is_cut_heads_nothing(heading: str) -> None:
    assert read(f"De kop\nDEN HAAG (ANP) - De eerste alinea.\n{heading}").blocks == ()


def test_12_items_with_one_dateline_and_one_age_are_told_apart_by_their_text() -> None:
    page = headed(f"GOES - {A}", f"1 week geledenGOES - {B}", f"1 week geledenGOES - {C}", "1 week geleden")
    assert texts_of(page) == [A, B, C]


def test_13_an_age_in_words_opens_a_text_and_ends_none() -> None:
    column = "Jaren geleden vond iemand iets in een sloot,waarin niets zat."
    (item,) = items_of(headed(f"COLUMN - {column}", "2 dagen geleden"))
    assert (item.place, item.text) == ("COLUMN", column)


@pytest.mark.parametrize(
    "sentence",
    [
        "4 jaar geleden ging dat anders.",
        "10 jaar geleden, om precies te zijn, ging dat anders.",
        "2 weken geleden: toen ging dat anders.",
        "3 uur geleden. Toen ging dat anders.",
        "5 dagen geleden! Echt waar.",
        "1 jaar geleden?",
        "1 jaar geleden) was dat.",
        "1 jaar geleden; was dat.",
        "Bijna 10 jaar geleden ging dat anders.",
        "Duurder dan een jaar geleden.",
        "Een week geleden schreef een krant daarover.",
        "Drie weken geleden bij de presentatie was dat anders.",
        "De schade die beleggers hebben geleden door de val.",
        "Dat werd zojuist bekend.",
        "Zojuist werd dat bekend.",
        "Half uur geleden was dat.",
    ],
)
def test_13_to_16_time_past_in_running_text_is_no_age(sentence: str) -> None:
    page = headed(f"BRUSSEL (ANP) - {A}", sentence, f"2 uur geledenGOES - {B}", "3 uur geleden")
    assert texts_of(page) == [f"{A} {sentence}", B]


def test_14_ages_in_the_lead_do_not_count() -> None:
    page = f"De kop\nDEN HAAG (ANP) - De eerste alinea.\n4 jaar geleden\nMeer uit Sport\nGOES - {A}\n2 uur geleden"
    assert texts_of(page) == [A]


def test_16_a_wording_without_a_number_counts_alone_on_its_line() -> None:
    ages = [
        item.age for item in items_of(headed(f"BRUSSEL (ANP) - {A}", "zojuist", f"GOES - {B}", "half uur geleden "))
    ]
    assert ages == ["zojuist", "half uur geleden"]


@pytest.mark.parametrize(
    "line",
    [
        "Meer schippers dan ooit",
        "Meer mensen gemeld",
        "Meer transfers dan vorig jaar",
        "'Er komt veel meer uit'",
        "Meer uit Buitenland.",
        "Meer uit een land hier ver vandaan",
        "Veel Meer uit Buitenland",
    ],
)
def test_17_a_line_that_begins_with_meer_is_no_heading(line: str) -> None:
    page = f"De kop\nDEN HAAG (ANP) - De eerste alinea.\n{line}\nBRUSSEL (ANP) - {A}\n2 uur geledenGOES - {B}\n3 uur geleden"
    assert read(page).blocks == ()


@pytest.mark.parametrize("section", ["Buitenland", "Den Haag", "Wijk aan Zee", "Noord- en Zuid-Beveland"])
def test_17_a_heading_names_its_section(section: str) -> None:
    assert block_of(headed(f"GOES - {A}", "2 uur geleden", section=section)).section == section


def test_17_the_last_heading_before_the_first_age_counts() -> None:
    page = f"Meer uit Sport\nEen kop zonder leeftijd\nMeer uit Buitenland\nGOES - {A}\n2 uur geleden"
    assert [block.section for block in read(page).blocks] == ["Buitenland"]


@pytest.mark.parametrize(
    "body",
    [
        "Alexandrië (Egypte) is dicht - zegt men.",
        "Het (HvK) zegt dat.",
        "Kamerleden (Defensie, VVD) - en anderen - zeggen dat.",
        "Jansen (83) - oud-minister - zegt dat.",
        "Het werd gisteren (4-0) in de Kuip.",
        'Hij zei: "Dat is (...) niet waar."',
        "Israël (Israël) zegt dat.",
    ],
)
def test_18_a_bracket_in_a_body_names_no_agency(body: str) -> None:
    (item,) = items_of(headed(f"BRUSSEL (ANP) - {body}", "2 uur geleden"))
    assert (item.place, item.agencies, item.text) == ("BRUSSEL", ("ANP",), body)


@pytest.mark.parametrize("opening", ["BRUSSEL (Anp)", "BRUSSEL (NOS/anp)", "Brussel in Vlaanderen (VVD)"])
def test_18_a_bracket_is_an_agencys_only_in_capitals_and_from_the_list(opening: str) -> None:
    (item,) = items_of(headed(f"{opening} - {A}", "2 uur geleden"))
    assert item.agencies == ()


@pytest.mark.parametrize("body", ["Dat zei hij tegen het ANP.", "Een rondgang van het ANP (persbureau) leert dat."])
def test_19_an_agency_in_a_body_is_text(body: str) -> None:
    (item,) = items_of(headed(f"GOES - {body}", "2 uur geleden"))
    assert (item.agencies, item.text) == ((), body)


@pytest.mark.parametrize("subhead", ["Rook", "1999", "TSMC", "OPEC", "'Onzin'", "Update:"])
def test_20_a_subhead_belongs_to_the_lead(subhead: str) -> None:
    page = (
        f"De kop\nDEN HAAG (ANP) - De eerste alinea.\n{subhead}\nDe tweede.\nMeer uit Sport\nGOES - {A}\n2 uur geleden"
    )
    lead = read(page).lead
    assert lead is not None
    assert lead.text == f"De eerste alinea.\n{subhead}\nDe tweede."


@pytest.mark.parametrize("body", ["Er waren incidenten.RookOm tien uur ging het alarm.", "Dat klopt.Meer is er niet."])
def test_21_what_is_glued_behind_a_stop_stays_as_it_is(body: str) -> None:
    assert texts_of(headed(f"GOES - {body}", "2 uur geleden")) == [body]


def test_22_a_related_headline_above_the_heading_is_no_item() -> None:
    page = f"De kop\nDEN HAAG (ANP) - De alinea.\nLees ook: iets anders\nMeer uit Sport\nGOES - {A}\n2 uur geleden"
    assert texts_of(page) == [A]


def test_23_the_photographer_of_the_lead_is_no_item() -> None:
    page = f"De kop\nDEN HAAG (ANP) - De alinea.\nFoto: Jan Jansen\nMeer uit Sport\nGOES - {A}\n2 uur geleden"
    assert texts_of(page) == [A]


def test_24_an_item_that_points_to_photos_keeps_its_text() -> None:
    body = "Er is brand geweest. Bekijk de foto's onder dit artikel."
    assert texts_of(headed(f"GOES - {body}", "2 uur geleden")) == [body]


@pytest.mark.parametrize(
    ("number", "printed", "place", "agencies"),
    [
        (25, "DEN HAAG (ANP)", "DEN HAAG", ("ANP",)),
        (25, "WIJK AAN ZEE (ANP)", "WIJK AAN ZEE", ("ANP",)),
        (26, "JASK/TEHERAN (ANP/AFP)", "JASK/TEHERAN", ("ANP", "AFP")),
        (26, "BERGEN OP ZOOM/THOLEN", "BERGEN OP ZOOM/THOLEN", ()),
        (26, "SINT-MAARTENSDIJK/SCHERPENISSE", "SINT-MAARTENSDIJK/SCHERPENISSE", ()),
        (27, "ARLANDA-STAD (ANP/RTR/AFP)", "ARLANDA-STAD", ("ANP", "RTR", "AFP")),
        (27, "HEUSDEN-ZOLDER (ANP/BELGA)", "HEUSDEN-ZOLDER", ("ANP", "BELGA")),
        (28, "ÎLE LONGUE (ANP)", "ÎLE LONGUE", ("ANP",)),
        (28, "NU\u0308RBURG (ANP/AFP/RTR/BLOOMBERG)", "NÜRBURG", ("ANP", "AFP", "RTR", "BLOOMBERG")),
        (29, "MIDDELBURG", "MIDDELBURG", ()),
        (30, "Goes", "Goes", ()),
        (30, "Borsele", "Borsele", ()),
        (32, "COLUMN", "COLUMN", ()),
        (32, "[Advertorial]", "[Advertorial]", ()),
        (32, "ZEELAND", "ZEELAND", ()),
        (33, "CORONAVIRUS - US OPENNEW YORK (ANP/AFP)", "CORONAVIRUS - US OPENNEW YORK", ("ANP", "AFP")),
        (34, "STRAATBURG (ANP)", "STRAATBURG", ("ANP",)),
        (35, "'S-GRAVENHAGE (ANP)", "'S-GRAVENHAGE", ("ANP",)),
        (35, "’s-Gravenpolder", "’s-Gravenpolder", ()),
        (35, "'t ZAND", "'t ZAND", ()),
        (35, "ST. ANNALAND", "ST. ANNALAND", ()),
        (35, "A58 (ANP)", "A58", ("ANP",)),
    ],
)
@pytest.mark.parametrize("dash", [" - ", "- ", " – ", " — ", "– "])
def test_25_to_35_datelines(number: int, printed: str, place: str, agencies: tuple[str, ...], dash: str) -> None:
    (item,) = items_of(headed(f"{printed}{dash}{A}", "2 uur geleden"))
    assert (item.place, item.agencies, item.text) == (place, agencies, A), number


def test_31_a_dash_without_a_space_before_it_ends_a_dateline() -> None:
    (item,) = items_of(headed("WEST-BRABANT- Op de weg is het druk.", "2 uur geleden"))
    assert (item.place, item.text) == ("WEST-BRABANT", "Op de weg is het druk.")


@pytest.mark.parametrize(
    "body",
    [
        "Ajax - PSV werd zondag afgelast.",
        "De wedstrijd Ajax - PSV is afgelast.",
        "Het is een lange reeks WOORDEN IN HOOFDLETTERS - zegt men.",
        "Een twee - drie.",
        "Zes woorden zijn er hier al - te veel.",
    ],
)
def test_25_to_35_a_dash_in_a_body_ends_no_dateline(body: str) -> None:
    (item,) = items_of(headed(f"BRUSSEL (ANP) - {body}", "2 uur geleden"))
    assert (item.place, item.text) == ("BRUSSEL", body)


def test_25_to_35_six_words_in_capitals_are_no_place() -> None:
    (item,) = items_of(headed("EEN TWEE DRIE VIER VIJF ZES - De minister treedt af.", "2 uur geleden"))
    assert item.place is None


def test_36_the_known_wrong_letter_counts_as_the_right_one() -> None:
    wrong, right = items_of(headed("GOES - Oekraƫne wint.", "2 uur geledenGOES - Oekraëne wint, ja.", "3 uur geleden"))
    assert wrong.text == "Oekraƫne wint."
    assert wrong.content_hash == content_hash("Oekraëne wint.")
    assert right.content_hash == content_hash("Oekraëne wint, ja.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“Ja”, zei hij.", '"Ja", zei hij.'),
        ("„Ja”, zei hij.", '"Ja", zei hij.'),
        ("«Ja», zei hij.", '"Ja", zei hij.'),
        ("‘Ja’, zei hij.", "'Ja', zei hij."),
        ("Zo’n brug.", "Zo'n brug."),
        ("Zo´n brug.", "Zo`n brug."),
        ("Van 1–2 tot 3—4.", "Van 1-2 tot 3-4."),
    ],
)
def test_37_quotes_and_dashes_are_folded_for_the_hash_only(one: str, other: str) -> None:
    (item,) = items_of(headed(f"GOES - {one}", "2 uur geleden"))
    assert item.text == one
    assert item.content_hash == content_hash(other)


@pytest.mark.parametrize("body", ['"Ja, zei hij.', 'Ja", zei hij.', "Ja (zei hij.", "Ja) zei hij."])
def test_38_quotes_need_no_balance(body: str) -> None:
    assert texts_of(headed(f"GOES - {body}", f"2 uur geledenGOES - {B}", "3 uur geleden")) == [body, B]


@pytest.mark.parametrize("body", ["Dat was het..", "Een zin zonder punt aan het eind"])
def test_39_the_age_is_the_end_whatever_the_last_character(body: str) -> None:
    assert texts_of(headed(f"GOES - {body}", "2 uur geleden")) == [body]


@pytest.mark.parametrize("space", [" ", "\u00a0", " \u00a0", "\t"])
def test_40_white_space_at_a_line_end_is_dropped(space: str) -> None:
    assert texts_of(
        headed(f"GOES - {A}{space}", f"2 uur geleden{space}", f"Borsele - {B}{space}", "3 uur geleden")
    ) == [A, B]


@pytest.mark.parametrize(
    "headline", ["'Dit kan niet'", "Acteur (83) overleden", "Update: brug dicht", "Jansen: dit kan niet"]
)
def test_41_a_headline_stays_as_it_is_printed(headline: str) -> None:
    (item,) = items_of(headed(headline, "", f"GOES - {A}", "", "2 uur geleden"))
    assert (item.headline, item.text) == (headline, A)


def test_42_a_link_keeps_the_agencys_number() -> None:
    html = f'<h2>Meer uit Sport</h2><ul><li><a href="/x-ANP200125035">Kop</a><p>GOES - {A}</p><i>2 uur geleden</i></ul>'
    (item,) = items_of(html, url="https://krant.example/")
    assert item.url == "https://krant.example/x-ANP200125035"
