"""``docs/security.md`` names a test for each defence: those tests exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_test_that_the_security_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text()))
    code = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    assert len(named) > 50
    assert named <= set(re.findall(r"def (test_\w+)\(", code)), sorted(
        named - set(re.findall(r"def (test_\w+)\(", code))
    )


def test_every_defence_has_a_test() -> None:
    lines = (ROOT / "docs" / "security.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.endswith("| test |")]
    assert len(rows) > 35
    assert all("`test_" in row.rsplit("|", 2)[1] for row in rows)
