"""The scores on real pages are shown where there is a folder of them, and fail nothing where there is none."""

from __future__ import annotations

from pathlib import Path

from tests.real_pages import real_page_lines

SCORER = """import sys
assert sys.argv[1] == "--command" and sys.argv[2].endswith(" -m meeruit.worker") and sys.argv[3] == "--json"
print('{"all": {"pages": 2, "wanted": 3, "found": 2, "false": 0, "recall": 0.667, "precision": 1.0, "exact headlines": null}}')
"""


def test_without_a_folder_one_line_says_so(tmp_path: Path) -> None:
    assert list(real_page_lines(tmp_path)) == [f"real pages: none, {tmp_path} holds no scorer"]


def test_the_table_is_what_the_scorer_prints(tmp_path: Path) -> None:
    (tmp_path / "score").write_text(SCORER)
    head, row = real_page_lines(tmp_path)
    assert head.split() == "real pages pages wanted found false recall precision exact headlines".split()
    assert row.split() == ["all", "2", "3", "2", "0", "0.667", "1.000", "-"]


def test_a_scorer_that_fails_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "score").write_text("raise SystemExit(3)")
    (line,) = real_page_lines(tmp_path)
    assert line.startswith("real pages: no scores, ")
