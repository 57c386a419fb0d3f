"""One visit to one address: allowed by robots.txt, in the host's pace, through every redirect. Stores nothing.

    robots.txt of the host  →  the host's turn  →  one request  →  a page, or another address: the same again

Each hop is a request of its own: judged by the robots.txt of its own host, paced with that host, vetted by the guard.
robots.txt is reached in the same way, and kept for a day.
"""

from __future__ import annotations

import re
from time import monotonic

from meeruit.tasks.addresses import Address, parse_address, shortened
from meeruit.tasks.errors import REDIRECTED, PageError, RefusedAddress, TryAgain, Unreadable
from meeruit.tasks.web.answer import Answer, Fetched, Validators, judge
from meeruit.tasks.web.fetch import Bounds
from meeruit.tasks.web.redirects import Browser, Step, TooFar, ask, follow
from meeruit.tasks.web.robots import MAX_BYTES, Robots

#: Seconds after which a visit begins no further request but waits for its next turn: with the longest answer it then
#: still ends within a minute, and a task that starts no page after 60 s within its hard limit of 120 s.
BUDGET = 10.0
#: Seconds that an answer about robots.txt is kept (RFC 9309 section 2.4), and that a failure to get one is.
_KEEP_ROBOTS, _KEEP_FAILURE = 86_400, 30
_ROBOTS_BOUNDS = Bounds(raw=2 * MAX_BYTES, decoded=MAX_BYTES + 1, cut=True)
#: robots.txt as it is kept: the status, 0 where there was no answer; the body, or the reason.
_KEPT = re.compile(rb"([0-9]{1,3}) (.*)", re.DOTALL)


def visit(browser: Browser, url: str, *, delay: float, validators: Validators | None = None) -> Fetched:
    """Fetch the page at ``url``; ``delay``: seconds between two requests to its host, if robots.txt asks for no more.

    ``validators``, from an earlier visit, make it conditional. Raises Wait (it is not its turn yet), TryAgain or
    Unreadable with the outcome in plain words (``HTTP 404 (redirected to https://…)``), LedgerError where pace or
    memory do not answer.
    """
    deadline = monotonic() + BUDGET
    start = here = parse_address(url)

    def ask_one(step: Step) -> Answer:
        nonlocal here
        here = step.address
        between = _permission(browser, here, delay, deadline)
        return ask(browser, step, between, deadline, headers=validators.headers(here.url) if validators else None)

    try:
        answer = follow(browser, start, ask_one)
        return judge(answer, conditional=bool(validators and validators.headers(answer.url)))
    except PageError as exc:
        if here != start:
            exc.args = (f"{exc}{REDIRECTED}{shortened(here.url)})",)
        raise


def _permission(browser: Browser, here: Address, delay: float, deadline: float) -> float:
    """The delay to keep at this host; raises Unreadable where its robots.txt forbids the address."""
    key = f"robots:{here.origin}"
    kept = _KEPT.fullmatch(browser.memory.get(key) or b"")
    status, said = (int(kept[1]), kept[2]) if kept else _ask_robots(browser, here, delay, deadline)
    robots = Robots.parse(status, said) if status else Robots(unreachable=said.decode("utf-8", "replace"))
    if not kept:
        seconds = _KEEP_FAILURE if robots.unreachable else _KEEP_ROBOTS
        browser.memory.put(key, b"%d %b" % (status, said), seconds)
    if robots.unreachable:
        raise TryAgain(f"robots.txt cannot be read: {robots.unreachable}", retry_after=_KEEP_FAILURE)
    if not robots.allows(here.url):
        raise Unreadable("robots.txt forbids")
    return max(delay, robots.delay)


def _ask_robots(browser: Browser, here: Address, delay: float, deadline: float) -> tuple[int, bytes]:
    """Status and body of the host's robots.txt after all redirects; 0 and the reason where there was no answer."""
    start = parse_address(f"{here.origin}/robots.txt")
    try:
        answer = follow(browser, start, lambda there: ask(browser, there, delay, deadline, bounds=_ROBOTS_BOUNDS))
    except TooFar:
        return 404, b""  # unavailable, not unreachable: RFC 9309 section 2.3.1.2
    except RefusedAddress:  # where nobody goes for its rules, nobody goes for a page
        raise
    except PageError as exc:
        return 0, str(exc).encode()
    return answer.status, answer.body
