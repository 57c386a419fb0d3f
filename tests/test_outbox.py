"""New items are told once each, in one order, whatever commits late; an export holds what is stored, or what is new."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import timestamp
from pyarrow.parquet import read_table
from sqlalchemy import Engine, func, select

from meeruit.tasks.report import listings
from meeruit.tasks.report.telling import new_items
from meeruit.tasks.store import outbox, runs
from meeruit.tasks.store.bodies import store_bodies
from meeruit.tasks.store.forgetting import forget
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.tables import Item, Page, table
from meeruit.tasks.times import iso, now
from meeruit.tasks.work import ledger
from meeruit.worker.cli import exporting
from meeruit.worker.cli.output import Row
from meeruit.worker.cli.parquet_output import KEYS, write_parquet
from meeruit.worker.database import reading
from tests.conftest import Inside
from tests.storing import clear, store
from tests.test_derive import shot
from tests.test_refused import TERMS, page

_item, _page = table(Item), table(Page)
_hours = itertools.count(1)


def put(engine: Engine, *names: str) -> None:
    """Store a page of one item for each name."""
    for name in names:
        put_in_time = shot(next(_hours), name, url=f"https://krant.example/{name}")
        store(engine, [[[put_in_time]]])


def texts(rows: list[dict[str, Any]]) -> list[str]:
    """What the items are called here."""
    return [row["text"].removeprefix("Dat is ").removesuffix(".") for row in rows]


def ids(events: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(event["cursor"], event["id"]) for event in events]


def told(inside: Inside, engine: Engine, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in inside("tail", "--once", *options, database=engine.url).splitlines()]


def test_a_named_reader_is_told_each_item_once_and_goes_on_where_it_was(engine: Engine, inside: Inside) -> None:
    put(engine, "a", "b")
    first = told(inside, engine, "--as", "desk")
    put(engine, "c", "a")
    second = told(inside, engine, "--as", "desk")
    assert [texts([event["data"] for event in events]) for events in (first, second)] == [["a", "b"], ["c"]]
    assert [event["cursor"] for event in first + second] == [1, 2, 3]
    assert told(inside, engine, "--as", "desk") == []
    assert ids(told(inside, engine, "--as", "other", "--since", "1")) == ids(first[1:] + second)
    assert told(inside, engine) == []  # from now on
    assert ids(told(inside, engine, "--since", "0")) == ids(first + second)
    assert set(first[0]) == {
        "specversion",
        "id",
        "type",
        "source",
        "subject",
        "time",
        "cursor",
        "datacontenttype",
        "data",
    }
    assert tuple(first[0]["data"]) == listings.ITEM_KEYS
    assert "no such" not in inside("tail", "--as", "", "--once", database=engine.url, status=2)


def test_what_commits_late_is_told_after_what_was_told_before(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with engine.connect() as slow, slow.begin():
        run_id = runs.start_run(slow, "test", None, now())
        work_id = ledger.enrol(slow, run_id, "bodies", TERMS, [], 1, now())
        late = page(7)
        store_bodies(slow, {str(late.body): (1, "", b"x")})
        merge(slow, [late], run_id=run_id, work_id=work_id, source=None, profile=None)
        put(engine, "early")
        assert number(engine) == ["early"]
    put(engine, "later")
    assert number(engine) == ["early", "Bericht 7 van de dag", "later"]


def number(engine: Engine) -> list[str]:
    with engine.begin() as db:
        outbox.number_items(db, now())
        return texts([row for _, _, row in new_items(db, 0, 100)])


#: A page at an hour with some of five items (so pages come late, and show what was shown), or a reader that is told.
steps = st.one_of(
    st.tuples(st.integers(1, 48), st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True)),
    st.sampled_from(["desk", "archive"]),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=1, max_size=10))
def test_whatever_comes_late_each_reader_is_told_each_item_once_in_one_order(
    engine: Engine, taken: list[tuple[int, list[str]] | str]
) -> None:
    clear(engine)
    heard: dict[str, list[tuple[int, str]]] = {"desk": [], "archive": []}
    for step in [*taken, "desk", "archive"]:
        if isinstance(step, str):
            heard[step] += hear(engine, step)
        else:
            hours, names = step
            store(engine, [[[shot(hours, *names, url=f"https://krant.example/{hours}")]]])
    assert heard["desk"] == heard["archive"]
    assert [cursor for cursor, _ in heard["desk"]] == list(range(1, len(heard["desk"]) + 1))
    shown = {name for step in taken if not isinstance(step, str) for name in step[1]}
    assert sorted(name for _, name in heard["desk"]) == sorted(shown)


def hear(engine: Engine, reader: str) -> list[tuple[int, str]]:
    """Number what is stored, and tell a reader what is new to it."""
    with engine.begin() as db:
        outbox.number_items(db, now())
        known = outbox.place_of(db, reader)
        found = new_items(db, known or 0, 100)
        if found:
            assert outbox.remember(db, reader, known, found[-1][0], now())
    return [(cursor, name) for (cursor, _, row), name in zip(found, texts([row for _, _, row in found]), strict=True)]


def test_the_number_of_an_item_that_is_taken_back_is_given_to_no_other(engine: Engine) -> None:
    put(engine, "a", "b")
    assert number(engine) == ["a", "b"]
    with engine.begin() as db:
        newest = db.scalar(select(func.max(_page.c.id)))
        forget(db, [newest])
    put(engine, "c")
    number(engine)
    with reading(engine) as db:
        assert [(n, row["text"]) for n, _, row in new_items(db, 2, 100)] == [(3, "Dat is c.")]


def test_two_readers_of_one_name_are_not_told_in_turns(engine: Engine) -> None:
    with engine.begin() as db:
        assert outbox.remember(db, "desk", None, 1, now())
        assert not outbox.remember(db, "desk", None, 2, now())
        assert outbox.remember(db, "desk", 1, 3, now())
        assert not outbox.remember(db, "desk", 1, 4, now())
        assert outbox.place_of(db, "desk") == 3


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_export_holds_every_item_and_the_next_one_what_is_new(
    engine: Engine, inside: Inside, tmp_path: Path, form: str
) -> None:
    put(engine, "a", "b")
    inside("export", "-o", f"one.{form}", "--as", "store", database=engine.url)
    put(engine, "c")
    inside("export", "-o", f"two.{form}", "--as", "store", database=engine.url)
    inside("export", "items", "-o", f"all.{form}", database=engine.url)
    found = [texts(read(tmp_path / f"{name}.{form}")) for name in ("one", "two", "all")]
    assert found == [["a", "b"], ["c"], ["a", "b", "c"]]
    assert not list(tmp_path.glob("*.part"))
    with reading(engine) as db:
        stored = {row["content_hash"]: row for row in listings.items(db, listings.ItemFilter())}
    rows = read(tmp_path / f"all.{form}")
    assert tuple(rows[0]) == listings.ITEM_KEYS
    assert {row["content_hash"] for row in rows} == set(stored)
    if form == "parquet":
        assert [stored[row["content_hash"]] for row in rows] == rows
        schema = read_table(tmp_path / "all.parquet").schema
        assert schema.field("first_seen_at").type == timestamp("us", tz="UTC")


@given(strings=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3), time=st.datetimes())
@settings(deadline=None)
def test_parquet_gives_back_every_character_and_every_microsecond(strings: list[str], time: datetime) -> None:
    """So does a row of nothing, in which its column has no value to tell its type by."""
    time = time.replace(tzinfo=UTC)
    nothing = dict.fromkeys(KEYS["items"])
    row = nothing | {"text": strings[0], "agencies": strings, "first_seen_at": time, "sightings": 2**62}
    with TemporaryDirectory() as folder:
        for rows in ([nothing], [row, nothing]):
            write_parquet(rows, "items", Path(folder, "items.parquet"))
            assert read(Path(folder, "items.parquet")) == rows


def test_sightings_and_gaps_are_exported_whole(engine: Engine, inside: Inside, tmp_path: Path) -> None:
    put(engine, "a", "b")
    store(engine, [[[shot(next(_hours), "b", "c")]]])  # shares nothing with the other lists of its host but b
    for what in ("sightings", "gaps"):
        for form in ("jsonl", "parquet"):
            inside("export", what, "-o", f"{what}.{form}", database=engine.url)
    assert texts(read(tmp_path / "sightings.jsonl")) == ["a", "b", "b", "c"]
    assert texts(read(tmp_path / "sightings.parquet")) == ["a", "b", "b", "c"]
    (gap,), (in_parquet,) = read(tmp_path / "gaps.jsonl"), read(tmp_path / "gaps.parquet")
    assert in_parquet | {key: iso(in_parquet[key]) for key in ("from", "to")} == gap


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gaps", "--since", "1"], "are for items"),
        (["--format", "parquet"], "-o FILE.parquet"),
        (["--as", "x", "--since", "1"], "no --since"),
        (["-o", "no/such/folder.jsonl"], "cannot write no/such/folder.jsonl: no such file"),
    ],
)
def test_an_export_that_cannot_be_is_one_line(inside: Inside, tmp_path: Path, arguments: list[str], said: str) -> None:
    assert said in inside("export", *arguments, status=2)


def test_two_exports_to_one_file_at_once_leave_it_whole(tmp_path: Path) -> None:
    """A second one begins and ends while the first is in the middle."""
    rows = [dict.fromkeys(KEYS["gaps"], str(number)) for number in range(9)]

    def first() -> Iterator[Row]:
        yield from rows[:5]
        exporting._write(iter(rows[:2]), exporting.What.GAPS, exporting.ExportFormat.CSV, tmp_path / "gaps.csv")
        assert len(read(tmp_path / "gaps.csv")) == 2
        yield from rows[5:]

    exporting._write(first(), exporting.What.GAPS, exporting.ExportFormat.CSV, tmp_path / "gaps.csv")
    assert read(tmp_path / "gaps.csv") == rows
    assert [one.name for one in tmp_path.iterdir()] == ["gaps.csv"]


@pytest.mark.parametrize("command", [("tail", "--once"), ("export",)])
def test_a_cursor_ahead_of_the_last_event_is_refused_and_remembered_by_nobody(
    engine: Engine, inside: Inside, command: tuple[str, ...]
) -> None:
    """It is of another database, or of one that was restored since: what comes up to it would be missed."""
    put(engine, "a", "b")
    for ahead in ("3", str(2**63), str(10**40)):
        assert f"--since {ahead}: the last event here is 2" in inside(
            *command, "--since", ahead, database=engine.url, status=2
        )
    inside(*command, "--since", "2", database=engine.url)
    if command[0] == "tail":
        inside(*command, "--as", "desk", "--since", "3", database=engine.url, status=2)
    with reading(engine) as db:
        assert outbox.place_of(db, "desk") is None


@pytest.mark.parametrize("command", [("tail", "--once"), ("export", "-o", "x.csv")])
def test_no_reader_takes_the_events_of_a_webhook(engine: Engine, inside: Inside, command: tuple[str, ...]) -> None:
    assert "those of webhooks" in inside(*command, "--as", "webhook:desk", database=engine.url, status=2)


def test_an_export_into_a_pipe_or_a_link_leaves_what_it_is(engine: Engine, inside: Inside, tmp_path: Path) -> None:
    put(engine, "a", "b")
    os.mkfifo(tmp_path / "pipe")
    heard: list[str] = []
    listener = threading.Thread(target=lambda: heard.append((tmp_path / "pipe").read_text()))
    listener.start()
    inside("export", "-o", "pipe", "--format", "jsonl", database=engine.url)
    listener.join(10)
    assert heard[0].count("\n") == 2
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    (tmp_path / "link.csv").symlink_to("target.csv")
    inside("export", "-o", "link.csv", "--as", "store", database=engine.url)
    assert (tmp_path / "link.csv").is_symlink()
    assert len(read(tmp_path / "target.csv")) == 2
    inside("export", "-o", "link.csv", "--as", "store", database=engine.url)
    assert (tmp_path / "target.csv").read_text() == ",".join(KEYS["items"]) + "\n", "a header, and nothing new"


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = read_table(path).to_pylist()
        return rows
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(path.read_text())))
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_no_item_without_a_number_stays_behind(engine: Engine) -> None:
    put(engine, *(f"t{n}" for n in range(5)))
    number(engine)
    with reading(engine) as db:
        assert sorted(db.scalars(select(_item.c.cursor))) == list(range(1, 6))


def test_an_event_is_what_its_schema_says_and_nothing_is_left_out_of_it(engine: Engine, inside: Inside) -> None:
    schema = json.loads((Path(__file__).parent.parent / "docs" / "event.v1.schema.json").read_text())
    put(engine, "a")
    store(engine, [[[shot(next(_hours), "b", "unknown")]]])
    events = told(inside, engine, "--since", "0")
    assert len(events) == 3
    for event in events:
        jsonschema_rs.validate(schema, event)
        assert list(event) == schema["required"] == list(schema["properties"])
        data = schema["properties"]["data"]
        assert list(event["data"]) == data["required"] == list(data["properties"])
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, events[0] | {"cursor": "1"})
