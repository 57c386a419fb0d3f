"""What stands beside an item's age, headline and body: labels, counts, second wordings, "read more", other titles."""

from __future__ import annotations

import pytest

from tasks.records import Item
from tests.grammar.reading import block_of, read

BEFORE = "<main><h2>Meer uit Sport</h2>"
HOURS = ("2 uur geleden", "3 uur geleden", "5 uur geleden")


def cards(age: str, *, headline: str = "<h3>{}</h3>") -> str:
    """A block of three items; ``{}`` in ``age`` is the item's age."""
    items = (
        f"<div>{headline.format(f'Kop van stuk {n}')}<p>GOES - Tekst {n}.</p><div>{age.replace('{}', hours)}</div></div>"
        for n, hours in enumerate(HOURS)
    )
    return f"{BEFORE}<section>{''.join(items)}</section></main>"


def told(items: tuple[Item, ...]) -> list[tuple[str | None, str, str | None]]:
    return [(item.headline, item.text, item.age) for item in items]


THREE = [(f"Kop van stuk {n}", f"Tekst {n}.", age) for n, age in enumerate(HOURS)]


@pytest.mark.parametrize(
    "age",
    [
        "<a href=#r>12</a><span>{}</span>",  # a count of comments
        "<span>1</span><time>{}</time>",
        "<time><span aria-hidden=true>{}</span><span class=sr-only>{}</span></time>",
        "<time datetime=2026-03-02><b>{}</b><b>{}</b></time>",
        "<time><span class=sr-only>{}</span><span aria-hidden=true>2u geleden</span></time>",
        "<time><i>Geplaatst: </i>{}</time>",
        "<time>{}</time> door Jan Jansen",
        "<span>{}</span> in <a href=/sport>Sport</a>",
        "<span>{}</span>, <a href=/sport>Sport</a>",
        "(<span>{}</span>)",
        "<span>({})</span>",
        "Bijgewerkt {}",
        "<span>Gepubliceerd: {}</span>",
        "Gepubliceerd <time>{}</time>",
        "<span>Geplaatst</span> <span>{}</span>",
        "<span>Gepubliceerd {}</span> <span>Bijgewerkt 1 uur geleden</span>",
        "Gepubliceerd <time>{}</time>, bijgewerkt <time>1 uur geleden</time>",
        "<p>Geplaatst <time>{}</time></p><p>Laatst bijgewerkt: <time>1 uur geleden</time></p>",
    ],
)
def test_an_age_is_read_whatever_is_said_beside_it(age: str) -> None:
    block = block_of(cards(age))
    assert (told(block.items), block.rejected) == (THREE, ())
    assert all(item.window for item in block.items)


@pytest.mark.parametrize(
    "said", ["Updated 2 hours ago", "Published: 2 hours ago", "Posted <b>2 hours ago</b>", "(2 hours ago)"]
)
def test_an_age_is_read_behind_the_words_of_its_language(said: str) -> None:
    (item,) = block_of(f"<h2>More in Sport</h2><div><h3>A head</h3><p>LEEDS (PA) - Text.</p>{said}</div>").items
    assert item.age == "2 hours ago"


@pytest.mark.parametrize("label", ["<h3>Vandaag</h3>", "<button>Vandaag</button><button>Gisteren</button>"])
def test_a_day_that_is_a_title_or_a_button_is_no_age(label: str) -> None:
    flat = "".join(f"<h4>Kop van stuk {n}</h4><p>GOES - Tekst {n}.</p><p>{age}</p>" for n, age in enumerate(HOURS))
    block = block_of(f"{BEFORE}{label}{flat}")
    assert (told(block.items), block.rejected) == (THREE, ())


@pytest.mark.parametrize(
    ("card", "headline", "place", "text"),
    [
        (
            "<h3>LIVE - Debat in de Kamer</h3><p>Een tekst van het stuk.</p>",
            "LIVE - Debat in de Kamer",
            None,
            "Een tekst van het stuk.",
        ),
        ("<h3>UPDATE - Brand in Goes</h3><p>GOES - Een tekst.</p>", "UPDATE - Brand in Goes", "GOES", "Een tekst."),
        (
            "<a href=https://a.example/>EU - China: de cijfers</a><p>Een tekst van het stuk.</p>",
            "EU - China: de cijfers",
            None,
            "Een tekst van het stuk.",
        ),
        ("<h3>LIVE - Wie wint er?</h3>", "LIVE - Wie wint er?", None, ""),
        ("<h3>GOES (ANP) - Een tekst in een kop.</h3>", None, "GOES", "Een tekst in een kop."),
        (
            "<h3><span>Oorlog</span> <a href=/a>Landen eens over sancties</a></h3><p>De tekst.</p>",
            "Landen eens over sancties",
            None,
            "De tekst.",
        ),
        (
            "<h3>Kop<p>De tekst van het stuk staat hier in de kop.</p></h3>",
            "Kop",
            None,
            "De tekst van het stuk staat hier in de kop.",
        ),
        ("<h4>Oorlog</h4><h3>Landen eens</h3><p>De tekst.</p>", "Landen eens", None, "De tekst."),
        ("<h4>Oorlog</h4><h3>Landen eens</h3><p>GOES - De tekst.</p>", "Landen eens", "GOES", "De tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst. <a href=/a>Lees meer <span>→</span></a></p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst. <a href=/a>Lees verder »</a></p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst. <a href=/a>Verder lezen</a></p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES - Een tekst.</p><a href=/a>› Lees het hele artikel</a>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES (ANP) -- Een tekst.</p>", "Kop", "GOES", "Een tekst."),
        ("<h3>Kop</h3><p>GOES -- Een tekst.</p>", "Kop", "GOES", "Een tekst."),
    ],
)
def test_headline_and_body_are_told_apart(card: str, headline: str | None, place: str | None, text: str) -> None:
    other = "<div><h3>Andere kop</h3><p>BERN (ANP) - Andere tekst.</p><i>3 uur geleden</i></div>"
    items = block_of(f"{BEFORE}<div>{card}<i>2 uur geleden</i></div>{other}").items
    assert [(item.headline, item.place, item.text) for item in items] == [
        (headline, place, text),
        ("Andere kop", "BERN", "Andere tekst."),
    ]


def opened(between: str, *, intro: str = "") -> str:
    """A flat block in which each age opens its item; ``between`` the heading and the first age, something else."""
    flat = "".join(f"<p>{age}</p><h3>Kop van stuk {n}</h3><p>GOES - Tekst {n}.</p>" for n, age in enumerate(HOURS))
    return f"<main><section><h2>Meer uit Sport</h2>{between}{intro}{flat}</section></main>"


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


@pytest.mark.parametrize("at", [0, 1, 2])
def test_17_a_headline_that_reads_as_a_heading_is_a_headline(at: int) -> None:
    heads = ["Een kop", "Twee kop", "Drie kop"]
    heads[at] = "Meer uit nood dan weelde"
    items = "".join(
        f"<li><h3>{head}</h3><p>GOES - Tekst {n}.</p><span>{age}</span></li>"
        for n, (head, age) in enumerate(zip(heads, HOURS, strict=True))
    )
    block = block_of(f"<section><h2>Meer uit Sport</h2><ul>{items}</ul></section>")
    assert (block.section, [item.headline for item in block.items]) == ("Sport", heads)


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


@pytest.mark.parametrize(
    "text",
    [
        "Noord- en Zuid-Korea praten weer.",
        "IT- en telecombedrijven zoeken mensen.",
        "Fiets- en wandelpaden worden breder.",
    ],
)
def test_a_suspended_hyphen_ends_no_dateline(text: str) -> None:
    (item,) = block_of(f"{BEFORE}<div><h3>Kop</h3><p>{text}</p><i>2 uur geleden</i></div>").items
    assert (item.place, item.text) == (None, text)


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
    "label", ["<span>Zeeland</span>", "<span>1</span>", "<p>Storm Benjamin</p>", "<span>3 min. leestijd</span>"]
)
def test_a_label_above_a_linked_headline_is_not_it(label: str) -> None:
    one = '<li>{}<a href="https://krant.example/{}">{}</a><span>2 uur geleden</span></li>'
    heads = ["Trein stil", "Dijk in Zeeland weer dicht", "Feyenoord - PSV uitgesteld", "Wie wint er?"]
    items = "".join(one.format(label, n, head) for n, head in enumerate(heads))
    block = block_of(f"{BEFORE}<ul>{items}</ul>")
    assert [(item.headline, item.text) for item in block.items] == [(head, "") for head in heads]


@pytest.mark.parametrize("meta", ["<span>Zeeland</span> • <span>{}</span>", "<b>Jan Jansen</b> <time>{}</time>"])
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2)])
def test_a_label_beside_an_age_holds_no_item(meta: str, order: tuple[int, int, int]) -> None:
    html = ""
    for n, age in enumerate(HOURS):
        parts = (f"<h3>Kop van stuk {n}</h3>", f"<div>{meta.format(age)}</div>", f"<p>GOES - Tekst {n}.</p>")
        html += "".join(parts[at] for at in order)
    assert told(block_of(f"{BEFORE}{html}</main>").items) == THREE


@pytest.mark.parametrize(
    "heading",
    [
        "Meer uit Kunst &amp; Cultuur <a href=/k>Bekijk alles</a>",
        "Meer uit Kunst &amp; Cultuur <button>Volg dit onderwerp nu</button>",
        "Meer uit Kunst &amp; Cultuur <a href=/k>Alles</a>",
    ],
)
def test_a_link_in_a_heading_is_no_part_of_its_name(heading: str) -> None:
    item = "<div><h3>Kop</h3><p>GOES - Tekst.</p><i>2 uur geleden</i></div>"
    assert block_of(f"<section><h2>{heading}</h2>{item}</section>").section == "Kunst & Cultuur"


@pytest.mark.parametrize(
    "age", ["18 minuten ge&shy;leden", "&lrm;zojuist", "gis&shy;teren 14.05", "&#8203;1 uur geleden"]
)
def test_what_prints_nothing_does_not_hide_an_age(age: str) -> None:
    (item,) = block_of(
        f"<section><h2>Meer uit Sport</h2><div><p>GOES - Tekst.</p><span>{age}</span></div></section>"
    ).items
    assert item.window


def test_a_heading_below_the_text_is_no_headline() -> None:
    text = "<h3>Brand {0}</h3><p>Er was brand in dorp {0}.</p><h4>Eerder: onderzoek naar vele branden</h4>"
    card = f"<div>{text}<i>{{0}} uur geleden</i></div>"
    items = block_of(f"{BEFORE}{''.join(card.format(n) for n in (2, 3, 5))}").items
    assert [item.headline for item in items] == ["Brand 2", "Brand 3", "Brand 5"]


def test_a_day_is_an_age_in_the_element_of_other_ages() -> None:
    card = "<div class=card><h5>Kop {0}</h5><p>GOES - Tekst {0}.</p><h6>{1}</h6></div>"
    ages = ("2 uur geleden", "5 uur geleden", "Gisteren")
    html = BEFORE + "".join(card.format(n, age) for n, age in enumerate(ages))
    assert [item.age for item in block_of(html).items] == list(ages)


@pytest.mark.parametrize(
    "text",
    [
        "<h3><em>10 jaar geleden</em> won Nederland</h3><p>GOES - Een tekst.</p>",
        "<h3>Kop</h3><p><b>Twee jaar geleden</b> won hij nog</p>",
    ],
)
def test_13_an_age_that_opens_a_sentence_is_none(text: str) -> None:
    items = block_of(f"{BEFORE}<div>{text}<i>2 uur geleden</i></div></main>").items
    assert [item.age for item in items] == ["2 uur geleden"]


def test_a_block_of_one_item_stays_one_beside_other_lists() -> None:
    item = "<li><h3>Kop {0}</h3><p>GOES - Tekst {0}.</p><i>2 uur geleden</i></li>"
    own = f"<h2>Meer uit Sport</h2><ul>{''.join(item.format(n) for n in range(3))}</ul>"
    others = "".join(f"<section><h2>{name}</h2><p>1 uur geleden</p></section>" for name in ("Economie", "Cultuur"))
    blocks = read(
        f"<main>{own}{others}<section><h2>Meer uit Politiek</h2><ul>{item.format(9)}</ul></section></main>"
    ).blocks
    assert [block.section for block in blocks] == ["Sport", "Politiek"]


@pytest.mark.parametrize("text", ['GOES - De politie zei: "Dat is erg."', "GOES - Ja, dat is zo."])
def test_a_report_set_as_a_heading_is_a_report(text: str) -> None:
    (item,) = block_of(f"{BEFORE}<div><h3>{text}</h3><i>2 uur geleden</i></div></main>").items
    assert (item.headline, item.place, item.text) == (None, "GOES", text.removeprefix("GOES - "))


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
