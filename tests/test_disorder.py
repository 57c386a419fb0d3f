"""A list that is in no order of time, as an editor's front page, has no overlap and no gaps, and status says why."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from meeruit.tasks.records import Block as Shown
from meeruit.tasks.records import Item as Printed
from meeruit.tasks.records import Window
from meeruit.tasks.report import status
from meeruit.tasks.store.disorder import neighbours, out_of_order
from meeruit.tasks.store.tables import Listing, table
from meeruit.worker.cli.health import show_status
from meeruit.worker.database import make_engine, reading
from tests.conftest import fresh_database
from tests.newswire.ages import Age
from tests.newswire.captures import Capture
from tests.newswire.strategies import BASE
from tests.storing import clear
from tests.tables import check, stored_gaps
from tests.test_rounding import MINUTE, everything, in_parts, shot

_listing = table(Listing)


def minutes(hours: float, *ages: tuple[str, int], url: str = "https://krant.example/1") -> Capture:
    """A page some hours after the base, with texts and their ages in minutes."""
    return shot(hours, *((body, Age(age, "minute")) for body, age in ages), url=url)


#: A front page: the oldest stands first, and all of it is another after four hours.
FRONT = [minutes(h, (f"a{h}", 55), (f"b{h}", 5), (f"c{h}", 40), (f"d{h}", 2), (f"e{h}", 30)) for h in (0, 4, 8)]
#: The same list in order of time.
ORDERED = [minutes(h, *((f"{name}{h}", 5 * n + 1) for n, name in enumerate("fghijklm"))) for h in range(20, 68, 4)]


def overlaps(engine: Engine) -> set[int | None]:
    with reading(engine) as db:
        return set(db.scalars(select(_listing.c.shared)))


def test_a_front_page_has_neither_overlap_nor_gaps(engine: Engine) -> None:
    in_parts(engine, FRONT, 1)
    assert (stored_gaps(engine), overlaps(engine)) == ([], {None})
    with reading(engine) as db:
        (row,) = status.list_states(db)
    assert not row["in_order_of_time"]
    assert (row["overlap"], row["gaps"], row["last_new_at"], row["quiet_seconds"]) == (None, 0, None, None)


def test_status_says_which_lists_are_in_no_order_of_time_and_which_round_to_the_nearest_unit(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = fresh_database("sqlite", request, tmp_path)
    engine = make_engine(url)
    in_parts(engine, [*FRONT, *everything()], 15)
    engine.dispose()
    monkeypatch.setenv("MEERUIT_DATABASE_URL", url)
    show_status(as_json=False)
    said = capsys.readouterr().out
    assert "krant.example Zeeland: not in order of time, so that nothing can be said of overlap and gaps" in said
    assert "n.example Zee: its ages count as rounded to the nearest unit" in said


def test_gaps_go_when_a_list_turns_out_to_be_in_no_order_and_come_back_when_it_is_in_one(engine: Engine) -> None:
    """The first captures show one item each, which is in any order."""
    captures = [minutes(h, (f"x{h}", 1)) for h in (-8, -4)]
    in_parts(engine, captures, 1)
    assert len(stored_gaps(engine)) == 1
    for more in (FRONT, ORDERED):
        in_parts(engine, more, 1)
        captures += more
        check(engine, captures)
        assert (stored_gaps(engine) == []) == (more is FRONT)
    assert len(stored_gaps(engine)) == len(captures) - 1
    assert overlaps(engine) == {None, 0}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(ORDERED)), st.sampled_from([1, 2, 5]), st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(engine: Engine, ordered: int, size: int, rng: random.Random) -> None:
    clear(engine)
    captures = [*FRONT, *ORDERED[:ordered]]
    rng.shuffle(captures)
    in_parts(engine, captures, size)
    check(engine, captures)


def test_one_item_out_of_place_now_and_then_leaves_a_list_in_order(engine: Engine) -> None:
    captures = [*ORDERED, minutes(70, ("old", 50), ("new", 3), ("old", 50))]
    in_parts(engine, captures, 5)
    check(engine, captures)
    assert len(stored_gaps(engine)) == len(ORDERED)


def test_only_neighbours_that_both_have_a_time_are_in_the_wrong_order_whichever_way_ages_are_rounded() -> None:
    def item(down: tuple[int, int] | None, nearest: tuple[int, int] | None = None) -> Printed:
        windows = [
            ends and Window(BASE + ends[0] * MINUTE, BASE + ends[1] * MINUTE) for ends in (down, nearest or down)
        ]
        empty = Printed(1, None, None, (), None, "Tekst.", None, None, None, None, "")
        return empty._replace(window=windows[0], nearest=windows[1])

    def counted(*items: Printed) -> tuple[int, int]:
        return neighbours([Shown(None, items, ())])

    assert counted(item((8, 9)), item(None), item((5, 6))) == (1, 0)
    assert counted(item((5, 6)), item(None), item((8, 9))) == (1, 1)
    assert counted(item((5, 6)), item((5, 6))) == (1, 0)
    assert counted(item((5, 6)), item((6, 7))) == (1, 1)
    assert counted(item((6, 6)), item((6, 6)), item((7, 7))) == (2, 1)
    assert counted(item((0, 60), (30, 90)), item((60, 61), (60, 61))) == (1, 0)
    assert neighbours([Shown(None, (item((5, 6)),), ()), Shown(None, (item((8, 9)),), ())]) == (0, 0)


@pytest.mark.parametrize(
    ("pairs", "inverted", "out"), [(0, 0, False), (2, 2, False), (6, 3, True), (30, 3, False), (29, 3, True)]
)
def test_more_than_a_tenth_in_the_wrong_order_and_at_least_three_is_no_order(
    pairs: int, inverted: int, out: bool
) -> None:
    assert out_of_order(pairs, inverted) == out
