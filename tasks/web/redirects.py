"""Requests in the pace of their hosts, and the way through redirects. Judges neither robots.txt nor what comes back.

A hop whose turn is far off ends with Wait; the way so far is remembered for a while, so that the next visit goes on
from there instead of asking the first host again. Without that, a redirect within one host would never end where the
delay is longer than anybody waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Protocol

from meeruit.tasks.addresses import Address, parse_address, resolve
from meeruit.tasks.errors import PageError, RefusedAddress, Unreadable, Wait
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Answer
from meeruit.tasks.web.fetch import Bounds, Client, fetch

#: Redirects that are followed, at most; RFC 9309 section 2.3.1.2 asks for five at least.
MAX_REDIRECTS = 5
#: Seconds that an answer may take; a host that takes longer rests as long as it took.
SLOW = 10.0
#: Seconds that the way to an unfinished visit is kept; longer than any host can make us wait.
_KEEP_TRAIL = 7_200


@dataclass(slots=True)
class Turn:
    """A request's turn at a host. ``pause``: seconds that the host asked to be left alone afterwards."""

    pause: float = 0.0


class Pace(Protocol):
    """Keeps two requests to one host apart, whoever makes them."""

    def turn(self, host: str, delay: float, *, first: bool) -> AbstractContextManager[Turn]:
        """Wait for the turn, hold it for one request; raises Wait where it is too far off to wait for.

        ``first``: who asks comes before those who do not ask so.
        """


class Memory(Protocol):
    """What all visits know together, for a while."""

    def get(self, key: str) -> bytes | None:
        """The value, or None."""

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""

    def drop(self, key: str) -> None:
        """Forget a value."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What a visit borrows from its process."""

    client: Client
    pace: Pace
    memory: Memory
    clock: Callable[[], datetime] = now
    #: Whether its requests come before those of others to the same host: a list that is due before links.
    first: bool = False


class TooFar(Unreadable):
    """Redirects that lead nowhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next request of a visit."""

    address: Address
    #: What the address itself has just set, as a Cookie header; empty for none.
    cookies: str = ""


@dataclass(slots=True)
class _Trail:
    """The way of one visit so far."""

    urls: list[str]
    #: Cookies that the last address set when it sent us back to itself; they go there once, and nowhere else.
    cookies: str = ""

    def step(self) -> Step:
        return Step(parse_address(self.urls[-1]), self.cookies)

    def go_on(self, answer: Answer) -> None:
        """Follow a redirect; raises Unreadable where it may not lead."""
        if answer.cookies and not self.cookies and _leads_to_itself(self.urls[-1], answer.location or ""):
            self.cookies = answer.cookies
            return
        self.urls.append(onward(self.urls, answer.location or ""))
        self.cookies = ""


def ask(
    browser: Browser,
    step: Step,
    delay: float,
    deadline: float,
    *,
    headers: Mapping[str, str] | None = None,
    bounds: Bounds | None = None,
) -> Answer:
    """One request, ``delay`` seconds from any other to its host. After ``deadline`` (monotonic) it has to Wait."""
    if monotonic() > deadline:
        raise Wait(0)
    headers = {**(headers or {}), **({"Cookie": step.cookies} if step.cookies else {})}
    with browser.pace.turn(step.address.host, delay, first=browser.first) as turn, _rest(turn):
        answer = fetch(browser.client, step.address, headers=headers, bounds=bounds, clock=browser.clock)
        if answer.status != 200 and answer.retry_after:
            turn.pause = answer.retry_after
    return answer


@contextmanager
def _rest(turn: Turn) -> Iterator[None]:
    """Leave a host that took long alone for as long, so that it never keeps a worker process to itself."""
    began = monotonic()
    try:
        yield
    finally:
        took = monotonic() - began
        if took > SLOW:
            turn.pause = took


def follow(browser: Browser, start: Address, ask_one: Callable[[Step], Answer]) -> Answer:
    """Ask ``start``, then wherever it sends us; the first answer that is no redirect.

    An address that sends us to itself and sets a cookie is asked once more, with it; no cookie outlives the visit.

    Raises Unreadable for a redirect that may not be followed (TooFar: too many, or a loop), and what ``ask_one`` does.
    """
    key = f"trail:{start.url}"
    trail = _trail(browser.memory.get(key), start)
    try:
        while (answer := ask_one(trail.step())).is_redirect:
            trail.go_on(answer)
            browser.memory.put(key, json.dumps([trail.urls, trail.cookies]).encode(), _KEEP_TRAIL)
    except PageError:
        browser.memory.drop(key)
        raise
    if len(trail.urls) > 1 or trail.cookies:
        browser.memory.drop(key)
    return answer


def onward(trail: list[str], location: str) -> str:
    """The address that a redirect from the end of the trail leads to; raises Unreadable where it may not lead."""
    here = parse_address(trail[-1])
    there = resolve(here, location)
    if here.scheme == "https" and there.scheme == "http":
        raise Unreadable("bad redirect: from https down to http")
    if there.url in trail:
        raise TooFar("bad redirect: it goes round in a loop")
    if len(trail) > MAX_REDIRECTS:
        raise TooFar(f"bad redirect: more than {MAX_REDIRECTS} in a row")
    return there.url


def _leads_to_itself(url: str, location: str) -> bool:
    try:
        return resolve(parse_address(url), location).url == url
    except RefusedAddress:
        return False


def _trail(kept: bytes | None, start: Address) -> _Trail:
    """The way so far; from the start where nothing is remembered, or nothing that we could have written."""
    try:
        urls, cookies = json.loads(kept or b"")
        if urls[0] == start.url and all(isinstance(text, str) for text in [*urls, cookies]):
            return _Trail(urls, cookies)
    except (ValueError, TypeError, LookupError):
        pass
    return _Trail([start.url])
