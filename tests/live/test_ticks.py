"""What beat sends: ticks that no clock of a machine stops, and no more of them than are worth anything."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery.beat import SchedulingError
from kombu.exceptions import OperationalError

from meeruit.worker.app import CLOCK, App
from meeruit.worker.heartbeat import Clock
from meeruit.worker.local.broker import EmbeddedBroker
from meeruit.worker.settings import read_settings


class Beat:
    """Beat's scheduler in this process, and the queue that it sends to."""

    def __init__(self, app: App, client: Any) -> None:
        self.clock = Clock(app=app, lazy=False)
        self._client = client

    def ticks(self, seconds: float) -> None:
        """Go round for so long."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(min(max(self.clock.tick(), 0.0), 0.05))

    def take(self) -> list[dict[str, Any]]:
        """The headers of all messages that wait, which are gone then."""
        found = []
        while (message := self._client.rpop(CLOCK)) is not None:
            found.append(json.loads(message)["headers"])
        return found


@pytest.fixture
def beat(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beat]:
    monkeypatch.setenv("MEERUIT_BROKER_URL", broker.url)
    app = App(read_settings())
    with app.connection_for_read() as connection:
        made = Beat(app, connection.default_channel.client)
        yield made
        made.clock.close()


def test_a_clock_that_is_set_back_stops_no_tick(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Celery.now

    def an_hour_ago(app: App) -> datetime:
        at: datetime = right(app) - timedelta(hours=1)
        return at

    for _ in range(2):
        beat.ticks(1.2)
        assert [each["task"] for each in beat.take()].count("source.poll") == 2
        monkeypatch.setattr(Celery, "now", an_hour_ago)


def test_a_tick_is_worth_the_same_whatever_the_clock_of_its_worker_says(beat: Beat) -> None:
    beat.ticks(0.7)
    assert [(each["expires"], each["eta"]) for each in beat.take()] == [(None, None)]


def test_ticks_that_nobody_takes_do_not_pile_up_and_none_keeps_the_other_away(beat: Beat) -> None:
    for entry in beat.clock.schedule.values():
        entry.schedule.run_every /= 50
    for _ in range(2):
        beat.ticks(1)
        sent = Counter(each["task"] for each in beat.take())
        assert (set(sent), sent.total()) == ({"source.poll", "work.sweep"}, 4), sent


def test_a_broker_that_is_gone_is_said_once_in_one_line_and_so_is_its_return(
    beat: Beat, broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "meeruit")
    beat.ticks(1)
    broker.stop()
    beat.ticks(3)
    broker.start()
    beat.ticks(3)
    assert [(record.levelname, record.getMessage().split(" reason=")[0]) for record in caplog.records] == [
        ("WARNING", "no tick is sent until the broker answers"),
        ("INFO", "the broker answers again, ticks are sent"),
    ]
    assert beat.take(), "ticks are sent again"


def test_a_fault_that_is_none_of_the_broker_is_not_taken_for_one(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = next(iter(beat.clock.schedule.values()))

    def fail(*_arguments: object, **_named: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(beat.clock, "send_task", fail)
    monkeypatch.setitem(beat.clock.app.tasks, entry.task, None)
    with pytest.raises(SchedulingError, match="no such thing"):
        beat.clock.apply_async(entry, advance=False)


def test_a_tick_that_the_broker_refuses_is_not_sent_and_no_error(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = next(iter(beat.clock.schedule.values()))

    def fail(*_arguments: object, **_named: object) -> None:
        raise OperationalError("OOM command not allowed")

    monkeypatch.setattr(beat.clock, "send_task", fail)
    monkeypatch.setitem(beat.clock.app.tasks, entry.task, None)
    assert beat.clock.apply_async(entry, advance=False) is None
