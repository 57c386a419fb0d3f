"""``meeruit stats``: its counts are those of the items, on both databases; what it draws fits and is safe."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from sqlalchemy import Engine

from meeruit.tasks.report import listings
from meeruit.tasks.report.stats import KEYS, Stat
from meeruit.worker.cli.bars import Bar, print_bars
from meeruit.worker.database import reading
from tests.conftest import Inside
from tests.newswire.camera import DAILY, PAPER, Camera, Listing, Plan
from tests.storing import store
from tests.test_derive import shot
from tests.test_widths import Terminal

HOSTILE = '</text><script>alert(1)</script>\x1b[31m\u202e"&'
PLAN = Plan(
    60,
    seed=4,
    days=2.0,
    listings=(
        Listing(PAPER, "Buitenland", ("G",)),
        Listing(PAPER, "Binnenland", ("G",)),
        Listing(DAILY, "Buitenland", ("HTML",)),
    ),
)


@pytest.fixture
def items(engine: Engine) -> list[listings.Row]:
    """Two days of three lists, and items without a time, a section or an agency."""
    camera = Camera(PLAN)
    undated = replace(shot(5, "undated", "unknown"), observed_at=None)
    store(engine, [[[camera.capture(number) for number in camera.numbers()]], [[undated]]])
    with reading(engine) as db:
        return list(listings.items(db, listings.ItemFilter()))


def counted(engine: Engine, inside: Inside, *words: str) -> list[dict[str, Any]]:
    answer = inside("stats", "--format", "jsonl", *words, database=engine.url)
    return [json.loads(line) for line in answer.splitlines()]


def sums(rows: list[dict[str, Any]], stat: str, *keys: str) -> Counter[Any]:
    """Items of one count by these keys."""
    found: Counter[Any] = Counter()
    for row in rows:
        if row["stat"] == stat:
            found[tuple(row[key] for key in keys)] += row["items"]
    return found


def test_every_count_is_that_of_the_items(engine: Engine, items: list[listings.Row], inside: Inside) -> None:
    rows = counted(engine, inside)
    assert {row["stat"] for row in rows} == set(Stat)
    at = [(item, item["first_seen_at"]) for item in items]
    assert sums(rows, "hours", "of", "section") == Counter((f"{time:%H}", item["section"]) for item, time in at)
    assert sums(rows, "days", "of", "section") == Counter((f"{time:%Y-%m-%d}", item["section"]) for item, time in at)
    assert sums(rows, "sections", "section") == Counter((item["section"],) for item in items)
    assert sums(rows, "agencies", "of") == Counter(
        (agency,) for item in items for agency in (dict.fromkeys(item["agencies"]) or [None])
    )
    assert sums(rows, "windows", "section") == sums(rows, "sections", "section")
    unknown = sum(item["published_before"] is None for item in items)
    assert sums(rows, "windows", "of")["unknown",] == unknown > 0
    within = sum(
        item["published_before"] is not None
        and item["published_before"] - item["published_after"] <= 10 * timedelta(seconds=1)
        for item in items
    )
    assert sums(rows, "windows", "of")["up to 10 s",] == within
    printed = {row["section"]: row["sightings"] for row in rows if row["stat"] == "repeats"}
    seen = Counter[Any]()
    for item in items:
        seen[item["section"]] += item["sightings"]
    assert printed == seen


def test_a_delay_lies_between_the_first_looks_of_two_sources(engine: Engine, inside: Inside) -> None:
    for minute, source in ((0, "early"), (3, "late"), (4, "late"), (9, "last")):
        store(engine, [[[shot(minute / 60, "a", "b", source=source)]]])
    store(engine, [[[shot(5 / 60, "c", source="late")], [shot(6 / 60, "c", source="early")]]])
    rows = counted(engine, inside, "delays")
    assert {(row["of"], row["then"]): (row["items"], row["seconds"]) for row in rows} == {
        ("early", "late"): (2, 180),
        ("early", "last"): (2, 540),
        ("late", "early"): (1, 60),
    }


def test_counts_are_those_of_a_section_and_of_a_span(engine: Engine, items: list[listings.Row], inside: Inside) -> None:
    rows = counted(engine, inside, "sections", "--section", "BUITENLAND")
    assert sums(rows, "sections", "section") == {
        ("Buitenland",): sum(item["section"] == "Buitenland" for item in items)
    }
    middle = sorted(item["first_seen_at"] for item in items)[len(items) // 2]
    both = [
        sums(counted(engine, inside, "sections", option, f"{middle:%Y-%m-%dT%H:%M:%SZ}"), "sections").total()
        for option in ("--since", "--until")
    ]
    assert sum(both) == len(items)
    assert both[1] == sum(item["first_seen_at"] < middle for item in items)
    assert counted(engine, inside, "--section", "there is none") == []
    assert inside("stats", "--until", "2001-01-01", database=engine.url) == "no items\n"


def test_a_csv_holds_the_same_rows(engine: Engine, items: list[listings.Row], inside: Inside, tmp_path: Path) -> None:
    inside("stats", "-o", "stats.csv", database=engine.url)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "stats.csv").read_text())))
    assert tuple(rows[0]) == KEYS
    assert [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in counted(engine, inside)
    ] == rows


def test_a_picture_names_every_count_and_obeys_nothing_that_was_stored(
    engine: Engine, items: list[listings.Row], inside: Inside, tmp_path: Path
) -> None:
    store(engine, [[[shot(9 + number, "x", source=f"{HOSTILE} {number}")] for number in (1, 2)]])
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE item SET section = 'a</text><script>' WHERE section IS NULL")
    inside("stats", "-o", "stats.svg", database=engine.url)
    drawn = (tmp_path / "stats.svg").read_text()
    root = ET.fromstring(drawn)
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn
    # a program that is no browser draws in black whatever it has to look up
    assert "var(" not in drawn
    assert "fill: #" in drawn
    said = " ".join(root.itertext())
    for title in ("by the hour", "by the day", "by section", "by agency", "is known", "a repeat", "another later"):
        assert title in said
    total = sum(int(text.split()[-1]) for text in root.itertext() if text.startswith("06:00, "))
    assert total == len([item for item in items if item["first_seen_at"].hour == 6])
    assert inside("stats", "-o", "stats.svg", "--format", "csv", database=engine.url, status=2).startswith(
        "meeruit: a file"
    )


@pytest.mark.parametrize("name", ["stats.png", "a day.PDF"])
def test_a_picture_of_another_kind_is_refused_with_the_name_to_write(name: str, inside: Inside, tmp_path: Path) -> None:
    said = inside("stats", "-o", name, status=2)
    assert said.endswith(f"write -o {Path(name).stem}.svg\n")
    assert said.count("\n") == 1
    assert not (tmp_path / name).exists()


def test_what_is_listed_for_people_fits_their_terminal(
    engine: Engine, items: list[listings.Row], inside: Inside
) -> None:
    printed = inside("stats", database=engine.url)
    assert max(cell_len(line) for line in printed.splitlines() if "█" in line) <= 80
    assert f"{len(items):,} items" not in printed
    assert printed.count(":00 ") == 24


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_bars_fit_any_width_and_keep_their_numbers(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    bars = [Bar("a" * 90, 10, "1,000"), Bar("漢字" * 20, 5, "500"), Bar("", 0, "0"), Bar("b", 0.001, "1")]
    file = Terminal()
    print_bars("Items", bars, file)
    _, *lines = re.sub("\x1b\\[[0-9;]*m", "", file.getvalue()).rstrip("\n").split("\n")
    assert [line.split()[-1] for line in lines] == ["1,000", "500", "0", "1"]
    assert max(map(cell_len, lines)) <= width
    assert lines[0].count("█") in {2 * lines[1].count("█"), 2 * lines[1].count("█") + 1}
    assert "▏" in lines[3]


def test_bars_are_drawn_where_the_encoding_has_no_blocks() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="latin-1", write_through=True)
    print_bars("Items", [Bar("a", 2, "2"), Bar("b", 1, "1")], file)
    file.seek(0)
    first, second = file.read().splitlines()[1:3]
    assert first.count("#") in {2 * second.count("#"), 2 * second.count("#") - 1}


def test_an_empty_database_has_no_items_to_count(engine: Engine, inside: Inside, tmp_path: Path) -> None:
    assert inside("stats", database=engine.url) == "no items\n"
    assert inside("stats", "delays", database=engine.url) == "no item that two sources had\n"
    assert inside("stats", "--format", "csv", database=engine.url) == f"{','.join(KEYS)}\n"
    inside("stats", "-o", "stats.svg", database=engine.url)
    assert ET.parse(tmp_path / "stats.svg").getroot().tag.endswith("svg")
