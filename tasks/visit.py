"""One visit to one address: allowed by robots.txt, in the host's pace, through every redirect. Stores nothing.

    robots.txt of the host  →  the host's turn  →  one request  →  a page, or another address: the same again

Each hop is a request of its own: judged by the robots.txt of its own host, paced with that host, vetted by the guard.
A hop whose turn is far off ends the visit with Wait; the way so far is remembered for a while, so that the next visit
goes on from there instead of asking the first host again. robots.txt is reached in the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Protocol

from tasks.address import Address, parse_address, resolve
from tasks.answer import Answer, Fetched, Validators, judge
from tasks.clock import now
from tasks.errors import PageError, RefusedAddress, TryAgain, Unreadable, Wait
from tasks.fetch import Bounds, Client, fetch
from tasks.robots import MAX_BYTES, Robots

#: Redirects that are followed, at most (issue of the live web; RFC 9309 section 2.3.1.2 asks for five).
MAX_REDIRECTS = 5
#: Seconds after which a visit begins no further request but waits for its next turn: with the longest answer it then
#: still ends within a minute, and a task that starts no page after 60 s within its hard limit of 120 s.
_BUDGET = 10.0
#: Seconds that an answer about robots.txt is kept (RFC 9309 section 2.4), and that a failure to get one is.
_KEEP_ROBOTS, _KEEP_FAILURE = 86_400, 30
#: Seconds that the way to an unfinished visit is kept; longer than any host can make us wait.
_KEEP_TRAIL = 7_200
_ROBOTS_BOUNDS = Bounds(raw=2 * MAX_BYTES, decoded=MAX_BYTES + 1, cut=True)


@dataclass(slots=True)
class Turn:
    """A request's turn at a host. ``pause``: seconds that the host asked to be left alone afterwards."""

    pause: float = 0.0


class Pace(Protocol):
    """Keeps two requests to one host apart, whoever makes them."""

    def turn(self, host: str, delay: float) -> AbstractContextManager[Turn]:
        """Wait for the turn, hold it for one request; raises Wait where it is too far off to wait for."""


class Memory(Protocol):
    """What all visits know together, for a while."""

    def get(self, key: str) -> bytes | None:
        """The value, or None."""

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""

    def drop(self, key: str) -> None:
        """Forget a value."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a visit borrows from its process."""

    client: Client
    pace: Pace
    memory: Memory
    clock: Callable[[], datetime] = now


def visit(tools: Tools, url: str, *, delay: float, validators: Validators | None = None) -> Fetched:
    """Fetch the page at ``url``; ``delay``: seconds between two requests to its host, if robots.txt asks for no more.

    ``validators``, from an earlier visit, make it conditional. Raises Wait (it is not its turn yet), TryAgain or
    Unreadable with the outcome in plain words, LedgerError where pace or memory do not answer.
    """
    deadline = monotonic() + _BUDGET

    def ask(here: Address) -> Answer:
        between = _permission(tools, here, delay, deadline)
        return _request(tools, here, between, deadline, headers=validators.headers(here.url) if validators else None)

    answer = _follow(tools, parse_address(url), ask)
    return judge(answer, conditional=bool(validators and validators.headers(answer.url)))


def _request(
    tools: Tools,
    here: Address,
    delay: float,
    deadline: float,
    *,
    headers: dict[str, str] | None = None,
    bounds: Bounds | None = None,
) -> Answer:
    """One request, in the host's pace."""
    if monotonic() > deadline:
        raise Wait(0)
    with tools.pace.turn(here.host, delay) as turn:
        answer = fetch(tools.client, here, headers=headers, bounds=bounds, clock=tools.clock)
        if answer.status != 200 and answer.retry_after:
            turn.pause = answer.retry_after
    return answer


def _follow(tools: Tools, start: Address, ask: Callable[[Address], Answer]) -> Answer:
    """Ask ``start``, then wherever it sends us; the first answer that is no redirect."""
    key = f"trail:{start.url}"
    kept = tools.memory.get(key)
    trail: list[str] = json.loads(kept) if kept else [start.url]
    try:
        while (answer := ask(parse_address(trail[-1]))).is_redirect:
            trail.append(_onward(trail, answer.location or ""))
            tools.memory.put(key, json.dumps(trail).encode(), _KEEP_TRAIL)
    except Wait:
        raise
    except PageError:
        tools.memory.drop(key)
        raise
    if len(trail) > 1:
        tools.memory.drop(key)
    return answer


class _TooFar(Unreadable):
    """Redirects that lead nowhere."""


def _onward(trail: list[str], location: str) -> str:
    """Where a redirect from the end of the trail leads; raises Unreadable where it may not lead."""
    here = parse_address(trail[-1])
    there = resolve(here, location)
    if here.scheme == "https" and there.scheme == "http":
        raise Unreadable("bad redirect: from https down to http")
    if there.url in trail:
        raise _TooFar("bad redirect: it goes round in a loop")
    if len(trail) > MAX_REDIRECTS:
        raise _TooFar(f"bad redirect: more than {MAX_REDIRECTS} in a row")
    return there.url


def _permission(tools: Tools, here: Address, delay: float, deadline: float) -> float:
    """The delay to keep at this host; raises Unreadable where its robots.txt forbids the address."""
    key = f"robots:{here.origin}"
    kept = tools.memory.get(key)
    if kept is None:
        status, said = _ask_robots(tools, here, delay, deadline)
        kept = b"%d %b" % (status, said)
        unreachable = status == 0 or Robots.parse(status).unreachable
        tools.memory.put(key, kept, _KEEP_FAILURE if unreachable else _KEEP_ROBOTS)
    number, _, said = kept.partition(b" ")
    robots = Robots.parse(int(number), said) if number != b"0" else Robots(unreachable=said.decode())
    if robots.unreachable:
        raise TryAgain(f"robots.txt cannot be read: {robots.unreachable}", retry_after=_KEEP_FAILURE)
    if not robots.allows(here.url):
        raise Unreadable("robots.txt forbids")
    return max(delay, robots.delay)


def _ask_robots(tools: Tools, here: Address, delay: float, deadline: float) -> tuple[int, bytes]:
    """Status and body of the host's robots.txt after all redirects; 0 and the reason where there was no answer."""
    try:
        answer = _follow(
            tools,
            parse_address(f"{here.origin}/robots.txt"),
            lambda there: _request(tools, there, delay, deadline, bounds=_ROBOTS_BOUNDS),
        )
    except _TooFar:
        return 404, b""  # unavailable, not unreachable: RFC 9309 section 2.3.1.2
    except RefusedAddress:
        raise
    except PageError as exc:
        return 0, str(exc).encode()
    return answer.status, answer.body
