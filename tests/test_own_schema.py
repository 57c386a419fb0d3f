"""A schema of one's own in a PostgreSQL that others use: whatever they have there is not looked at, and not touched."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from meeruit.tasks.report.sizes import sizes
from meeruit.tasks.store.rows import lock, lock_shared
from meeruit.tasks.store.tables import metadata
from meeruit.worker.database import HEAD, make_engine, reading, revision, upgrade
from meeruit.worker.waking import Waking
from meeruit.worker.web.reader import read_engine
from tests import postgres
from tests.conftest import Inside
from tests.shell import by_shell
from tests.test_outbox import put, told
from tests.test_waking import is_woken

pytestmark = pytest.mark.postgres
_numbers = itertools.count(1)
SEEDS = Path(__file__).parents[1] / "seeds"


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


@pytest.fixture
def two(postgresql: URL) -> Iterator[list[Engine]]:
    """Two schemas of one database."""
    url = postgres.create(postgresql, f"two_{next(_numbers)}")
    engine = make_engine(url.render_as_string(hide_password=False))
    with engine.begin() as db:
        for name in "ab":
            db.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    schemas = [url.update_query_dict({"options": f"-csearch_path={name}"}) for name in "ab"]
    engines = [make_engine(each.render_as_string(hide_password=False)) for each in schemas]
    yield engines
    for engine in engines:
        engine.dispose()


def test_of_two_schemas_in_one_database_neither_sees_the_other(
    two: list[Engine], inside: Inside, tmp_path: Path
) -> None:
    """Through the commands themselves, with a broker and workers, while the other one holds other items."""
    one, other = two
    for engine in two:
        assert "from empty to" in inside("db", "upgrade", database=engine.url)
    put(other, "a", "b", "c")
    by_shell("ingest", str(SEEDS), database=one.url, folder=tmp_path)
    again = by_shell("ingest", str(SEEDS), "--json", database=one.url, folder=tmp_path)
    assert json.loads(again)["pages"]["known"] == 2
    assert len(inside("items", "--format", "jsonl", database=one.url).splitlines()) == 14
    for engine, number in ((one, 14), (other, 3)):
        assert len(told(inside, engine, "--as", "desk")) == number
        assert "nothing is damaged" in inside("db", "check", "--all", database=engine.url)
        assert revision(engine) == HEAD
    assert "work: none waits, none runs" in inside("status", database=one.url)
    with one.connect() as db:
        room = "SELECT sum(pg_total_relation_size(format('%I.%I', schemaname, tablename)::regclass)) FROM pg_tables "
        for engine, name in ((one, "a"), (other, "b")):
            own = text(room + "WHERE schemaname = :name AND tablename <> 'alembic_version'")
            assert size(engine) == db.scalar(own, {"name": name})
        schemas = "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = ANY(:names) ORDER BY 1"
        names = [*metadata.tables, "alembic_version"]
        assert list(db.scalars(text(schemas), {"names": names})) == ["a", "b"]


def test_a_reader_is_woken_by_what_is_new_in_its_own_schema(two: list[Engine]) -> None:
    one, other = two
    for engine in (one, other):
        upgrade(engine)
    with closing(Waking(one)) as waking:
        waking.listen()
        put(other, "new")
        began = time.monotonic()
        waking.wait(1.0)
        assert time.monotonic() - began > 0.9
        put(other, "newer")
        put(one, "new")
        assert is_woken(waking)


def test_who_writes_in_one_schema_does_not_wait_for_who_writes_in_another(two: list[Engine]) -> None:
    one, other = two
    with one.begin() as first, other.begin() as second, other.begin() as third:
        lock(first, "items")
        lock_shared(first, [("rounding", "x")])
        lock(second, "items")
        lock(second, "rounding", "x")
        third.execute(text("SET LOCAL lock_timeout = 100"))
        with pytest.raises(OperationalError, match="lock timeout"):
            lock(third, "items")
        third.rollback()


@pytest.mark.parametrize(
    "arguments", [("items",), ("db", "upgrade"), ("status",), ("prune", "--runs-older-than", "1d")]
)
def test_a_schema_that_is_not_there_is_one_line_that_says_what_to_do(
    postgresql: URL, inside: Inside, arguments: tuple[str, ...]
) -> None:
    address = postgresql.update_query_dict({"options": "-csearch_path=nowhere"})
    said = inside(*arguments, database=address, status=1 if arguments[0] == "db" else 2)
    assert len(said.splitlines()) == 1
    assert "CREATE SCHEMA nowhere" in said


def size(engine: Engine) -> int:
    """The bytes that are said to be the database's."""
    with reading(engine) as db:
        return int(sizes(db)["bytes"])


def test_what_an_address_asks_for_does_not_let_the_page_write(address: str) -> None:
    reader = read_engine(address + "%20-cdefault_transaction_read_only%3Doff")
    with reader.connect() as db:
        assert db.scalar(text("SHOW search_path")) == "mine"
        assert db.scalar(text("SHOW default_transaction_read_only")) == "on"
    reader.dispose()
