"""What HTML says beside its text: links, times, headings; blocks told from what only looks like one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from meeruit.tasks.html.links import LONGEST, resolve
from meeruit.tasks.records import PublishedFrom, Reason, Window
from tests.grammar.habits import FOOT, HEAD, LEAD, TOLD, a, e
from tests.grammar.reading import block_of, items_of, read, texts_of

BASE = "https://krant.example/nieuws/artikel"
COMMENTS = "".join(
    f"<div><b>Jan {n}</b> <span>{n} uur geleden</span><p>Wat een onzin, vind ik nummer {n}.</p></div>"
    for n in range(1, 6)
)
LIST = "".join(f"<li><h3>{a(t, e(t.headline))}</h3><p>{e(t.report)}</p><i>{t.age}</i></li>" for t in TOLD)
BODIES = [told.body for told in TOLD]


def item_with(href: str, before: str = "") -> str:
    return f'{before}<h2>Meer uit Sport</h2><div><a href="{href}">Een kop van iets</a><p>GOES - Ja.</p><i>2 uur geleden</i></div>'


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/x", "https://krant.example/x"),
        ("x?a=1&amp;b=2#c", "https://krant.example/nieuws/x?a=1&b=2#c"),
        ("../x", "https://krant.example/x"),
        ("//ander.example/x", "https://ander.example/x"),
        ("?p=2", "https://krant.example/nieuws/artikel?p=2"),
        ("HTTPS://Ander.example/X", "https://Ander.example/X"),
        (" /x\n", "https://krant.example/x"),
        ("/x y", "https://krant.example/x%20y"),
        ("/zo’n", "https://krant.example/zo’n"),
        ("http://bücher.example/", "http://bücher.example/"),
        ("http://ander.example:8080/", "http://ander.example:8080/"),
        ("#reacties", None),
        ("", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@b.example", None),
        ("ftp://ander.example/x", None),
        ("http://jan:geheim@ander.example/", None),
        ("http://jan@ander.example/", None),
        ("/x\ty", None),
        ("/x&#10;y", None),
        ("/x&#0;y", "https://krant.example/x\ufffdy"),
        ("/x%00y", None),
        ("http://ander.example:99999/", None),
        ("http://ander.example:0/", None),
        ("http:///x", None),
        ("http://", None),
        ("http://[::1", None),
        ("http://[::1]:x/", None),
        ("x" * 100_000, None),
    ],
)
def test_33_to_36_only_links_to_web_pages_survive(href: str, url: str | None) -> None:
    (item,) = items_of(item_with(href), url=BASE)
    assert (item.headline, item.url) == ("Een kop van iets", url)


def test_33_a_link_may_be_2000_characters_long() -> None:
    longest = "https://krant.example/" + "x" * (LONGEST - len("https://krant.example/"))
    assert resolve(longest, None) == longest
    assert resolve(longest + "x", None) is None


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ('<base href="https://ander.example/map/">', "https://ander.example/map/x"),
        ('<base href="/map/">', "https://krant.example/map/x"),
        ('<base href="javascript:alert(1)">', "https://krant.example/nieuws/x"),
        ('<base href="http://jan@ander.example/">', "https://krant.example/nieuws/x"),
        ('<base href="">', "https://krant.example/nieuws/x"),
        ('<base target="_blank"><BASE HREF="https://ander.example/">', "https://ander.example/x"),
        ('<noscript><img src="/pixel"></noscript><base href="/map/">', "https://krant.example/map/x"),
    ],
)
def test_35_relative_links_resolve_against_the_base(base: str, url: str) -> None:
    (item,) = items_of(item_with("x", f"<!doctype html><head>{base}</head>"), url=BASE)
    assert item.url == url


def test_35_without_an_address_only_whole_links_are_links() -> None:
    assert items_of(item_with("/x"))[0].url is None
    assert items_of(item_with("https://krant.example/x"))[0].url == "https://krant.example/x"


def test_a_link_around_nothing_that_is_laid_over_a_card_is_the_link_of_its_item() -> None:
    card = "<div><h3>Kop</h3><p>GOES - Tekst {0}.</p><i>{0} uur geleden</i><a class=stretched href=/{1}></a></div>"
    block = block_of(f"<h2>Meer uit Sport</h2><section>{card.format(2, 'a')}{card.format(3, 'b')}</section>", url=BASE)
    assert [item.url for item in block.items] == ["https://krant.example/a", "https://krant.example/b"]


def test_a_link_around_a_picture_will_do_where_the_text_has_none() -> None:
    html = '<h2>Meer uit Sport</h2><div><a href="/x"><img src=y></a><p>GOES - Ja.</p><i>2 uur geleden</i></div>'
    assert items_of(html, url=BASE)[0].url == "https://krant.example/x"


def timed(time: str) -> str:
    return f"<h2>Meer uit Sport</h2><div><p>GOES - De brug is dicht.</p>{time}</div>"


POINT = Window(datetime(2026, 3, 2, 13, 5, tzinfo=UTC), datetime(2026, 3, 2, 13, 5, tzinfo=UTC))
HOURS = Window(datetime(2026, 3, 2, 11, 5, tzinfo=UTC), datetime(2026, 3, 2, 12, 5, tzinfo=UTC))
MINUTE = Window(datetime(2026, 3, 2, 13, 4, 59, tzinfo=UTC), datetime(2026, 3, 2, 13, 5, 59, tzinfo=UTC))
TODAY = Window(datetime(2026, 3, 1, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 14, 5, tzinfo=UTC))
FROM: dict[Window | None, PublishedFrom] = {
    POINT: PublishedFrom.DATETIME,
    HOURS: PublishedFrom.AGE,
    MINUTE: PublishedFrom.DATE,
    TODAY: PublishedFrom.DATE,
}


@pytest.mark.parametrize(
    ("time", "age", "window"),
    [
        ('<time datetime="2026-03-02T14:05:00+01:00">2 uur geleden</time>', "2 uur geleden", POINT),
        ('<time datetime="2026-03-02T13:05Z">14:05</time>', "14:05", POINT),
        ('<time datetime="2026-03-02T13:05Z">2 maart 2026, 14:05</time>', "2 maart 2026, 14:05", POINT),
        ('<time datetime="2026-03-02T13:05Z"></time>', "2026-03-02T13:05Z", POINT),
        ('<time datetime="2026-03-02T13:05Z">14:05</time> <i>2 uur geleden</i>', "2 uur geleden", POINT),
        ('<i>2 uur geleden</i> <time datetime="2026-03-02T13:05Z">14:05</time>', "2 uur geleden", POINT),
        ('<relative-time datetime="2026-03-02T13:05Z">2 uur geleden</relative-time>', "2 uur geleden", POINT),
        ('<time datetime="2026-03-02T13:05Z"><b>2</b> uur geleden</time>', "2 uur geleden", POINT),
        ('<time datetime="2026-03-02T14:05:00">2 uur geleden</time>', "2 uur geleden", HOURS),
        ('<time datetime="2026-03-02">2 uur geleden</time>', "2 uur geleden", HOURS),
        ('<time datetime="1970-01-01T00:00:00Z">2 uur geleden</time>', "2 uur geleden", HOURS),
        ('<time datetime="2036-03-02T13:05Z">2 uur geleden</time>', "2 uur geleden", HOURS),
        ("<time>2 uur geleden</time>", "2 uur geleden", HOURS),
        ("<time>14:05</time>", "14:05", MINUTE),
        ('<time datetime="2026-03-02">2 maart</time>', "2 maart", TODAY),
    ],
)
def test_a_time_with_a_zone_is_a_point_and_wins_over_words(time: str, age: str, window: Window | None) -> None:
    (item,) = items_of(timed(time))
    assert (item.text, item.age, item.window) == ("De brug is dicht.", age, window)
    assert item.published_from == FROM.get(window)


@pytest.mark.parametrize(
    "body",
    [
        "Dat was <em>2 uur geleden</em> nog anders.",
        "Dat was <em>2 uur geleden</em>, zegt men.",
        "Op <time>12 maart</time> is er feest.",
        'Het is <time datetime="2026-03-12">12 maart</time> zover.',
        'Leestijd: <time datetime="PT3M">3 min</time>.',
        "Hij zei <b>zojuist</b> dat het niet doorgaat.",
    ],
)
def test_13_to_16_a_time_in_a_sentence_is_no_age(body: str) -> None:
    html = f"<h2>Meer uit Sport</h2><div><p>GOES - {body}</p><i>3 uur geleden</i></div>"
    (item,) = items_of(html)
    assert (item.age, item.text) == ("3 uur geleden", re.sub("<.*?>", "", body))


@pytest.mark.parametrize(
    "heading",
    [
        "<h2>Meer uit Buitenland</h2>",
        "<h2>Meer uit <em>Buitenland</em></h2>",
        "<h2><span>Meer</span> <span>uit</span> <span>Buitenland</span></h2>",
        "<h2>\n  Meer   uit\n  <a href=/buitenland>Buitenland</a>\n</h2>",
        "<div><div>Meer uit&nbsp;Buitenland</div></div>",
        "<p><strong>Meer uit Buitenland</strong></p>",
        "<header><hgroup><h3>Meer uit Buitenland</h3></hgroup></header>",
        "<h2>Meer uit Buiten&shy;land</h2>",
        "<h2>Meer uit Buitenland:</h2>",
        "<h2>Meer uit Buitenland <button>Alles</button></h2>",
        "<h2><svg><title>x</title></svg>Meer uit Buitenland</h2>",
        "<legend>Meer uit Buitenland</legend>",
    ],
)
def test_a_heading_of_any_markup(heading: str) -> None:
    block = block_of(f"{HEAD}{LEAD}<div>{heading}<ul>{LIST}</ul></div>{FOOT}")
    assert (block.section, [item.text for item in block.items]) == ("Buitenland", BODIES)


def test_several_blocks_on_a_page_even_in_one_element() -> None:
    for around in ("<section>{}</section>", "{}"):
        blocks = "".join(around.format(f"<h2>Meer uit {name}</h2><ul>{LIST}</ul>") for name in ("Sport", "Zeeland"))
        sport, zeeland = read(f"{HEAD}{LEAD}{blocks}{FOOT}").blocks
        assert (sport.section, zeeland.section) == ("Sport", "Zeeland")
        assert [item.text for item in sport.items] == BODIES
        assert [reject.reason for reject in zeeland.rejected] == [Reason.REPEATED] * len(TOLD)


def test_29_an_item_repeated_on_a_page_is_one_at_its_first_position() -> None:
    block = block_of(f"<h2>Meer uit Sport</h2><ul>{LIST * 3}</ul>")
    assert [item.position for item in block.items] == [1, 2, 3, 4]
    assert [reject.reason for reject in block.rejected] == [Reason.REPEATED] * 8


@pytest.mark.parametrize(
    "ordinary",
    [
        f"<section><h2>Reacties</h2>{COMMENTS}</section>",
        "<h2>Live</h2>"
        + "".join(f"<p><time>{n} minuten geleden</time> De minister zegt {n} dingen.</p>" for n in range(1, 9)),
        "<h2>Meest gelezen</h2><ol>"
        + "".join(f"<li><a href=/{n}>Kop {n}</a> {n} uur geleden</li>" for n in range(9))
        + "</ol>",
        f"<nav><a href=/z>Meer uit Zeeland</a></nav><section>{COMMENTS}</section>",
        f"<ul><li><a href=/z>Meer uit Zeeland</a></li></ul><section>{COMMENTS}</section>",
        f"<article><p>Tekst van iets.</p><a href=/z>Meer uit Zeeland</a></article><section>{COMMENTS}</section>",
        f"<div><h2>Zeeland</h2><p>Kop.</p><a href=/z>Meer uit Zeeland</a></div><section>{COMMENTS}</section>",
        f"<section><h2>Meer uit Zeeland</h2><ul><li>Een kop.<li>Nog een.<li>Derde.</ul></section><section>{COMMENTS}</section>",
        "<table><tr><td>12 stuks</td><td>2 dagen geleden</td></tr><tr><td>4 stuks</td><td>3 dagen geleden</td></tr></table>",
        "<p>2 uur geleden</p>",
        "<h2>Meer uit Zeeland</h2><p>Geen nieuws.</p>",
    ],
)
def test_pages_without_a_block_have_no_items(ordinary: str) -> None:
    assert texts_of(f"{HEAD}{LEAD}{ordinary}{FOOT}") == []


@pytest.mark.parametrize(
    "behind",
    [
        f"<h3>Reacties</h3>{COMMENTS}",
        f"<section>{COMMENTS}</section>",
        f"<aside>{COMMENTS}</aside>",
        f"<footer>{COMMENTS}</footer>",
        f"<h2>Meest gelezen</h2>{COMMENTS}",
    ],
)
def test_what_begins_behind_a_block_is_no_part_of_it(behind: str) -> None:
    assert texts_of(f"{HEAD}{LEAD}<h2>Meer uit Buitenland</h2><ul>{LIST}</ul>{behind}{FOOT}") == BODIES
    title = '<div class="title">{}</div>'
    html = f"{HEAD}{LEAD}{title.format('Meer uit Sport')}<ul>{LIST}</ul>{title.format('Reacties')}{COMMENTS}{FOOT}"
    assert texts_of(html) == BODIES


CARDS = "".join(
    f"<article><h2>ANP {e(t.headline)}</h2><p>{e(t.report)}</p><span>{t.age}</span></article>" for t in TOLD
)
FLAT = "".join(f"<p>{e(t.report)}</p><p>{t.age}</p>" for t in TOLD)
TICKER = "<h2>Net binnen</h2><ul><li>Buitenland 11:40 Een kop</li><li>Sport 11:20 Nog een kop</li></ul>"


@pytest.mark.parametrize(
    ("listing", "headlines"),
    [
        (f"<h1>Tholen</h1><p>maandag 3 november 2025</p><p>Editie: NL | Zeeland</p>{CARDS}", True),
        (f"<h1>Tholen</h1>{CARDS}<section><h3>Reacties</h3>{COMMENTS}</section>", True),
        (f"<h1>Tholen</h1>{TICKER}{FLAT}", False),
        (f"<h1>Tholen</h1>{TICKER}<div>{FLAT}</div>", False),
        (f"<h1>Tholen</h1><div><div>{CARDS}</div></div>", True),
    ],
)
def test_8_and_9_a_listing_needs_no_heading(listing: str, headlines: bool) -> None:
    extraction = read(f"{HEAD}<main>{listing}{FOOT}")
    (block,) = extraction.blocks
    assert (block.section, [item.text for item in block.items]) == ("Tholen", BODIES)
    assert [item.headline for item in block.items] == [told.headline if headlines else None for told in TOLD]
    assert extraction.lead is None


def test_a_listing_has_three_items_of_which_half_open_with_a_dateline() -> None:
    def cards(*reports: str) -> str:
        return (
            "<main><h1>Nieuws</h1>"
            + "".join(f"<div><p>{one}</p><i>2 uur geleden</i></div>" for one in reports)
            + "</main>"
        )

    dated, plain = [f"GOES - Bericht {n}." for n in range(4)], [f"Dat is bericht {n} van vandaag." for n in range(4)]
    assert texts_of(cards(*dated[:2])) == []
    assert len(texts_of(cards(*dated[:3]))) == 3
    assert len(texts_of(cards(*dated[:2], *plain[:2]))) == 4
    assert texts_of(cards(*dated[:2], *plain[:3])) == []
    assert texts_of(cards(dated[0], dated[0], dated[1])) == []


def test_a_listing_may_stand_inside_a_title() -> None:
    rows = "".join(f"<div>GOES - De brug {n} is dicht.<p>{n} uur geleden</p></div>" for n in (1, 2, 3))
    assert len(items_of(f"<h2><div>{rows}</div></h2><footer>Over ons</footer>")) == 3


def test_a_page_with_a_headed_block_has_no_listing() -> None:
    html = f"{HEAD}<main>{CARDS}<section><h2>Meer uit Sport</h2><div><p>GOES - Ja.</p><i>1 dag geleden</i></div></section>{FOOT}"
    assert [(block.section, len(block.items)) for block in read(html).blocks] == [("Sport", 1)]


def test_a_headline_alone_is_an_item_only_in_a_headed_block() -> None:
    headlines = "".join(f"<li>{a(t, e(t.headline))} <i>{t.age}</i></li>" for t in TOLD)
    block = block_of(f"{HEAD}{LEAD}<h2>Meer uit Sport</h2><ul>{headlines}</ul>{FOOT}")
    assert [(item.headline, item.text) for item in block.items] == [(told.headline, "") for told in TOLD]
    reports = "".join(f"<li><p>{e(t.report)}</p><i>{t.age}</i></li>" for t in TOLD)
    listing = block_of(
        f"{HEAD}<main><ul>{reports}<li><a href=/x>Een kop alleen</a> <i>1 dag geleden</i></li></ul>{FOOT}"
    )
    assert [item.text for item in listing.items] == BODIES
    assert [reject.reason for reject in listing.rejected] == [Reason.NO_TEXT]


def test_an_age_with_nothing_beside_it_is_passed_over() -> None:
    block = block_of(f"<h2>Meer uit Sport</h2><ul>{LIST}<li><i>2 dagen geleden</i></li></ul>")
    assert [item.text for item in block.items] == BODIES
    assert block.rejected == ()


def test_32_a_text_that_no_wire_sends_is_rejected_and_shown_in_part() -> None:
    long = "Een zin. " * 2_000
    for body, headline in ((long, "Een kop"), ("Een zin.", "Kop " * 200)):
        block = block_of(
            f"<h2>Meer uit Sport</h2><div><h3>{headline}</h3><p>GOES - {body}</p><i>2 uur geleden</i></div>"
        )
        assert block.items == ()
        assert [(one.reason, len(one.text) <= 1_000) for one in block.rejected] == [(Reason.TOO_LONG, True)]


def test_37_markup_in_a_text_is_text() -> None:
    (item,) = items_of(
        "<h2>Meer uit Sport</h2><div><p>GOES - &lt;script>alert(1)&lt;/script></p><i>2 uur geleden</i></div>"
    )
    assert item.text == "<script>alert(1)</script>"


REPORTS = "".join(f"<li><p>{e(t.report)}</p><i>{t.age}</i></li>" for t in TOLD)


def test_an_item_without_an_age_among_others_is_an_item_without_one() -> None:
    html = f"<h2>Meer uit Sport</h2><ul>{REPORTS}<li><p>PARIJS (ANP) - Zonder leeftijd.</p></li></ul>"
    block = block_of(html)
    assert [item.text for item in block.items] == [*BODIES, "Zonder leeftijd."]
    assert (block.items[-1].age, block.items[-1].window, block.rejected) == (None, None, ())


def test_a_last_item_without_an_age_that_ends_within_a_sentence_is_cut_off() -> None:
    html = f"<h2>Meer uit Sport</h2><ul>{REPORTS}<li><p>PARIJS (ANP) - Zonder leef</p></li></ul>"
    assert [reject.reason for reject in block_of(html).rejected] == [Reason.CUT]


@pytest.mark.parametrize(
    "glued", ["2 uur geledenDoor Jan", "<pre>Jan\n2 uur geledenPiet</pre>", "<br>2 uur geledenPiet"]
)
def test_an_age_glued_to_a_text_elsewhere_does_not_turn_the_markup_of_a_block_into_text(glued: str) -> None:
    items = '<li><a href="https://krant.example/1">De brug</a><p>De brug is dicht.</p><i>1 uur geleden</i></li>'
    page = f"<div>{glued}</div><section><h2>Meer uit Zeeland</h2><ul>{items}</ul></section>"
    assert [item.url for item in items_of(page)] == ["https://krant.example/1"]


@pytest.mark.parametrize("mark", ["", "\ufeff", "\u00ad", "\u200b"])
def test_glued_text_is_cut_at_its_ages_whatever_prints_nothing_before_them(mark: str) -> None:
    page = f"<p>Meer uit Zeeland<br>GOES - De brug is dicht.<br>{mark}1 uur geledenTHOLEN - De sluis niet.<br>2 uur geleden</p>"
    assert texts_of(page) == ["De brug is dicht.", "De sluis niet."]


def test_a_page_that_ends_in_plain_text_holds_its_own_text_only() -> None:
    page = (
        "<p>Meer uit Zeeland</p><p>GOES - De brug is dicht.</p><p>1 uur geleden</p><plaintext>GOES - De sluis <b>ook."
    )
    assert [reject.text for reject in block_of(page).rejected] == ["De brug is dicht.", "De sluis <b>ook."]


def test_a_page_that_lost_its_end_loses_its_last_item() -> None:
    html = f"{HEAD}{LEAD}<section><h2>Meer uit Buitenland</h2><ul>{LIST}</ul></section>{FOOT}"
    block = block_of(html[: html.rindex("</i></li>")])
    assert [item.text for item in block.items] == BODIES[:-1]
    assert [reject.reason for reject in block.rejected] == [Reason.CUT]


@pytest.mark.parametrize("end", ["</ul></section>", "</ul>", "</ul></section></main></body></html>"])
def test_a_fragment_is_whole_without_the_end_of_a_page(end: str) -> None:
    assert texts_of(f"<section><h2>Meer uit Buitenland</h2><ul>{LIST}{end}") == BODIES


@pytest.mark.parametrize(
    ("tail", "whole"),
    [
        ("<script>x</script>", True),
        ("<img src=x></div>\n<!-- served in 3 ms -->", True),
        ("<noscript><img src=x></noscript><SCRIPT>'</p>'</SCRIPT >", True),
        ("<p>Nog iets", True),
        ("<script>x", False),
    ],
)
def test_scripts_and_stray_tags_may_stand_behind_a_whole_page(tail: str, whole: bool) -> None:
    html = "<html><body><h2>Meer uit Sport</h2><p>2 uur geleden</p><p>GOES - Een.</p><p>3 uur geleden</p><p>GOES - Twee.</p>"
    assert texts_of(f"{html}</body></html>{tail}") == ["Een.", "Twee."] * whole


def test_a_headline_in_a_closed_list_is_whole_where_the_page_does_not_end_its_body() -> None:
    heads = "".join(f"<li><a href=/{n}>Kop van stuk {n}</a> <i>{n} uur geleden</i></li>" for n in (2, 3))
    html = f"<html lang=nl><title>x</title><body><h2>Meer uit Sport</h2><ul>{heads}</ul><p>Alle rechten."
    assert [item.headline for item in items_of(html)] == ["Kop van stuk 2", "Kop van stuk 3"]
    for end in range(len(html)):
        found = [item.headline for _, item in read(html[:end]).items()]
        assert found == ["Kop van stuk 2", "Kop van stuk 3"][: len(found)]
        assert len(found) < 2 or "</ul>" in html[:end]


def test_a_report_in_a_closed_list_is_whole_where_the_page_does_not_end_its_body() -> None:
    items = "".join(f"<dt>{n} uur geleden<dd><a href=/{n}>Kop {n}</a><div>GOES - Tekst {n}.</div>" for n in (2, 3))
    html = (
        f"<html lang=nl><title>x</title><body class=a><h2>Meer uit Sport</h2><dl>{items}</dl><address>Markt 4</address>"
    )
    assert texts_of(html) == ["Tekst 2.", "Tekst 3."]
    for end in range(len(html)):
        assert [item.text for _, item in read(html[:end]).items()] in ([], ["Tekst 2."], ["Tekst 2.", "Tekst 3."])


def test_a_page_that_leaves_out_its_last_end_tags_is_whole() -> None:
    html = "<!doctype html><title>x</title><h2>Meer uit Sport</h2><p>GOES - Ja.<p>2 uur geleden<p>Borsele - Nee.<p>3 uur geleden"
    assert texts_of(html) == ["Ja.", "Nee."]
