"""The migrations: up and down on both databases, and the same tables as the models say."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, column, insert, inspect, select, table

from meeruit.tasks.store.tables import metadata
from meeruit.tasks.store.validators import change_validators, load_validators
from meeruit.tasks.work.replay import Report, replay
from meeruit.worker.database import HEAD, make_engine, reading, revision, upgrade
from tests.conftest import fresh_database
from tests.newswire.ages import Age
from tests.newswire.captures import Capture, Lead
from tests.storing import store
from tests.tables import check
from tests.test_derive import shot
from tests.test_failures import Event, as_found, captured, put, stored
from tests.test_rounding import in_parts, roundings
from tests.test_rounding import shot as timed

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("meeruit.worker") / "migrations"))
    return config


def _move(engine: Engine, scripts: Config, to: str) -> None:
    """Bring a database down to a revision, or up to it."""
    with engine.begin() as db:
        scripts.attributes["connection"] = db
        down = to == "base" or to < (revision(engine) or "0")
        (command.downgrade if down else command.upgrade)(scripts, to)


def test_head_is_the_newest_script(scripts: Config) -> None:
    assert ScriptDirectory.from_config(scripts).get_current_head() == HEAD


def test_the_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    with reading(engine) as db:
        options = {"compare_type": True, "include_name": lambda name, *_: not _is_index(name)}
        differences = compare_metadata(MigrationContext.configure(db, opts=options), metadata)
    assert [each for each in differences if "comment" not in str(each)] == []  # which tests/test_data_page.py holds


def test_no_difference_but_that_of_a_comment_is_passed_over(engine: Engine) -> None:
    assert not [name for each in metadata.tables.values() for name in (each.name, *each.c.keys()) if "comment" in name]


def _is_index(name: str | None) -> bool:
    """Whether this is the index of words, or on SQLite one of the tables that make it up."""
    return "item_words" in (name or "")


def test_down_leaves_nothing_and_up_again_everything(engine: Engine, scripts: Config) -> None:
    _move(engine, scripts, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert revision(engine) == HEAD
    there = {name for name in inspect(engine).get_table_names() if not _is_index(name)}
    assert there == {*metadata.tables, "alembic_version"}


def test_pages_in_quarantine_become_failures(engine: Engine, scripts: Config) -> None:
    address, long = "https://krant.example/", "https://krant.example/" + "a" * 5_000
    put(engine, [captured(Event(address, minute, "fetching")) for minute in (1, 2, 5, 6)])
    put(engine, [captured(Event(address, minute, gave)) for minute, gave in ((0, "done"), (3, "reading"))])
    put(
        engine, [captured(Event(long, minute, gave)) for minute, gave in ((0, "fetching"), (1, "done"), (2, "storing"))]
    )
    before = as_found(stored(engine, every=True))
    assert len(before) == 4
    with engine.begin() as db:
        scripts.attributes["connection"] = db
        command.downgrade(scripts, "0003")
    upgrade(engine)
    assert as_found(stored(engine, every=True)) == before
    put(engine, [captured(Event(address, 7, "done"))])
    assert {row["kind"] for row in stored(engine)} == {"storing"}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A database with a row or more in nearly every table."""
    article = Lead("Brand", "GOES (ANP)", ("Dat is b.", "De rest."))
    captures = [shot(0, "a", headline="Brand"), shot(2, "b", headline="Brand"), shot(9, "c", lead=article)]
    store(engine, [[[capture]] for capture in captures])
    with engine.begin() as db:
        body = db.scalars(select(metadata.tables["body"].c.sha256)).first()
        given = {f"https://krant.example/{n}/é": (f'"{n}"', None, str(body), "text/html") for n in range(1_500)}
        change_validators(db, given, gone=[], used=[])
    return engine


def test_an_upgrade_from_the_first_tables_keeps_every_row(
    filled: Engine, kind: str, request: pytest.FixtureRequest, tmp_path: Path, scripts: Config
) -> None:
    old = make_engine(fresh_database(kind, request, tmp_path))
    _move(old, scripts, "base")
    _move(old, scripts, "0001")
    with filled.begin() as source, old.begin() as db:
        rows = _rows(source)
        for name, some in rows.items():
            if not inspect(db).has_table(name):
                assert not some, "what came later has no row yet"
                continue
            if not some:
                continue
            columns = {each["name"] for each in inspect(db).get_columns(name)}
            types = [column(each.name, each.type) for each in metadata.tables[name].c if each.name in columns]
            kept = [{key: value for key, value in row.items() if key in columns} for row in some]
            db.execute(insert(table(name, *types)), kept)
    assert upgrade(old) == "0001"
    with reading(old) as db:
        assert _rows(db) == _forgetful(rows)
        assert load_validators(db, ["https://krant.example/7/é"])["https://krant.example/7/é"].etag == '"7"'
    old.dispose()


def test_down_to_the_first_tables_and_up_again_keeps_every_row(filled: Engine, scripts: Config) -> None:
    with reading(filled) as db:
        rows = _rows(db)
    _move(filled, scripts, "0001")
    assert upgrade(filled) == "0001"
    with reading(filled) as db:
        assert _rows(db) == _forgetful(rows)


def _rows(db: Connection) -> Rows:
    """All rows, by table, in an order in which they can be stored."""
    tables = metadata.sorted_tables
    return {
        each.name: [dict(row._mapping) for row in db.execute(each.select().order_by(*each.primary_key))]
        for each in tables
    }


#: What a migration cannot know of older rows, and a replay finds out.
_FORGOTTEN: dict[str, dict[str, Any]] = {
    "sighting": {"nearest_after": None, "nearest_before": None},
    "listing": {"pairs": 0, "inverted": 0},
    "page": {"remarks": {}, "rounding": None},
}


def _forgetful(rows: Rows) -> Rows:
    return {name: [row | _FORGOTTEN.get(name, {}) for row in some] for name, some in rows.items()}


def test_what_older_rows_cannot_say_a_replay_finds_out(engine: Engine, scripts: Config) -> None:
    captures = [hour("1"), hour("2")]
    in_parts(engine, captures, 1)
    assert roundings(engine) == {("krant.example", "Zeeland"): "nearest"}
    _move(engine, scripts, "0001")
    upgrade(engine)
    assert roundings(engine) == {}
    for _ in replay(engine, Report()):
        pass
    assert roundings(engine) == {("krant.example", "Zeeland"): "nearest"}
    check(engine, captures)


def hour(page: str) -> Capture:
    """A page captured at that hour, on which an item is one hour old."""
    return timed(float(page), ("a", Age(1, "hour")), url=f"https://krant.example/{page}")
