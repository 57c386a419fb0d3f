"""The pace on a real Valkey, with real processes: what a site would see."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import random
import threading
import time
from collections.abc import Callable
from multiprocessing.managers import SyncManager

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from meeruit.tasks.errors import LedgerError, Wait
from meeruit.worker.local.parent import die_with_parent
from meeruit.worker.net import pace
from meeruit.worker.net.memory import PREFIX, Memory, OwnMemory
from meeruit.worker.net.pace import OwnPace, Pace

HOST = "example.org"
KEY = f"{PREFIX}pace:{HOST}"
Begun = list[tuple[float, float]]


def known(redis: Redis) -> Pace:
    """A pace that knows the host, whose last request was an hour ago."""
    an_hour_ago = (int(redis.time()[0]) - 3600) * 1000
    redis.hset(KEY, mapping={"last": an_hour_ago, "until": an_hour_ago})
    return Pace(redis)


def crawl(path: str, turns: int, delay: float, begun: Begun, longest: float = 0.05) -> None:
    """Take so many turns, each as long as some request, and note when each began and ended."""
    with contextlib.closing(Redis(unix_socket_path=path)) as redis:
        mine = Pace(redis, patience=60)
        for _ in range(turns):
            with mine.turn(HOST, delay):
                start = time.monotonic()
                time.sleep(random.uniform(0, longest))
                begun.append((start, time.monotonic()))
            time.sleep(random.uniform(0, 0.02))


def gaps(begun: Begun) -> list[float]:
    """Seconds from the end of each request to the beginning of the next."""
    ordered = sorted(begun)
    return [later[0] - earlier[1] for earlier, later in itertools.pairwise(ordered)]


def crawl_alone(path: str, begun: Begun) -> None:
    """Take five turns, as a process of its own."""
    die_with_parent()
    crawl(path, 5, 0.1, begun)


def test_processes_share_one_pace(valkey: str, redis: Redis) -> None:
    spawned = multiprocessing.get_context("spawn")
    manager = SyncManager(ctx=spawned)
    manager.start(die_with_parent)
    with manager:
        begun = manager.list()
        workers = [spawned.Process(target=crawl_alone, args=(valkey, begun)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        seen = list(begun)
    assert len(seen) == 20
    assert min(gaps(seen)) >= 0.1


def test_a_pace_that_is_lost_again_and_again_gets_slower_and_never_faster(valkey: str, redis: Redis) -> None:
    begun: Begun = []
    crawlers = [threading.Thread(target=crawl, args=(valkey, 6, 0.1, begun, 0.01)) for _ in range(3)]
    for crawler in crawlers:
        crawler.start()
    while any(crawler.is_alive() for crawler in crawlers):
        time.sleep(random.uniform(0.12, 0.3))
        redis.flushall()
        redis.script_flush()
    assert len(begun) == 18
    starts = sorted(start for start, _ in begun)
    assert min(b - a for a, b in itertools.pairwise(starts)) >= 0.1


def test_a_host_that_nobody_knows_waits_its_delay_first(redis: Redis) -> None:
    started = time.monotonic()
    with Pace(redis).turn(HOST, 0.3):
        assert time.monotonic() - started >= 0.3


def test_a_turn_that_is_far_off_is_not_waited_for_and_not_taken(redis: Redis) -> None:
    shared = Pace(redis)
    for _ in range(3):
        with pytest.raises(Wait) as later, shared.turn(HOST, 30):
            pytest.fail("not yet")
        assert 29 < later.value.seconds < 30.1, "asking does not push it away"


def test_a_turn_that_somebody_has_held_for_long_is_not_waited_for(redis: Redis) -> None:
    shared = known(redis)
    with shared.turn(HOST, 0):
        now = int(redis.time()[0] * 1000 + redis.time()[1] // 1000)
        redis.hset(KEY, "last", now - 7_000)
        started = time.monotonic()
        with pytest.raises(Wait) as later, shared.turn(HOST, 0):
            pytest.fail("not yet")
        assert time.monotonic() - started < 1
        assert 6.9 < later.value.seconds <= 10


def test_the_larger_of_two_delays_holds_between_their_requests(redis: Redis) -> None:
    shared = known(redis)
    with shared.turn(HOST, 30):
        pass
    with pytest.raises(Wait) as later, shared.turn(HOST, 1):
        pass
    assert 29 < later.value.seconds < 30.1
    shared = known(redis)
    with shared.turn(HOST, 1):
        pass
    with pytest.raises(Wait) as later, shared.turn(HOST, 30):
        pass
    assert 29 < later.value.seconds < 30.1


def test_hosts_do_not_wait_for_each_other(redis: Redis) -> None:
    shared = Pace(redis)
    with pytest.raises(Wait), shared.turn("a.example", 30):
        pass
    with shared.turn("b.example", 0):
        pass


def test_a_site_that_asks_for_patience_gets_it_from_everybody(redis: Redis, valkey: str) -> None:
    with known(redis).turn(HOST, 0) as turn:
        turn.pause = 90.0
    other = Redis(unix_socket_path=valkey)
    with contextlib.closing(other), pytest.raises(Wait) as later, Pace(other).turn(HOST, 0):
        pass
    assert 89 < later.value.seconds < 90.1


def test_the_pause_holds_also_where_the_request_failed(redis: Redis) -> None:
    shared = known(redis)
    with contextlib.suppress(ValueError), shared.turn(HOST, 0) as turn:
        turn.pause = 90.0
        raise ValueError
    with pytest.raises(Wait), shared.turn(HOST, 0):
        pass


def test_only_one_request_at_a_time_goes_to_a_host_even_without_a_delay(redis: Redis) -> None:
    shared = known(redis)
    with shared.turn(HOST, 0), pytest.raises(Wait), Pace(redis, patience=0.1).turn(HOST, 0):
        pytest.fail("two at once")
    with shared.turn(HOST, 0):
        pass


def hold(path: str) -> None:
    """Take a turn and keep it, as a process of its own that waits for an answer."""
    die_with_parent()
    with contextlib.closing(Redis(unix_socket_path=path)) as redis, Pace(redis).turn(HOST, 0):
        time.sleep(60)


def test_the_turn_of_a_process_that_was_killed_ends_when_the_next_one_asks(redis: Redis, valkey: str) -> None:
    shared = known(redis)
    process = multiprocessing.get_context("spawn").Process(target=hold, args=(valkey,))
    process.start()
    while not redis.hget(KEY, "token"):
        time.sleep(0.01)
    hasty = Pace(redis, patience=0.05)
    with pytest.raises(Wait), hasty.turn(HOST, 0):
        pytest.fail("two at once")
    process.kill()
    process.join()
    with pytest.raises(Wait) as later, hasty.turn(HOST, 0.5):
        pytest.fail("its answer may have come this moment")
    assert 0.3 < later.value.seconds < 0.6
    started = time.monotonic()
    with shared.turn(HOST, 0.5):
        assert time.monotonic() - started < 15, "much less than the lease"
    assert redis.hget(KEY, "token") is None


def test_a_turn_of_which_nobody_knows_who_died_is_free_again_after_its_lease(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = known(redis)
    monkeypatch.setattr(pace, "LEASE", 0.5)
    assert shared._take(HOST, 0, "dead") == 0
    started = time.monotonic()
    with shared.turn(HOST, 0):
        assert 0.3 < time.monotonic() - started < 15, "much less than the lease that is not shortened"


def test_a_question_asked_twice_is_one_turn(redis: Redis) -> None:
    """The client of Redis repeats a command whose answer got lost."""
    shared = known(redis)
    assert [shared._take(HOST, 5, "mine") for _ in range(2)] == [0, 0]
    assert shared._take(HOST, 5, "yours") > 0


def test_who_comes_back_late_does_not_free_the_turn_of_another(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = known(redis)
    monkeypatch.setattr(pace, "LEASE", 0.2)
    with shared.turn(HOST, 0):
        time.sleep(0.3)
        monkeypatch.setattr(pace, "LEASE", 60.0)
        assert shared._take(HOST, 0, "next") == 0
    assert shared._take(HOST, 0, "third") > 0, "the first one ended, but it is the turn of the next"


def test_a_clock_that_was_set_back_costs_one_delay(redis: Redis) -> None:
    known(redis)
    tomorrow = (redis.time()[0] + 86_400) * 1000
    redis.hset(KEY, mapping={"last": tomorrow, "until": tomorrow, "busy": tomorrow})
    with pytest.raises(Wait) as later, Pace(redis).turn(HOST, 5):
        pass
    assert 4 < later.value.seconds < 5.1
    busy = float(redis.hget(KEY, "busy") or 0) / 1000
    assert busy <= redis.time()[0] + pace.LEASE + 1


def test_a_host_is_forgotten_after_a_day(redis: Redis) -> None:
    with pytest.raises(Wait), Pace(redis).turn(HOST, 30):
        pass
    assert 86_000 < redis.ttl(KEY) <= 86_400
    with known(redis).turn(HOST, 0):
        redis.persist(KEY)
    assert 86_000 < redis.ttl(KEY) <= 86_400


def test_without_redis_there_is_no_turn(tmp_path: object) -> None:
    nobody = Redis(unix_socket_path=f"{tmp_path}/nobody", retry=Retry(NoBackoff(), 0))
    refused = pytest.raises(LedgerError, match="the broker does not answer, so nothing is fetched")
    with refused, Pace(nobody).turn(HOST, 0):
        pytest.fail("unpaced")
    memory = Memory(nobody)
    asks: list[Callable[[], object]] = [
        lambda: memory.get("x"),
        lambda: memory.put("x", b"", 1),
        lambda: memory.drop("x"),
    ]
    for ask in asks:
        with pytest.raises(LedgerError):
            ask()


def test_without_room_in_redis_there_is_no_turn(redis: Redis) -> None:
    redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(LedgerError), Pace(redis).turn(HOST, 0):
            pytest.fail("unpaced")
    finally:
        redis.config_set("maxmemory", "0")


def test_redis_may_go_away_during_a_request(redis: Redis) -> None:
    shared = known(redis)
    with shared.turn(HOST, 0):
        redis.config_set("maxmemory", "1")
    redis.config_set("maxmemory", "0")
    assert shared._take(HOST, 0, "next") > 0, "held until its lease ends"


def test_a_command_alone_keeps_the_same_pace() -> None:
    alone = OwnPace()
    times = []
    for _ in range(3):
        with alone.turn(HOST, 0.2):
            times.append(time.monotonic())
            time.sleep(0.05)
    assert all(b - a >= 0.25 for a, b in itertools.pairwise(times))
    with alone.turn(HOST, 0.2) as turn:
        turn.pause = 90
    with pytest.raises(Wait) as later, alone.turn(HOST, 0.2):
        pass
    assert 89 < later.value.seconds < 90.1
    started = time.monotonic()
    with alone.turn("other.example", 0.2):
        assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("kind", [Memory, OwnMemory])
def test_memory_keeps_a_value_for_its_seconds(kind: type[Memory] | type[OwnMemory], redis: Redis) -> None:
    memory = Memory(redis) if kind is Memory else OwnMemory()
    assert memory.get("a") is None
    memory.put("a", b"1", 1)
    assert memory.get("a") == b"1"
    memory.put("b", b"2", 100)
    memory.drop("b")
    memory.drop("never there")
    assert memory.get("b") is None
    time.sleep(1.1)
    assert memory.get("a") is None


def test_who_comes_first_gets_the_next_turn_though_others_ask_all_the_time(redis: Redis) -> None:
    """A list that is due is not kept waiting by a hundred links of its host."""
    shared, order = Pace(redis, patience=30), list[str]()

    def ask(name: str, times: int, *, first: bool) -> None:
        for _ in range(times):
            with shared.turn("x.example", 0.3, first=first):
                order.append(name)

    links = [threading.Thread(target=ask, args=("link", 5), kwargs={"first": False}) for _ in range(3)]
    for each in links:
        each.start()
    while order.count("link") < 2:
        time.sleep(0.01)
    before = len(order)
    ask("list", 1, first=True)
    for each in links:
        each.join()
    assert order.index("list") <= before + 1, order
    assert order.count("link") == 15
