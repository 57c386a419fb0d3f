"""The merge: captures into tables, in one transaction that may come twice, late, or at the same time as others.

    bodies → items (sorted by hash: that locks them) → pages → listings, sightings → the item columns → failures

Every step is an upsert or an insert that skips what is there, so a repeat changes nothing. Rows that concurrent merges
share are always locked in the same order, so they wait and never deadlock. ``store.items`` decides which sightings an
item needs again. Knows no Celery, no files, no clock.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from meeruit.tasks.captures import Capture, ObservedFrom, address_key
from meeruit.tasks.counts import Counts
from meeruit.tasks.fold import content_hash as hash_of
from meeruit.tasks.fold import fold
from meeruit.tasks.records import Block, Extraction
from meeruit.tasks.references import reference_json
from meeruit.tasks.store import failures, outbox
from meeruit.tasks.store.bulk import Insert, Present, Select
from meeruit.tasks.store.disorder import neighbours
from meeruit.tasks.store.items import fold_new, insert_sightings, printed_items, upsert_items, write_items
from meeruit.tasks.store.overlap import list_name, section_name
from meeruit.tasks.store.tables import Listing, Page, PageState, table
from meeruit.tasks.store.transaction import Raced

_PAGE_COLUMNS = (
    "run_id", "work_id", "source", "profile", "rounding", "address", "address_key", "url", "listing", "observed_at",
    "observed_from", "capture_key", "body", "media_type", "state", "outcome", "found", "new", "seen", "rejected", "rejects",
    "remarks", "lead_headline", "lead_dateline", "lead_text", "lead_hash", "etag", "last_modified", "encoding", "replaced",
    "reference",
)  # fmt: skip
_PAGES = Insert(table(Page), _PAGE_COLUMNS, "ON CONFLICT DO NOTHING")
_LISTINGS = Insert(table(Listing), ("page_id", "section", "list", "observed_at", "shown", "pairs", "inverted"))
_BY_KEY = Select("SELECT capture_key, state, outcome, id, work_id FROM page", "capture_key")
#: A page that is polled has one body for days: the first row that has it is enough.
_CAPTURED = Present(("text", "text"), "SELECT 1 FROM page WHERE address = v0 AND body = v1 AND state = 'done'")
#: How most addresses begin of pages that are not the first of their site.
_BELOW = re.compile(r"https?://[^/?#\s]+/[^/?#\s]")
#: How the outcome of a page begins whose address showed the same body before.
SAME_BODY = "same body"
#: The outcome of a page on which nothing is found.
NO_BLOCK = "no block found"


@dataclass(frozen=True, slots=True)
class Part:
    """The captures of one piece of work, what holds for all of them, and what became of them."""

    captures: Sequence[Capture]
    run_id: int
    work_id: int
    source: str | None
    profile: str | None
    rounding: str | None = None
    counts: Counts = field(default_factory=Counts)
    #: Those in quarantine as (address, reason), known ones among them.
    failed: list[tuple[str, str]] = field(default_factory=list)


def merge(
    db: Connection,
    captures: Sequence[Capture],
    *,
    run_id: int,
    work_id: int,
    source: str | None,
    profile: str | None,
    rounding: str | None = None,
) -> tuple[Counts, list[tuple[str, str]]]:
    """Merge one part alone. Returns what became of its captures, and those in quarantine as (address, reason)."""
    part = Part(captures, run_id, work_id, source, profile, rounding)
    merge_parts(db, [part])
    return part.counts, part.failed


def merge_parts(db: Connection, parts: Sequence[Part]) -> None:
    """Store some batches of captures and everything on them; each part then knows what became of its own.

    Call it inside a transaction, and commit it whole or not at all. Raises Raced where another transaction stored one of
    the captures in the meantime.
    """
    captures = [capture for part in parts for capture in part.captures]
    gone = failures.forget_replaced(db, captures)
    fresh = _fresh(db, parts)
    sightings = printed_items(db, [(capture, part.source) for capture, part in fresh])
    items = upsert_items(db, sightings)
    first_pages = _count_items(fresh, items)
    captured_before = _captured_before(db, [capture for capture, _ in fresh])
    rows = [page_row(c, *first_pages[c.key], captured_before) | _belongs(part) for c, part in fresh]
    page_ids = _insert_pages(db, rows)
    by_source: dict[str | None, list[Capture]] = defaultdict(list)
    for capture, part in fresh:
        by_source[part.source].append(capture)
    for source, its in by_source.items():
        insert_listings(db, its, page_ids, source)
    folded = fold_new(db, sightings, items, captured_before)
    insert_sightings(db, sightings, items, page_ids)
    write_items(db, folded)
    failed = (address for part in parts for address, _ in part.failed)
    failures.note(db, failed, gone | failures.touched(captures))
    if any(part.counts.items_new for part in parts):
        outbox.wake(db)


def _belongs(part: Part) -> dict[str, Any]:
    """What a page is stored with, beside what stands on it."""
    return {
        "run_id": part.run_id,
        "work_id": part.work_id,
        "source": part.source,
        "profile": part.profile,
        "rounding": part.rounding and str(part.rounding),
    }


def _fresh(db: Connection, parts: Sequence[Part]) -> list[tuple[Capture, Part]]:
    """The captures that are neither stored nor earlier in these parts, by key; the others are counted as known."""
    rows = _BY_KEY.run(db, {capture.key for part in parts for capture in part.captures})
    problems = {key: outcome if state == PageState.QUARANTINED else None for key, state, outcome, *_ in rows}
    fresh = []
    for capture, part in [(each, its) for its in parts for each in its.captures]:
        counts = part.counts
        if capture.key in problems:
            counts.pages_known += 1
        else:
            counts.pages_new += 1
            fresh.append((capture, part))
            problems[capture.key] = capture.problem
        problem = problems[capture.key]
        if problem is None:
            counts.pages_done += 1
        else:
            counts.pages_failed += 1
            part.failed.append((capture.raw.address, problem))
    return sorted(fresh, key=lambda each: each[0].key)


def _count_items(fresh: Sequence[tuple[Capture, Part]], items: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """New and seen items of each page, by capture key: an item is new on the page that gets the lowest id."""
    unclaimed = {content_hash for content_hash, row in items.items() if row.sightings == 0}
    by_page = {}
    for capture, part in fresh:
        new = seen = 0
        if capture.extraction is not None:
            hashes = [item.content_hash for block in capture.extraction.blocks for item in block.items]
            first = unclaimed.intersection(hashes)
            unclaimed -= first
            new, seen = len(first), len(hashes) - len(first)
        by_page[capture.key] = new, seen
        part.counts.items_new += new
        part.counts.items_seen += seen
        part.counts.items_rejected += capture.found - new - seen
    return by_page


def _captured_before(db: Connection, fresh: Sequence[Capture]) -> set[tuple[str, str]]:
    """The (address, body) pairs that were stored before; asked while the items are locked, so no other merge adds one."""
    return _CAPTURED.run(db, {(c.raw.address, c.body) for c in fresh if c.body is not None})


def _insert_pages(db: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """One row a capture, sorted by key; returns the row numbers by key."""
    if not rows:
        return {}
    _PAGES.run(db, [tuple([row[name] for name in _PAGE_COLUMNS]) for row in rows])
    stored = _BY_KEY.run(db, [row["capture_key"] for row in rows])
    ours = {row["capture_key"]: row["work_id"] for row in rows}
    ids = {key: number for key, _, _, number, its_work in stored if its_work == ours[key]}
    if len(ids) < len(rows):
        raise Raced
    return ids


def page_row(capture: Capture, new: int, seen: int, captured_before: set[tuple[str, str]]) -> dict[str, Any]:
    """The row of a page without its run, work, source and profile; ``captured_before``: the (address, body) pairs stored before."""
    raw, extraction, found = capture.raw, capture.extraction, capture.found
    lead = extraction.lead if extraction else None
    return {
        "address": raw.address,
        "address_key": address_key(raw.address),
        "url": extraction.url if extraction else raw.url,
        "listing": capture.listing,
        "observed_at": capture.observed_at,
        "observed_from": capture.observed_from,
        "capture_key": capture.key,
        "body": capture.body,
        "media_type": raw.media_type,
        "state": (PageState.QUARANTINED if capture.problem else PageState.DONE).value,
        "outcome": capture.problem or _outcome(capture, new, seen, captured_before),
        "found": found,
        "new": new,
        "seen": seen,
        "rejected": found - new - seen,
        "rejects": capture.rejects(),
        "remarks": capture.remarks(),
        "lead_headline": lead.headline if lead else None,
        "lead_dateline": lead.dateline if lead else None,
        "lead_text": lead.text if lead else None,
        "lead_hash": _lead_hash(extraction, listing=capture.listing) if extraction else None,
        "etag": raw.etag,
        "last_modified": raw.last_modified,
        "encoding": extraction.encoding if extraction else None,
        "replaced": extraction.replaced if extraction else 0,
        "reference": reference_json(raw.reference) if raw.reference else None,
    }


def _outcome(capture: Capture, new: int, seen: int, captured_before: set[tuple[str, str]]) -> str:
    """What became of a page, in plain words."""
    note, rejected = capture.raw.note, capture.found - new - seen
    if note and note != SAME_BODY:
        return note
    again = capture.observed_from == ObservedFrom.HTTP and (capture.raw.address, capture.body) in captured_before
    if note or again:
        return same_body(_held(capture) or counted(new, seen, rejected))
    return _held(capture) or counted(new, seen, rejected)


def _held(capture: Capture) -> str | None:
    """What is to be said of a page that holds no block."""
    extracted = capture.raw.extracted
    if not (extracted.size if extracted else (capture.raw.body or b"").strip(b"\0 \t\r\n\f\v")):
        return "empty"
    return None if capture.extraction is not None and capture.extraction.blocks else NO_BLOCK


def counted(new: int, seen: int, rejected: int) -> str:
    """What a page brought, in plain words."""
    return f"{new} new, {seen} seen" + (f", {rejected} rejected" if rejected else "")


def same_body(outcome: str) -> str:
    """The outcome of a page whose address showed the same body before: what that body gives, again."""
    return f"{SAME_BODY}: {outcome.removeprefix('0 new, ')}"


def _lead_hash(extraction: Extraction, *, listing: bool) -> str | None:
    """The content hash that an item with this article's first paragraph as its body would have; None without an article.

    A page that is a list shows a teaser there, and is no item's article: one that was declared a listing, the front page
    of a site, one whose headline is the name of its own list.
    """
    lead = extraction.lead
    if lead is None or not lead.opening or listing or _is_front_page(extraction.url):
        return None
    sections = {fold(block.section).casefold() for block in extraction.blocks if block.section}
    if sections and lead.headline and fold(lead.headline).casefold() in sections:
        return None
    return hash_of(lead.opening)


def _is_front_page(url: str | None) -> bool:
    """Whether an address names a site and no page of it."""
    if url is None or _BELOW.match(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.netloc) and parts.path in {"", "/"} and not parts.query


def insert_listings(db: Connection, fresh: Sequence[Capture], page_ids: Mapping[str, int], source: str | None) -> None:
    """The lists that each page shows; none of a page without a capture time, or without a source and a host."""
    rows = []
    for capture in fresh:
        if capture.extraction is None or not capture.extraction.blocks or capture.observed_from == ObservedFrom.INGEST:
            continue
        if (name := list_name(source, capture.extraction.url)) is None:
            continue
        sections: dict[str, list[Block]] = defaultdict(list)
        for block in capture.extraction.blocks:
            if block.items:
                sections[section_name(block.section)].append(block)
        for section, blocks in sections.items():
            shown = sum([len(block.items) for block in blocks])
            rows.append((page_ids[capture.key], section, name, capture.observed_at, shown, *neighbours(blocks)))
    _LISTINGS.run(db, rows)
