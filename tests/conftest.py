"""Real parts for the tests: both databases, a real Valkey, real workers. Nothing of the environment leaks in."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, make_url

from meeruit.worker.database import make_engine, upgrade
from meeruit.worker.local.parent import die_with_parent
from tests import postgres
from tests.sharing import Sharing, group_of
from tests.shell import in_process

#: A command's arguments, to what it prints.
Inside = Callable[..., str]
_numbers = itertools.count(1)


# no test of a law is one of time: a loaded machine is slow, and not wrong
settings.register_profile("meeruit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("meeruit")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--servers``: the live tests on PostgreSQL and a Redis-protocol server of their own, not the embedded parts."""
    parser.addoption("--servers", action="store_true", help="run the live tests on PostgreSQL and a server on TCP")


def pytest_configure(config: pytest.Config) -> None:
    """A process that runs a share of the tests ends with the one that hands them out."""
    if hasattr(config, "workerinput"):
        die_with_parent()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process a core, up to four, and two more, since some groups of tests wait much of their time."""
    return min(os.cpu_count() or 1, 4) + 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    """Live tests run one after another, and so do paced ones: they would take each other's time."""
    return Sharing(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Tests and modules stay to the end: no garbage is looked for in them, and in what tests leave not every moment."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by where they stand."""
    for item in items:
        if item.nodeid.startswith("tests/live/"):
            item.add_marker(pytest.mark.live)
        if group_of(item.nodeid) == "paced":
            item.add_marker(pytest.mark.paced)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("MEERUIT_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A PostgreSQL server out of its wheel, with a migrated template database."""
    with postgres.server() as url:
        engine = make_engine(postgres.create(url, "meeruit_template"))
        upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the two databases in turn."""
    return str(request.param)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, migrated database."""
    return fresh_database(kind, request, tmp_path)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh, migrated database."""
    engine = hasty_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """``meeruit`` in this process, in a folder of its own: ``inside("show", "ab12", database=url)``.

    It must end with the status that is asked for. Returns what it prints, on standard error where it must fail.
    """

    def run(*arguments: str, database: URL | None = None, status: int = 0) -> str:
        if database is not None:
            monkeypatch.setenv("MEERUIT_DATABASE_URL", database.render_as_string(hide_password=False))
        answer = in_process(*arguments, folder=tmp_path, settings={})
        assert answer.status == status, answer.err
        return answer.err if status else answer.out

    return run


def fresh_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Another fresh, migrated database, for a test that needs several."""
    if kind == "sqlite":
        return copied(f"sqlite:///{request.getfixturevalue('migrated_sqlite')}", folder)
    url: URL = request.getfixturevalue("postgresql")
    return copied(url.set(database="meeruit_template").render_as_string(hide_password=False), folder)


def copied(url: str, folder: Path) -> str:
    """The address of a copy of a database that nobody is connected to; a SQLite file goes into the folder."""
    name, original = f"fresh_{next(_numbers)}", make_url(url)
    if original.get_backend_name() == "sqlite":
        shutil.copy(str(original.database), folder / f"{name}.db")
        return f"sqlite:///{folder / name}.db"
    return postgres.create(original, name, str(original.database)).render_as_string(hide_password=False)


def hasty_engine(url: str | URL) -> Engine:
    """An engine that waits for no disk, since nothing has to outlive a power cut here, and keeps its file as workers do."""
    engine = make_engine(url, keeps=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _(connection: SQLiteConnection, _record: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")

    return engine
