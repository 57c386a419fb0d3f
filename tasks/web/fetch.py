"""One request over the web, bounded in bytes and seconds. Knows httpx, and neither redirects, robots.txt nor the pace.

The body is read raw and unpacked by ``unpack``: httpx would inflate 165 bytes to 100 MB in one step, take a truncated
gzip for an empty page and read only the first of several members.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import httpx

from meeruit.tasks.addresses import Address
from meeruit.tasks.decoding.unpack import Unpack, coding_of
from meeruit.tasks.errors import PageError, RefusedAddress, TryAgain, Unreadable
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Answer, age_seconds, cookie_pairs, retry_after

Client = httpx.Client
_WORDS = 160


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one answer may take."""

    #: Bytes on the wire.
    raw: int = 5_000_000
    #: Bytes after unpacking.
    decoded: int = 10_000_000
    #: From the request to the last byte; checked whenever bytes arrive.
    seconds: float = 30.0
    #: True: what goes beyond is left off. False: it makes the page too large.
    cut: bool = False


def fetch(
    client: Client,
    address: Address,
    *,
    headers: Mapping[str, str] | None = None,
    bounds: Bounds | None = None,
    clock: Callable[[], datetime] = now,
) -> Answer:
    """Ask for one address, once. A redirect comes back as the answer that it is.

    Raises TryAgain for what the network or the server broke (``timed out``, ``broken gzip``), and Unreadable for an
    address or a body that will not do (``refused address 127.0.0.1``, ``too large``).
    """
    bounds = bounds or Bounds()
    deadline = monotonic() + bounds.seconds
    try:
        response = client.send(client.build_request("GET", address.url, headers=headers), stream=True)
        try:
            received_at = clock()
            body = _body(response, bounds, deadline) if response.is_success else b""
        finally:
            response.close()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as exc:
        raise outcome(exc) from exc
    return Answer(
        url=address.url,
        status=response.status_code,
        received_at=received_at,
        body=body,
        media_type=response.headers.get("content-type", "")[:_WORDS],
        location=response.headers.get("location"),
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
        retry_after=retry_after(response.headers.get("retry-after"), received_at),
        age_seconds=age_seconds(response.headers.get("age")),
        cookies=cookie_pairs(response.headers.get_list("set-cookie")),
    )


def _body(response: httpx.Response, bounds: Bounds, deadline: float) -> bytes:
    """The body, unpacked, within its bounds."""
    coding = coding_of(response.headers.get("content-encoding", ""))
    unpack = Unpack(coding, bounds.decoded) if coding else None
    raw, body = 0, bytearray()
    for chunk in response.iter_raw():
        raw += len(chunk)
        body += unpack.feed(chunk) if unpack else chunk
        if raw > bounds.raw or len(body) > bounds.decoded:
            if bounds.cut:
                return bytes(body[: bounds.decoded])
            raise Unreadable(f"too large: more than {bounds.raw:,} bytes sent or {bounds.decoded:,} unpacked")
        if monotonic() > deadline:
            raise TryAgain("timed out")
    if unpack:
        unpack.close()
    return bytes(body)


#: How Python begins the text of an error of the system; what follows says the same in words.
_ERRNO = re.compile(r"\[Errno -?\d+\] ")


def outcome(exc: Exception) -> PageError:
    """What went wrong below HTTP, in plain words."""
    if isinstance(exc, httpx.TimeoutException):
        return TryAgain("timed out")
    if isinstance(exc, httpx.RemoteProtocolError) and "location header" in str(exc):
        return Unreadable("bad redirect: its Location is no address")
    if isinstance(exc, httpx.ProtocolError):
        return TryAgain(f"broken HTTP: {_short(exc)}")
    if isinstance(exc, httpx.ConnectError):
        certificate = _certificate(exc)
        return TryAgain(f"certificate refused: {certificate}" if certificate else f"cannot connect: {_short(exc)}")
    if isinstance(exc, httpx.HTTPError):
        return TryAgain(f"the connection broke off: {_short(exc)}")
    if isinstance(exc, httpx.InvalidURL):  # every address that we ask for is one for httpx, too
        return RefusedAddress("refused address: its redirect leads to no http or https address")
    return RefusedAddress(f"refused address: {_short(exc)}")


def _certificate(exc: BaseException | None) -> str | None:
    """What is wrong with the certificate, where that is what broke the connection."""
    while exc:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return exc.verify_message
        exc = exc.__cause__ or exc.__context__
    return None


def _short(exc: BaseException) -> str:
    """One line without control characters, whatever a server put into it."""
    words = " ".join(_ERRNO.sub("", str(exc)).split()) or type(exc).__name__
    return "".join(c if c.isprintable() else "?" for c in words)[:_WORDS]
