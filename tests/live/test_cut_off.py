"""What a worker holds when its connection to the broker is lost: nothing that comes of it ends the worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from meeruit.tasks.store.tables import WorkKind
from meeruit.worker.app import BULK, App
from meeruit.worker.local.broker import EmbeddedBroker
from meeruit.worker.process import connect_signals
from meeruit.worker.settings import read_settings

pytestmark = pytest.mark.live


class Holding:
    """A connection as a worker's: one message is held, and the next one asked for."""

    def __init__(self, app: App) -> None:
        self.connection: Any = app.connection_for_read()
        channel = self.connection.default_channel
        messages: list[Any] = []
        channel.basic_consume(BULK, no_ack=False, callback=messages.append, consumer_tag="1")
        app.send_work(7, WorkKind.FILES, 0)
        self.connection.drain_events(timeout=10)
        (self.message,) = messages
        channel._brpop_start()
        app.control.mailbox.Node("meeruit@here", channel=self.connection.channel()).listen()

    def lose(self) -> None:
        """Close the connection as Celery does when it is lost: see ``Consumer.on_connection_error_after_connected``."""
        self.connection.collect(socket_timeout=1)
        self.connection.close()


@pytest.fixture
def holding(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Holding]:
    monkeypatch.setenv("MEERUIT_BROKER_URL", broker.url)
    connect_signals()
    app = App(read_settings())
    yield Holding(app)
    app.close()


def test_a_held_message_that_cannot_be_given_back_does_not_end_the_worker(
    holding: Holding, broker: EmbeddedBroker
) -> None:
    broker.stop()
    holding.lose()
    assert not holding.connection.connected


def test_a_task_that_ends_after_its_connection_was_lost_does_not_end_the_worker(
    holding: Holding, broker: EmbeddedBroker
) -> None:
    broker.stop()
    holding.lose()
    holding.message.ack()
    assert holding.message.acknowledged


def test_a_message_that_is_refused_after_its_connection_was_lost_does_not_end_the_worker(
    holding: Holding, broker: EmbeddedBroker
) -> None:
    broker.stop()
    holding.lose()
    holding.message.reject()
    assert holding.message.acknowledged


def test_a_held_message_is_given_back_where_the_broker_still_takes_it(holding: Holding, broker: EmbeddedBroker) -> None:
    holding.lose()
    with App(read_settings()) as app:
        assert app.queue_lengths()[BULK] == 1


def test_an_acknowledgement_that_a_broker_does_not_take_is_an_error_while_the_connection_stands(
    holding: Holding, broker: EmbeddedBroker
) -> None:
    broker.stop()
    with pytest.raises(holding.connection.connection_errors):
        holding.message.ack()
