"""What is said of pages later: the tables become what they would be had it been said when they came."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from meeruit.tasks.report.damage import damages
from meeruit.tasks.store.tables import Page, table
from meeruit.tasks.times import now
from meeruit.tasks.work.replay import Choice, Report, replay
from meeruit.worker.database import reading
from tests.conftest import Inside
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.storing import clear, store
from tests.test_replay import NL, assert_adds_up, change, contents

_page = table(Page)


def replayed(engine: Engine, choice: Choice) -> Report:
    """Read pages again by what is said now."""
    report = Report()
    for _ in replay(engine, report, choice):
        pass
    return report


@pytest.fixture(scope="module")
def captures() -> list[Capture]:
    camera = Camera(Plan(40, seed=6, days=0.1, articles=0.3, undated=0.03))
    found = [replace(camera.capture(number), source=None) for number in camera.numbers()]
    return random.Random(6).sample(found, len(found))


def test_a_source_and_a_profile_may_be_said_later(engine: Engine, captures: list[Capture], tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    change(own, NL.replace('agencies = ["ANP", ', "agencies = ["))
    store(engine, [[[replace(capture, source="krant") for capture in captures]]], profile=str(own))
    expected = contents(engine)
    clear(engine)
    store(engine, [[captures]])
    before = contents(engine)
    with reading(engine) as db:
        pages = list(db.scalars(select(_page.c.id)))
    assert replayed(engine, Choice(pages[:1], source="krant", profile=str(own))).pages <= 1
    replayed(engine, Choice(pages, source="krant", profile=str(own)))
    assert contents(engine) == expected != before
    assert_adds_up(engine)
    with reading(engine) as db:
        assert list(damages(db, now(), every=True)) == []
    assert replayed(engine, Choice(pages, source="krant", profile=str(own))).changed == 0
    assert replayed(engine, Choice()).changed == 0, "what was said stays"


def test_what_is_said_needs_pages_that_it_is_said_of(inside: Inside) -> None:
    assert "name the pages" in inside("replay", "--listing", status=2)
