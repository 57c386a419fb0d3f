"""The demonstration shows what it is there to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demo import main


@pytest.mark.slow
def test_the_made_up_day_shows_a_narrow_window_a_revision_and_a_gap(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(tmp_path)
    shown = capfd.readouterr().out
    assert "pages       360 found = 357 new + 3 known = 360 done + 0 failed" in shown
    assert "(within 15 s)" in shown
    assert "revises " in shown
    assert "[-27.869-] {+28.869+}" in shown
    assert "2025-03-03T07:34:26Z  2025-03-03T11:54:52Z" in shown
    assert "overlap" in shown
    assert f"All of it on a page: cd {tmp_path} && " in shown
    assert (tmp_path / "meeruit.db").exists()
