"""Captures that hypothesis drew, in any order and batches and with repeats, through live workers: the oracle's tables."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.conftest import fresh_database
from tests.live.conftest import Meeruit
from tests.newswire.captures import Capture
from tests.newswire.strategies import arrivals, capture_sets
from tests.newswire.write import lines
from tests.tables import check

#: How many sets are stored, of those that are drawn.
SETS = 2


def drawn() -> list[tuple[list[Capture], list[list[Capture]]]]:
    """The largest sets of captures of some, each with the batches in which it arrives; the same ones every time."""
    found: list[tuple[list[Capture], list[list[Capture]]]] = []

    @seed(20261123)
    @settings(max_examples=20, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def draw(data: st.DataObject) -> None:
        captures = data.draw(capture_sets(max_size=12))
        found.append((captures, data.draw(arrivals(captures))))

    draw()
    return sorted(found, key=lambda each: -len(each[0]))[:SETS]


@pytest.mark.parametrize("number", range(SETS))
def test_live_workers_leave_the_same_rows_whatever_the_order_the_repeats_and_the_batches(
    meeruit: Meeruit, kind: str, request: pytest.FixtureRequest, tmp_path: Path, number: int
) -> None:
    """Each batch is a file of its own; files are pieces of work of their own, so two workers take them as they come."""
    captures, batches = drawn()[number]
    if kind == "postgresql":
        meeruit.settings["MEERUIT_DATABASE_URL"] = fresh_database(kind, request, tmp_path)
    names = [f"batch-{at}.jsonl" for at in range(len(batches))]
    for name, batch in zip(names, batches, strict=True):
        (meeruit.folder / name).write_text("".join(lines(batch)), encoding="utf-8")
    random.Random(number).shuffle(names)
    answer = meeruit("ingest", *names, "--workers", "2", "--json")
    assert answer.status == 0, answer.err
    truth = check(meeruit.engine, captures)
    report = json.loads(answer.out)
    assert report["pages"]["found"] == sum(map(len, batches))
    assert report["pages"]["new"] == len(truth.pages)
    assert report["items"]["new"] == len(truth.items)
    assert report["items"]["seen"] == len(truth.sightings) - len(truth.items)
