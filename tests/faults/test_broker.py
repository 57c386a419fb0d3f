"""A broker that dies, forgets, freezes, is full, or lies behind a cable that is cut."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from tests.faults.inject import Valkey, resize, tiny_disk
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.live.conftest import until


def under_way(scene: Scene, pages: int = 120, pieces: int = 12) -> None:
    """A run that has begun and is far from its end."""
    names = scene.shoot(pages, pieces)
    scene.worker()
    scene.start("ingest", *names)
    scene.start("beat")
    until(lambda: scene.reached("before commit") >= 2, 60, scene.tail())


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Valkey]:
    """A broker with an append-only file."""
    with Valkey(tmp_path / "keeping", keeps=True) as server:
        yield server


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_broker_that_is_killed_and_comes_back_with_its_file_is_gone_on_with(scene: Scene, keeping: Valkey) -> None:
    scene.broker = keeping
    scene.settings["MEERUIT_BROKER_URL"] = keeping.url
    under_way(scene)
    keeping.kill()
    time.sleep(1)
    keeping.start()
    kept = keeping.messages()
    scene.mark()
    scene.finish()
    scene.record("6 broker killed, append-only file", 1, kept)


@pytest.mark.live
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_broker_that_comes_back_empty_is_filled_from_the_ledger(scene: Scene) -> None:
    under_way(scene)
    scene.broker.kill()
    time.sleep(0.5)
    scene.broker.start()
    lost = scene.left() - scene.broker.messages()
    scene.mark()
    scene.finish()
    scene.record("7 broker killed, comes back empty", 1, int(lost > 0))


def test_a_broker_that_is_emptied_again_and_again_is_filled_from_the_ledger(scene: Scene) -> None:
    under_way(scene, 240, 24)
    emptied = lost = 0
    for _ in range(3):
        if scene.left() > 1:
            lost += scene.broker.messages() > 0
            with scene.broker.client() as client:
                client.flushall()
            emptied += 1
        time.sleep(scene.rng.uniform(0.1, 1))
    scene.mark()
    scene.finish()
    scene.record("7b broker emptied (FLUSHALL)", emptied, lost)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_frozen_broker_hangs_nobody_for_good(scene: Scene) -> None:
    under_way(scene, 240, 24)
    with scene.broker.frozen():
        done = scene.reached("before commit")
        time.sleep(15)
        stood = scene.reached("before commit") - done < 24
    left = scene.left()
    scene.mark()
    scene.finish()
    scene.record("8 broker frozen for 15 s", 1, int(stood and left > 0))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_broker_is_no_loss(scene: Scene) -> None:
    """It refuses every message, from the enrolment on, until it has room again."""
    with scene.broker.client() as client:
        client.config_set("maxmemory", "1mb")
        client.config_set("maxmemory-policy", "noeviction")
    names = scene.shoot(96, 8)
    scene.worker()
    command = scene.start("ingest", *names)
    until(lambda: len(scene.work()) == 8, 60)
    time.sleep(3)
    refused, done = refuses(scene.broker), scene.reached("before commit")
    with scene.broker.client() as client:
        client.config_set("maxmemory", "0")
    scene.mark()
    scene.start("beat")
    scene.finish()
    _, err = command.communicate(timeout=60)
    assert "Traceback" not in err, err
    scene.record("9 broker full", 1, int(refused and not done))


def refuses(broker: Valkey) -> bool:
    """Whether it takes nothing more."""
    with broker.client() as client:
        try:
            client.set("x", "y")
        except RedisError:
            return True
        return False


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_cable_that_is_cut_without_a_word_hangs_nobody_for_good(scene: Scene) -> None:
    """What is sent is swallowed; after 15 s connections work again, the old ones are broken."""
    with Proxy(("127.0.0.1", scene.broker.port)) as cable:
        scene.settings["MEERUIT_BROKER_URL"] = f"redis://127.0.0.1:{cable.port}/0"
        under_way(scene, 240, 24)
        cable.silent = True
        time.sleep(15)
        left = scene.left()
        cable.silent = False
        scene.mark()
        scene.finish()
        swallowed = cable.swallowed
    scene.record("10 half-open network to the broker", 1, min(swallowed, left))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_broker_whose_disk_is_full_is_no_loss(scene: Scene, slow_fill: Callable[[Valkey], None]) -> None:
    """Its append-only file cannot grow, so it refuses to write, until there is room."""
    with tiny_disk(1) as disk, Valkey(disk, keeps=True) as broker:
        scene.broker = broker
        scene.settings["MEERUIT_BROKER_URL"] = broker.url
        under_way(scene, 96, 12)
        slow_fill(broker)
        time.sleep(3)
        refused = refuses(broker)
        resize(disk, 64)
        scene.mark()
        scene.finish()
        scene.record("15 broker's disk full", 1, int(refused))


@pytest.fixture
def slow_fill() -> Callable[[Valkey], None]:
    """Fills a broker's disk until it says so."""

    def fill(broker: Valkey) -> None:
        with broker.client() as client:
            client.config_set("appendfsync", "everysec")
            for number in range(3000):
                try:
                    client.set(f"fill{number}", "x" * 1000, px=1)
                except RedisError:
                    return
        until(lambda: refuses(broker), 10)

    return fill
