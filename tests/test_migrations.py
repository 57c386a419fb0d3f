"""The migrations: up and down on both databases, and the same tables as the models say."""

from __future__ import annotations

from importlib import resources

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from meeruit.tasks.store.tables import metadata
from meeruit.worker.database import HEAD, reading, revision, upgrade


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
