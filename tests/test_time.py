"""Time and completeness on the made-up newswire: windows, gaps, revisions, whatever the order (make accuracy: 5,000)."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.newswire.camera import Plan
from tests.wire_accuracy import measure

PLAN = Plan(500, seed=3, days=0.3, articles=0.2, outages=2)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_any_order_over_three_workers_gives_the_oracle_s_tables(engine: Engine, order: int) -> None:
    found = measure(PLAN, engine, order)
    assert found.equal == found.items
    assert found.sightings_equal
    assert found.gaps_equal
    assert found.gaps > 0
    assert found.true_inside == found.dated > 0
    assert found.width < found.first_width
    assert found.missed > 0
    assert found.outside == 0
    assert found.said
    assert found.said <= found.corrections
    assert found.sharing <= found.said
