"""The stream and its two ways out: the same bytes for a seed, read back as they were meant."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.newswire.ages import stamp
from tests.newswire.camera import Camera, Plan
from tests.newswire.write import lines, write_files, write_lines

PLAN = Plan(captures=400, seed=5, days=1, undated=0.05)


def test_a_seed_gives_the_same_bytes_on_every_run() -> None:
    command = [sys.executable, "-m", "tests.newswire", "--captures", "40", "--seed", "9"]
    first, second = (
        subprocess.run(command, capture_output=True, check=True, env={"PYTHONHASHSEED": seed}).stdout for seed in "12"
    )
    assert first == second
    assert len(first.splitlines()) == 40


def test_the_captures_come_in_any_order() -> None:
    camera, other = Camera(PLAN), Camera(PLAN)
    numbers = list(camera.numbers())
    forwards = [camera.capture(number) for number in numbers]
    backwards = [other.capture(number) for number in reversed(numbers)]
    assert forwards == backwards[::-1]


def test_a_record_says_what_the_capture_is() -> None:
    camera = Camera(PLAN)
    captures = list(map(camera.capture, camera.numbers()))
    for capture, line in zip(captures, lines(captures), strict=True):
        record = json.loads(line)
        assert record["url"] == capture.url
        assert record["html" if capture.is_html else "text"] == capture.body
        said = record.get("observed_at") or record.get("date", "")
        if capture.observed_at:
            assert datetime.fromisoformat(said).astimezone(UTC).replace(microsecond=0) == capture.observed_at
        else:
            assert "T" not in said
    assert any(capture.observed_at is None for capture in captures)


def test_files_stand_beside_their_sidecars(tmp_path: Path) -> None:
    camera = Camera(Plan(captures=30, days=1, undated=0.3))
    captures = list(map(camera.capture, camera.numbers()))
    write_files(captures, tmp_path)
    pages = sorted(path for path in tmp_path.iterdir() if path.suffix != ".json")
    assert [page.read_bytes().decode() for page in pages] == [capture.body for capture in captures]
    for page, capture in zip(pages, captures, strict=True):
        said = json.loads(page.with_name(page.name + ".meta.json").read_text())
        assert (said["url"], said.get("observed_at")) == (capture.url, stamp(capture.observed_at))


def test_lines_are_written_one_a_capture(tmp_path: Path) -> None:
    camera = Camera(PLAN)
    write_lines(map(camera.capture, camera.numbers()), tmp_path / "day.jsonl")
    assert (tmp_path / "day.jsonl").read_text().splitlines(keepends=True) == list(
        lines(map(camera.capture, camera.numbers()))
    )


@pytest.mark.parametrize("kind", ["stale", "known"])
def test_copies_come_after_their_original(kind: str) -> None:
    camera = Camera(Plan(captures=300, days=1, stale=0.2 * (kind == "stale"), known=0.2 * (kind == "known"), undated=0))
    first: dict[tuple[str, str], datetime] = {}
    copies = 0
    for capture in map(camera.capture, camera.numbers()):
        assert capture.observed_at
        original = first.setdefault((capture.url, capture.body_sha256), capture.observed_at)
        copies += original < capture.observed_at
        assert original <= capture.observed_at
    assert bool(copies) == (kind == "stale")
