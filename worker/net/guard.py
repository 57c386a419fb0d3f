"""The guard in front of every connection: private addresses are refused, whatever name or redirect led there.

It judges what a name resolves to, at the moment of connecting, and connects to the very address that it judged: a name
that answers differently the next time (DNS rebinding) gains nothing. It does not look at addresses of pages; for TLS
and the Host header the name stays what it was.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from time import monotonic

import httpcore

from meeruit.tasks.errors import RefusedAddress
from meeruit.worker.net.allowed import AllowedHosts

#: An answer has to be complete so many seconds after the request, however busily it drips.
ANSWER_SECONDS = 30.0
_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

#: IPv4 blocks that are no public host (IANA special-purpose registry, multicast, class E), and the 6to4 relays.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
#: All public IPv6 hosts live here: mapped, compatible, NAT64, unique local, link-local, multicast addresses do not.
_PUBLIC_6 = IPv6Network("2000::/3")
#: Within it: Teredo and its neighbours, documentation, 6to4.
_NOT_PUBLIC_6 = tuple(IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to a host of the public internet, by the registries; Python's own answers change."""
    if isinstance(ip, IPv4Address):
        return not any(ip in block for block in _NOT_PUBLIC_4)
    return ip in _PUBLIC_6 and not any(ip in block for block in _NOT_PUBLIC_6)


class Guard(httpcore.NetworkBackend):
    """Makes the connections of a pool: resolves once, refuses if any answer is private, connects to what it judged."""

    def __init__(self, allowed: AllowedHosts, backend: httpcore.NetworkBackend | None = None) -> None:
        self._allowed = allowed
        self._backend = backend or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to one of the addresses of ``host``, all of them vetted.

        Raises RefusedAddress for a private address, and what httpcore raises where no address can be reached.
        """
        addresses = _resolved(host, port)
        if (host, port) not in self._allowed:
            for ip in addresses:
                if not is_public(ip_address(ip)):
                    raise RefusedAddress(_refusal(ip, host, port))
        deadline = monotonic() + (timeout or ANSWER_SECONDS)
        while True:
            ip = addresses.pop(0)
            share = max(deadline - monotonic(), 0.1) / (len(addresses) + 1)
            try:
                stream = self._backend.connect_tcp(ip, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses:
                    raise
            else:
                return _TimedStream(stream)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[_SocketOption] | None = None
    ) -> httpcore.NetworkStream:
        """No page lives on a Unix socket."""
        raise RefusedAddress(f"refused address {path}")


class _TimedStream(httpcore.NetworkStream):
    """A connection whose answer has ANSWER_SECONDS from the last byte of the request to its own last byte.

    A read timeout alone starts anew with every byte, and httpcore waits inside for headers, interim answers and chunk
    sizes where no caller could look at the clock (encode/httpx#1450).
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._asked = monotonic()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._asked + ANSWER_SECONDS - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)
        self._asked = monotonic()

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))  # type: ignore[arg-type]

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _refusal(ip: str, host: str, port: int) -> str:
    """Why an address is refused, and what to set where its host may be visited all the same."""
    named = f"{ip} of {host}" if ip != host else ip
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"refused address {named}: not on the public internet; allow it with MEERUIT_ALLOW_PRIVATE_HOSTS={place}"


def _resolved(host: str, port: int) -> list[str]:
    """The distinct IP addresses of a host, in the system's order; raises httpcore.ConnectError where there is none."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise httpcore.ConnectError(f"{host} is not known") from exc
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
