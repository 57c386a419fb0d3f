"""Storing captures, where the database may refuse one of them.

A page that the database refuses for what it holds ends alone in quarantine, with the database's message; its neighbours
are stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from meeruit.tasks.captures import Capture, capture_key, plain_address
from meeruit.tasks.counts import Counts
from meeruit.tasks.disk.slices import is_archive
from meeruit.tasks.references import Keep, Slice
from meeruit.tasks.store.bodies import NOT_KEPT, compress, known_captures, store_bodies
from meeruit.tasks.store.failures import REFUSED
from meeruit.tasks.store.merge import Part, merge_parts
from meeruit.tasks.store.transaction import refuses
from meeruit.tasks.work import ledger

log = logging.getLogger("meeruit")
#: Characters of the reason of a refused page that are kept.
_LONGEST_REASON = 300

Failed = list[tuple[str, str]]


#: By SHA-256: size in bytes, media type, compressed content.
Bodies = dict[str, tuple[int, str, bytes]]


def new_bodies(captures: Sequence[Capture], keep: Keep | None) -> Bodies:
    """The bodies that have to be stored, compressed, or as one that is not kept.

    Done before the transaction, in which others wait. ``keep``: which content is kept; None: what is usual.
    """
    known = {c.body: (c.raw.extracted.size, c.raw.media_type, NOT_KEPT) for c in captures if c.body and c.raw.extracted}
    return known | {
        c.body: (len(c.raw.body), c.raw.media_type, compress(c.raw.body) if _keeps(c, keep) else NOT_KEPT)
        for c in captures
        if c.raw.body is not None and c.body is not None and c.raw.sha256 is None
    }


def store_captures(
    db: Connection, held: ledger.Claim, captures: Sequence[Capture], bodies: Bodies, reached: Callable[[str], None]
) -> tuple[Counts, Failed]:
    """Store them, and their bodies; call it inside a transaction. ``reached`` hears when the bodies are stored.

    Returns what became of them, and those in quarantine as (address, reason).
    """
    kept = [_as_kept(capture, held.terms.keep) for capture in captures]
    return _store(db, held, kept, _wanted(db, held, kept, bodies), reached)


def store_together(
    db: Connection,
    done: Sequence[tuple[ledger.Claim, Sequence[Capture]]],
    bodies: Bodies,
    reached: Callable[[str], None],
) -> list[tuple[Counts, Failed]]:
    """Store the captures of several pieces of work in a few statements for all of them; in their order, what became of each."""
    kept = [(held, [_as_kept(capture, held.terms.keep) for capture in captures]) for held, captures in done]
    parts = [_part(held, captures) for held, captures in kept]
    try:
        with db.begin_nested():
            wanted: Bodies = {}
            for held, captures in kept:
                wanted |= _wanted(db, held, captures, bodies)
            store_bodies(db, wanted)
            reached("stored")
            merge_parts(db, parts)
    except Exception as exc:
        if not refuses(exc):
            raise
        return [store_captures(db, held, captures, bodies, reached) for held, captures in done]
    return [(part.counts, part.failed) for part in parts]


def _part(held: ledger.Claim, captures: Sequence[Capture]) -> Part:
    terms = held.terms
    return Part(captures, held.run_id, held.id, terms.source, terms.profile, terms.rounding)


def _wanted(db: Connection, held: ledger.Claim, captures: Sequence[Capture], bodies: Bodies) -> Bodies:
    """The bodies of these captures that are to be stored."""
    its = {c.body: bodies[c.body] for c in captures if c.body in bodies}
    if held.terms.keep is not Keep.ALL or not its:
        return its
    # a page that is known may have been stored without its body: nothing refers to it
    known = known_captures(db, [c.key for c in captures])
    return {c.body: its[c.body] for c in captures if c.body in its and c.key not in known}


def _as_kept(capture: Capture, keep: Keep | None) -> Capture:
    """A capture as it is stored: without its body where that is not kept and nothing hangs on it."""
    if capture.body is None or capture.found or capture.raw.sha256 is not None or _keeps(capture, keep):
        return capture
    return replace(capture, body=None)


def _keeps(capture: Capture, keep: Keep | None) -> bool:
    """Whether a body's content is stored. What is stored already stays."""
    if keep is None:
        keep = Keep.HITS if isinstance(capture.raw.reference, Slice) and is_archive(capture.raw.reference) else Keep.ALL
    return keep is Keep.ALL or (keep is Keep.HITS and capture.found > 0)


def _store(
    db: Connection,
    held: ledger.Claim,
    captures: list[Capture],
    bodies: Bodies,
    reached: Callable[[str], None],
) -> tuple[Counts, Failed]:
    try:
        with db.begin_nested():
            store_bodies(db, {c.body: bodies[c.body] for c in captures if c.body in bodies})
            reached("stored")
            part = _part(held, captures)
            merge_parts(db, [part])
            return part.counts, part.failed
    except Exception as exc:
        if not captures or not refuses(exc):
            raise
        if len(captures) == 1 and captures[0].extraction is None and captures[0].body is None:
            raise  # even the row that says that it was refused is refused
        error = str(getattr(exc, "orig", None) or exc).strip().split("\n", 1)[0]
    if len(captures) == 1:
        refused = _refused(captures[0], error)
        log.warning("refused by the database page=%s reason=%s", refused.raw.address[:200], error)
        return _store(db, held, [refused], {}, reached)
    half = len(captures) // 2
    first, failed = _store(db, held, captures[:half], bodies, reached)
    second, more = _store(db, held, captures[half:], bodies, reached)
    return first + second, [*failed, *more]


def _refused(capture: Capture, error: str) -> Capture:
    """A page in quarantine in the place of one that the database does not take."""
    address = plain_address(capture.raw.address)
    raw = replace(
        capture.raw, address=address, url=None, body=None, media_type="", etag=None, last_modified=None, sha256=None
    )
    return replace(
        capture,
        raw=raw,
        body=None,
        key=capture_key(address, None, capture.observed_at),
        extraction=None,
        problem=f"{REFUSED}: {error}"[:_LONGEST_REASON],
    )
