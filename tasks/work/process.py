"""The recipe: one piece of work, from its row in the ledger to the tables.

    claim | read or fetch | capture | merge and finish | (with the last piece of a run) derive

Reading and extracting happen outside any transaction; merging and finishing in one. A page that cannot be used is a
result like any other; a database that does not answer sends the whole piece back, and what nobody foresaw has it tried
in parts, as work whose worker died is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic, sleep

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.captures import Capture, Raw, plain_address, storable
from meeruit.tasks.counts import Counts
from meeruit.tasks.events import say
from meeruit.tasks.references import Fetch, Folder, Reference, Slice, Terms
from meeruit.tasks.store import derive_runs, runs
from meeruit.tasks.store.tables import WorkKind
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.store.validators import load_validators
from meeruit.tasks.times import now
from meeruit.tasks.work import fetching, following, ledger
from meeruit.tasks.work.capturing import PAGE_SECONDS, capture
from meeruit.tasks.work.fetching import Visited
from meeruit.tasks.work.following import Following, send_all
from meeruit.tasks.work.reading import parts_of, read_pages
from meeruit.tasks.work.scanning import Scan
from meeruit.tasks.work.storing import new_bodies, store_captures
from meeruit.tasks.work.time_limits import or_dies
from meeruit.tasks.work.tools import Tools

#: Seconds between two requests to one host, where nobody says.
DELAY = 5.0
#: A task reads no new page after so many seconds; its hard limit is 120.
READ_SECONDS = 60.0
#: A page that takes so many seconds of processor time, and cannot be interrupted, ends its process.
DEADLY_SECONDS = PAGE_SECONDS + 2.0
#: Seconds that a task spends on deriving for a run whose work has ended; the sweeper does the rest.
DERIVE_SECONDS = 10.0
#: How often the original of a revisit is waited for, and for how many seconds each time.
REVISIT_TRIES, REVISIT_SECONDS = 2, 3.0
#: Seconds until work that a database error stopped is tried again: after the first time, and at most.
_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
#: Characters of an error that nobody foresaw that are kept.
_LONGEST_REASON = 300
#: A task tries to put its work back (a full disk may not even take that) until it has run for so many seconds.
HOLD_SECONDS, _AGAIN = 90.0, 0.5


@dataclass(frozen=True, slots=True)
class _Done:
    """What a piece of work gave before it is stored."""

    captures: Sequence[Capture]
    #: What was not read, for want of time.
    rest: Sequence[Reference] = ()
    #: Revisits whose original may still come: other workers read the same archive.
    later: Sequence[Reference] = ()
    visited: Visited | None = None


def process(tools: Tools, work_id: int, message: str, *, again: bool = False) -> Counts | None:
    """Do one piece of work, or nothing where there is nothing to do. Returns what became of its pages.

    ``message``: the id of the message that pointed at it; ``again``: it was sent again since its worker was lost.
    """
    ends = monotonic() + HOLD_SECONDS
    held = _claim(tools, work_id, ledger.holder_of(tools.process_name, message), again=again)
    if held is None:
        return None
    tools.reached("claimed")
    try:
        if held.kind == WorkKind.SCAN and not held.given_up:
            return _scan(tools, held)
        done = _read(tools, held)
        tools.reached("extracted")
        if done.visited is not None and not done.captures and (waits := done.visited.waits()) and len(waits) == 1:
            _put_off(tools, held, *waits.popitem())
            return None
        counts, follows = _store(tools, held, done)
        tools.reached("after commit")
    except DBAPIError as exc:
        put_back(tools, held, exc, ends)
        raise
    except Exception as exc:
        _let_go(tools, held, f"{ledger.UNFORESEEN}{type(exc).__name__}: {exc}".split("\n", 1)[0][:_LONGEST_REASON])
        raise
    except BaseException:  # Ctrl-C: whoever comes next takes it up
        transaction(tools.engine, lambda db: ledger.put_off(db, held, now(), "it was stopped", held.pages))
        raise
    send_all(tools.send, follows)
    derive_runs.derive_ended_runs(tools.engine, held.run_id, seconds=DERIVE_SECONDS)
    tools.reached("before ack")
    return counts


def _claim(tools: Tools, work_id: int, holder: str, *, again: bool) -> ledger.Claim | None:
    """Take the work; where its worker died and it stands for several pages, it is split instead."""
    # a power cut that undoes it makes the work one that was not begun, which it is then
    claim = lambda db: ledger.claim(db, work_id, holder, now(), again=again)  # noqa: E731
    found = transaction(tools.engine, claim, waits_for_disk=False)
    if not isinstance(found, ledger.Abandoned):
        return found
    parts = parts_of(found.pages, found.count, tools.at_hand.last(work_id))
    if not parts:
        return transaction(tools.engine, lambda db: ledger.take(db, found, holder, now()))
    for part in transaction(tools.engine, lambda db: ledger.split(db, found, parts, now())):
        tools.send(part, found.kind, 0)
    return None


def _read(tools: Tools, held: ledger.Claim) -> _Done:
    """Read or fetch the pages, and extract them, as far as the time goes."""
    if held.given_up:
        return _Done([capture(_lost(held), held.terms)])
    if held.kind == WorkKind.FETCH:
        visited = _visit(tools, held)
        tools.reached("fetched")
        return _Done([extract_one(raw, held.terms) for raw in visited.pages], visited=visited)
    ends = monotonic() + READ_SECONDS
    captures: list[Capture] = []
    rest: list[Reference] = []
    later: list[Reference] = []
    tools.at_hand.note(held.id, 0)
    for raw in read_pages(tools.engine, held.pages):
        if captures and raw.reference is not None and monotonic() > ends:
            rest.append(raw.reference)
        elif raw.passing and isinstance(raw.reference, Slice) and raw.reference.tries < REVISIT_TRIES:
            later.append(replace(raw.reference, tries=raw.reference.tries + 1))
        else:
            captures.append(extract_one(raw, held.terms))
            tools.at_hand.note(held.id, len(captures) + len(later))
            tools.reached("mid batch")
    tools.at_hand.note(held.id, None)
    return _Done(captures, rest, later)


def _lost(held: ledger.Claim) -> Raw:
    """The page that is given up. Nothing of it is taken as it stands, lest that be what it failed at."""
    reason = held.unforeseen or f"its worker died {held.attempts} times on this page"
    return Raw(plain_address(held.pages[0].address), held.pages[0], problem=storable(reason))


def extract_one(raw: Raw, terms: Terms) -> Capture:
    """One page, extracted, or the end of this process: the page that it had in hand is then tried alone."""
    with or_dies(DEADLY_SECONDS):
        return capture(raw, terms)


def _visit(tools: Tools, held: ledger.Claim) -> Visited:
    """Fetch a piece's addresses, with what is known of them."""
    addresses = [reference for reference in held.pages if isinstance(reference, Fetch)]
    kept = read_only(tools.engine, lambda db: load_validators(db, [reference.url for reference in addresses]))
    return fetching.visit_all(tools.visit, addresses, delay_of(held), kept)


def delay_of(held: ledger.Claim) -> float:
    """Seconds between two requests to one host, as the terms say it."""
    return DELAY if held.terms.delay is None else held.terms.delay


def _scan(tools: Tools, held: ledger.Claim) -> Counts:
    """Look through a folder; its files are work of their own."""
    (folder,) = [page for page in held.pages if isinstance(page, Folder)]
    rest = Scan(tools, held, READ_SECONDS).run(folder)
    if rest is not None:
        transaction(tools.engine, lambda db: ledger.put_off(db, held, now(), "one task has no time for more", [rest]))
        send_all(tools.send, [Following(held.id, held.kind, 0.0)])
        return Counts()
    transaction(tools.engine, lambda db: ledger.finish(db, held, Counts(), []))
    derive_runs.derive_ended_runs(tools.engine, held.run_id, seconds=DERIVE_SECONDS)
    return Counts()


def _put_off(tools: Tools, held: ledger.Claim, wait: tuple[float, str], pages: Sequence[Fetch]) -> None:
    """Nothing could be fetched yet: the same work, later, and no attempt spent."""
    seconds, reason = wait
    not_before = now() + timedelta(seconds=seconds)
    if transaction(tools.engine, lambda db: ledger.put_off(db, held, not_before, reason, pages)):
        send_all(tools.send, [Following(held.id, held.kind, seconds)])


def _let_go(tools: Tools, held: ledger.Claim, reason: str) -> None:
    """What nobody foresaw ended it: it is tried again in parts, or ends where not even its failure can be stored."""
    if held.given_up:
        failed = [(plain_address(held.pages[0].address), reason)]
        counts = Counts(pages_new=1, pages_failed=1)
        transaction(tools.engine, lambda db: ledger.finish(db, held, counts, failed))
    elif transaction(tools.engine, lambda db: ledger.let_go(db, held, now(), reason)):
        tools.send(held.id, held.kind, _PAUSE)


def put_back(tools: Tools, held: ledger.Claim, fault: DBAPIError | str, ends: float) -> None:
    """An error stopped it: the same work, later each time. Until the database takes that, nobody else has it."""
    error = fault if isinstance(fault, str) else str(fault.orig or fault).strip().split("\n", 1)[0]
    pause = timedelta(seconds=min(_PAUSE * 2**held.setbacks, _LONGEST_PAUSE))
    said = False
    while True:
        try:
            transaction(tools.engine, lambda db: ledger.put_back(db, held, now() + pause, error))
        except DBAPIError:
            if monotonic() > ends:
                raise
        else:
            return
        if not said:
            say("waits", logging.WARNING, work=held.id, reason=error)
        said = True
        sleep(_AGAIN)


class _Superseded(Exception):
    """Somebody else took this work over: what was done here is rolled back."""


def _store(tools: Tools, held: ledger.Claim, done: _Done) -> tuple[Counts | None, list[Following]]:
    """Merge and finish in one transaction; nothing is stored where somebody else took the work over.

    Returns what became of the pages, and the work that follows from them.
    """

    bodies = new_bodies(done.captures, held.terms.keep)

    def work(db: Connection) -> tuple[Counts, list[Following]]:
        tools.reached("before merge")
        follows = following.enrol_rest(db, held, done.rest, now())
        follows += following.enrol_revisits(db, held, done.later, now(), REVISIT_SECONDS)
        captures = done.captures
        if done.visited is not None:
            captures, new = following.follow(db, held, captures, done.visited, now())
            follows += new
        counts, failed = store_captures(db, held, captures, bodies, tools.reached)
        if done.visited is not None:
            fetching.keep_validators(db, captures, done.visited.validators)
        if held.terms.source is not None and counts.items_new:
            runs.set_last_new(db, held.terms.source, now())
        if not ledger.finish(db, held, counts, failed):
            raise _Superseded
        tools.reached("before commit")
        return counts, follows

    try:
        return transaction(tools.engine, work)
    except _Superseded:
        return None, []
