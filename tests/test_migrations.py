"""The migrations: up and down on both databases, and the same tables as the models say."""

from __future__ import annotations

from importlib import resources

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from meeruit.tasks.store.tables import metadata
from meeruit.worker.database import HEAD, reading, revision, upgrade
from tests.test_failures import Event, as_found, captured, put, stored


@pytest.fixture
def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("meeruit.worker") / "migrations"))
    return config


def test_head_is_the_newest_script(scripts: Config) -> None:
    assert ScriptDirectory.from_config(scripts).get_current_head() == HEAD


def test_the_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    with reading(engine) as db:
        differences = compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), metadata)
    assert differences == []


def test_down_leaves_nothing_and_up_again_everything(engine: Engine, scripts: Config) -> None:
    with engine.begin() as db:
        scripts.attributes["connection"] = db
        command.downgrade(scripts, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert revision(engine) == HEAD
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_tables_with_rows_that_refer_to_each_other_are_brought_up(engine: Engine, scripts: Config) -> None:
    counts = "pages_new, pages_known, pages_done, pages_failed, items_new, items_seen, items_rejected"
    with engine.begin() as db:
        scripts.attributes["connection"] = db
        command.downgrade(scripts, "base")
        command.upgrade(scripts, "0002")
        db.execute(
            text(
                f"INSERT INTO run (id, target, started_at, {counts})"
                " VALUES (1, 'seeds', '2026-03-02 14:05:00+00:00', 0, 0, 0, 0, 0, 0, 0)"
            )
        )
        db.execute(
            text(
                f"INSERT INTO work (id, kind, reference, pages, run_id, state, attempts, derived, failed, {counts})"
                " VALUES (1, 'files', '{}', 1, 1, 'done', 1, true, '[]', 0, 0, 0, 0, 0, 0, 0)"
            )
        )
    upgrade(engine)
    with reading(engine) as db:
        assert db.scalar(text("SELECT kind FROM run WHERE id = 1")) == "ingest"


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
