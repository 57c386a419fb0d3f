"""Where the page is: its address, who may reach it, its socket. Imports nothing of what serves it."""

from __future__ import annotations

import socket

from meeruit.tasks.errors import UsageError
from meeruit.worker.settings import Settings

#: Where a server listens at all addresses of its machine.
EVERYWHERE = frozenset(("0.0.0.0", "::"))  # noqa: S104 - for whom asks for it


def page_address(settings: Settings) -> str:
    """Where people find the page: ``http://127.0.0.1:8600/``; by the name of this machine where it listens at all addresses."""
    host, port = settings.web_address
    return f"http://{socket.gethostname() if host in EVERYWHERE else bracketed(host)}:{port}/"


def bracketed(host: str) -> str:
    """A host as an address names it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def check_exposure(settings: Settings) -> None:
    """Refuse to be seen from elsewhere without a token. Raises UsageError."""
    host = settings.web_address[0]
    local = host == "localhost" or host.startswith("127.") or host == "::1"
    if not local and not settings.web_token:
        raise UsageError(
            f"MEERUIT_WEB_ADDRESS: {host} is seen from elsewhere; set MEERUIT_WEB_TOKEN too (openssl rand -hex 24)"
        )


def listening_socket(settings: Settings) -> socket.socket:
    """The socket, bound. Raises UsageError where the address cannot be had."""
    host, port = settings.web_address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # by its protocol asyncio knows that it can have answers sent at once: else each waits 40 ms for an acknowledgement
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except OSError as exc:
        made.close()
        raise UsageError(f"MEERUIT_WEB_ADDRESS: cannot listen at {host}:{port}: {exc.strerror}") from exc
    return made
