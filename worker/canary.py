"""One message through every queue, to see that each is served: whoever takes it says so under a key of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from time import monotonic
from typing import Any

from celery import Celery

from meeruit.tasks.times import AHEAD

#: Seconds after which what nobody took, or heard, is forgotten.
_KEPT = 60
_PREFIX = "canary:"


def sing(connection: Any, key: str) -> None:
    """Answer whoever waits under ``key``."""
    if not key.startswith(_PREFIX):  # no message has us write anywhere else
        return
    client = connection.default_channel.client
    client.rpush(key, 1)
    client.pexpire(key, _KEPT * 1_000)


def hear(app: Celery, connection: Any, queues: Iterable[str], seconds: float) -> dict[str, float | None]:
    """Send a message through each queue; after how many seconds each was answered, None where not in time."""
    client = connection.default_channel.client
    began = monotonic()
    keys = {f"{_PREFIX}{uuid.uuid4().hex}": queue for queue in queues}
    kept = _KEPT + AHEAD.total_seconds()  # a time of our clock, from which that of a worker may differ
    for key, queue in keys.items():
        app.send_task("health.canary", (key,), queue=queue, expires=kept, connection=connection, retry=False)
    heard: dict[str, float | None] = dict.fromkeys(keys.values())
    waiting = set(keys)
    while waiting and (left := seconds - (monotonic() - began)) > 0:
        # kombu's client knows the prefix of BRPOP's keys, not of BLPOP's; a second at most, the socket has 10 s
        answer = client.brpop(sorted(waiting), timeout=min(left, 1.0))
        if answer is not None:
            key = bytes(answer[0]).decode()
            waiting.discard(key)
            heard[keys[key]] = round(monotonic() - began, 3)
    return heard
