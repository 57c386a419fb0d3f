"""A network between the parts and a server: open, gone, silent, or one that breaks just after a COMMIT was taken."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType

_PIECE = 1 << 16


class Proxy:
    """A port of this machine that leads to a server, a path or a (host, port)."""

    def __init__(self, server: str | tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._sockets: set[socket.socket] = set()
        #: Nothing gets through, and nobody is told: a cable that is cut.
        self.silent = False
        #: So many times a COMMIT gets through and its answer does not: the connection breaks instead.
        self.lose_commits = 0
        #: How often that happened, and how many pieces were swallowed in silence.
        self.lost_commits = self.swallowed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def break_all(self) -> None:
        """Break every connection."""
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX if isinstance(self._server, str) else socket.AF_INET)
            try:
                server.connect(self._server)
            except OSError:
                client.close()
                server.close()
                continue
            self._sockets |= {client, server}
            threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                if self.silent:
                    self.swallowed += 1
                    while self.silent:
                        time.sleep(0.05)
                    break  # what was swallowed is lost: the two sides are out of step
                target.sendall(piece)
                if from_client and b"COMMIT" in piece and self.lose_commits:
                    self.lose_commits -= 1
                    time.sleep(0.3)  # the server has taken it by then
                    self.lost_commits += 1
                    break
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._sockets.discard(source)
        source.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.silent = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_all()
        while self._sockets:
            time.sleep(0.02)
