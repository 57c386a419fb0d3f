"""A schema of one's own in a PostgreSQL that others use: whatever they have there is not looked at, and not touched."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL

from meeruit.worker.database import make_engine
from meeruit.worker.web.reader import read_engine
from tests import postgres
from tests.conftest import Inside
from tests.test_outbox import put, told

pytestmark = pytest.mark.postgres
_numbers = itertools.count(1)


@pytest.fixture
def address(postgresql: URL) -> str:
    """A database in which somebody else has tables of our names, and we a schema."""
    url = postgres.create(postgresql, f"shared_{next(_numbers)}")
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.begin() as db:
        for statement in (
            "CREATE TABLE item (theirs int)",
            "CREATE TABLE alembic_version (version_num varchar)",
            "INSERT INTO alembic_version VALUES ('theirs')",
            "CREATE SCHEMA mine",
        ):
            db.execute(text(statement))
    engine.dispose()
    return url.update_query_dict({"options": "-csearch_path=mine"}).render_as_string(hide_password=False)


def test_everything_stands_in_the_schema_that_the_address_names(address: str, inside: Inside, tmp_path: Path) -> None:
    engine = make_engine(address)
    assert "from empty to" in inside("db", "upgrade", database=engine.url)
    put(engine, "a", "b")
    assert len(told(inside, engine, "--as", "desk")) == 2
    assert "nothing is damaged" in inside("db", "check", database=engine.url)
    assert "no item changed" in inside("replay", database=engine.url)
    assert len(inside("items", "--format", "jsonl", database=engine.url).splitlines()) == 2
    with engine.connect() as db:
        assert db.scalar(text("SELECT count(*) FROM mine.item")) == 2
        assert db.scalar(text("SELECT count(*) FROM public.item")) == 0
        assert db.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 2
        assert db.scalar(text("SHOW statement_timeout")) == "2min"
    engine.dispose()


def test_what_an_address_asks_for_does_not_let_the_page_write(address: str) -> None:
    reader = read_engine(address + "%20-cdefault_transaction_read_only%3Doff")
    with reader.connect() as db:
        assert db.scalar(text("SHOW search_path")) == "mine"
        assert db.scalar(text("SHOW default_transaction_read_only")) == "on"
    reader.dispose()
