"""Several processes visit one site, and Redis forgets in between: the site's own log decides."""

from __future__ import annotations

import contextlib
import multiprocessing
import time

import pytest
from redis import Redis

from meeruit.tasks.errors import Wait
from meeruit.tasks.web.redirects import Browser
from meeruit.tasks.web.visit import visit
from meeruit.worker.local.parent import die_with_parent
from meeruit.worker.net.client import make_client
from meeruit.worker.net.memory import Memory
from meeruit.worker.net.pace import Pace
from tests.web.site import Site, answer

DELAY = 0.2

pytestmark = pytest.mark.slow


def visit_all(valkey: str, place: str, paths: list[str]) -> None:
    """One worker process: its own client and its own connection, as after a fork."""
    die_with_parent()
    with contextlib.closing(Redis(unix_socket_path=valkey)) as redis, make_client(allow_private_hosts=place) as client:
        tools = Browser(client, Pace(redis), Memory(redis))
        while paths:
            try:
                visit(tools, f"http://{place}{paths[-1]}", delay=DELAY)
                paths.pop()
            except Wait as later:
                time.sleep(later.seconds)


def test_a_site_never_sees_two_requests_closer_than_the_delay(here: Site, valkey: str, redis: Redis) -> None:
    here.pages |= {f"/{worker}/{page}": answer(b"page") for worker in range(3) for page in range(5)}
    spawn = multiprocessing.get_context("spawn").Process
    workers = [
        spawn(target=visit_all, args=(valkey, here.place, [f"/{worker}/{page}" for page in range(5)]))
        for worker in range(3)
    ]
    for worker in workers:
        worker.start()
    forgotten = 0
    while any(worker.is_alive() for worker in workers):
        time.sleep(1.0)
        redis.flushall()
        forgotten += 1
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    pages = [path for path in here.paths() if path != "/robots.txt"]
    assert sorted(pages) == sorted(here.pages), "each page once"
    assert forgotten > 2
    assert here.shortest_gap() >= DELAY
