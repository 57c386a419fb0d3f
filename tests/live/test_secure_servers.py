"""TLS to the broker with default settings, through a proxy of the tests' own before a real Valkey; sslmode to libpq."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from meeruit.worker.net.pace import Pace
from meeruit.worker.settings import read_settings
from tests.live.conftest import Meeruit
from tests.web.site import answer, site

pytestmark = pytest.mark.live

#: Key and certificate of localhost, signed by itself, good until 2126.
PEM = Path(__file__).parent.parent / "localhost.pem"


@pytest.fixture
def tls_port(server: str) -> Iterator[int]:
    """A port that speaks TLS as localhost, before the test's Redis-protocol server."""
    port = int(server.rsplit(":", 1)[1].split("/")[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        threading.Thread(target=_serve, args=(listener, context, port), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, context: ssl.SSLContext, port: int) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_pass_on, args=(connection, context, port), daemon=True).start()


def _pass_on(connection: socket.socket, context: ssl.SSLContext, port: int) -> None:
    """Bytes both ways until one side closes."""
    with (
        contextlib.suppress(OSError),
        connection,
        socket.create_connection(("127.0.0.1", port)) as behind,
        context.wrap_socket(connection, server_side=True) as secure,
    ):
        back = threading.Thread(target=_copy, args=(behind, secure), daemon=True)
        back.start()
        _copy(secure, behind)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def test_tls_with_default_settings_works_for_celery_and_the_pace_and_is_verified(
    meeruit: Meeruit, tls_port: int
) -> None:
    meeruit.settings["MEERUIT_BROKER_URL"] = f"rediss://:secret@localhost:{tls_port}/0"
    started = time.monotonic()
    refused = meeruit("ingest", "nothing.txt", "--workers", "1")
    assert refused.status == 2
    assert "certificate verify failed" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert time.monotonic() - started < 20
    meeruit.settings["SSL_CERT_FILE"] = str(PEM)
    with site() as here:
        here.pages["/a"] = answer(b"GOES (ANP) - Een bericht over de sluis.\n5 minuten geleden\n")
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = "127.0.0.1"
        done = meeruit("ingest", here.url("/a"), "--workers", "1", "--json")
        assert done.status == 0, done.err
        assert done.json["pages"]["done"] == 1
        assert "/a" in here.paths()


def test_a_certificate_can_be_named_in_the_address(tls_port: int) -> None:
    address = f"rediss://:secret@localhost:{tls_port}/0?ssl_ca_certs={PEM}"
    settings = read_settings({"MEERUIT_BROKER_URL": address})
    with contextlib.closing(Redis.from_url(settings.redis_url)) as redis, Pace(redis).turn("n.example", 0.1):
        assert redis.ping()


@pytest.mark.parametrize("part", ["worker", "beat"])
@pytest.mark.parametrize(
    ("change", "said"),
    [((":secret@", ":wrong@"), "invalid username-password pair"), (("/0", "/999"), "DB index is out of range")],
)
def test_a_part_whose_broker_refuses_it_ends_with_one_line(
    part: str, change: tuple[str, str], said: str, meeruit: Meeruit, server: str
) -> None:
    assert meeruit("db", "upgrade").status == 0
    meeruit.settings["MEERUIT_BROKER_URL"] = server.replace(*change)
    refused = meeruit(part, timeout=30)
    assert refused.status == 2
    assert said in refused.err
    assert "Traceback" not in refused.err
    assert sum(line.startswith("meeruit: ") for line in refused.err.splitlines()) == 1, "Celery warns of root itself"
    assert "wrong" not in refused.err


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_part_that_waits_for_its_broker_logs_no_password(part: str, meeruit: Meeruit) -> None:
    assert meeruit("db", "upgrade").status == 0
    meeruit.settings["MEERUIT_BROKER_URL"] = "redis://:s3ntinel@127.0.0.1:1/0"
    process = meeruit.start(part)
    time.sleep(4)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(Exception):
        process.wait(15)
    process.kill()
    out, err = process.communicate()
    assert "s3ntinel" not in out + err


def test_sslmode_is_for_libpq_to_obey(meeruit: Meeruit) -> None:
    """A server that says no to the request for TLS, in a letter."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as connection:
                connection.recv(8)
                connection.sendall(b"N")

        threading.Thread(target=refuse, daemon=True).start()
        port = listener.getsockname()[1]
        meeruit.settings["MEERUIT_DATABASE_URL"] = f"postgresql://u:s3ntinel@127.0.0.1:{port}/x?sslmode=require"
        refused = meeruit("items")
    assert refused.status == 2
    assert "server does not support SSL, but SSL was required" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert "s3ntinel" not in refused.err
