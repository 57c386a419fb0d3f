"""File names as a shell hands them over, and what stands in the folder beside the pages."""

from __future__ import annotations

import os

import pytest

from tests.live.conftest import Meeruit

pytestmark = pytest.mark.live


def test_a_name_that_is_no_utf_8_is_read_with_its_neighbours(meeruit: Meeruit) -> None:
    names = [os.fsdecode(b"caf\xe9.txt"), "plain.txt", os.fsdecode(b"l\xe9.jsonl"), os.fsdecode(b"g\xe9ne.txt")]
    for name in names[:2]:
        (meeruit.folder / name).write_text("Kop\nMeer uit Zee\nGOES (ANP) - Bericht over de sluis.\n2 uur geleden\n")
    (meeruit.folder / names[2]).write_text('{"text": "x"}\nbroken\n')
    answer = meeruit("ingest", *names, "--json")
    assert answer.status == 1
    assert "Traceback" not in answer.err
    assert answer.json["pages"] == {"found": 5, "new": 5, "known": 0, "done": 3, "failed": 2}
    assert meeruit("runs", "--format", "csv").status == 0


def test_the_current_folder_is_read_without_the_database_in_it(meeruit: Meeruit) -> None:
    (meeruit.folder / "page.txt").write_text("x")
    for _ in range(2):
        answer = meeruit("ingest", ".", "--json")
        assert answer.status == 0, answer.err
        assert answer.json["pages"]["found"] == 1


def test_an_empty_name_is_a_wrong_use(meeruit: Meeruit) -> None:
    answer = meeruit("ingest", "")
    assert (answer.status, len(answer.err.splitlines())) == (2, 1)
