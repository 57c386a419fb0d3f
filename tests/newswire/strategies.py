"""Hypothesis strategies: small sets of captures in which everything that can meet does meet.

Few texts, headlines, places, addresses and seconds, so that captures share items, items share headlines and links,
bodies come back stale, times are equal and ages contradict each other. The pages are real ones, without noise: they can
be extracted, or stored from their sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from tests.newswire import markup, text
from tests.newswire.ages import Age
from tests.newswire.captures import Block, Capture, Lead, Printed, Sheet
from tests.newswire.noise import Quiet

BASE = datetime(2025, 3, 10, 12, tzinfo=UTC)

#: Texts, each in the spellings that are one item. Three differ by a digit.
TEXTS = (
    (
        'De "coördinator" wacht - voorlopig...',
        "De “coördinator” wacht – voorlopig…",
        "De «coördinator» wacht — voorlopig...",
    ),
    ("Israël telt zo'n 10.000 mensen 's avonds.", "Isra\u01abl telt zo’n 10.000 mensen ’s avonds."),
    ("Israël telt zo'n 10.001 mensen 's avonds.",),
    ("Israël telt zo'n 10.002 mensen 's avonds.",),
    ("Bijna 10 jaar geleden gebeurde dat, zei hij.", "Bijna 10 ja\u200dar geleden gebeurde dat, zei hij."),
)
HEADLINES = ("Zo'n 10.000 mensen vertrokken", "Zo’n 10.000 mensen vertrokken", "Weerbericht voor morgen")
PLACES = ("Goes", "GOES", "ÎLE LONGUE", "TEHERAN/JERUZALEM")
AGENCIES = ((), ("ANP",), ("ANP", "AFP"))
LINKS = ("https://krant.example/a", "https://krant.example/b")
URLS = ("https://krant.example/1", "https://krant.example/2", "https://www.zender.example/1")
SECTIONS = ("Buitenland", "Zeeland")

#: The same second, the next one, the next minute, hour, day and week, and anything within a month.
moments = st.one_of(
    st.sampled_from([0, 1, 59, 60, 3600, 7200, 86400, 86401, 7 * 86400, 7 * 86400 + 1]), st.integers(0, 30 * 86400)
).map(lambda seconds: BASE + timedelta(seconds=seconds))

ages = st.one_of(
    st.builds(Age, st.integers(0, 3), st.sampled_from(["minute", "hour", "day"])),
    st.builds(Age, st.integers(0, 59), st.sampled_from(["second", "minute", "hour", "day", "week", "month", "year"])),
)


@cache
def _printed(*, headed: bool, places: tuple[str, ...] = PLACES) -> st.SearchStrategy[Printed]:
    """An item of a text form: it has a dateline; ``headed``: and a headline, as all the others of the page."""
    return st.builds(
        Printed,
        text=st.sampled_from([spelling for spellings in TEXTS for spelling in spellings]),
        age=ages,
        headline=st.sampled_from(HEADLINES) if headed else st.none(),
        place=st.sampled_from(places),
        agencies=st.sampled_from(AGENCIES),
    )


#: An article whose first paragraph may be the body of an item.
leads = st.builds(
    Lead,
    headline=st.sampled_from(HEADLINES),
    dateline=st.sampled_from(("GOES (ANP)", "TEHERAN/JERUZALEM (ANP/AFP)")),
    paragraphs=st.tuples(
        st.sampled_from([spelling for spellings in TEXTS for spelling in spellings]), st.just("Meer is niet bekend.")
    ),
)


#: How long before its page an item says it came, where it says so.
_before = st.none() | st.integers(0, 200_000).map(lambda seconds: timedelta(seconds=seconds))
_links = st.sampled_from([None, *LINKS])
_some_sections = {
    blocks: st.lists(st.sampled_from(SECTIONS), min_size=1, max_size=blocks, unique=True) for blocks in (1, 2)
}


@st.composite
def _marked(draw: st.DrawFn, moment: datetime, *, headed: bool) -> Printed:
    """An item of an HTML page: with or without link, dateline and ``<time>``; ``headed``: or a headline alone."""
    item, before = draw(_printed(headed=headed)), draw(_before)
    item = replace(item, stamp=None if before is None else moment - before)
    if draw(st.booleans()):
        item = replace(item, place=None, agencies=())
    if item.headline is None:
        return item
    item = replace(item, url=draw(_links))
    return replace(item, text="", place=None, agencies=()) if draw(st.integers(0, 5)) == 5 else item


def _one_title_for_a_text(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of a page of markup: what it prints alike below several titles is a label there and no text."""
    titles: dict[int, str] = {}

    def titled(item: Printed) -> Printed:
        if item.headline is None or not item.text:
            return item
        (of,) = [place for place, spellings in enumerate(TEXTS) if item.text in spellings]
        return replace(item, headline=titles.setdefault(of, item.headline))

    named = tuple(replace(block, items=tuple(map(titled, block.items))) for block in blocks)
    told = {item.headline: item for block in named for item in block.items if item.text}

    def whole(item: Printed) -> Printed:
        """A title alone beside the same title with a text is a second copy of that card, and no item."""
        other = told.get(item.headline) if item.headline and not item.text else None
        return replace(item, text=other.text, place=other.place, agencies=other.agencies) if other else item

    return tuple(replace(block, items=tuple(map(whole, block.items))) for block in named)


@st.composite
def captures(draw: st.DrawFn, *, undated: bool = True, forms: Sequence[str] = ("G", "H", "HTML")) -> Capture:
    """One capture: one or two blocks of one to four items, the last one cut off now and then.

    ``undated``: of some captures nobody says when they were made. ``forms``: those of the pages.
    """
    moment = draw(moments)
    form = draw(st.sampled_from(forms))
    headed = form == "H" or (form == "HTML" and draw(st.booleans()))
    item = _marked(moment, headed=headed) if form == "HTML" else _printed(headed=headed)
    items = st.lists(item, min_size=1, max_size=4)
    sections = draw(_some_sections[2 if form == "HTML" else 1])
    blocks = tuple(Block(section, tuple(draw(items))) for section in sections)
    if form == "HTML":
        blocks = _one_title_for_a_text(blocks)
    cut = draw(st.none() | _printed(headed=headed, places=PLACES[1:])) if form != "HTML" else None
    sheet = Sheet(blocks, cut=cut, lead=draw(st.none() | leads))
    body = markup.render(Quiet(), "card", sheet) if form == "HTML" else text.render(Quiet(), form, sheet)
    known = not undated or draw(st.integers(0, 9)) < 9
    return Capture(draw(st.sampled_from(URLS)), moment if known else None, form, body, sheet)


@st.composite
def capture_sets(
    draw: st.DrawFn, *, max_size: int = 6, undated: bool = True, forms: Sequence[str] = ("G", "H", "HTML")
) -> list[Capture]:
    """Captures that share items, some of them stale copies; ``undated``: of some nobody says when they were made."""
    fresh = draw(st.lists(captures(undated=undated, forms=forms), min_size=1, max_size=max_size))
    copied = draw(st.lists(st.tuples(st.sampled_from(fresh), moments), max_size=2))
    return fresh + [replace(capture, observed_at=moment) for capture, moment in copied]


@st.composite
def arrivals(draw: st.DrawFn, sets: Sequence[Capture]) -> list[list[Capture]]:
    """The captures in any order, some of them again, in any batches."""
    again = draw(st.lists(st.sampled_from(list(sets)), max_size=4))
    order = draw(st.permutations([*sets, *again]))
    ends = sorted(draw(st.sets(st.integers(1, len(order)), max_size=3)) | {len(order)})
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]
