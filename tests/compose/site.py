"""A made-up news site in a container: ``python -m tests.compose.site``. Its list gets a new item every ten seconds."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.compose.stack import SITE_PORT

#: Seconds between two items, and how many the list shows.
STEP, NEWEST = 10, 7
PATH = "/buitenland"


def page(seconds: float) -> str:
    """The list as it stands so many seconds after the start, with seven items older than the site."""
    newest = int(seconds // STEP) + NEWEST
    items = (
        f"UTRECHT (ANP) - Dit is bericht nummer {number} van de site.\n{_age(seconds - (number - NEWEST) * STEP)}"
        for number in range(newest, newest - NEWEST, -1)
    )
    return "Kop\n\nMeer uit Buitenland\n" + "".join(items) + "\n"


def _age(seconds: float) -> str:
    return f"{int(seconds // 60)} minuten geleden"


class _Handler(BaseHTTPRequestHandler):
    started = time.monotonic()

    def do_GET(self) -> None:
        found = self.path == PATH
        body = page(time.monotonic() - self.started).encode() if found else b"nothing here"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", SITE_PORT), _Handler).serve_forever()
