"""Where blocks begin and end: their headings, what stands between those and the items, and other lists."""

from __future__ import annotations

import pytest

from tests.grammar.cards import HOURS, THREE, cards, opened, told
from tests.grammar.reading import block_of, read


@pytest.mark.parametrize(
    "between",
    [
        "",
        "<button>Volg</button>",
        "<div><button>Nieuwste</button><button>Meest gelezen</button></div>",
        "<a href=/sport>Bekijk alles</a>",
        "<figure><figcaption>Foto: ANP</figcaption></figure>",
        "<p>Het laatste nieuws van de redactie.</p>",
    ],
)
def test_an_age_opens_its_item_whatever_stands_below_the_heading(between: str) -> None:
    assert told(block_of(opened(between)).items) == THREE


def test_a_list_behind_a_block_of_headlines_is_no_part_of_it() -> None:
    most_read = "<h3>Meest gelezen</h3><a href=/x>Iets anders</a><p>1 uur geleden</p>"
    html = f"<main><h2>Meer uit Sport</h2><a href=/a>Een kop</a><p>2 uur geleden</p>{most_read}</main>"
    assert [item.headline for item in block_of(html).items] == ["Een kop"]


@pytest.mark.parametrize("look", ["", " class=x", " class=MsoNormal"])
def test_lines_of_the_same_looks_as_the_heading_are_read(look: str) -> None:
    lines = "".join(f"<p{look}>GOES (ANP) - Tekst {n}.</p><i>{age}</i>" for n, age in enumerate(HOURS))
    assert [item.text for item in block_of(f"<div><p{look}>Meer uit Sport</p>{lines}</div>").items] == [
        "Tekst 0.",
        "Tekst 1.",
        "Tekst 2.",
    ]


def test_blocks_of_one_item_each_are_blocks() -> None:
    one = "<section><h2>Meer uit {}</h2><div><h3>Kop</h3><p>GOES - Tekst {}.</p><i>2 uur geleden</i></div></section>"
    blocks = read("".join(one.format(name, name) for name in ("Sport", "Politiek", "Cultuur"))).blocks
    assert [(block.section, len(block.items)) for block in blocks] == [("Sport", 1), ("Politiek", 1), ("Cultuur", 1)]


@pytest.mark.parametrize("heading", ["<li>Meer uit Sport</li>", "<li class=kop><h2>Meer uit Sport</h2></li>"])
def test_a_heading_may_be_the_first_of_its_list(heading: str) -> None:
    items = "".join(
        f"<li><h3>Kop van stuk {n}</h3><p>GOES - Tekst {n}.</p><i>{age}</i></li>" for n, age in enumerate(HOURS)
    )
    block = block_of(f"<h1>Een stuk</h1><ul>{heading}{items}</ul>")
    assert (block.section, told(block.items)) == ("Sport", THREE)


@pytest.mark.parametrize(
    "heading",
    [
        "» Meer uit Sport",
        "● Meer uit Sport",
        "<svg></svg> Meer uit Sport",
        "📰 Meer uit Sport",
        "<i>▸</i> Meer uit <b>Sport</b>",
    ],
)
def test_a_heading_may_have_a_mark_before_it(heading: str) -> None:
    item = "<div><h3>Kop</h3><p>GOES - Tekst.</p><i>2 uur geleden</i></div>"
    assert block_of(f"<section><h2>{heading}</h2>{item}</section>").section == "Sport"


@pytest.mark.parametrize("heading", ["More From World", "More In World", "More on World"])
def test_english_headings_may_be_in_title_case(heading: str) -> None:
    item = "<div><h3>Head</h3><p>LEEDS (PA) - Text.</p><i>2 hours ago</i></div>"
    assert block_of(f"<section><h2>{heading}</h2>{item}</section>").section == "World"


@pytest.mark.parametrize(
    "html",
    [
        "<x-list><template shadowrootmode=open>{}{}</template></x-list>",
        "<x-list><template shadowrootmode=open><style>p {{}}</style><x-head><template shadowrootmode=closed>{}</template></x-head>"
        "{}</template></x-list>",
        "{}<x-list><template><p>Een sjabloon.</p></template><template shadowrootmode=open>{}</template></x-list>",
    ],
)
def test_what_stands_in_a_shadow_root_is_read(html: str) -> None:
    age = "<x-ago><template shadowrootmode=open>{}</template></x-ago>"
    heading, _, rest = cards(age).removeprefix("<main>").removesuffix("</main>").partition("</h2>")
    page = f"<!doctype html><html lang=nl><body>{html.format(heading + '</h2>', rest)}</body></html>"
    assert told(block_of(page).items) == THREE


@pytest.mark.parametrize("lang", ["", " lang=en", " lang=nl-NL"])
def test_a_headed_block_is_found_whatever_language_the_page_claims(lang: str) -> None:
    html = f"<!doctype html><html{lang}><body>{cards('<time>{}</time>')}</body></html>"
    block = block_of(html)
    assert (block.section, told(block.items)) == ("Sport", THREE)
    assert all(item.window for item in block.items)


@pytest.mark.parametrize(
    "heading", ["<h2>Meer uit Sport</h2>", "<span>Meer uit Sport</span>", "<strong>Meer uit Sport</strong>"]
)
@pytest.mark.parametrize("count", ["", " <span>3 reacties</span>"])
def test_white_space_around_linked_cards_says_nothing(heading: str, count: str) -> None:
    items = "\n".join(
        f'<a href="/{n}">\n <h4>Kop van stuk {n}</h4><p>GOES - Tekst {n}.</p>\n <span>{age}</span>{count if n % 2 else ""}\n</a>'
        for n, age in enumerate(HOURS)
    )
    block = block_of(f"<section>\n{heading}\n{items}\n</section>")
    assert (block.section, told(block.items), block.rejected) == ("Sport", THREE, ())


@pytest.mark.parametrize(
    "heading",
    [
        "Meer uit Kunst &amp; Cultuur <a href=/k>Bekijk alles</a>",
        "Meer uit Kunst &amp; Cultuur <button>Volg dit onderwerp nu</button>",
        "Meer uit Kunst &amp; Cultuur <a href=/k>Alles</a>",
        "Meer uit Kunst &amp; Cultuur <a href=/k><span>Bekijk</span> <!-- -->alles</a>",
        "<a href=/k>Meer uit Kunst <!-- -->&amp; Cultuur</a>",
        "<a href=/k>Meer uit Kunst <wbr>&amp; Cultuur</a>",
    ],
)
def test_a_link_in_a_heading_is_no_part_of_its_name(heading: str) -> None:
    item = "<div><h3>Kop</h3><p>GOES - Tekst.</p><i>2 uur geleden</i></div>"
    assert block_of(f"<section><h2>{heading}</h2>{item}</section>").section == "Kunst & Cultuur"


def test_a_block_of_one_item_stays_one_beside_other_lists() -> None:
    item = "<li><h3>Kop {0}</h3><p>GOES - Tekst {0}.</p><i>2 uur geleden</i></li>"
    own = f"<h2>Meer uit Sport</h2><ul>{''.join(item.format(n) for n in range(3))}</ul>"
    others = "".join(f"<section><h2>{name}</h2><p>1 uur geleden</p></section>" for name in ("Economie", "Cultuur"))
    blocks = read(
        f"<main>{own}{others}<section><h2>Meer uit Politiek</h2><ul>{item.format(9)}</ul></section></main>"
    ).blocks
    assert [block.section for block in blocks] == ["Sport", "Politiek"]


def test_tabs_that_read_as_headings_head_nothing_outside_their_list() -> None:
    tabs = "<ul class=tabs><li>Meer uit Sport</li><li>Meer uit Politiek</li></ul>"
    comments = "".join(f"<div><b>Jan</b><p>Onzin nummer {n}.</p><i>{n} uur geleden</i></div>" for n in range(1, 5))
    assert read(f"{tabs}<article><h1>Kop</h1><p>GOES - Tekst.</p></article><section>{comments}</section>").blocks == ()


def test_every_block_is_found_where_one_has_ages_that_are_hard_to_see() -> None:
    one = "<section><h2>Meer uit {0}</h2>{1}<div><h3>Kop {0}</h3><p>GOES - Tekst {0}.</p><i>{2}</i></div></section>"
    sport = one.format("Sport", "", "2 uur geleden")
    for between, age in (("", "Politiek · Bijgewerkt gisteren"), ("<button>Vandaag</button>", "3 uur geleden")):
        page = f"<!doctype html><html lang=nl><body>{sport}{one.format('Politiek', between, age)}</body></html>"
        assert [block.section for block in read(page).blocks] == ["Sport", "Politiek"]


def test_a_block_in_a_shadow_root_is_found_behind_a_list_that_is_none() -> None:
    comments = "".join(f"<div><b>Jan</b><p>Onzin nummer {n}.</p><i>{n} uur geleden</i></div>" for n in range(1, 5))
    shadow = f"<x-a><template shadowrootmode=open>{cards('{}')}</template></x-a>"
    assert told(block_of(f"<!doctype html><html lang=nl><body>{comments}{shadow}</body></html>").items) == THREE


def test_an_intro_says_nothing_where_the_page_was_cut_behind_an_age() -> None:
    whole = opened("<p>Het laatste nieuws van de redactie.</p>")
    texts = {item.text for item in block_of(whole).items}
    for end in range(whole.index("Kop van stuk 0"), len(whole)):
        assert {item.text for _, item in read(whole[:end]).items()} <= texts


def test_a_headed_block_without_a_whole_item_is_no_listing_in_another_language() -> None:
    live = "".join(
        f"<article><time datetime=2026-03-02T1{n}:00:00Z>{3 - n} uur geleden</time><p>GOES - Bericht {n}.</p></article>"
        for n in range(3)
    )
    page = f"<!doctype html><html lang=nl><body><main>{live}</main>{cards('<time>{}</time>')}</body></html>"
    cut = page.index("Tekst 0.") + 4
    assert [item.text for _, item in read(page[:cut]).items()] == []


COMMENTS = "".join(
    f"<div><b>Jan</b> <i>{n} uur geleden</i><p>Wat een onzin is dit toch {n}.</p></div>" for n in (2, 3, 4)
)
REPLIES = f"<section><h2>Reacties</h2>{COMMENTS}</section>"
LINKS = "<ul><li><a href=/1>Kop een twee</a></li><li><a href=/2>Kop drie vier</a></li></ul>"


@pytest.mark.parametrize(
    "page",
    [
        f"<main><p>Slot.</p><p><a href=/s>Meer uit Sport</a></p>{REPLIES}</main>",
        f"<main><p>Slot.</p><button>Meer uit Sport</button>{REPLIES}</main>",
        f"<div><a href=/s>Meer uit Sport</a></div><main><h1>Kop</h1><p>Een zin.</p>{REPLIES}</main>",
        f"<main><h2>Meer uit gewoonte</h2><p>Een zin hier.</p>{REPLIES}</main>",
        f"<div><h2>Meer uit je bezoek</h2><p>Wij gebruiken cookies.</p><button>OK</button></div><main>{REPLIES}</main>",
    ],
)
def test_a_heading_heads_nothing_behind_another_title(page: str) -> None:
    assert read(f"<!doctype html><html lang=nl><body>{page}</body></html>").blocks == ()


@pytest.mark.parametrize(
    "behind",
    [
        REPLIES,
        REPLIES.replace("h2", "h3"),
        "</main><footer><p>Laatst bijgewerkt: 2 uur geleden</p></footer>",
        "<footer><p>Laatst bijgewerkt: 2 uur geleden</p></footer>",
    ],
)
def test_headlines_without_ages_are_what_the_heading_heads(behind: str) -> None:
    page = f"<!doctype html><html lang=nl><body><main><h2>Meer uit Sport</h2>{LINKS}{behind}</body></html>"
    assert told(block_of(page).items) == [("Kop een twee", "", None), ("Kop drie vier", "", None)]


def test_a_lower_title_may_stand_below_the_heading() -> None:
    items = "".join(f"<h3>Kop van stuk {n}</h3><p>GOES - Tekst {n}.</p><i>{age}</i>" for n, age in enumerate(HOURS))
    for heading in ("<h2>Meer uit Sport</h2><p>Een inleiding.</p>", "<h4>Meer uit Sport</h4>", "<p>Meer uit Sport</p>"):
        assert told(block_of(f"<section>{heading}{items}</section>").items) == THREE


def test_a_title_in_an_element_of_its_own_ends_a_block() -> None:
    items = "".join(f"<div><p>GOES - Tekst {n}.</p><i>{age}</i></div>" for n, age in enumerate(HOURS))
    most_read = "<div><h3>Meest gelezen</h3></div><ol><li>Kop van een stuk <i>3 uur geleden</i></li></ol>"
    block = block_of(f"<aside><h3>Meer uit Sport</h3>{items}{most_read}</aside>")
    assert [item.text for item in block.items] == ["Tekst 0.", "Tekst 1.", "Tekst 2."]


def test_17_a_text_that_reads_as_a_heading_in_one_of_several_items_is_text() -> None:
    items = [f"<li><b>Jan {n}</b> <i>{n} uur geleden</i><p>Daar ben ik het mee eens.</p></li>" for n in range(1, 6)]
    items[2] = items[2].replace("Daar ben ik het mee eens.", "Meer uit gewoonte")
    assert read(f"<!doctype html><html lang=nl><body><ul>{''.join(items)}</ul></body></html>").blocks == ()


@pytest.mark.parametrize(
    "row", ["Queen - Radio Ga Ga", "Ajax - PSV", "PROJ-41 - Fix the login page", "[OPGELOST] - Geen geluid"]
)
def test_a_list_of_names_with_dashes_is_no_listing(row: str) -> None:
    rows = "".join(f"<li><p>{row} {n}</p> <small>{n} minuten geleden</small></li>" for n in (2, 3, 4))
    assert read(f"<!doctype html><html lang=nl><body><ul>{rows}</ul></body></html>").blocks == ()
    assert read("".join(f"{row} {n}\n{n} minuten geleden\n" for n in (2, 3, 4))).blocks == ()


PARTED = (
    "<main><section><aside class=lijst><h2>Meer uit Sport</h2>{first}</aside><aside class=reclame><div></div></aside>"
    "<aside class=lijst>{title}{second}</aside></section></main>"
)


def _linked(level: str, *numbers: int) -> str:
    return "".join(f"<article><{level}><a href=/{n}>De kop van stuk {n}</a></{level}></article>" for n in numbers)


def test_a_list_that_an_advertisement_parts_goes_on_in_an_element_like_its_own() -> None:
    page = PARTED.format(first=_linked("h3", 1, 2, 3), title="", second=_linked("h2", 4, 5, 6))
    assert [item.url for item in block_of(page, url="https://krant.example/").items] == [
        f"https://krant.example/{n}" for n in range(1, 7)
    ]


@pytest.mark.parametrize("title", ["<h2>Video</h2>", "<h2>Het weer in Zeeland</h2>"])
def test_what_has_a_title_of_its_own_goes_on_with_no_list(title: str) -> None:
    page = PARTED.format(first=_linked("h3", 1, 2, 3), title=title, second=_linked("h3", 4, 5, 6))
    assert len(block_of(page).items) == 3


def test_a_headline_that_ends_like_the_title_of_another_list_is_one() -> None:
    titles = ["A headline of one story", "Another headline here", "6 exercises that are right for you"]
    items = "".join(f"<li><a href=/{at}>{title}</a></li>" for at, title in enumerate(titles))
    page = f"<html lang=en><div><h2>More from Health</h2><ul>{items}</ul></div>"
    assert [item.headline for item in block_of(page).items] == titles


@pytest.mark.parametrize(
    "heading", ["<h2>Meer uit Sport</h2>", "<p>Meer uit Sport</p>", "<div><b>Meer uit Sport</b></div>"]
)
def test_a_list_of_one_item_with_an_age_is_a_block_whatever_its_heading_is_set_in(heading: str) -> None:
    page = f"<main>{heading}<ul><li><a href=/a>De kop van het stuk</a> <i>2 uur geleden</i></li></ul></main>"
    assert [item.headline for item in block_of(page).items] == ["De kop van het stuk"]


WAYS = ("dicht", "open", "voor altijd dicht")


@pytest.mark.parametrize(
    "dateline",
    [
        "GOES (ANP) - ",
        "<b>GOES</b> (ANP) - ",
        "<b>GOES</b> <i>(ANP)</i> <span>- </span>",
        "GOES<!-- --> (<!-- -->ANP<!-- -->) - ",
        "GOES&nbsp;(ANP)&nbsp;&ndash; ",
        "GO&shy;ES\n (ANP) -\n",
        "<i>·</i> GOES (ANP) - ",
        "<b>GOES</b> - ",
    ],
)
def test_a_list_without_a_heading_is_found_whatever_its_datelines_are_set_in(dateline: str) -> None:
    reports = "".join(
        f"<li><p>{dateline}De brug gaat {way}.</p><i>{age}</i></li>" for way, age in zip(WAYS, HOURS, strict=True)
    )
    assert [(item.place, item.text) for item in block_of(f"<ul>{reports}</ul>").items] == [
        ("GOES", f"De brug gaat {way}.") for way in WAYS
    ]
