"""The recipe: one piece of work, from its row in the ledger to the tables.

    claim | read | extract | merge | finish | (with the last piece of a run) derive

Reading and extracting happen outside any transaction; merging and finishing in one. A page that cannot be used is a
result like any other; only a database that does not answer sends the whole piece back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.captures import Capture, Raw, Reference, capture_key, check_time, parse_time, sha256
from meeruit.tasks.counts import Counts
from meeruit.tasks.disk import read
from meeruit.tasks.errors import PageError
from meeruit.tasks.extract import extract
from meeruit.tasks.grammar.profiles import named_profile
from meeruit.tasks.records import Extraction, Page
from meeruit.tasks.store import derive_runs as derive
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, load_bodies, store_bodies
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.seen_links import note
from meeruit.tasks.store.tables import ObservedFrom, WorkKind
from meeruit.tasks.store.transaction import look, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import fetching, ledger

#: Seconds between two requests to one host, where nobody says.
DELAY = 5.0
#: Work that is due within so many seconds is sent ahead; what is due later the sweeper sends when its time has come.
SEND_AHEAD = 60.0
#: Seconds that a task spends on deriving what hangs on a run, once its work has ended; others do the rest.
SETTLE = 10.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What the process lends the work: made once, after the fork."""

    engine: Engine
    #: Sends the message that points at a piece of work, to be delivered after so many seconds.
    send: Callable[[int, float], None]
    #: How many messages the broker holds, or None where it does not answer.
    queued: Callable[[], int | None]
    #: Fetches an address, guarded and paced.
    visit: fetching.Visit


def process(tools: Tools, work_id: int, holder: str, *, again: bool = False) -> Counts | None:
    """Do one piece of work, or nothing where there is nothing to do. Returns what became of its pages."""
    held = transaction(tools.engine, lambda db: ledger.claim(db, work_id, holder, now(), again=again))
    if held is None:
        return None
    if isinstance(held, list):
        for half in held:
            tools.send(half, 0)
        return None
    try:
        visited = _visited(tools, held) if held.kind == WorkKind.FETCH and not held.given_up else None
        if visited is not None and (wait := visited.only_wait()) is not None:
            _wait(tools, held, holder, visited, wait)
            return None
        captures = _captures(tools.engine, held, visited)
        counts, later = _store(tools.engine, held, holder, captures, visited)
    except DBAPIError as exc:
        error = str(exc.orig or exc).strip().split("\n", 1)[0]
        not_before = now() + timedelta(seconds=5)
        transaction(tools.engine, lambda db: ledger.put_back(db, held, holder, not_before, error))
        raise
    for work_id, seconds in later.items():
        if seconds <= SEND_AHEAD:
            tools.send(work_id, seconds)
    derive.settle(tools.engine, held.run_id, seconds=SETTLE)
    return counts


def _wait(tools: Tools, held: ledger.Claim, holder: str, visited: fetching.Visited, seconds: float) -> None:
    """Nothing could be fetched yet: the same work, later, and no attempt spent."""
    pages = [reference for _, reference in visited.later]
    not_before = now() + timedelta(seconds=seconds)
    transaction(
        tools.engine,
        lambda db: ledger.put_back(db, held, holder, not_before, None, {**held.reference, "pages": pages}),
    )
    if seconds <= SEND_AHEAD:
        tools.send(held.id, seconds)


def _captures(engine: Engine, held: ledger.Claim, visited: fetching.Visited | None) -> list[Capture]:
    if held.given_up:
        raw = _lost(held.reference["pages"][0], f"its worker died {held.attempts} times on this page")
        return [capture(raw, held.reference)]
    profile = held.reference.get("profile")
    raws = _raws(engine, held.reference["pages"]) if visited is None else visited.pages
    return [capture(raw, held.reference, profile) for raw in raws]


def _visited(tools: Tools, held: ledger.Claim) -> fetching.Visited:
    """Fetch a piece's addresses, with what is known of them."""
    references = held.reference["pages"]

    def kept(db: Connection) -> dict[str, fetching.Kept]:
        return fetching.load_kept(db, [ref["fetch"] for ref in references], lambda wanted: load_bodies(db, wanted))

    known = transaction(tools.engine, kept)
    return fetching.visit_all(tools.visit, references, held.reference.get("delay", DELAY), known)


def _raws(engine: Engine, references: Sequence[Reference]) -> Iterator[Raw]:
    """What the references stand for, in their order."""
    bodies: dict[str, bytes] = {}
    wanted = [ref["body"] for ref in references if "body" in ref]
    if wanted:
        bodies = transaction(engine, lambda db: load_bodies(db, wanted))
    for ref in references:
        if "slice" in ref:
            for raw in read.read_slice(ref):
                yield replace(raw, reference=raw.reference | {k: ref[k] for k in ("replaces",) if k in ref})
        elif "file" in ref:
            yield read.read_file(ref["file"], ref)
        else:
            yield _stored(ref, bodies)


def _stored(ref: Reference, bodies: dict[str, bytes]) -> Raw:
    if "problem" in ref:
        return Raw(ref["address"], ref, problem=ref["problem"])
    observed_at = parse_time(ref["observed_at"]) if ref.get("observed_at") else None
    body = bodies.get(ref["body"])
    return Raw(
        address=ref["address"],
        reference=ref,
        body=body,
        url=ref.get("url"),
        media_type=ref.get("media_type", ""),
        observed_at=observed_at,
        observed_from=ref.get("observed_from"),
        problem=None if body is not None else "its stored body is gone",
        sha256=ref["body"],
    )


def _lost(ref: Reference, problem: str) -> Raw:
    """A page that is given up without being read once more: its address is what the reference says."""
    address = ref.get("address") or ref.get("fetch") or ref.get("file") or f"{ref.get('slice')}:{ref.get('line')}"
    return Raw(str(address), ref, problem=problem)


def capture(raw: Raw, defaults: dict[str, Any], profile: str | None = None) -> Capture:
    """Extract one raw page; whatever is wrong with it becomes its problem, never an exception.

    ``defaults`` holds the run's ``observed_at`` and ``observed_from``, for pages of which nobody says when they were
    captured.
    """
    observed_at, observed_from = raw.observed_at, raw.observed_from
    if observed_at is None:
        observed_at, observed_from = parse_time(defaults["observed_at"]), str(defaults["observed_from"])
    known = observed_at if observed_from != ObservedFrom.INGEST else None  # an ingest time says nothing of the capture
    problem, extraction = raw.problem, None
    if problem is None and raw.body is not None:
        try:
            check_time(observed_at, now())
            shown_at = known and known - timedelta(seconds=raw.age_seconds)
            page = Page(raw.body, raw.url, known, raw.media_type, shown_at)
            extraction = None if raw.reference.get("feed") else _extract(page, profile)
        except (PageError, ValueError) as exc:
            problem = str(exc)
        except Exception as exc:  # noqa: BLE001 - a fault of ours in one page must not cost its neighbours
            problem = f"unexpected {type(exc).__name__}: {exc}".split("\n", 1)[0][:300]
    body = None if raw.body is None else raw.sha256 or sha256(raw.body)
    return Capture(
        raw=raw,
        observed_at=observed_at,
        observed_from=str(observed_from),
        body=body,
        key=capture_key(raw.address, body, known),
        extraction=extraction,
        problem=problem,
    )


def _extract(page: Page, profile: str | None) -> Extraction:
    return extract(page, None if profile is None else [named_profile(profile)])


class _Superseded(Exception):
    """Somebody else took this work over: what was done here is rolled back."""


def _store(
    engine: Engine, held: ledger.Claim, holder: str, captures: list[Capture], visited: fetching.Visited | None
) -> tuple[Counts | None, dict[int, float]]:
    """Merge and finish in one transaction; nothing is stored where somebody else took the work over.

    Returns what became of the pages, and the work that follows from them with the seconds until it is due.
    """
    bodies = {
        c.body: (len(c.raw.body), c.raw.media_type, compress(c.raw.body))
        for c in captures
        if c.raw.body is not None and c.body is not None and c.raw.sha256 is None
    }

    source = held.reference.get("source")

    def work(db: Connection) -> tuple[Counts, dict[int, float]]:
        store_bodies(db, bodies)
        fresh = {feed: note(db, str(source), dict.fromkeys(shown, "")) for feed, shown in _links(visited)}
        counts, failed = merge(
            db,
            [_told(c, fresh) for c in captures],
            run_id=held.run_id,
            work_id=held.id,
            source=source,
            profile=held.reference.get("profile"),
        )
        following: dict[int, float] = {}
        if visited is not None:
            fetching.keep_validators(db, captures, visited)
            following = _follow(db, held, visited, fresh)
        if source is not None and counts.items_new:
            runs.brought_news(db, source, now())
        if not ledger.finish(db, held, holder, counts, failed):
            raise _Superseded
        return counts, following

    try:
        return transaction(engine, work)
    except _Superseded:
        return None, {}


def _links(visited: fetching.Visited | None) -> list[tuple[str, tuple[str, ...]]]:
    return [] if visited is None else list(visited.links.items())


def _told(page: Capture, fresh: dict[str, set[str]]) -> Capture:
    """The page, a feed with its outcome in plain words."""
    new = fresh.get(page.raw.address)
    if new is None or not page.raw.reference.get("feed"):
        return page
    said = f"feed, {len(new)} new {'link' if len(new) == 1 else 'links'}"
    return replace(page, raw=replace(page.raw, note=said))


def _follow(
    db: Connection, held: ledger.Claim, visited: fetching.Visited, fresh: dict[str, set[str]]
) -> dict[int, float]:
    """Enrol what follows from a visit: what has to wait, and the new links; each with the seconds until it is due."""
    links = [{"fetch": url} for feed, new in fresh.items() for url in visited.links[feed] if url in new]
    pieces = [(0.0, piece) for piece in fetching.by_host(links)]
    waits: dict[float, list[Reference]] = {}
    for seconds, reference in visited.later:
        waits.setdefault(fetching.whole(seconds), []).append(reference)
    defaults = {key: value for key, value in held.reference.items() if key != "pages"}
    at = now()
    return {
        ledger.enrol(
            db, held.run_id, held.kind, {**defaults, "pages": pages}, len(pages), at, at + timedelta(seconds=seconds)
        ): seconds
        for seconds, pages in [*pieces, *waits.items()]
    }


def sweep(tools: Tools, at: datetime | None = None) -> int:
    """Send again all work that nobody does; for the start of a worker. Returns how many messages were sent."""
    return _send_overdue(tools, at or now())


def sweep_lost(tools: Tools) -> int:
    """Send again the work whose message was lost, or whose worker died; for every so often.

    As long as the broker holds a message for each piece that waits, none was lost, and only what was sent longer ago
    than a lease is sent again: a message too many does no harm, but thousands are a waste.
    """
    waiting = look(tools.engine, lambda db: ledger.waiting(db, now()))
    queued = tools.queued()
    if queued is None:
        return 0
    return _send_overdue(tools, now() - (timedelta(seconds=5) if queued < waiting else ledger.LEASE))


def _send_overdue(tools: Tools, sent_before: datetime) -> int:
    ids = transaction(tools.engine, lambda db: ledger.overdue(db, now(), sent_before))
    for work_id in ids:
        tools.send(work_id, 0)
    return len(ids)
