"""A thousand hosts on loopback addresses, in one process: each shows a list of seven items, and a new one every minute.

python -m benchmarks.hosts LOG        prints its port; a line of LOG is a request: seconds (monotonic), host, path
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TextIO

_EVERY, _SHOWN = 60.0, 7


def host(number: int) -> str:
    """The address of a host."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


class _Answers(asyncio.Protocol):
    """One connection, and its only request."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as the request is whole."""
        self._asked += data
        if b"\r\n\r\n" not in self._asked:
            return
        name = self._transport.get_extra_info("sockname")[0]
        path = self._asked.split(b" ", 2)[1].decode("latin-1")
        self._log.write(f"{time.monotonic():.3f} {name} {path}\n")
        self._transport.write(_answer(name, path, self._asked))
        self._transport.close()


def _answer(name: str, path: str, asked: bytes) -> bytes:
    if path == "/robots.txt":
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    at = time.time() + sum(map(int, name.split("."))) * 7 % 60  # not all of them in the same second
    newest = int(at // _EVERY)
    tag = f'"{newest}"'.encode()
    if tag in asked:
        return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
    lines = [
        f"GOES (ANP) - Bericht {number} van {name} over het weer op zee.\n{max(1, newest - number)} minuten geleden"
        for number in range(newest, newest - _SHOWN, -1)
    ]
    body = ("Kop van de dag\nGOES (ANP) - Het stuk van vandaag.\nMeer uit Zee\n" + "".join(lines)).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (tag, len(body)) + body


async def _serve(log: TextIO) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answers(log), "0.0.0.0", 0, backlog=4096)  # all of 127.0.0.0/8
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with open(sys.argv[1], "w", buffering=1) as requests:  # noqa: PTH123
        asyncio.run(_serve(requests))
