"""The one HTTP client of a process, behind the guard. Builds the client; sends nothing: ``web.fetch`` does.

Made after the fork. The TLS context costs 22 ms and is made once a process, a client without it costs under one. No
connection is kept open between two requests: the pace puts seconds between them anyway, and bytes that a site sends beyond
the end of one answer cannot become the beginning of the next.
"""

from __future__ import annotations

import ssl
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import httpcore
import httpx

from meeruit.tasks.decoding.unpack import ACCEPTED
from meeruit.worker.net.allowed import AllowedHosts, check_contact
from meeruit.worker.net.guard import Guard

#: Seconds to connect, between two reads, to send, and for a place in the pool.
TIMEOUT = httpx.Timeout(connect=5, read=10, write=5, pool=5)
#: More than a process has threads.
_CONNECTIONS = 64


def make_client(*, contact: str = "", allow_private_hosts: str = "") -> httpx.Client:
    """A client that goes to public hosts only, and to those that ``allow_private_hosts`` names (see AllowedHosts).

    ``contact`` (an address or mailbox) stands in the User-Agent. No proxies or passwords from the environment, no
    cookies kept, TLS verified, HTTP/1.1, no redirect followed by itself. Raises UsageError for a setting it cannot use.
    """
    return httpx.Client(
        transport=_transport(Guard(AllowedHosts(allow_private_hosts))),
        headers={"User-Agent": user_agent(contact), "Accept-Encoding": ACCEPTED, "Connection": "close"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=TIMEOUT,
        trust_env=False,
        follow_redirects=False,
    )


def user_agent(contact: str = "") -> str:
    """``meeruit/VERSION`` and the contact, where one is set; raises UsageError for one that no header can hold."""
    product = f"meeruit/{version('meeruit')}"
    contact = check_contact(contact)
    return f"{product} (+{contact})" if contact else product


@cache
def _trusting() -> ssl.SSLContext:
    """The roots that are trusted, which every client of a process shares."""
    return httpx.create_ssl_context(trust_env=False)


def _transport(guard: Guard) -> httpx.HTTPTransport:
    """httpx has no door for a network backend (0.28.1), so its pool is replaced by one that has our guard."""
    context = _trusting()
    transport = httpx.HTTPTransport(verify=context, trust_env=False)
    transport._pool = httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=_CONNECTIONS,
        max_keepalive_connections=0,
        network_backend=guard,
    )
    return transport
