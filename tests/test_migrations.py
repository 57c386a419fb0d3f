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
from meeruit.tasks.store.validators import keep_validator, load_validators
from meeruit.worker.database import HEAD, make_engine, reading, revision, upgrade
from tests.conftest import fresh_database
from tests.newswire.captures import Lead
from tests.storing import store
from tests.test_derive import shot
from tests.test_failures import Event, as_found, captured, put, stored

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
        differences = compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), metadata)
    assert differences == []


def test_down_leaves_nothing_and_up_again_everything(engine: Engine, scripts: Config) -> None:
    _move(engine, scripts, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert revision(engine) == HEAD
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


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
        for number in range(1_500):
            keep_validator(db, f"https://krant.example/{number}/é", f'"{number}"', None, str(body), "text/html")
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
            columns = {each["name"] for each in inspect(db).get_columns(name)}
            types = [column(each.name, each.type) for each in metadata.tables[name].c if each.name in columns]
            kept = [{key: value for key, value in row.items() if key in columns} for row in some]
            if kept:
                db.execute(insert(table(name, *types)), kept)
    assert upgrade(old) == "0001"
    with reading(old) as db:
        assert _rows(db) == rows
        assert load_validators(db, ["https://krant.example/7/é"])["https://krant.example/7/é"].etag == '"7"'
    old.dispose()


def test_down_to_the_first_tables_and_up_again_keeps_every_row(filled: Engine, scripts: Config) -> None:
    with reading(filled) as db:
        rows = _rows(db)
    _move(filled, scripts, "0001")
    assert upgrade(filled) == "0001"
    with reading(filled) as db:
        assert _rows(db) == rows


def _rows(db: Connection) -> Rows:
    """All rows, by table, in an order in which they can be stored."""
    tables = metadata.sorted_tables
    return {
        each.name: [dict(row._mapping) for row in db.execute(each.select().order_by(*each.primary_key))]
        for each in tables
    }
