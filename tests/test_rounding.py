"""How lists round their ages is found out from their sightings, in whatever order they come; or somebody says it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from meeruit.tasks.grammar import profiles
from meeruit.tasks.records import Rounding, Window
from meeruit.tasks.report import explanations, listings, status
from meeruit.tasks.store.contradictions import Readings, agrees, rounds_to_nearest
from meeruit.tasks.store.rounding import suspects
from meeruit.tasks.store.tables import Contradiction, Item, ListState, Page, table
from meeruit.tasks.times import intersect
from meeruit.tasks.work.replay import Report, changed_items, replay
from meeruit.worker.database import reading
from tests.newswire import text
from tests.newswire.ages import Age, age, nearest_age, utc
from tests.newswire.captures import Block, Capture, Printed, Sheet
from tests.newswire.noise import Quiet
from tests.newswire.strategies import BASE
from tests.storing import clear, store
from tests.tables import check, stored_items

CASES = Path(__file__).parent / "cases" / "polling"
PUBLISHED = utc("2026-03-02T08:00:30Z")
NUMBERS = range(1, 7)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_item, _list, _page = table(Item), table(ListState), table(Page)
_quick = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def case(name: str) -> list[Capture]:
    """The captures of a case; nobody noted down what is on them."""
    found = []
    for line in map(json.loads, (CASES / f"{name}.jsonl").read_text("utf-8").splitlines()):
        form, body = ("HTML", line["html"]) if "html" in line else ("G", line["text"])
        found.append(Capture(line["url"], utc(line["observed_at"]), form, body, Sheet(())))
    return found


def everything() -> list[Capture]:
    return [capture for number in NUMBERS for capture in case(f"rounding-{number}")]


def in_parts(engine: Engine, captures: Sequence[Capture], size: int, rounding: Rounding | None = None) -> None:
    """Each part is a run of its own, derived before the next one comes."""
    for start in range(0, len(captures), size):
        store(engine, [[list(captures[start : start + size])]], rounding=rounding)


def roundings(engine: Engine) -> dict[tuple[str, str], str]:
    """How lists round of which something is known."""
    with reading(engine) as db:
        return {(row.list, row.section): row.rounding for row in db.execute(select(_list))}


def windows(engine: Engine, wanted: str) -> list[Window]:
    """The windows of the items with such a text, by text."""
    with reading(engine) as db:
        rows = db.execute(select(_item).where(_item.c.text.like(f"{wanted}%")).order_by(_item.c.text)).all()
    return [Window(row.published_after, row.published_before) for row in rows]


def holds(window: Window, moment: datetime) -> bool:
    return window.after < moment <= window.before or window.after == moment == window.before


def shot(hours: float, *printed: tuple[str, Age], url: str = "https://krant.example/1") -> Capture:
    """A page captured some hours after the base that lists these texts with these ages."""
    items = tuple(Printed(f"Dat is {body}.", age, None, "GOES") for body, age in printed)
    sheet = Sheet((Block("Zeeland", items),))
    return Capture(url, BASE + hours * HOUR, "G", text.render(Quiet(), "G", sheet), sheet)


@_quick
@given(st.permutations(range(12)), st.sampled_from([1, 3, 12]))
def test_one_contradiction_switches_the_list_and_all_its_windows_hold_the_true_time(
    engine: Engine, order: list[int], size: int
) -> None:
    clear(engine)
    captures = everything()
    in_parts(engine, [captures[at] for at in order], size)
    assert roundings(engine) == {("n.example", "Zee"): "nearest"}
    found = windows(engine, "Bericht")
    assert len(found) == len(NUMBERS)
    assert all(holds(window, PUBLISHED) for window in found)
    with reading(engine) as db:
        assert not any(row.conflicts for row in db.execute(select(_item)))


@pytest.mark.parametrize("number", NUMBERS)
def test_said_of_the_source_it_holds_from_the_first_capture_on_and_nothing_switches(
    engine: Engine, number: int
) -> None:
    in_parts(engine, case(f"rounding-{number}")[::-1], 1, Rounding.NEAREST)
    (window,) = windows(engine, "Bericht")
    assert holds(window, PUBLISHED)
    assert roundings(engine) == {}


def test_what_is_said_to_be_rounded_down_is_never_switched(engine: Engine) -> None:
    in_parts(engine, everything(), 4, Rounding.DOWN)
    assert roundings(engine) == {}
    with reading(engine) as db:
        assert {row.rounding for row in db.execute(select(_page))} == {"down"}
        assert sum(row.conflicts for row in db.execute(select(_item))) > 0


units = st.sampled_from(["second", "minute", "hour", "day", "week", "month"])
printed = st.tuples(st.integers(0, 9), st.builds(Age, st.integers(0, 5), units))


@settings(max_examples=300, deadline=None)
@given(st.lists(printed, min_size=1, max_size=6), st.sampled_from([1, 59, 600, 3600, 40_000]))
def test_sightings_speak_for_a_rounding_as_their_pairs_do(seen: list[tuple[int, Age]], step: int) -> None:
    readings = []
    for moment, words in seen:
        at = BASE + timedelta(seconds=moment * step)
        down, nearest = words.window(at), words.nearest_window(at)
        readings.append(Readings(Window(down.after, down.before), Window(nearest.after, nearest.before)))
    pairs = [
        (intersect(a.down, b.down) is None, intersect(a.nearest, b.nearest) is None)
        for a, b in combinations(readings, 2)
    ]
    for_nearest, for_down = (True, False) in pairs, (False, True) in pairs
    expected = None if for_nearest == for_down else Rounding.NEAREST if for_nearest else Rounding.DOWN
    assert agrees(readings) == expected


#: Items by when they were published, and captures by when, in seconds after the base.
stories = st.lists(st.integers(0, 20_000), min_size=1, max_size=4, unique=True)
looks = st.lists(st.integers(20_000, 700_000) | st.integers(20_000, 40_000), min_size=2, max_size=6, unique=True)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories, looks, st.sampled_from(Rounding), st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_true_time_lies_in_every_window_however_a_site_rounds(
    engine: Engine, stories: list[int], looks: list[int], rounding: Rounding, size: int, rng: Any
) -> None:
    """If nothing contradicts itself nobody can know of a site that rounds to the nearest unit, unless somebody says it."""
    clear(engine)
    times = {
        f"Dat is {number}.": BASE + timedelta(seconds=second) for number, second in enumerate(sorted(stories)[::-1])
    }
    tell = age if rounding is Rounding.DOWN else nearest_age
    captures = []
    for second in looks:
        at = BASE + timedelta(seconds=second)
        items = tuple(Printed(body, tell(time, at), None, "GOES") for body, time in times.items())
        sheet = Sheet((Block("Zeeland", items),))
        captures.append(Capture(f"https://krant.example/{second}", at, "G", text.render(Quiet(), "G", sheet), sheet))
    rng.shuffle(captures)
    in_parts(engine, captures, size)
    check(engine, captures)
    found = roundings(engine).get(("krant.example", "Zeeland"), "down")
    assert found == "down" or rounding is Rounding.NEAREST
    if found == rounding:
        assert all(holds(window, times[body]) for body, window in _by_text(engine).items())
    clear(engine)
    in_parts(engine, captures, size, rounding)
    assert all(holds(window, times[body]) for body, window in _by_text(engine).items())


@pytest.mark.parametrize("seed", [1, 2])
def test_three_workers_at_once_come_to_the_tables_of_the_oracle(engine: Engine, seed: int) -> None:
    """Two lists of one site, polled over a day; some items stand on both."""
    rng = random.Random(seed)
    times = {f"Dat is {number}.": BASE + timedelta(seconds=rng.randrange(60_000)) for number in range(60)}
    captures = []
    for number in range(90):
        at = BASE + timedelta(seconds=rng.randrange(20_000, 90_000))
        section = rng.choice(("Zeeland", "Sport"))
        newest = sorted((time, body) for body, time in times.items() if time <= at and _stands_on(body, section))[-8:][
            ::-1
        ]
        items = tuple(Printed(body, nearest_age(time, at), None, "GOES") for time, body in newest)
        sheet = Sheet((Block(section, items),))
        captures.append(Capture(f"https://krant.example/{number}", at, "G", text.render(Quiet(), "G", sheet), sheet))
    store(engine, [[captures[a : a + 6] for a in range(start, 90, 18)] for start in (0, 6, 12)], connections=3)
    check(engine, captures)
    assert set(roundings(engine).values()) == {"nearest"}
    seen = _by_text(engine)
    assert all(holds(window, times[body]) for body, window in seen.items())
    assert len(seen) > 20


def _stands_on(body: str, section: str) -> bool:
    """Whether an item stands on a list: two thirds of all do."""
    return (len(section) + sum(map(ord, body))) % 3 > 0


def _by_text(engine: Engine) -> dict[str, Window]:
    with reading(engine) as db:
        return {row.text: Window(row.published_after, row.published_before) for row in db.execute(select(_item))}


def test_an_earlier_copy_takes_back_what_a_page_seemed_to_say(engine: Engine) -> None:
    """The page was a copy out of a cache: its words were true an hour before."""
    late = shot(5, ("a", Age(1, "hour")))
    captures = [late, shot(6, ("a", Age(1, "hour")), ("b", Age(2, "hour")), url="https://krant.example/2")]
    in_parts(engine, captures, 1)
    assert roundings(engine) == {("krant.example", "Zeeland"): "nearest"}
    check(engine, captures)
    captures.append(replace(late, observed_at=BASE + 4.2 * HOUR))
    in_parts(engine, captures[2:], 1)
    assert roundings(engine) == {("krant.example", "Zeeland"): "down"}
    with reading(engine) as db:
        assert list(db.execute(select(table(Contradiction)))) == []
    check(engine, captures)


def test_a_page_that_has_not_changed_has_nothing_judged_anew(engine: Engine) -> None:
    """The words are those of the hour before, and nothing follows from them again, though they contradict others."""
    first = shot(5, ("a", Age(1, "hour")))
    changed = shot(6, ("a", Age(1, "hour")), ("b", Age(2, "hour")))
    in_parts(engine, [first, changed, replace(changed, observed_at=BASE + 7 * HOUR)], 1)
    assert roundings(engine) == {("krant.example", "Zeeland"): "nearest"}
    with reading(engine) as db:
        said = [suspects(db, _page.c.observed_at == BASE + hours * HOUR) for hours in (6, 7)]
    assert [list(map(len, each.values())) for each in said] == [[2], []]


def test_one_page_out_of_a_cache_does_not_switch_a_list_that_rounds_down(engine: Engine) -> None:
    """Its words contradict those of other pages; more items contradict the nearest unit."""
    true = [
        shot(h, *((b, age(BASE - m * MINUTE, BASE + h * HOUR)) for b, m in (("a", 5), ("b", 15), ("c", 25), ("d", 50))))
        for h in (0, 0.95, 1.5, 1.9, 2.95)
    ]
    cached = shot(1.7, ("a", age(BASE - 5 * MINUTE, BASE + 1.5 * HOUR - 31 * MINUTE)), url="https://krant.example/2")
    in_parts(engine, [cached, *true], 1)
    check(engine, [cached, *true])
    assert "nearest" not in roundings(engine).values()


def test_a_page_that_states_its_own_address_is_dated_as_its_list_rounds(engine: Engine) -> None:
    """Nobody gave its address; the list that it belongs to is that of the address that it states."""
    in_parts(engine, everything(), 12)
    item = '<li><a href="/s"><h3>Stuk</h3></a><p>GOES (ANP) - Heel ander bericht over de dijk.</p><small>2 uur geleden</small></li>'
    html = (
        '<html lang="nl"><head><link rel="canonical" href="https://n.example/own"></head>'
        f"<body><h2>Meer uit Zee</h2><ul>{item}</ul></body></html>"
    )
    in_parts(engine, [Capture("own.html", utc("2026-03-02T09:35:30Z"), "HTML", html, Sheet(()))], 1)
    (window,) = windows(engine, "Heel ander")
    assert holds(window, PUBLISHED)


def test_a_datetime_counts_where_only_the_other_rounding_contradicts_it(engine: Engine) -> None:
    """Two days, rounded down, are too far from a datetime of fourteen hours ago; to the nearest day they are not."""
    words = "<p>GOES (ANP) - Heel ander bericht over de dijk.</p>"
    when = '<time datetime="2026-03-01T22:14:26Z">2 dagen geleden</time>'
    html = f'<html lang="nl"><body><h2>Meer uit Zee</h2><ul><li>{words}{when}</li></ul></body></html>'
    page = Capture("https://n.example/other", utc("2026-03-02T12:00:00Z"), "HTML", html, Sheet(()))
    in_parts(engine, [page], 1)
    (item_before,) = stored_items(engine)
    assert (item_before["published_before"], item_before["published_from"]) == ("2026-02-28T12:00:00Z", "age")
    in_parts(engine, everything(), 12)
    (item_now,) = [each for each in stored_items(engine) if "dijk" in str(each["text"])]
    assert (item_now["published_before"], item_now["published_from"]) == ("2026-03-01T22:14:26Z", "datetime")


def test_the_majority_says_how_a_list_rounds() -> None:
    assert not rounds_to_nearest({})
    assert rounds_to_nearest({Rounding.NEAREST: 1})
    assert not rounds_to_nearest({Rounding.NEAREST: 2, Rounding.DOWN: 2})
    assert rounds_to_nearest({Rounding.NEAREST: 3, Rounding.DOWN: 2})


def test_status_and_show_say_how_a_list_rounds(engine: Engine) -> None:
    in_parts(engine, everything(), 12)
    with reading(engine) as db:
        (row,) = status.list_states(db)
        (item,) = db.execute(select(_item).where(_item.c.text.like("Bericht 2%"))).all()
        assert row["rounding"] == "nearest"
        assert explanations.rounded(db, item.id) == [("n.example", "Zee")]
        assert [one.sightings for one in explanations.windows(db, item.id)] == [2], "they agree"
        seen = list(listings.sightings(db, item.id))
    assert all(each["published_after"] < PUBLISHED <= each["published_before"] for each in seen)


NL = (Path(profiles.__file__).parent / "languages" / "nl.toml").read_text()


def test_a_replay_that_reads_more_ages_comes_to_the_same_rounding(engine: Engine, tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text(NL.replace("\nhour = [", '\nhour = ["stonden"]\n# ['))
    store(engine, [[everything()]], profile=str(profile))
    assert roundings(engine) == {}
    before = stored_items(engine)
    profile.write_text(NL)
    report = Report()
    for _ in replay(engine, report):
        pass
    assert roundings(engine) == {("n.example", "Zee"): "nearest"}
    now = stored_items(engine)
    with reading(engine) as db:
        changed = {row["content_hash"] for row in changed_items(db, report)}
    assert changed == {row["content_hash"] for row in now if row not in before}
    clear(engine)
    store(engine, [[everything()]], profile=str(profile))
    assert stored_items(engine) == now


def test_words_count_where_a_datetime_contradicts_them_and_the_page_says_so(engine: Engine) -> None:
    in_parts(engine, case("datetime-local-as-z"), 1)
    with reading(engine) as db:
        assert [row["remarks"] for row in listings.pages(db)] == [{"time contradicts": 2}] * 2
    shut, summit = stored_items(engine) if _is_first(engine) else stored_items(engine)[::-1]
    assert (shut["published_after"], shut["published_before"]) == ("2026-03-02T13:46:00Z", "2026-03-02T13:47:00Z")
    assert (summit["published_after"], summit["published_before"]) == ("2026-03-02T12:15:00Z", "2026-03-02T13:05:00Z")
    assert {shut["published_from"], summit["published_from"]} == {"age"}


def _is_first(engine: Engine) -> bool:
    return "bridge" in str(stored_items(engine)[0]["text"])


def test_an_age_from_before_the_web_says_nothing_and_its_item_stands(engine: Engine) -> None:
    in_parts(engine, case("age-1970"), 1)
    (item,) = stored_items(engine)
    assert item["text"] == "Bericht over de sluis."
    assert (item["published_after"], item["published_before"], item["published_from"]) == (None, None, None)


@pytest.mark.parametrize(
    ("date", "window"),
    [
        ("2 maart 2026, 14:00", ("2026-03-02T12:59:59Z", "2026-03-02T13:00:59Z")),
        ("1 maart 2026", ("2026-02-28T22:59:59Z", "2026-03-01T22:59:59Z")),
        ("2 maart 2027", (None, None)),
        ("2 maart 1994", (None, None)),
    ],
)
def test_a_date_is_stored_as_what_the_window_rests_on(
    engine: Engine, date: str, window: tuple[str | None, str | None]
) -> None:
    body = f"Kop\nMeer uit Zee\nGOES (ANP) - Bericht over de sluis.\n{date}\n"
    in_parts(engine, [Capture("https://n.example/d", utc("2026-03-02T14:05:00Z"), "G", body, Sheet(()))], 1)
    (item,) = stored_items(engine)
    assert (item["published_after"], item["published_before"]) == window
    assert item["published_from"] == ("date" if window[0] else None)
