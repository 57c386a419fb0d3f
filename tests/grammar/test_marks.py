"""Ages on an HTML page: what is said beside them, and what only looks like one."""

from __future__ import annotations

import pytest

from tests.grammar.cards import BEFORE, HOURS, THREE, cards, told
from tests.grammar.reading import block_of, read


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
        "Geplaatst <b>{}</b>.",
        "🕒 {}",
        "<i>{}<!-- --> | <!-- -->Goes</i>",
        "<i>Sport<!-- --> · {}</i>",
        "<i>🕒</i> {}",
        "<p>Geplaatst <time>{}</time></p><p>Laatst bijgewerkt: <time>1 uur geleden</time></p>",
    ],
)
def test_an_age_is_read_whatever_is_said_beside_it(age: str) -> None:
    block = block_of(cards(age))
    assert (told(block.items), block.rejected) == (THREE, ())
    assert all(item.window for item in block.items)


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("{}", "<span>[]</span> - {}"),
        ("{}", "<b>[]</b> — {}"),
        ("{}", "{} - <span>[]</span>"),
        ("{}", "{} (<span>[]</span>)"),
        ("{}", "(<span>[]</span>) {}"),
        ("{}", "<span>[]</span> ... {}"),
        ("{}", "<span>[]</span>: {}"),
        ("{} - <span>[]</span>", "{}"),
        ("{} (<span>[]</span>)", "{}"),
        ("<span>[]</span>: <a href=/a>{}</a>", "{}"),
    ],
)
def test_what_parts_an_age_from_the_text_beside_it_is_no_part_of_either(headline: str, body: str) -> None:
    items = "".join(
        f"<li><h3>{headline.format(f'Kop van stuk {n}')}</h3><p>{body.format(f'Tekst {n}.')}</p></li>".replace(
            "[]", age
        )
        for n, age in enumerate(HOURS)
    )
    assert told(block_of(f"{BEFORE}<ul>{items}</ul></main>").items) == THREE


@pytest.mark.parametrize(
    "text",
    [
        "De brug (<em>2 uur geleden</em> gesloten) is weer open.",
        "De brug ging dicht (<em>2 uur geleden</em>), en weer open.",
        "Dat was <em>2 uur geleden</em>... nog anders.",
        "<b>Twee jaar geleden</b>: <i>het</i> begin.",
        "De brug ging <em>2 uur geleden</em> - na lang wachten - weer open.",
    ],
)
def test_13_to_16_an_age_in_a_sentence_is_none_whatever_parts_it(text: str) -> None:
    (item,) = block_of(f"{BEFORE}<div><h3>Een kop</h3><p>GOES - {text}</p><i>3 uur geleden</i></div></main>").items
    assert item.age == "3 uur geleden"
    assert "geleden" in item.text


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


@pytest.mark.parametrize("meta", ["<span>Zeeland</span> • <span>{}</span>", "<b>Jan Jansen</b> <time>{}</time>"])
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2)])
def test_a_label_beside_an_age_holds_no_item(meta: str, order: tuple[int, int, int]) -> None:
    html = ""
    for n, age in enumerate(HOURS):
        parts = (f"<h3>Kop van stuk {n}</h3>", f"<div>{meta.format(age)}</div>", f"<p>GOES - Tekst {n}.</p>")
        html += "".join(parts[at] for at in order)
    assert told(block_of(f"{BEFORE}{html}</main>").items) == THREE


@pytest.mark.parametrize(
    "age", ["18 minuten ge&shy;leden", "&lrm;zojuist", "gis&shy;teren 14.05", "&#8203;1 uur geleden"]
)
def test_what_prints_nothing_does_not_hide_an_age(age: str) -> None:
    (item,) = block_of(
        f"<section><h2>Meer uit Sport</h2><div><p>GOES - Tekst.</p><span>{age}</span></div></section>"
    ).items
    assert item.window


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


def test_an_age_that_comments_part_is_one() -> None:
    card = "<div><h3>Kop {0}</h3><p>GOES - Tekst {0}.</p><i>Sport · {0}<!-- --> minuten<!-- --> geleden</i></div>"
    items = block_of(BEFORE + "".join(card.format(n) for n in (18, 23))).items
    assert [item.age for item in items] == ["18 minuten geleden", "23 minuten geleden"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_block_whose_times_have_no_words_is_found_beside_another(order: tuple[int, int]) -> None:
    block = "<section><h2>Meer uit {}</h2><p>GOES - Tekst.</p>{}</section>"
    words, point = block.format("Goes", "<i>1 uur geleden</i>"), '<time datetime="2026-03-02T12:00:00Z">12:00</time>'
    blocks = [words, block.format("Sport", point).replace("Tekst", "Iets anders")]
    page = f"<!doctype html><html lang=nl><body>{''.join(blocks[at] for at in order)}</body></html>"
    found = read(page).blocks
    assert [block.section for block in found] == [("Goes", "Sport")[at] for at in order]
