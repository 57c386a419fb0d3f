"""Work that fetches: one host's addresses, visited in turn, within the time that a task has.

What was fetched becomes raw pages; what has to wait (its turn has not come, the site failed for now, the time is up)
becomes work again, due later, in the same transaction that stores the pages. A task sleeps no longer than a turn lasts.
Knows the web only as a function that it is handed.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Connection

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.captures import BATCH_BYTES, Capture, ObservedFrom, Raw
from meeruit.tasks.errors import LedgerError, PageError, TryAgain, Wait
from meeruit.tasks.references import Fetch
from meeruit.tasks.store.validators import LastAnswer, change_validators
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Fetched, Validators
from meeruit.tasks.web.feeds import Feed, read_feed

log = logging.getLogger("meeruit")

#: A task starts no new page after so many seconds; its hard limit is 120.
FETCH_SECONDS = 60.0
#: Attempts at a page whose failure may pass, and the seconds before the second and the third.
ATTEMPTS, PAUSES = 3, (2.0, 10.0)
#: Seconds until a request is tried again where the pace could not be asked: the broker does not answer.
_NO_PACE = 5.0
#: Every so many requests one goes without validators: some sites say "not modified" for ever.
UNCONDITIONAL = 10

#: The outcome of a page that has not changed.
NOT_MODIFIED = "not modified"

#: Fetches one address: ``visit(url, delay in seconds, validators, before links)``; raises Wait, PageError, LedgerError.
Visit = Callable[[str, float, Validators | None, bool], Fetched]


class Later(NamedTuple):
    """An address that has to wait."""

    #: Seconds until it is tried again.
    seconds: float
    reference: Fetch
    #: Why it waits, in plain words.
    reason: str


@dataclass(slots=True)
class Visited:
    """What became of one host's addresses."""

    pages: list[Raw] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)
    #: What each feed shows, by its address.
    feeds: dict[str, Feed] = field(default_factory=dict)
    #: Validators for the next time, by address; None: there are none any more.
    validators: dict[str, Validators | None] = field(default_factory=dict)

    def waits(self) -> dict[tuple[float, str], list[Fetch]]:
        """What has to wait, by whole seconds and reason."""
        found: dict[tuple[float, str], list[Fetch]] = defaultdict(list)
        for seconds, reference, reason in self.later:
            found[round_up(seconds), reason].append(reference)
        return found


def round_up(seconds: float) -> float:
    """Whole seconds, rounded up: work is never due before its time."""
    return float(-int(-seconds // 1))


def by_host(references: Iterable[Fetch]) -> list[list[Fetch]]:
    """Addresses to fetch, those of one host together, in their order."""
    hosts: dict[str, list[Fetch]] = defaultdict(list)
    for reference in references:
        hosts[parse_address(reference.url).host].append(reference)
    return list(hosts.values())


def visit_all(
    visit: Visit, references: Sequence[Fetch], delay: float, kept: Mapping[str, LastAnswer], ends: float | None = None
) -> Visited:
    """Fetch what can be fetched now; nothing after ``ends`` (monotonic), or else after FETCH_SECONDS."""
    done = Visited()
    ends = ends or monotonic() + FETCH_SECONDS
    for number, reference in enumerate(references):
        rest = references[number:]
        if monotonic() > ends:
            done.later += [Later(0.0, each, "its task had no time left") for each in rest]
            break
        if sum(len(page.body or b"") for page in done.pages) > BATCH_BYTES:
            done.later += [Later(0.0, each, "its task had no room left") for each in rest]
            break
        try:
            _visit_one(visit, reference, delay, kept.get(reference.url), done)
        except Wait as exc:
            done.later += [Later(exc.seconds, each, str(exc)) for each in rest]
            break
        except LedgerError as exc:  # no broker, no pace: no request
            log.warning("no request can be made: %s", exc)
            done.later += [Later(_NO_PACE, each, str(exc)) for each in rest]
            break
    return done


def _visit_one(visit: Visit, reference: Fetch, delay: float, kept: LastAnswer | None, done: Visited) -> None:
    address = reference.url
    asks = kept is not None and kept.uses + 1 < UNCONDITIONAL
    try:
        validators = Validators(address, kept.etag, kept.last_modified) if kept and asks else None
        fetched = visit(address, delay, validators, not reference.link)
        done.pages.append(raw := _raw(address, reference, fetched, kept))
        if reference.feed:
            # of a feed that has not changed, too: it still shows the links that failed, and their time may have come
            done.feeds[address] = read_feed(raw.body or b"", url=fetched.url, media_type=raw.media_type)
        if not fetched.not_modified:
            same = fetched.validators if fetched.validators and fetched.validators.url == address else None
            done.validators[address] = same
    except TryAgain as exc:
        tries = reference.tries + 1
        if tries < ATTEMPTS:
            pause = PAUSES[tries - 1] * random.uniform(0.8, 1.3)  # noqa: S311 - jitter, no secret
            done.later.append(Later(max(exc.retry_after or 0.0, pause), replace(reference, tries=tries), str(exc)))
        else:
            done.pages.append(_failed(address, reference, str(exc), passing=True))
    except PageError as exc:
        if done.pages and done.pages[-1].address == address:
            done.pages.pop()  # it came, but is no feed
        done.pages.append(_failed(address, reference, str(exc)))


def _raw(address: str, reference: Fetch, fetched: Fetched, kept: LastAnswer | None) -> Raw:
    if fetched.body is None and kept is not None:
        body, sha, media_type, note = kept.body, kept.sha256, kept.media_type, NOT_MODIFIED
    else:
        body, sha, media_type, note = fetched.body or b"", None, fetched.media_type, None
    return Raw(
        address=address,
        reference=replace(reference, age_seconds=fetched.age_seconds or None),  # a replay needs it
        body=body,
        url=fetched.url,
        media_type=media_type,
        observed_at=fetched.observed_at,
        observed_from=ObservedFrom.HTTP,
        etag=fetched.validators.etag if fetched.validators else None,
        last_modified=fetched.validators.last_modified if fetched.validators else None,
        sha256=sha,
        note=note,
        age_seconds=fetched.age_seconds,
    )


def _failed(address: str, reference: Fetch, problem: str, *, passing: bool = False) -> Raw:
    again = replace(reference, tries=0)
    at = now()
    return Raw(address, again, observed_at=at, observed_from=ObservedFrom.HTTP, problem=problem, passing=passing)


def keep_validators(db: Connection, captures: Sequence[Capture], given: Mapping[str, Validators | None]) -> None:
    """Keep the validators for the next request, only where the body of this one was read whole and understood.

    ``given``: those that came with the answers, by address.
    """
    kept: dict[str, tuple[str | None, str | None, str, str]] = {}
    gone = set()
    for capture in captures:
        address = capture.raw.address
        validators = given.get(address)
        if capture.raw.note == NOT_MODIFIED or capture.body is None:
            continue
        if capture.problem is None and validators is not None:
            kept[address] = validators.etag, validators.last_modified, capture.body, capture.raw.media_type
        else:
            gone.add(address)
    change_validators(
        db,
        kept,
        gone - kept.keys(),
        {capture.raw.address for capture in captures if capture.raw.note == NOT_MODIFIED},
    )
