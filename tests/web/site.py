"""A web server on a loopback address, for the tests: real sockets, a log of what reached it and when, any misbehaviour.

A page is what is sent, byte for byte, or a function that does with the connection what it likes.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Misbehaviour = Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the site saw it."""

    at: float
    path: str
    headers: dict[str, str]


@dataclass(slots=True)
class Site:
    """One server. ``pages``: path to what it answers; anything else is a 404."""

    host: str
    listener: socket.socket
    pages: dict[str, bytes | Misbehaviour] = field(default_factory=dict)
    log: list[Seen] = field(default_factory=list)
    #: Connections that were made, with or without a request.
    connections: int = 0

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def place(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.place}{path}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [seen.path for seen in self.log]

    def shortest_gap(self) -> float:
        """Seconds between the two requests that came closest together."""
        times = sorted(seen.at for seen in self.log)
        return min((b - a for a, b in itertools.pairwise(times)), default=float("inf"))

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed: the test is over
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20)
            request = b""
            while b"\r\n\r\n" not in request:
                more = connection.recv(65536)
                if not more:
                    return
                request += more
                if not request.startswith(b"GET "):
                    connection.sendall(answer(b"", status="400 Bad Request"))
                    return
            lines = request.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
            self.log.append(Seen(time.monotonic(), path, headers))
            page = self.pages.get(path, answer(b"nothing here", status="404 Not Found"))
            if callable(page):
                page(connection)
            else:
                connection.sendall(page)


@contextlib.contextmanager
def site(host: str = "127.0.0.1", port: int = 0) -> Iterator[Site]:
    """A running site, gone afterwards; on a free port where none is given."""
    with socket.create_server((host, port), backlog=128) as listener:
        it = Site(host, listener)
        thread = threading.Thread(target=it.serve, daemon=True)
        thread.start()
        yield it
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer, with its Content-Length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def zipped(body: bytes) -> bytes:
    """A whole answer, packed with gzip."""
    return answer(gzip.compress(body), "Content-Encoding: gzip")


def redirect(to: str, status: str = "302 Found") -> bytes:
    """An answer that sends elsewhere."""
    return answer(b"", f"Location: {to}", status=status)


def sending(*pieces: bytes, every: float = 0.0) -> Misbehaviour:
    """Send the pieces one by one, with so many seconds between them, then close."""

    def send(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(every)

    return send


def endless(first: bytes, then: bytes, every: float = 0.0) -> Misbehaviour:
    """Send ``then`` for ever."""

    def send(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(then)
            time.sleep(every)

    return send


def reset(connection: socket.socket) -> None:
    """Close with a reset instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def silence(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    connection.recv(1)
