"""``meeruit web``: the page."""

from __future__ import annotations

import sys

from meeruit.worker.cli.operating import HeartbeatOption, warn_of_example_passwords
from meeruit.worker.log import configure
from meeruit.worker.settings import read_settings
from meeruit.worker.web.address import page_address


def web(heartbeat: HeartbeatOption = None) -> None:
    """Show what is stored on a web page, until Ctrl-C.

    It only reads, and listens on this machine alone unless MEERUIT_WEB_ADDRESS says otherwise.
    """
    from meeruit.worker.web.serve import serve  # the framework takes half a second to import

    warn_of_example_passwords()
    settings = read_settings()
    configure(settings.log_level, settings.log_format)
    serve(settings, heartbeat, lambda: print(f"look at {page_address(settings)}; Ctrl-C ends it", file=sys.stderr))
