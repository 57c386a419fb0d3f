"""``meeruit web``: the page."""

from __future__ import annotations

import sys

from meeruit.worker.cli.operating import HeartbeatOption, warn_of_example_passwords
from meeruit.worker.log import configure
from meeruit.worker.settings import read_settings
from meeruit.worker.web.address import page_address


def web(heartbeat: HeartbeatOption = None) -> None:
    """Show what is stored on a web page, until Ctrl-C.

    Items with filters and search, one item with its window and sightings, days, sources, failures, and what comes in now; every
    view as JSON by the ending of its address (/openapi.json has them all), items as CSV and Atom, too. It only reads, and
    listens at 127.0.0.1:8600 unless MEERUIT_WEB_ADDRESS says otherwise; who is let in from elsewhere needs MEERUIT_WEB_TOKEN.
    """
    from meeruit.worker.web.serve import serve  # the framework takes half a second to import

    warn_of_example_passwords()
    settings = read_settings()
    configure(settings.log_level, settings.log_format)
    serve(settings, heartbeat, lambda: print(f"look at {page_address(settings)}; Ctrl-C ends it", file=sys.stderr))
