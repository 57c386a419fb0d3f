"""The recipe: one piece of work, from its row in the ledger to the tables.

    claim | read or fetch | capture | merge and finish | (with the last piece of a run) derive

Reading and extracting happen outside any transaction; merging and finishing in one. A page that cannot be used is a
result like any other; only a database that does not answer sends the whole piece back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.captures import Capture, Raw
from meeruit.tasks.counts import Counts
from meeruit.tasks.references import Fetch
from meeruit.tasks.store import derive_runs, runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.seen_links import note
from meeruit.tasks.store.tables import WorkKind
from meeruit.tasks.store.transaction import look, transaction
from meeruit.tasks.store.validators import load_validators
from meeruit.tasks.times import now
from meeruit.tasks.work import fetching, ledger
from meeruit.tasks.work.capturing import capture
from meeruit.tasks.work.fetching import Visited
from meeruit.tasks.work.reading import halves, read_pages, unread
from meeruit.tasks.work.tools import Tools

#: Seconds between two requests to one host, where nobody says.
DELAY = 5.0
#: Work that is due within so many seconds is sent ahead; what is due later the sweeper sends when its time has come.
SEND_AHEAD = 60.0
#: Seconds that a task spends on deriving what hangs on a run, once its work has ended; others do the rest.
SETTLE = 10.0
#: Seconds until work is tried again that the database did not let us do.
_PAUSE = 5.0


def process(tools: Tools, work_id: int, holder: str, *, again: bool = False) -> Counts | None:
    """Do one piece of work, or nothing where there is nothing to do. Returns what became of its pages."""
    held = _claim(tools, work_id, holder, again=again)
    if held is None:
        return None
    try:
        visited = _visit(tools, held)
        if visited is not None and (wait := visited.only_wait()) is not None:
            _wait(tools, held, visited, wait)
            return None
        captures = [capture(raw, held.terms) for raw in _raws(tools, held, visited)]
        counts, following = _store(tools, held, captures, visited)
    except DBAPIError as exc:
        error = str(exc.orig or exc).strip().split("\n", 1)[0]
        not_before = now() + timedelta(seconds=_PAUSE)
        transaction(tools.engine, lambda db: ledger.put_back(db, held, not_before, error))
        raise
    for new_id, seconds in following.items():
        _send(tools, new_id, seconds)
    derive_runs.settle(tools.engine, held.run_id, seconds=SETTLE)
    return counts


def _claim(tools: Tools, work_id: int, holder: str, *, again: bool) -> ledger.Claim | None:
    """Take the work; where its worker died and it stands for several pages, it is split instead."""
    found = transaction(tools.engine, lambda db: ledger.claim(db, work_id, holder, now(), again=again))
    if not isinstance(found, ledger.Abandoned):
        return found
    parts = halves(found.pages, found.count)
    if not parts:
        return transaction(tools.engine, lambda db: ledger.take(db, found, holder, now()))
    for half in transaction(tools.engine, lambda db: ledger.split(db, found, parts, now())):
        tools.send(half, 0)
    return None


def _send(tools: Tools, work_id: int, seconds: float) -> None:
    if seconds <= SEND_AHEAD:
        tools.send(work_id, seconds)


def _visit(tools: Tools, held: ledger.Claim) -> Visited | None:
    """Fetch a piece's addresses, with what is known of them; None where it has none, or is given up."""
    if held.kind != WorkKind.FETCH or held.given_up:
        return None
    addresses = [reference for reference in held.pages if isinstance(reference, Fetch)]
    kept = look(tools.engine, lambda db: load_validators(db, [reference.url for reference in addresses]))
    delay = DELAY if held.terms.delay is None else held.terms.delay
    return fetching.visit_all(tools.visit, addresses, delay, kept)


def _wait(tools: Tools, held: ledger.Claim, visited: Visited, seconds: float) -> None:
    """Nothing could be fetched yet: the same work, later, and no attempt spent."""
    pages = [reference for _, reference in visited.later]
    not_before = now() + timedelta(seconds=seconds)
    transaction(tools.engine, lambda db: ledger.put_back(db, held, not_before, None, pages))
    _send(tools, held.id, seconds)


def _raws(tools: Tools, held: ledger.Claim, visited: Visited | None) -> Iterator[Raw]:
    if held.given_up:
        yield unread(held.pages[0], f"its worker died {held.attempts} times on this page")
    elif visited is not None:
        yield from visited.pages
    else:
        yield from read_pages(tools.engine, held.pages)


class _Superseded(Exception):
    """Somebody else took this work over: what was done here is rolled back."""


def _store(
    tools: Tools, held: ledger.Claim, captures: Sequence[Capture], visited: Visited | None
) -> tuple[Counts | None, dict[int, float]]:
    """Merge and finish in one transaction; nothing is stored where somebody else took the work over.

    Returns what became of the pages, and the work that follows from them with the seconds until it is due.
    """
    terms = held.terms
    bodies = {
        c.body: (len(c.raw.body), c.raw.media_type, compress(c.raw.body))
        for c in captures
        if c.raw.body is not None and c.body is not None and c.raw.sha256 is None
    }

    def work(db: Connection) -> tuple[Counts, dict[int, float]]:
        store_bodies(db, bodies)
        links = visited.links if visited else {}
        fresh = {feed: note(db, str(terms.source), dict.fromkeys(shown, "")) for feed, shown in links.items()}
        told = [_told(c, fresh) for c in captures]
        ours = {"source": terms.source, "profile": terms.profile}
        counts, failed = merge(db, told, run_id=held.run_id, work_id=held.id, **ours)
        following: dict[int, float] = {}
        if visited is not None:
            fetching.keep_validators(db, captures, visited)
            following = _follow(db, held, visited, fresh)
        if terms.source is not None and counts.items_new:
            runs.brought_news(db, terms.source, now())
        if not ledger.finish(db, held, counts, failed):
            raise _Superseded
        return counts, following

    try:
        return transaction(tools.engine, work)
    except _Superseded:
        return None, {}


def _told(page: Capture, fresh: dict[str, set[str]]) -> Capture:
    """The page, a feed with its outcome in plain words."""
    new = fresh.get(page.raw.address)
    if new is None or not (isinstance(page.raw.reference, Fetch) and page.raw.reference.feed):
        return page
    said = f"feed, {len(new)} new {'link' if len(new) == 1 else 'links'}"
    return replace(page, raw=replace(page.raw, note=said))


def _follow(db: Connection, held: ledger.Claim, visited: Visited, fresh: dict[str, set[str]]) -> dict[int, float]:
    """Enrol what follows from a visit: what has to wait, and the new links; each with the seconds until it is due."""
    links = [Fetch(url) for feed, new in fresh.items() for url in visited.links[feed] if url in new]
    pieces = [(0.0, piece) for piece in fetching.by_host(links)]
    waits: dict[float, list[Fetch]] = {}
    for seconds, reference in visited.later:
        waits.setdefault(fetching.whole(seconds), []).append(reference)
    at = now()
    return {
        ledger.enrol(
            db, held.run_id, held.kind, held.terms, pages, len(pages), at, at + timedelta(seconds=seconds)
        ): seconds
        for seconds, pages in [*pieces, *waits.items()]
    }
