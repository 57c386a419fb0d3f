"""Real parts for the tests of the web edge: sites on loopback addresses, the guarded client, a Valkey."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import httpx
import pytest
from redis import Redis

from meeruit.tasks.web.redirects import Browser
from meeruit.worker.local.broker import EmbeddedBroker
from meeruit.worker.net.client import make_client
from meeruit.worker.net.memory import Memory
from meeruit.worker.net.pace import Pace
from tests.web.site import Site, site


@pytest.fixture
def sites() -> Iterator[Callable[[str], Site]]:
    """Makes sites: ``sites("127.0.0.2")``."""
    with contextlib.ExitStack() as stack:

        def make(host: str) -> Site:
            return stack.enter_context(site(host))

        yield make


@pytest.fixture
def here(sites: Callable[[str], Site]) -> Site:
    """A site that the client may go to."""
    return sites("127.0.0.1")


@pytest.fixture
def client(here: Site) -> Iterator[httpx.Client]:
    """The real client, with one exception: the site ``here``."""
    with make_client(allow_private_hosts=here.place) as made:
        yield made


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The path of a running Valkey's socket."""
    with EmbeddedBroker() as broker:
        yield broker.url.removeprefix("redis+socket://")


@pytest.fixture
def redis(valkey: str) -> Iterator[Redis]:
    """A connection to an empty Valkey."""
    with contextlib.closing(Redis(unix_socket_path=valkey)) as connection:
        connection.flushall()
        yield connection


@pytest.fixture
def tools(redis: Redis) -> Iterator[Browser]:
    """What a visit borrows; every 127.0.0.x may be gone to, but for those that a test keeps private."""
    with make_client(allow_private_hosts="127.0.0.1,127.0.0.2,127.0.0.3") as made:
        yield Browser(made, Pace(redis), Memory(redis))
