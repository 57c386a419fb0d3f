"""What one request brought, and what follows from it. Pure: no network, no clock.

200                          the page
304                          nothing new, where we asked with validators
3xx with a Location          another address, for whoever follows it
408 425 429 5xx              TryAgain, after Retry-After where the site says so
everything else              Unreadable
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from meeruit.tasks.decoding.sniff import refuse_binary
from meeruit.tasks.errors import TryAgain, Unreadable

#: Seconds that a site can make us wait, at most.
MAX_RETRY_AFTER = 3600.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})
_HEADER_TEXT = re.compile(r"[\x20-\x7e]{1,1000}")

#: Seconds that a cached answer can be old, at most; one that says more does not know.
MAX_AGE = 366 * 86_400
#: Characters of all the cookies that one answer sets, at most; servers take no longer header.
_MAX_COOKIES = 4_000
_COOKIE = re.compile(r"([\x21-\x7e]{1,400}?)=[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Validators:
    """What a site gave to ask with whether a page has changed; good for the address that gave it and for no other."""

    url: str
    etag: str | None = None
    last_modified: str | None = None

    def headers(self, url: str) -> dict[str, str]:
        """The conditional headers for a request to ``url``; none for another address."""
        if url != self.url:
            return {}
        pairs = {"If-None-Match": _header(self.etag), "If-Modified-Since": _header(self.last_modified)}
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to one request, as it came."""

    #: The address that was asked.
    url: str
    status: int
    #: When its headers arrived; aware UTC on a whole second, rounded down.
    received_at: datetime
    #: Decoded; read of 2xx only, otherwise empty.
    body: bytes = b""
    media_type: str = ""
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    #: Seconds, 0 to 3600, or None.
    retry_after: float | None = None
    #: How long it has lain in caches on the way, by its Age header; 0 where it does not say.
    age_seconds: int = 0
    #: The cookies that it sets, as a Cookie header gives them back (``a=b; c=d``); empty for none.
    cookies: str = ""

    @property
    def is_redirect(self) -> bool:
        """Whether it names another address to go to."""
        return self.status in _REDIRECTS and self.location is not None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page from the web, or the word that it has not changed."""

    #: The address that answered, after all redirects; relative links resolve against it.
    url: str
    #: None where the site says that nothing has changed (304).
    body: bytes | None
    observed_at: datetime
    #: The Content-Type as declared, or empty.
    media_type: str
    #: For the next visit; None where the site gave none.
    validators: Validators | None
    #: How long it has lain in caches on the way: its ages count from so much before ``observed_at``.
    age_seconds: int = 0

    @property
    def not_modified(self) -> bool:
        """Whether this is a 304: the page is what it was when the validators were given."""
        return self.body is None


def judge(answer: Answer, *, conditional: bool = False) -> Fetched:
    """What an answer that is no redirect to follow means. ``conditional``: whether validators were sent.

    Raises TryAgain or Unreadable, named in plain words: ``HTTP 503``, ``not a page but a PDF``.
    """
    if answer.status in _PASSING or 500 <= answer.status <= 599:
        raise TryAgain(f"HTTP {answer.status}", retry_after=answer.retry_after)
    if answer.status == 304 and conditional:
        return _fetched(answer, None)
    if answer.status in _REDIRECTS:
        raise Unreadable(f"HTTP {answer.status} without a Location")
    if answer.status in {206, 304}:
        raise Unreadable(f"HTTP {answer.status}, which nobody asked for")
    if answer.status != 200:
        raise Unreadable(f"HTTP {answer.status}")
    refuse_binary(answer.body)
    return _fetched(answer, answer.body)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 section 10.2.3): a number or a date, held within 0 and 3600.

    None for none and for garbage.
    """
    value = (value or "").strip()
    if re.fullmatch(r"-?[0-9]+", value):
        seconds = float(value[:12])
    else:
        try:
            date = parsedate_to_datetime(value)
            seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def age_seconds(value: str | None) -> int:
    """Seconds of an Age header (RFC 9111 section 5.1); 0 for none, for garbage, and for more than a year."""
    value = (value or "").split(",")[0].strip()
    seconds = int(value) if re.fullmatch(r"[0-9]{1,12}", value) else 0
    return seconds if seconds <= MAX_AGE else 0


def cookie_pairs(lines: Iterable[str]) -> str:
    """What Set-Cookie headers say, for a Cookie header; the last value of a name counts, attributes are left out."""
    pairs: dict[str, str] = {}
    for line in lines:
        if pair := _COOKIE.fullmatch(line.partition(";")[0].strip()):
            pairs[pair[1]] = pair[0]
    said = "; ".join(pairs.values())
    return said if len(said) <= _MAX_COOKIES else ""


def _fetched(answer: Answer, body: bytes | None) -> Fetched:
    validators = Validators(answer.url, _header(answer.etag), _header(answer.last_modified))
    given = validators.etag or validators.last_modified
    return Fetched(
        url=answer.url,
        body=body,
        observed_at=answer.received_at,
        media_type=answer.media_type,
        validators=validators if given else None,
        age_seconds=answer.age_seconds,
    )


def _header(value: str | None) -> str | None:
    """A header value that can be kept and sent back as it is; None for one that is too long or no plain text."""
    return value if value and _HEADER_TEXT.fullmatch(value) else None
