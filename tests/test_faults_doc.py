"""Each arrow of the ledger's state machine in docs/faults.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_the_tests_that_the_state_machine_names_are_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (HERE.parent / "docs" / "faults.md").read_text()))
    code = "".join(path.read_text() for path in (HERE / "faults").glob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", code, re.MULTILINE))
    assert len(named) >= 12
    assert named <= there
