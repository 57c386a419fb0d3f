"""What follows from a piece of work: what has to wait, what was not reached, and the new links of feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from meeruit.tasks.captures import Capture
from meeruit.tasks.references import Fetch, Reference
from meeruit.tasks.store import runs
from meeruit.tasks.store.noted import marks_for, record_marks
from meeruit.tasks.store.tables import RunKind, WorkKind
from meeruit.tasks.web.feeds import Feed
from meeruit.tasks.work import ledger, links
from meeruit.tasks.work.fetching import NOT_MODIFIED, Visited, by_host

#: Work that is due within so many seconds is sent ahead; what is due later the sweeper sends when its time has come.
SEND_AHEAD = 60.0
#: Addresses that are due are fetched many at once: one message is enough for so many pieces.
TOGETHER = 50


class Following(NamedTuple):
    """New work in the ledger."""

    id: int
    kind: str
    #: Seconds until it is due.
    seconds: float


def send_all(send: Callable[[int, str, float], None], follows: Sequence[Following]) -> None:
    """Send the messages of work that is due soon, one for many addresses; the sweeper sends the others'."""
    fetches = [each for each in follows if each.kind == WorkKind.FETCH and not each.seconds]
    others = [each for each in follows if each.kind != WorkKind.FETCH or each.seconds]
    for each in [*fetches[::TOGETHER], *others]:
        if each.seconds <= SEND_AHEAD:
            send(each.id, each.kind, each.seconds)


def enrol_rest(db: Connection, held: ledger.Claim, pages: Sequence[Reference], now: datetime) -> list[Following]:
    """Work of the same kind for the pages that were not reached."""
    if not pages:
        return []
    return [Following(ledger.enrol(db, held.run_id, held.kind, held.terms, pages, len(pages), now), held.kind, 0.0)]


def enrol_revisits(
    db: Connection, held: ledger.Claim, pages: Sequence[Reference], now: datetime, seconds: float
) -> list[Following]:
    """Work of the same kind for revisits whose original is not stored yet, each alone since they stand apart in the file."""
    due, reason = now + timedelta(seconds=seconds), "the originals of revisits may still come"
    return [
        Following(ledger.enrol(db, held.run_id, held.kind, held.terms, [page], 1, now, due, reason), held.kind, seconds)
        for page in pages
    ]


def follow(
    db: Connection, held: ledger.Claim, captures: Sequence[Capture], visited: Visited, now: datetime
) -> tuple[list[Capture], list[Following]]:
    """Enrol what has to wait, and the new links of feeds; record what became of links that were fetched.

    Returns the captures, those of feeds with their outcome in plain words, and the new work.
    """
    follows = [
        Following(_enrol_later(db, held, pages, now, seconds, reason), held.kind, seconds)
        for (seconds, reason), pages in visited.waits().items()
    ]
    source = held.terms.source
    if source is None:
        return list(captures), follows
    said: dict[str, str] = {}
    for address, feed in visited.feeds.items():
        fresh = _new_links(db, source, feed.links, now)
        follows += _enrol_links(db, held, address, fresh, now)
        said[address] = _in_words(feed, fresh)
    _note_links(db, source, captures, now)
    return [_with_outcome(capture, said) for capture in captures], follows


def _enrol_later(
    db: Connection, held: ledger.Claim, pages: Sequence[Fetch], now: datetime, seconds: float, reason: str
) -> int:
    due = now + timedelta(seconds=seconds)
    return ledger.enrol(db, held.run_id, held.kind, held.terms, pages, len(pages), now, due, reason)


def _new_links(db: Connection, source: str, shown: Sequence[str], now: datetime) -> list[str]:
    """The links of a feed to fetch; they count as waiting from now on."""
    marks = marks_for(db, source, shown)
    fresh = links.to_fetch(shown, marks, now)
    record_marks(db, source, {url: links.waiting_again(marks.get(url)) for url in fresh})
    return fresh


def _enrol_links(db: Connection, held: ledger.Claim, feed: str, fresh: Sequence[str], now: datetime) -> list[Following]:
    """Enrol links as a run of their own, so that a link that has to wait does not hold up the next poll."""
    if not fresh:
        return []
    run_id = runs.start_run(db, f"links of {feed}", held.terms.source, now, RunKind.LINKS, follows=held.run_id)
    pieces = by_host([Fetch(url, link=True) for url in fresh])
    ids = ledger.enrol_all(db, [(run_id, WorkKind.FETCH, held.terms, pages, len(pages)) for pages in pieces], now)
    runs.set_enrolled(db, run_id, now)
    return [Following(work_id, WorkKind.FETCH, 0.0) for work_id in ids]


def _note_links(db: Connection, source: str, captures: Sequence[Capture], now: datetime) -> None:
    """Record what became of the links that were fetched."""
    ended = {
        capture.raw.reference.url: capture
        for capture in captures
        if isinstance(capture.raw.reference, Fetch) and capture.raw.reference.link
    }
    if not ended:
        return
    marks = marks_for(db, source, ended)
    record_marks(
        db,
        source,
        {
            url: links.after_failure(marks.get(url, links.WAITING), now) if capture.raw.passing else links.SEEN
            for url, capture in ended.items()
        },
    )


def _in_words(feed: Feed, fresh: Sequence[str]) -> str:
    """The outcome of a feed: ``feed, 2 new links``; where none of its entries names a page that can be fetched, that."""
    if feed.entries and not feed.links:
        return f"feed, no usable link in its {feed.entries} {'entry' if feed.entries == 1 else 'entries'}"
    return f"feed, {len(fresh)} new {'link' if len(fresh) == 1 else 'links'}"


def _with_outcome(capture: Capture, said: Mapping[str, str]) -> Capture:
    """A capture of a feed with its outcome; any other, and one of a feed that has not changed, as it is."""
    raw, reference = capture.raw, capture.raw.reference
    if raw.note == NOT_MODIFIED or raw.address not in said or not (isinstance(reference, Fetch) and reference.feed):
        return capture
    return replace(capture, raw=replace(raw, note=said[raw.address]))
