"""Addresses of the broker and the database: one reading for all, one line for what cannot work, no password shown."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.connection import Connection
from redis import Redis

from meeruit.tasks.errors import UsageError
from meeruit.worker.cli import main
from meeruit.worker.connections import display_url, read_broker
from meeruit.worker.settings import read_settings

SECRET = "s3ntinel"

GOOD = {
    "redis://host": ("redis://host:6379/0", "redis://host:6379/0"),
    "redis://:p%2Fw@host:1/2": ("redis://:p%2Fw@host:1/2", "redis://:p%2Fw@host:1/2"),
    "redis://u:p@ss@host": ("redis://u:p%40ss@host:6379/0", "redis://u:p%40ss@host:6379/0"),
    "redis://[::1]:7": ("redis://[::1]:7/0", "redis://[::1]:7/0"),
    "redis://host?password=a%26b&db=3": ("redis://:a%26b@host:6379/3", "redis://:a%26b@host:6379/3"),
    "rediss://host": ("rediss://host:6379/0?ssl_cert_reqs=required", "rediss://host:6379/0?ssl_cert_reqs=required"),
    "redis+socket:///run/a.sock": ("redis+socket:///run/a.sock", "unix:///run/a.sock?db=0"),
    "redis+socket://:p@/a?virtual_host=3": ("redis+socket://:p@/a?virtual_host=3", "unix://:p@/a?db=3"),
}


@pytest.mark.parametrize(("address", "normal"), GOOD.items())
def test_one_reading_of_an_address_serves_celery_and_redis(address: str, normal: tuple[str, str]) -> None:
    broker = read_broker(address)
    assert (broker.celery_url, broker.redis_url) == normal
    assert read_broker(broker.celery_url) == broker


printable = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)


@given(printable, printable, st.integers(0, 15), st.booleans())
def test_celery_and_redis_py_understand_the_same_by_an_address(name: str, word: str, number: int, tls: bool) -> None:
    plain = read_broker(f"redis{'s' * tls}://host:7/{number}")
    broker = type(plain)(plain.scheme, "host", 7, "", number, name, word, plain.tls)
    kombu: Any = Connection(broker.celery_url)  # type: ignore[no-untyped-call]
    redis = Redis.from_url(broker.redis_url).connection_pool.connection_kwargs
    assert (kombu.hostname, kombu.port, int(kombu.virtual_host)) == (redis["host"], redis["port"], redis["db"])
    assert (kombu.userid or "", kombu.password or "") == (name, word)
    assert (redis.get("username", ""), redis.get("password", "")) == (name, word)
    assert bool(kombu.ssl) == tls


ODD_BROKERS = [
    f"redis://:pa/{SECRET}@host",
    f"redis://:pa#{SECRET}@host",
    f"redis://:pa?{SECRET}@host",
    f"redis://:6379/{SECRET}@host:1/0",
    f"redis://:6379#{SECRET}@host:1/0",
    f"redis://:6379?{SECRET}@host:1/0",
    f"redis://h:{SECRET}",
    f"redis://h/{SECRET}",
    f"redis://h/0?{SECRET}=1",
    f"redis://{SECRET} h",
    f"redis://:{SECRET}@",
    f"redis://:{SECRET}@h:0",
    f"redis://:{SECRET}@h:99999",
    f"redis://:{SECRET}@h/-1",
    f"redis://:{SECRET}@[::1",
    f"redis://:{SECRET}@a,b",
    f"redis://:{SECRET}@h?ssl_cert_reqs=none",
    f"rediss://:{SECRET}@h?ssl_cert_reqs=maybe",
    f"redis:{SECRET}",
    f"unix:///{SECRET}",
    f"amqp://u:{SECRET}@h",
    f"redis+socket://{SECRET}/x",
    f"redis+socket://:{SECRET}@",
    f"redis://:{SECRET}@h\n",
]
ODD_DATABASES = [
    f"{SECRET}.db",
    f"mysql://u:{SECRET}@h/d",
    f"postgresql+psycopg2://u:{SECRET}@h/d",
    f"postgresql://u:p@{SECRET}@h/d",
    f"postgresql://u:p@ss:{SECRET}@h/d",
    f"postgresql://u:{SECRET}@h:x/d",
    f"postgresql://u:{SECRET}@h:99999/d",
    f"sqlite://u:{SECRET}@h/x.db",
    f"sqlite://{SECRET}.db",
    "sqlite://",
]


@pytest.mark.parametrize(
    ("name", "address"),
    [("MEERUIT_BROKER_URL", a) for a in ODD_BROKERS] + [("MEERUIT_DATABASE_URL", a) for a in ODD_DATABASES],
)
def test_an_odd_address_is_one_line_that_repeats_nothing_of_it(name: str, address: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings({name: address})
    said = str(caught.value)
    assert said.startswith(f"{name} ")
    assert SECRET not in said
    assert said.isprintable()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"redis://:{SECRET}@host:1/0", "redis://:***@host:1/0"),
        (f"redis://user:{SECRET}@host", "redis://user:***@host"),
        (f"redis://:a@{SECRET}@host", "redis://:***@host"),
        (f"redis+socket:///a?password={SECRET}", "redis+socket:///a?password=***"),
        (f"postgresql://u@h/d?x=1&password={SECRET}", "postgresql://u@h/d?x=1&password=***"),
        (f"postgresql://h/d?sslpassword={SECRET}&x=1", "postgresql://h/d?sslpassword=***&x=1"),
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("sqlite:////a/b.db", "/a/b.db"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, said: str) -> None:
    assert display_url(address) == said


NOWHERE_DATABASES = [
    f"postgresql://u:{SECRET}@127.0.0.1:1/x",
    f"postgresql://u:{SECRET}%40%2F%23@127.0.0.1:1/x",
    f"postgresql://u@127.0.0.1:1/x?password={SECRET}",
    f"postgresql://u@127.0.0.1:1/x?sslpassword={SECRET}&sslmode=require",
    f"postgresql://u:{SECRET}@127.0.0.1:1/x?sslmode=maybe",
    f"postgresql://u:{SECRET}@127.0.0.1:1/x?nonsense=1",
]
NOWHERE_BROKERS = [
    f"redis://:{SECRET}@127.0.0.1:1/0",
    f"redis://u:{SECRET}%40%2F%23@127.0.0.1:1/0",
    f"rediss://:{SECRET}@127.0.0.1:1/0",
    f"redis+socket:///nowhere?password={SECRET}",
    f"redis+socket://:{SECRET}@/nowhere",
]
READERS = """items|pages|runs|gaps|failures|sources|status|show abc|why abc abd|retry|replay|db upgrade|db check|ingest page.txt"""


def run(words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["meeruit", *shlex.split(words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@contextlib.contextmanager
def says_nothing_secret(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """What is written meanwhile is one line, without the secret."""
    capfd.readouterr()
    yield
    out, err = capfd.readouterr()
    assert SECRET not in out + err
    assert len(err.splitlines()) == 1, err
    assert err.startswith("meeruit: ")


@pytest.mark.parametrize("address", NOWHERE_DATABASES + ODD_DATABASES[1:5])
def test_no_command_prints_the_password_of_a_database_that_does_not_answer(
    address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEERUIT_DATABASE_URL", address)
    for words in READERS.split("|"):
        with says_nothing_secret(capfd):
            assert run(words, monkeypatch) in {1, 2}, words


@pytest.mark.parametrize("address", NOWHERE_BROKERS + ODD_BROKERS[:6])
def test_no_command_prints_the_password_of_a_broker_that_does_not_answer(
    address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEERUIT_BROKER_URL", address)
    (tmp_path / "page.txt").write_text("x")
    (tmp_path / "sources.toml").write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    for words in ("ingest page.txt", "run a"):
        with says_nothing_secret(capfd):
            assert run(words, monkeypatch) == 2, words
