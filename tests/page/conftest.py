"""The page as people run it: a process of its own on a port of its own, over a database that is filled once."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy.engine import URL

from tests import forked, postgres
from tests.conftest import copied, hasty_engine
from tests.page.data import fill
from tests.page.tabs import Visit, Visits, chromium, tab
from tests.tied import tied

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Shown:
    """A page that is up."""

    url: str
    database_url: str
    log: Path
    #: The process that serves it.
    process: int

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rstrip("/").rpartition(":")[2])

    def get(self, path: str, **headers: str) -> httpx.Response:
        """One question, as a program asks it."""
        url = f"{self.url.rstrip('/')}{path}"
        return httpx.get(url, headers=headers, trust_env=False, timeout=30, verify=False)  # to load roots costs 20 ms


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def shown(
    database_url: str, folder: Path, through: Callable[..., list[str]] | None = None, **settings: str
) -> Iterator[Shown]:
    """``meeruit web`` over a database, ended afterwards; ``through``: what the command is started through."""
    log = folder / f"web-{free_port()}.log"
    values = {
        "MEERUIT_DATABASE_URL": database_url,
        "MEERUIT_WEB_ADDRESS": f"127.0.0.1:{free_port()}",
        "MEERUIT_SOURCES": str(folder / "sources.toml"),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEERUIT_")}
    with log.open("w") as file:
        process = forked.start(
            ["web"],
            through(*forked.SHELL) if through else (),
            cwd=folder,
            env=environment | values | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        line = process.stderr.readline()
        file.write(line)
        address = re.search(r"http://\S+/", line)
        assert address, line + process.stderr.read()
        # from here on what it says goes to the file
        copier = subprocess.Popen(tied(["cat"]), stdin=process.stderr, stdout=file)
        try:
            yield Shown(address[0], database_url, log, process.pid)
        finally:
            process.terminate()
            process.wait(20)
            copier.wait(20)
            process.stderr.close()


def _filled(url: str) -> str:
    engine = hasty_engine(url)
    fill(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def filled_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a filled SQLite file."""
    return _filled(copied(f"sqlite:///{migrated_sqlite}", tmp_path_factory.mktemp("page")))


@pytest.fixture(scope="session")
def filled_postgresql(postgresql: URL) -> str:
    """The address of a filled database of PostgreSQL."""
    url = postgres.create(postgresql, "filled_page", "meeruit_template")
    return _filled(url.render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def on_sqlite(filled_sqlite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The page over SQLite."""
    with shown(filled_sqlite, tmp_path_factory.mktemp("web")) as page:
        yield page


@pytest.fixture(scope="session")
def on_postgresql(filled_postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The page over PostgreSQL."""
    with shown(filled_postgresql, tmp_path_factory.mktemp("web")) as page:
        yield page


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def page(request: pytest.FixtureRequest) -> Shown:
    """The page over each of the two databases in turn."""
    found: Shown = request.getfixturevalue(f"on_{request.param}")
    return found


@pytest.fixture(scope="session")
def guarded(filled_sqlite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The page with a token and another name."""
    folder = tmp_path_factory.mktemp("web")
    with shown(filled_sqlite, folder, MEERUIT_WEB_TOKEN=TOKEN, MEERUIT_WEB_HOSTS="news.example") as page:
        yield page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    from playwright.sync_api import sync_playwright  # the one process of many that needs it imports it

    path = chromium()  # first: where there is none, the driver may lack what it needs, too
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def visits(browser: Browser, visited: Shown) -> Iterator[Visits]:
    """Opens tabs on the page that a module says is visited, which are closed afterwards."""
    made: list[Visit] = []

    def visit(**options: Any) -> Visit:
        made.append(tab(browser, visited.url, **options))
        return made[-1]

    yield visit
    for each in made:
        each.page.context.close()
