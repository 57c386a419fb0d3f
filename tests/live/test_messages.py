"""Messages on the broker that nobody should send: the worker drops them and goes on."""

from __future__ import annotations

from typing import Any

import pytest

from meeruit.tasks.store.tables import WorkState
from meeruit.worker.app import BULK, CLOCK, App
from meeruit.worker.local.broker import EmbeddedBroker
from meeruit.worker.settings import read_settings
from tests.live.conftest import Meeruit, states

pytestmark = pytest.mark.live

HOSTILE: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("work.do", ("x",), {}),
    ("work.do", (), {}),
    ("work.do", (None,), {}),
    ("work.do", ({"a": 1},), {}),
    ("work.do", (10**30,), {}),
    ("work.do", (-1,), {}),
    ("work.do", (1, 2, 3), {}),
    ("work.do", (1,), {"evil": True}),
    ("work.do", ("9" * 1_000_000,), {}),
    ("source.poll", ("x",), {}),
    ("no.such.task", (), {}),
]


def test_a_worker_drops_messages_that_make_no_sense_and_does_its_work(meeruit: Meeruit, broker: EmbeddedBroker) -> None:
    meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
    app = App(read_settings({"MEERUIT_BROKER_URL": broker.url}))
    for name, arguments, named in HOSTILE:
        app.send_task(name, arguments, named, queue=CLOCK if name == "source.poll" else BULK)
    (meeruit.folder / "page.txt").write_text("x")
    answer = meeruit("ingest", "page.txt", "--workers", "1", "--json")
    assert answer.status == 0, answer.err
    assert "started again" not in answer.err, "the worker did not die"
    assert states(meeruit) == [WorkState.DONE]
    app.close()
