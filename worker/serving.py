"""``/health`` and ``/metrics`` over HTTP, beside beat. Reads only, and answers nothing else."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from meeruit.tasks.errors import UsageError
from meeruit.worker.app import App
from meeruit.worker.checks import Check, all_checks
from meeruit.worker.database import make_engine
from meeruit.worker.metrics import Ledger

#: Seconds for which an answer of ``/health`` is given again: a check sends messages.
FRESH = 5.0


class _Server(ThreadingHTTPServer):
    """Answers each question in a thread of its own, and keeps no process alive."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], app: App) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)
        self.engine = make_engine(app.settings.database_url)
        self.app = app
        self.registry = CollectorRegistry()
        self.registry.register(Ledger(app, self.engine))
        self._lock = threading.Lock()
        self._checked: tuple[float, list[Check]] | None = None

    def checks(self) -> list[Check]:
        """All checks, at most a few seconds old."""
        with self._lock:
            if self._checked is None or monotonic() - self._checked[0] > FRESH:
                found = list(all_checks(self.app.settings, self.engine, self.app))
                self._checked = monotonic(), found
            return self._checked[1]


class _Handler(BaseHTTPRequestHandler):
    """GET of two paths."""

    server: _Server
    server_version, sys_version = "meeruit", ""
    #: Seconds that a silent visitor may hold a thread.
    timeout = 10

    def do_GET(self) -> None:
        """Answer with lines of checks, or with metrics."""
        path = self.path.partition("?")[0]
        if path == "/health":
            checks = self.server.checks()
            status = 200 if all(check.good for check in checks) else 503
            self._answer(status, "text/plain; charset=utf-8", "".join(f"{check}\n" for check in checks).encode())
        elif path == "/metrics":
            self._answer(200, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
        else:
            self._answer(404, "text/plain; charset=utf-8", b"/health and /metrics are here\n")

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Questions are no events."""


def serve(app: App) -> None:
    """Answer at the address of the settings, in a thread of its own; nothing where none is set.

    Raises UsageError where the address cannot be had.
    """
    address = app.settings.metrics_address
    if address is None:
        return
    try:
        server = _Server(address, app)
    except OSError as exc:
        raise UsageError(
            f"MEERUIT_METRICS_ADDRESS: cannot listen at {address[0]}:{address[1]}: {exc.strerror}"
        ) from exc
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
