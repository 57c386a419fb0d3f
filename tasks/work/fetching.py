"""Work that fetches: one host's addresses, visited in turn, within the time that a task has.

What was fetched becomes raw pages; what has to wait (its turn has not come, the site failed for now, the time is up)
becomes work again, due later, in the same transaction that stores the pages. Nobody sleeps longer than a turn lasts.
Knows the ledger's rows, and the web only as a function that it is handed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.captures import Capture, Raw, Reference
from meeruit.tasks.errors import LedgerError, PageError, TryAgain, Wait
from meeruit.tasks.store.tables import ObservedFrom, Validator, table
from meeruit.tasks.times import now
from meeruit.tasks.web.answer import Fetched, Validators
from meeruit.tasks.web.feeds import links

#: A task starts no new page after so many seconds; its hard limit is 120.
SECONDS = 60.0
#: Attempts at a page that fails for now, and the seconds before the second and the third.
ATTEMPTS, PAUSES = 3, (2.0, 10.0)
#: Every so many requests one goes without validators: some sites say "not modified" for ever.
UNCONDITIONAL = 10

#: Fetches one address: ``visit(url, delay in seconds, validators)``; raises Wait, PageError or LedgerError.
Visit = Callable[[str, float, Validators | None], Fetched]
_validator = table(Validator)


@dataclass(slots=True)
class Visited:
    """What became of one host's addresses."""

    pages: list[Raw] = field(default_factory=list)
    #: What is to be tried later, with the seconds until then.
    later: list[tuple[float, Reference]] = field(default_factory=list)
    #: The links that each feed showed, by its address.
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Validators for the next time, by address; None: there are none any more.
    validators: dict[str, Validators | None] = field(default_factory=dict)

    def only_wait(self) -> float | None:
        """Whole seconds, where nothing came and all of it waits equally long; None where there is more to say."""
        waits = {whole(seconds) for seconds, _ in self.later}
        return waits.pop() if not self.pages and len(waits) == 1 else None


@dataclass(frozen=True, slots=True)
class Kept:
    """What an address answered last, and the body that it stands for."""

    validators: Validators
    sha256: str
    body: bytes
    media_type: str
    uses: int


def load_kept(
    db: Connection, addresses: Iterable[str], bodies: Callable[[list[str]], Mapping[str, bytes]]
) -> dict[str, Kept]:
    """What is known of these addresses; ``bodies`` loads bodies by their hash."""
    rows = list(db.execute(select(_validator).where(_validator.c.address.in_(list(addresses)))))
    held = bodies([row.body for row in rows])
    return {
        row.address: Kept(
            Validators(row.address, row.etag, row.last_modified), row.body, held[row.body], row.media_type, row.uses
        )
        for row in rows
        if row.body in held
    }


def whole(seconds: float) -> float:
    """Whole seconds, rounded up: work is never due before its time."""
    return float(-int(-seconds // 1))


def by_host(references: Iterable[Reference]) -> list[list[Reference]]:
    """Addresses to fetch, those of one host together, in their order."""
    hosts: dict[str, list[Reference]] = defaultdict(list)
    for reference in references:
        hosts[parse_address(reference["fetch"]).host].append(reference)
    return list(hosts.values())


def visit_all(visit: Visit, references: list[Reference], delay: float, kept: Mapping[str, Kept]) -> Visited:
    """Fetch what can be fetched now."""
    done = Visited()
    ends = monotonic() + SECONDS
    for number, reference in enumerate(references):
        rest = references[number:]
        if monotonic() > ends:
            done.later += [(0.0, each) for each in rest]
            break
        try:
            _visit_one(visit, reference, delay, kept.get(reference["fetch"]), done)
        except Wait as exc:
            done.later += [(exc.seconds, each) for each in rest]
            break
        except LedgerError:  # no broker, no pace: no request
            done.later += [(5.0, each) for each in rest]
            break
    return done


def _visit_one(visit: Visit, reference: Reference, delay: float, kept: Kept | None, done: Visited) -> None:
    address = reference["fetch"]
    asks = kept is not None and kept.uses + 1 < UNCONDITIONAL
    try:
        fetched = visit(address, delay, kept.validators if kept and asks else None)
        done.pages.append(_raw(address, reference, fetched, kept))
        if reference.get("feed") and fetched.body is not None:
            done.links[address] = links(fetched.body, url=fetched.url, media_type=fetched.media_type)
        if not fetched.not_modified:
            same = fetched.validators if fetched.validators and fetched.validators.url == address else None
            done.validators[address] = same
    except TryAgain as exc:
        tries = reference.get("tries", 0) + 1
        if tries < ATTEMPTS:
            pause = PAUSES[tries - 1] * random.uniform(0.8, 1.3)  # noqa: S311 - jitter, no secret
            done.later.append((max(exc.retry_after or 0.0, pause), {**reference, "tries": tries}))
        else:
            done.pages.append(_failed(address, reference, str(exc)))
    except PageError as exc:
        if done.pages and done.pages[-1].address == address:
            done.pages.pop()  # it came, but is no feed
        done.pages.append(_failed(address, reference, str(exc)))


def _raw(address: str, reference: Reference, fetched: Fetched, kept: Kept | None) -> Raw:
    if fetched.body is None and kept is not None:
        body, sha, media_type, note = kept.body, kept.sha256, kept.media_type, "not modified"
    else:
        body, sha, media_type, note = fetched.body or b"", None, fetched.media_type, None
    reference = {key: value for key, value in reference.items() if key != "age_seconds"}
    if fetched.age_seconds:  # a replay needs it
        reference["age_seconds"] = fetched.age_seconds
    return Raw(
        address=address,
        reference=reference,
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


def _failed(address: str, reference: Reference, problem: str) -> Raw:
    again = {key: value for key, value in reference.items() if key != "tries"}
    return Raw(address, again, observed_at=now(), observed_from=ObservedFrom.HTTP, problem=problem)


def keep_validators(db: Connection, captures: Iterable[Capture], visited: Visited) -> None:
    """Keep what the next request can ask with: only where the body of this one was read whole and understood."""
    asked: list[str] = []
    for capture in captures:
        address = capture.raw.address
        given = visited.validators.get(address)
        if capture.raw.note == "not modified":
            asked.append(address)
        elif capture.problem is None and capture.body is not None and given is not None:
            _keep(db, address, given, capture)
        elif capture.body is not None:
            db.execute(delete(_validator).where(_validator.c.address == address))
    if asked:
        row = _validator.c
        db.execute(update(_validator).where(row.address.in_(sorted(asked))).values(uses=row.uses + 1))


def _keep(db: Connection, address: str, given: Validators, capture: Capture) -> None:
    kind: Any = postgresql if db.dialect.name == "postgresql" else sqlite
    values = {
        "etag": given.etag,
        "last_modified": given.last_modified,
        "body": capture.body,
        "media_type": capture.raw.media_type,
        "uses": 0,
    }
    statement = kind.insert(_validator).values(address=address, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["address"], set_=values))
