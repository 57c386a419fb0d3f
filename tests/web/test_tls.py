"""TLS: the certificate is checked, against the name, although the connection goes to the address that was judged."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpcore
import pytest

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.errors import TryAgain
from meeruit.tasks.web.fetch import fetch
from meeruit.worker.net.allowed import AllowedHosts
from meeruit.worker.net.client import make_client
from meeruit.worker.net.guard import Guard
from tests.web.site import answer

#: Key and certificate of news.example, signed by itself, good until 2126.
PEM = Path(__file__).parent / "news.example.pem"


@pytest.fixture
def tls_port() -> Iterator[int]:
    """A server that speaks TLS as news.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(answer(b"page"))


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_port: int) -> None:
    with (
        make_client(allow_private_hosts="127.0.0.1") as client,
        pytest.raises(TryAgain, match=r"^certificate refused: self.signed certificate$"),
    ):
        fetch(client, parse_address(f"https://127.0.0.1:{tls_port}/"))


@pytest.mark.parametrize("name", ["news.example", "other.example"])
def test_the_certificate_has_to_be_that_of_the_name(tls_port: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    system = socket.getaddrinfo

    def resolve(host: str, *args: object, **kwargs: object) -> object:
        return system("127.0.0.1" if host == name else host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    trusting = ssl.create_default_context(cafile=PEM)
    with httpcore.ConnectionPool(trusting, network_backend=Guard(AllowedHosts(name))) as pool:
        if name == "news.example":
            assert pool.request("GET", f"https://{name}:{tls_port}/").content == b"page"
        else:
            with pytest.raises(httpcore.ConnectError, match="Hostname mismatch"):
                pool.request("GET", f"https://{name}:{tls_port}/")
