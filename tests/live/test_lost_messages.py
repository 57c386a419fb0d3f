"""A message that a worker took, and lost before it claimed its work, is missed within seconds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import Engine, update

from meeruit.tasks.references import Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Work, table
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.sweeping import ON_ITS_WAY, sweep_lost
from meeruit.worker.app import BULK, App
from meeruit.worker.local.broker import EmbeddedBroker
from meeruit.worker.settings import read_settings

pytestmark = pytest.mark.live

_work = table(Work)


def enrolled(engine: Engine) -> int:
    """A piece of work, its message not yet sent."""
    with engine.begin() as db:
        run = runs.start_run(db, "test", None, now())
        return ledger.enrol(db, run, "bodies", Terms(now(), "ingest"), [], 1, now())


def age(engine: Engine, redis: Redis) -> None:
    """As if the messages had been sent, and handed out, a little longer ago than they may be on their way."""
    earlier = ON_ITS_WAY + timedelta(seconds=1)
    with engine.begin() as db:
        db.execute(update(_work).values(sent_at=now() - earlier))
    for tag in redis.hkeys("meeruit:unacked"):
        redis.zincrby("meeruit:unacked_index", -earlier.total_seconds(), tag)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_work_whose_message_was_taken_and_never_claimed_is_sent_again_within_seconds(
    broker: EmbeddedBroker, engine: Engine, database_url: str
) -> None:
    """The broker counts the message as held for ten minutes, over its own restart, too, where it keeps a file."""
    settings = read_settings({"MEERUIT_BROKER_URL": broker.url, "MEERUIT_DATABASE_URL": database_url})
    app = App(settings)
    tools = app.make_tools()
    with app.connection_for_read() as lost, Redis.from_url(settings.redis_url) as redis:
        app.send_work(enrolled(engine), "bodies", 0)
        assert app.messages() == 1
        assert lost.default_channel.basic_get(BULK) is not None
        assert sweep_lost(tools) == 0, "it may still be on its way"
        age(engine, redis)
        assert redis.hlen("meeruit:unacked") == 1
        assert sweep_lost(tools) == 1
        assert sweep_lost(tools) == 0, "once is enough"
    tools.engine.dispose()
    app.close()
