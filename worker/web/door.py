"""Who may come in, and what every answer says to a browser. Knows nothing of what is behind it.

Reading only (GET and HEAD), under a name that this page has (else a page elsewhere could ask in its visitor's name), with
the token where one is set. Compared in constant time; neither it nor the question is ever logged.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
from collections.abc import Collection, Iterable
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meeruit.worker.web.address import bracketed

log = logging.getLogger("meeruit")
#: Characters of a path and its question: as many as the longest filter needs, several times.
LONGEST = 8_000
#: What is loaded comes from here; no script or style stands in a page, and no text can become a script.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PORT = re.compile(r":[0-9]{1,5}$")


class Door:
    """Lets in whoever may, and gives every answer its headers."""

    def __init__(self, inside: ASGIApp, hosts: Collection[str], token: str | None) -> None:
        self._inside = inside
        self._hosts = {host.lower() for host in hosts}
        self._token = token.encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One question."""
        if scope["type"] != "http":
            await self._inside(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        answer = _Answer(send, head=head)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, answer)
            return
        with suppress(_Enough):
            await self._inside({**scope, "method": "GET"} if head else scope, receive, answer)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["method"] not in {"GET", "HEAD"}:
            return _refuse(405, "this page is only read: GET and HEAD", {"Allow": "GET, HEAD"})
        if not self._knows(headers.getlist("host"), scope.get("server")):
            return _refuse(421, "this page has another name; MEERUIT_WEB_HOSTS says which it may have")
        if self._token is not None and not self._is_let_in(headers.getlist("authorization"), scope):
            return _refuse(401, "say the token", {"WWW-Authenticate": 'Basic realm="meeruit", charset="UTF-8"'})
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST:
            return _refuse(414, "the question is too long")
        return None

    def _knows(self, hosts: list[str], server: tuple[str, int] | None) -> bool:
        """Whether the one name that is asked for is ours: so is the address at which the question came in.

        Whoever gives a name of theirs that address is asked for under their name.
        """
        if len(hosts) != 1:
            return False
        name = _PORT.sub("", hosts[0].lower()).removesuffix(".")
        return name in self._hosts or (server is not None and name == bracketed(server[0]))

    def _is_let_in(self, said: list[str], scope: Scope) -> bool:
        assert self._token is not None
        if len(said) != 1:
            return False
        good = any(hmac.compare_digest(each, self._token) for each in _tokens(said[0]))
        if not good:
            client = scope.get("client")
            log.warning("web refused client=%s reason=wrong-token", client[0] if client else "unknown")
        return good


def _tokens(header: str) -> Iterable[bytes]:
    """The token that a header holds: ``Bearer TOKEN``, or the password of ``Basic``, whatever the user's name."""
    kind, _, rest = header.partition(" ")
    if kind.lower() == "bearer":
        yield rest.strip().encode("latin-1", "replace")
    elif kind.lower() == "basic":
        try:
            yield base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return


def _refuse(status: int, said: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(f"{said}\n", status, {"Cache-Control": "no-store", **(headers or {})})


class _Enough(Exception):
    """The head has been sent; nobody wants the rest, which may have no end."""


class _Answer:
    """Sends an answer with its headers; of one that nobody wants the body of, only the head."""

    def __init__(self, send: Send, *, head: bool) -> None:
        self._send = send
        self._head = head
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message["headers"]}
            added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message["headers"], *(each for each in added if each[0] not in known)]}
        elif self._head:
            if self._ended:
                raise _Enough
            self._ended = True
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)
