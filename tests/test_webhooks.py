"""Webhooks are told every new item, signed, in order, until they took it, whoever fails, hangs, or is killed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from meeruit.tasks.report.hook_news import HookNews
from meeruit.tasks.report.telling import new_items
from meeruit.tasks.store import hooks, outbox
from meeruit.tasks.store.tables import Webhook as WebhookRow
from meeruit.tasks.store.tables import table
from meeruit.tasks.times import now
from meeruit.worker.checks import all_checks, webhook_fault
from meeruit.worker.cli.tailing import number_all
from meeruit.worker.database import reading
from meeruit.worker.hooks import Teller, Webhook
from meeruit.worker.net.client import make_client
from meeruit.worker.settings import read_settings
from tests import forked
from tests.conftest import Inside
from tests.shell import Answer, in_process
from tests.test_outbox import put

SECRET = b"0123456789abcdef0123456789abcdef"
_hook = table(WebhookRow)


@dataclass
class Receiver:
    """A server that answers as it is told to, 204 for want of that, and keeps what it took."""

    #: Statuses of the next answers; 0: none before the server ends.
    answers: list[int] = field(default_factory=list)
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/events?to=desk"

    @property
    def cursors(self) -> list[int]:
        """What it took, in its order."""
        return [event["cursor"] for event in self.taken]

    def hook(self, name: str = "desk") -> Webhook:
        """It, as a webhook."""
        return Webhook(name, self.url, SECRET)


@contextmanager
def served(receiver: Receiver) -> Iterator[Receiver]:
    """A receiver that is there."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.asked.append((dict(self.headers.items()), body))
            status = receiver.answers.pop(0) if receiver.answers else 204
            if status == 0:
                receiver.ended.wait(60)
                return
            if status < 300:
                receiver.taken.append(json.loads(body))
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "100")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler) as server:
        receiver.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.ended.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with served(Receiver()) as made:
        yield made


@pytest.fixture
def said() -> list[str]:
    """What the teller said."""
    return []


@pytest.fixture
def teller(engine: Engine, said: list[str]) -> Iterator[Teller]:
    with make_client(allow_private_hosts="127.0.0.1") as client:
        yield Teller(engine, client, "me", lambda _: False, said.append, pauses=(0.0, 0.0, 0.0))


def begin(teller: Teller, hook: Webhook) -> None:
    """Make a webhook known: it is told what comes from now on."""
    number_all(teller.engine)
    assert teller.tell(hook) is None


def bring(teller: Teller, *names: str) -> None:
    """Store new items, and number them."""
    put(teller.engine, *names)
    number_all(teller.engine)


def state(engine: Engine) -> dict[str, Any]:
    with reading(engine) as db:
        return hooks.states(db)[0]


def test_a_new_webhook_is_told_what_comes_from_now_on_once_each_in_order(teller: Teller, receiver: Receiver) -> None:
    bring(teller, "before")
    begin(teller, receiver.hook())
    assert receiver.taken == []
    bring(teller, "a", "b", "c")
    assert teller.tell(receiver.hook()) is None
    assert teller.tell(receiver.hook()) is None
    assert receiver.cursors == [2, 3, 4]
    with reading(teller.engine) as db:
        assert [event["id"] for event in receiver.taken] == [item["content_hash"] for *_, item in new_items(db, 1, 9)]
    assert {event["type"] for event in receiver.taken} == {"meeruit.item.new.v1"}


def test_what_is_sent_is_signed_as_standard_webhooks_says(teller: Teller, receiver: Receiver) -> None:
    begin(teller, receiver.hook())
    bring(teller, "a")
    teller.tell(receiver.hook())
    [(headers, body)] = receiver.asked
    assert headers["Webhook-Id"] == json.loads(body)["id"]
    assert abs(int(headers["Webhook-Timestamp"]) - time.time()) < 60
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    assert (
        headers["Webhook-Signature"]
        == "v1," + base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    )
    assert headers["Content-Type"].startswith("application/cloudevents+json")
    assert repr(SECRET) not in repr(receiver.hook())


def test_an_event_that_was_not_taken_is_sent_again_before_those_behind_it(teller: Teller, receiver: Receiver) -> None:
    begin(teller, receiver.hook())
    bring(teller, "a", "b")
    receiver.answers = [500, 204, 503, 400]
    while teller.tell(receiver.hook()) is not None:
        pass
    assert receiver.cursors == [1, 2]
    ids = [headers["Webhook-Id"] for headers, _ in receiver.asked]
    assert ids == [ids[0]] * 2 + [ids[2]] * 3
    assert state(teller.engine)["failed"] == 0


def test_a_pause_grows_is_kept_by_whoever_tells_next_and_is_as_long_as_the_receiver_asks(
    teller: Teller, receiver: Receiver, engine: Engine
) -> None:
    patient = Teller(engine, teller.client, "me", lambda _: False, teller.say, pauses=(10.0, 20.0))
    begin(patient, receiver.hook())
    bring(patient, "a")
    receiver.answers = [500, 502, 429, 502]
    news = HookNews()
    for pause, reason in ((10, "HTTP 500"), (20, "HTTP 502"), (100, "HTTP 429"), (20, "HTTP 502")):
        assert patient.tell(receiver.hook()) == pause
        assert news_of(news, engine) == [f"webhook desk: {reason}; tried again and again"]
        assert news_of(news, engine) == []
        waits = patient.tell(receiver.hook())
        assert waits is not None
        assert pause - 5 < waits <= pause
        with engine.begin() as db:
            db.execute(update(_hook).values(next_at=now() - timedelta(seconds=1)))
    assert webhook_fault(state(engine)) == "HTTP 502, 4 times in a row; 1 event behind"
    assert patient.tell(receiver.hook()) is None
    assert len(receiver.asked) == 5
    assert news_of(news, engine) == ["webhook desk: takes its events again"]
    assert news_of(HookNews(), engine) == news_of(news, engine) == []


def news_of(news: HookNews, engine: Engine) -> list[str]:
    with reading(engine) as db:
        return news.news(db, {"desk"})


def test_an_event_that_is_refused_too_often_is_set_aside_shown_and_sent_again_when_asked(
    teller: Teller, receiver: Receiver, engine: Engine, inside: Inside, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "sources.toml").write_text(table_of("desk", receiver))
    begin(teller, receiver.hook())
    bring(teller, "a", "b")
    receiver.answers = [502, 502, 502, 502, 502, 400, 400, 400, 400]  # it was away: that is no refusal
    while teller.tell(receiver.hook()) is not None:
        pass
    assert receiver.cursors == [2]
    assert said[-1] == "webhook desk: HTTP 400; event 1 is set aside"
    assert webhook_fault(state(engine)) == "1 event set aside; see: meeruit failures"
    assert "webhook desk: 1 event set aside; see: meeruit failures" in inside("status", database=engine.url)
    [failure] = [json.loads(line) for line in inside("failures", "--format", "jsonl", database=engine.url).splitlines()]
    assert (failure["kind"], failure["address"]) == ("telling", "webhook desk, event 1")
    assert (failure["count"], failure["reason"]) == (4, "HTTP 400")
    receiver.answers = [400]
    assert teller.tell_again(receiver.hook()) == 1
    assert teller.tell_again(receiver.hook()) == 0
    assert receiver.cursors == [2, 1]
    assert inside("failures", database=engine.url) == "no open failures\n"


def test_a_receiver_that_hangs_or_is_not_there_holds_up_no_other_and_loses_nothing(
    engine: Engine, inside: Inside, tmp_path: Path
) -> None:
    with served(Receiver()) as well, served(Receiver()) as away:
        tables = "".join(table_of(name, one) for name, one in (("away", away), ("well", well)))
        (tmp_path / "sources.toml").write_text(tables)
        run = run_of(engine, tmp_path)
        assert told(tmp_path, run).status == 0
        put(engine, "a", "b")
        away.answers = [0] * 20
        process = telling(tmp_path, run)
        try:
            until(lambda: away.asked and is_told_all(engine, "well"))
            assert well.cursors == [1, 2]
            process.send_signal(signal.SIGKILL)  # in the middle of a request
            process.wait()
        finally:
            process.kill()
            process.wait()
    with served(Receiver(port=away.port)) as back:  # and the other one is not there
        until(lambda: told(tmp_path, run).status == 0)
        assert back.cursors == [1, 2]
        put(engine, "c")
        result = told(tmp_path, run)
        assert result.status == 1
        assert "webhook well: cannot connect" in result.err
        assert back.cursors == [1, 2, 3]
    assert "webhook well: cannot connect" in inside("status", database=engine.url)


def test_events_are_told_at_least_once_in_order_through_killed_tellers(engine: Engine, tmp_path: Path) -> None:
    with served(Receiver()) as receiver:
        (tmp_path / "sources.toml").write_text(table_of("desk", receiver))
        run = run_of(engine, tmp_path)
        told(tmp_path, run)
        put(engine, *(f"item {number}" for number in range(30)))
        for more in (5, 12, 20):
            process = telling(tmp_path, run)
            until(lambda: len(receiver.taken) >= more)  # noqa: B023 - called at once
            process.kill()
            process.wait()
        assert told(tmp_path, run).status == 0
        assert list(dict.fromkeys(receiver.cursors)) == list(range(1, 31))
        assert sorted(receiver.cursors) == receiver.cursors
        assert len(receiver.cursors) <= 30 + 3


def test_a_receiver_that_is_gone_is_sent_nothing_more_until_it_has_another_address(
    teller: Teller, receiver: Receiver, engine: Engine, inside: Inside, tmp_path: Path
) -> None:
    (tmp_path / "sources.toml").write_text(table_of("desk", receiver))
    begin(teller, receiver.hook())
    bring(teller, "a")
    receiver.answers = [410]
    teller.tell(receiver.hook())
    teller.tell(receiver.hook())
    assert len(receiver.asked) == 1
    assert webhook_fault(state(engine)) == "it is gone (HTTP 410)"
    assert "webhook desk: it is gone (HTTP 410), 1 event behind" in inside("status", database=engine.url)
    (tmp_path / "sources.toml").unlink()
    assert "webhook" not in inside("status", database=engine.url)
    assert teller.tell(Webhook("desk", f"{receiver.url}&again", SECRET)) is None
    assert receiver.cursors == [1]
    assert webhook_fault(state(engine)) is None


def test_a_webhook_for_which_something_waits_and_that_nobody_tells_is_a_fault(
    teller: Teller, receiver: Receiver, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "sources.toml").write_text(table_of("desk", receiver))
    settings = replace(read_settings({"MEERUIT_SOURCES": str(tmp_path / "sources.toml")}), database_url=str(engine.url))

    def said() -> list[str]:
        return [str(check) for check in all_checks(settings, engine, None) if check.part == "webhooks"]

    nobody = "nobody tells it; start `meeruit tell`, or `meeruit up`"
    assert said() == [f"FAULT  webhooks: desk: {nobody}"]
    begin(teller, receiver.hook())
    assert said() == ["ok     webhooks: 1 told; none refuses or is gone"]
    bring(teller, "a")
    teller.leave(receiver.hook())
    assert said() == [f"FAULT  webhooks: desk: {nobody}; 1 event behind"]
    receiver.answers = [502]
    teller.tell(receiver.hook())
    assert said() == ["ok     webhooks: 1 told; desk: HTTP 502, once; 1 event behind"]


def test_one_process_at_a_time_tells_a_webhook(teller: Teller, receiver: Receiver, engine: Engine) -> None:
    begin(teller, receiver.hook())
    bring(teller, "a")
    other = Teller(engine, teller.client, "another", lambda _: False, teller.say)
    assert other.tell(receiver.hook()) is not None
    assert receiver.taken == []
    teller.leave(receiver.hook())
    assert other.tell(receiver.hook()) is None
    bring(teller, "b")
    heir = Teller(engine, teller.client, "heir", lambda name: name == "another", teller.say)
    assert heir.tell(receiver.hook()) is None
    assert receiver.cursors == [1, 2]
    with reading(engine) as db:
        assert db.scalar(select(_hook.c.holder)) == "heir"


def test_no_private_host_is_told_unless_it_is_allowed_and_no_redirect_is_followed(
    teller: Teller, receiver: Receiver, engine: Engine, said: list[str]
) -> None:
    begin(teller, receiver.hook())
    bring(teller, "a")
    with make_client() as guarded:
        Teller(engine, guarded, "me", lambda _: False, said.append).tell(receiver.hook())
    assert receiver.asked == []
    assert "MEERUIT_ALLOW_PRIVATE_HOSTS=127.0.0.1" in said[-1]
    with engine.begin() as db:
        db.execute(update(_hook).values(next_at=None))
    receiver.answers = [302]
    teller.tell(receiver.hook())
    assert said[-1].startswith("webhook desk: HTTP 302")
    assert len(receiver.asked) == 1


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        (
            'name = "a"\nurl = "http://a"\nsecret = "short"',
            "4: webhook 'a': secret is no secret of a webhook; write whsec_ and",
        ),
        ('name = "a"\nurl = "http://a"\nsecret = "whsec_c2hvcnQ="', "4: webhook 'a': secret is no secret of a webhook"),
        ('name = "a"\nurl = "http://a"', "1: webhook 'a': secret is missing"),
        ('name = "a"\nurl = "ftp://a"\nsecret = "x"', "1: webhook 'a': "),
        ('name = "a"\nurls = []', "3: webhook 'a': urls is not known; use name, url, secret"),
    ],
)
def test_a_mistake_in_a_webhook_is_one_line_with_its_place(
    lines: str, mistake: str, inside: Inside, tmp_path: Path
) -> None:
    (tmp_path / "sources.toml").write_text(f"[[webhook]]\n{lines}\n")
    told_back = inside("tell", status=2)
    assert told_back.count("\n") == 1
    if "ftp" not in lines:
        assert f"sources.toml:{mistake}" in told_back
    assert "c2hvcnQ" not in told_back


def is_told_all(engine: Engine, name: str) -> bool:
    """Whether a webhook took both items, and that is remembered."""
    with reading(engine) as db:
        return outbox.place_of(db, hooks.reader_of(name)) == 2


def table_of(name: str, receiver: Receiver) -> str:
    """A webhook, as sources.toml says it."""
    secret = base64.b64encode(SECRET).decode()
    return f'[[webhook]]\nname = "{name}"\nurl = "{receiver.url}"\nsecret = "whsec_{secret}"\n\n'


def run_of(engine: Engine, folder: Path) -> dict[str, str]:
    """The settings of ``meeruit tell`` in a folder."""
    return {
        "MEERUIT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "MEERUIT_ALLOW_PRIVATE_HOSTS": "127.0.0.1",
        "MEERUIT_SOURCES": str(folder / "sources.toml"),
    }


def telling(folder: Path, run: dict[str, str]) -> subprocess.Popen[str]:
    """``meeruit tell`` as a process of its own, to be killed."""
    nowhere = subprocess.DEVNULL
    return forked.start(["tell"], cwd=folder, env=os.environ | run, stdin=nowhere, stdout=nowhere, stderr=nowhere)


def told(folder: Path, run: dict[str, str]) -> Answer:
    """What ``meeruit tell --once`` comes to."""
    return in_process("tell", "--once", folder=folder, settings=run)


def until(holds: Any) -> None:
    """Wait until something holds; two minutes at most, since a loaded machine starts a command slowly."""
    ends = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)
