"""Whatever a page is made of: no crash, no hang over 2 s of work, no growth over 500 MB.

A short run in the suite; ``make fuzz`` runs ten minutes of it (``FUZZ_SECONDS`` says how long).
"""

from __future__ import annotations

import os
import re
import resource
import time
from functools import cache

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.extract import extract, to_json
from meeruit.tasks.fold import clean, content_hash
from meeruit.tasks.records import Page
from tests.golden import golden_pages
from tests.grammar.habits import HABITS, TOLD, page
from tests.grammar.reading import OBSERVED
from tests.grammar.test_properties import TEXTS

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
LONGEST, GROWTH = 2.0, 500_000_000
_TAGS = (
    "a b i p div span ul ol li h1 h2 h3 table tr td th caption dl dt dd section article aside main nav footer header time small "
    "em strong br hr img svg g foreignObject math mi template script style title textarea select option button form font "
    "figure figcaption details summary pre plaintext noscript iframe x-card base body html head frameset object marquee"
).split()
_WORDS = [
    *(
        "Meer uit Buitenland",
        "Meer uit",
        "Meer",
        "Top Stories",
        "GOES - ",
        "BRUSSEL (ANP/AFP) - ",
        "Goes - ",
        "(ANP)",
        "[Advertorial] - ",
    ),
    *(
        "2 uur geleden",
        "18 minuten geleden",
        "zojuist",
        "half uur geleden",
        "gisteren 14.05",
        "geleden",
        "2",
        "uur",
        "39 mins ago",
    ),
    *(
        "De brug is dicht.",
        "Een kop van iets",
        "Foto: Jan",
        "12 reacties",
        "Lees meer",
        "Door Jan Jansen",
        " - ",
        "“Ja”",
        "…",
    ),
    *(
        "\n",
        "\r\n",
        " ",
        "\u00a0",
        "\u00ad",
        "\u200b",
        "\ufeff",
        "\0",
        "&nbsp;",
        "&amp;",
        "&#0;",
        "&#xd800;",
        "·",
        "|",
        "\u2028",
    ),
    *(
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "<![CDATA[",
        "<!doctype html>",
        "<?xml",
        '"',
        "'",
        "=",
        "/>",
        "é",
        "e\u0301",
        "日本",
        "🇳🇱",
        "\ud800",
    ),
]
_ATTRIBUTES = st.sampled_from(
    [
        "",
        ' href="/x"',
        " href=javascript:x",
        ' datetime="2026-03-02T13:05:00Z"',
        ' datetime="P1D"',
        ' class="a b"',
        ' lang="en"',
        ' href="//[::1"',
        " x=<y>",
        ' a="',
    ]
)
_TAG = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(_TAGS), _ATTRIBUTES),
    st.builds("</{}>".format, st.sampled_from(_TAGS)),
    st.builds("<{0}>{1}</{0}>".format, st.sampled_from(_TAGS), st.sampled_from(_WORDS)),
)
_WHOLE = st.sampled_from([*(page(habit(TOLD)) for habit in HABITS.values()), *TEXTS.values()])
_GOLDEN = st.sampled_from([one.page.body.decode("utf-8", "replace") for one in golden_pages()])
_PLACE = st.integers(0, 100_000)
_PIECE = st.one_of(_TAG, st.sampled_from(_WORDS), st.text(max_size=8), st.integers(0, 99).map(str))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A page out of pieces, or a real one with pieces put in, taken out, repeated and cut, or its tags and texts moved."""
    text = "".join(draw(st.lists(_PIECE, max_size=60)))
    if draw(st.booleans()):
        text = _moved(draw(st.one_of(_WHOLE, _GOLDEN)), draw(st.lists(st.tuples(_PLACE, _PLACE), max_size=12)))
    elif draw(st.booleans()):
        whole = draw(_WHOLE)
        at = draw(st.integers(0, len(whole)))
        text = whole[: max(0, at - draw(st.integers(0, 200)))] + text + whole[at:]
    text = text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text
    text *= draw(st.sampled_from([1, 1, 1, 2, 50, 400]))
    codec = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "windows-1252", "utf-16", "utf-16-le"]))
    body = text.encode(codec, "replace")
    if draw(st.booleans()):
        return body
    at = draw(st.integers(0, len(body)))
    return body[:at] + draw(st.binary(max_size=6)) + body[at:]


def _moved(html: str, places: list[tuple[int, int]]) -> str:
    """The page with some of its tags and texts in each other's place."""
    tokens = re.split(r"(<[^>]*>)", html)
    for one, other in places:
        one, other = one % len(tokens), other % len(tokens)
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


_TYPES = st.sampled_from(
    ["", "", "text/html", "text/plain", "text/html; charset=utf-8", "text/html; charset=windows-1251"]
)


def check(body: bytes, media_type: str) -> None:
    """Extract a page, and hold it to its limits."""
    peak, start = peak_at_first(), time.process_time()
    told = _told(Page(body, "https://krant.example/a/b", OBSERVED, media_type))
    assert time.process_time() - start < LONGEST, (len(body), media_type)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - peak < GROWTH
    assert told
    assert "\n" not in told or told.startswith("{")
    told.encode()


def _told(page: Page) -> str:
    """What a page holds, its items clean, or why it is refused: nothing else may be raised."""
    try:
        extraction = extract(page)
    except Unreadable as refused:
        return str(refused)
    for item in [item for block in extraction.blocks for item in block.items]:
        assert item.content_hash == content_hash(item.text or item.headline or "")
        assert [clean(text) for text in (item.text, item.headline or "")] == [item.text, item.headline or ""]
    return str(to_json(extraction))


@cache
def peak_at_first() -> int:
    """The most bytes that this process held before the first page; other tests may have run in it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


_SETTINGS = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_no_page_crashes_hangs_or_grows() -> None:
    end = time.monotonic() + SECONDS
    run = 0
    while run == 0 or time.monotonic() < end:

        @seed(run + 20260302)
        @settings(_SETTINGS, max_examples=1000 if SECONDS else 400)
        @given(bodies(), _TYPES)
        def pages(body: bytes, media_type: str) -> None:
            check(body, media_type)

        pages()
        run += 1
