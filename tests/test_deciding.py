"""Which sightings of an item can be given up: what is left gives the same item, also with what is captured later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.records import PublishedFrom, Rounding, Window
from meeruit.tasks.store.canonical import Seen, canonical
from meeruit.tasks.store.contradictions import Readings, agrees
from meeruit.tasks.store.deciding import Sighted, deciding
from meeruit.tasks.store.overlap import List
from tests.cost import IN_STEP, growth

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LISTS = (None, ("krant", "Goes"), ("radio", "Goes"))


@st.composite
def sightings(draw: st.DrawFn, *, true: bool = False, first_page: int = 1, since: int = 0) -> list[Sighted]:
    """Sightings of one item, each on a page of its own; ``true``: all windows hold the same second; from a minute on."""
    captures = draw(
        st.lists(
            st.tuples(st.integers(since, since + 30), st.sampled_from("abc"), st.sampled_from("xyz")),
            unique=True,
            min_size=1,
            max_size=12,
        )
    )
    pages = draw(st.permutations(range(first_page, first_page + len(captures))))
    found = []
    for page, (minute, address, body) in zip(pages, captures, strict=True):
        window, nearest = draw(_windows(true=true))
        point = window is not None and window.after == window.before
        said_by = draw(st.sampled_from([PublishedFrom.AGE, PublishedFrom.DATE]))
        which = draw(st.sampled_from(LISTS))
        seen = Seen(
            observed_at=START + minute * MINUTE,
            address=address,
            position=1,
            body=f"{body}{first_page}",
            section=draw(st.sampled_from([None, "Sport", "Goes"])),
            headline=draw(st.sampled_from([None, "Brand", "Brand!"])),
            place=draw(st.sampled_from([None, "GOES"])),
            agencies=draw(st.sampled_from([(), ("ANP",), ("ANP", "AFP")])),
            url=draw(st.sampled_from([None, "/1"])),
            text=draw(st.sampled_from(["'t brandt", "’t brandt"])),
            window=window,
            published_from=None if window is None else PublishedFrom.DATETIME if point else said_by,
        )
        readings = None if window is None or nearest is None else Readings(window, nearest)
        found.append(Sighted(seen, page, (which and which[0], False), which, readings))
    return found


@st.composite
def _windows(draw: st.DrawFn, *, true: bool) -> tuple[Window | None, Window | None]:
    """Rounded down, and to the nearest; where ``true``, both hold the second ``START``."""
    if draw(st.integers(0, 3)) == 0:
        return None, None
    if draw(st.integers(0, 9)) == 0:
        moment = START if true else START - draw(st.integers(0, 12)) * MINUTE
        return Window(moment, moment), Window(moment, moment)
    windows = []
    for _ in range(2):
        before = draw(st.integers(0, 12)) if true else draw(st.integers(-12, 12))
        after = draw(st.integers(1, 12)) if true else draw(st.integers(1, 6)) - before
        windows.append(Window(START - after * MINUTE, START + before * MINUTE))
    return windows[0], windows[1]


def item(some: Sequence[Sighted], rounding: str = "down") -> object:
    """What they say the item is, where all lists round so."""

    def window(one: Sighted) -> Window | None:
        if one.readings is None:
            return None
        return one.readings.down if rounding == "down" else one.readings.nearest

    return canonical([one.seen._replace(window=window(one)) for one in some])


def left(some: Sequence[Sighted]) -> list[Sighted]:
    """What is kept; a copy of a capture that was given up says nothing, as before."""
    pages = deciding(some)
    order = sorted(some, key=lambda one: one.seen.observed_at, reverse=True)
    gone = {(one.seen.address, one.seen.body): one.seen.observed_at for one in order if one.page not in pages}

    def copied(one: Sighted) -> bool:
        return gone.get((one.seen.address, one.seen.body), one.seen.observed_at) < one.seen.observed_at

    def silent(one: Sighted) -> Sighted:
        return replace(one, seen=one.seen._replace(published_from=None, window=None), readings=None)

    return [silent(one) if copied(one) else one for one in some if one.page in pages]


@given(sightings())
def test_what_is_left_gives_the_same_item_and_nothing_more_can_be_given_up(some: list[Sighted]) -> None:
    kept = left(some)
    assert item(kept) == item(some)
    assert left(kept) == kept
    assert min(one.page for one in kept) == min(one.page for one in some)
    assert {one.site for one in kept} == {one.site for one in some}


@given(sightings(), sightings(first_page=101, since=31))
def test_what_is_captured_later_finds_the_same(some: list[Sighted], later: list[Sighted]) -> None:
    assert item([*left(some), *later]) == item([*some, *later])


@given(sightings(true=True), sightings(true=True, first_page=101))
def test_a_late_capture_finds_the_same_where_all_agree_however_ages_are_rounded(
    some: list[Sighted], late: list[Sighted]
) -> None:
    kept = left(some)
    for rounding in ("down", "nearest"):
        assert item([*kept, *late], rounding) == item([*some, *late], rounding)
    assert left([*kept, *late]) == left(left([*kept, *late]))


@given(sightings(), sightings(first_page=101))
def test_a_late_capture_that_contradicts_changes_no_more_than_the_window(
    some: list[Sighted], late: list[Sighted]
) -> None:
    both, all_of_them = (canonical([one.seen for one in (*which, *late)]) for which in (left(some), some))
    same = {"window": None, "published_from": None, "conflicts": 0}
    assert both._replace(**same) == all_of_them._replace(**same)  # type: ignore[arg-type]
    assert both.conflicts <= all_of_them.conflicts


@given(sightings())
def test_how_lists_round_is_said_as_by_all_of_them(some: list[Sighted]) -> None:
    def votes(which: list[Sighted]) -> dict[List, Rounding | None]:
        heard: set[tuple[str, str]] = set()
        found: dict[List | None, list[Readings]] = {}
        for one in sorted(which, key=lambda one: one.seen[:4]):
            if one.readings and (one.seen.address, one.seen.body) not in heard:
                found.setdefault(one.which, []).append(one.readings)
            heard.add((one.seen.address, one.seen.body))
        return {name: agrees(said) for name, said in found.items() if name}

    assert votes(left(some)) == votes(some)


def quiet(captures: int) -> list[Sighted]:
    """What a page that hardly changes says of one item: a capture every ten minutes, each with a body of its own."""
    some = []
    for n in range(captures):
        moment, hours = START + n * 10 * MINUTE, n // 6
        window = Window(moment - (hours + 1) * 60 * MINUTE, moment - hours * 60 * MINUTE)
        shown = ("Goes", "Brand", "GOES", ("ANP",), None, "'t brandt")
        seen = Seen(moment, "a", 1, str(n), *shown, window, PublishedFrom.AGE)
        some.append(Sighted(seen, n, ("krant", False), LISTS[1], Readings(window, window)))
    return some


def test_of_many_captures_of_a_quiet_page_few_are_left() -> None:
    assert len(left(quiet(1_000))) < 12


def test_what_it_costs_to_decide_grows_in_step_with_the_sightings() -> None:
    assert growth(quiet, deciding, 1_000) < IN_STEP
