"""One event to one webhook, signed as Standard Webhooks says (standardwebhooks.com). Knows nothing of turns and repeats."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

import httpx

from meeruit.tasks.errors import PageError
from meeruit.tasks.web.answer import retry_after
from meeruit.tasks.web.fetch import Client, outcome

_GONE = 410
#: Answers of a server that is not there at the moment, or overloaded: they say nothing of the event.
_AWAY = frozenset({408, 425, 429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of an event."""

    #: In plain words; empty where it was taken.
    problem: str
    #: The receiver is away, whatever it is told; else it refused this event.
    away: bool = False
    gone: bool = False
    #: Seconds that it asks us to wait.
    wait: float | None = None

    @property
    def taken(self) -> bool:
        """Whether it was taken."""
        return not self.problem


def signature(secret: bytes, event_id: str, seconds: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 of id, time and body."""
    signed = b".".join((event_id.encode(), str(seconds).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def post(client: Client, url: str, secret: bytes, event_id: str, body: bytes, at: datetime) -> Reply:
    """Send an event once; no redirect is followed, and nothing is read of what the answer holds."""
    seconds = int(at.timestamp())
    headers = {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "Webhook-Id": event_id,
        "Webhook-Timestamp": str(seconds),
        "Webhook-Signature": signature(secret, event_id, seconds, body),
    }
    try:
        response = client.send(client.build_request("POST", url, headers=headers, content=body), stream=True)
        response.close()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as exc:
        return Reply(str(outcome(exc)), away=True)
    except PageError as exc:  # the guard: whoever allows the host has it told
        return Reply(str(exc), away=True)
    if response.is_success:
        return Reply("")
    status = response.status_code
    wait = retry_after(response.headers.get("retry-after"), at)
    return Reply(f"HTTP {status}", away=status in _AWAY, gone=status == _GONE, wait=wait)
