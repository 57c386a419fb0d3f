"""The oracle against the wire: what was really published, corrected and missed."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.fold import fold
from tests.newswire.oracle import Tables, tables
from tests.newswire.truth import misses

PLAN = Plan(captures=1500, seed=11, days=1)


@pytest.fixture(scope="module")
def camera() -> Camera:
    return Camera(PLAN)


@pytest.fixture(scope="module")
def captures(camera: Camera) -> list[Capture]:
    return [camera.capture(number) for number in camera.numbers()]


@pytest.fixture(scope="module")
def truth(captures: list[Capture]) -> Tables:
    return tables(captures)


def test_every_item_is_a_text_that_the_wire_really_filed(camera: Camera, truth: Tables) -> None:
    assert truth.items.keys() <= camera.wire.times().keys()


def test_the_true_second_lies_in_every_window(camera: Camera, truth: Tables) -> None:
    times = camera.wire.times()
    stale = [sighting for sighting in truth.sightings if sighting.page.stale]
    assert stale
    for sighting in truth.sightings:
        if sighting.window and not sighting.page.stale:
            assert times[sighting.content_hash] in sighting.window
    for item in truth.items.values():
        if item.published_after and item.published_before:
            assert item.published_before >= times[item.content_hash] >= item.published_after
    assert not any(item.conflicts for item in truth.items.values())


def test_the_order_of_the_captures_changes_nothing(captures: list[Capture], truth: Tables) -> None:
    shuffled = random.Random(1).sample(captures, len(captures))
    assert tables(shuffled) == truth


def test_a_second_arrival_of_everything_is_known(captures: list[Capture], truth: Tables) -> None:
    twice = tables(captures + captures)
    assert (twice.items, twice.sightings, twice.gaps) == (truth.items, truth.sightings, truth.gaps)
    assert twice.report.pages_known == len(captures) + truth.report.pages_known


def test_every_true_miss_lies_in_a_gap(camera: Camera, captures: list[Capture], truth: Tables) -> None:
    missed = misses(camera.wire, captures)
    assert missed
    for publisher, section, published in missed:
        own = [gap for gap in truth.gaps if (gap.publisher, gap.section) == (publisher, section)]
        assert any(gap.after < published <= gap.before for gap in own)


def test_revisions_are_the_true_corrections_and_no_others(camera: Camera, truth: Tables) -> None:
    corrections = camera.wire.corrections()
    revisions = {(item.revision_of, item.content_hash) for item in truth.items.values() if item.revision_of}
    captured = [(truth.items[old], truth.items[new]) for old, new in corrections if {old, new} <= truth.items.keys()]
    by_link = {(old, new) for old, new in captured if old.url and old.url == new.url}
    by_headline = {
        (old, new)
        for old, new in captured
        if old.headline and new.headline and fold(old.headline) == fold(new.headline)
        if old.place and new.place and old.place.casefold() == new.place.casefold()
        if new.first_seen_at - old.first_seen_at <= timedelta(days=1)
    }
    assert revisions <= corrections
    assert by_link - by_headline or by_headline - by_link
    assert {(old.content_hash, new.content_hash) for old, new in by_link | by_headline} <= revisions


def test_the_report_adds_up(truth: Tables) -> None:
    report = truth.report.as_json()
    assert report["pages"]["found"] == PLAN.captures
    assert report["pages"]["found"] == report["pages"]["new"] + report["pages"]["known"]
    assert report["items"]["found"] == len(truth.sightings) + report["items"]["rejected"]
    assert report["items"]["new"] == len(truth.items)


def test_an_age_that_cannot_be_true_is_counted_and_passed_over() -> None:
    camera = Camera(Plan(captures=400, days=0.5, lies=0.1))
    found = tables(map(camera.capture, camera.numbers()))
    assert any(item.conflicts for item in found.items.values())
