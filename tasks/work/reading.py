"""From references to raw pages: files, slices of files, stored bodies. Fetching is for ``fetching``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import assert_never

from sqlalchemy import Engine

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.read import read_file
from meeruit.tasks.disk.slices import read_slice, split_slice
from meeruit.tasks.references import Body, Fetch, File, Folder, Problem, Reference, Slice, Streamed
from meeruit.tasks.store.bodies import find_capture, load_bodies
from meeruit.tasks.store.merge import NO_BLOCK, same_body
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.times import iso


def read_pages(engine: Engine, references: Sequence[Reference]) -> Iterator[Raw]:
    """What the references stand for, in their order. What cannot be read comes with its problem."""
    wanted = [reference.sha256 for reference in references if isinstance(reference, Body)]
    bodies = read_only(engine, lambda db: load_bodies(db, wanted)) if wanted else {}
    for reference in references:
        match reference:
            case Slice():
                yield from _with_originals(engine, read_slice(reference))
            case File():
                yield read_file(reference)
            case Body():
                yield _stored(reference, bodies)
            case Problem():
                yield unread(reference, reference.problem)
            case Streamed():
                yield unread(reference, "its body was not kept")
            case Folder():
                yield unread(reference, "a folder is no page; the next poll of its source looks through it")
            case Fetch():
                yield unread(reference, "an address is fetched, not read from the disk")
            case _:
                assert_never(reference)


def _with_originals(engine: Engine, raws: Iterator[Raw]) -> Iterator[Raw]:
    """Pages, with the body of its original for each that is a revisit: an earlier one of these, or a stored one."""
    seen: dict[tuple[str, datetime], Raw] = {}
    for raw in raws:
        if raw.refers_to is None or raw.problem is not None:
            if raw.observed_at is not None:
                seen[raw.address, raw.observed_at] = raw
            yield raw
        elif (original := seen.get(raw.refers_to)) is not None:
            yield replace(raw, body=original.body, media_type=original.media_type, sha256=None)
        else:
            yield _revisit(engine, raw, *raw.refers_to)


def _revisit(engine: Engine, raw: Raw, address: str, observed_at: datetime) -> Raw:
    """A revisit with the body that is stored for its original; without one where the original held no block."""
    found = read_only(engine, lambda db: find_capture(db, address, observed_at))
    if found is None:
        said = (
            f"a revisit whose original is not stored: {address} at {iso(observed_at)}; ingest that, then: meeruit retry"
        )
        return replace(raw, problem=said, passing=True)
    sha, media_type, body = found
    if body is None and sha is not None:
        return replace(raw, problem=f"a revisit whose original was not kept: {address} at {iso(observed_at)}")
    if body is None:
        return replace(raw, note=same_body(NO_BLOCK), media_type=media_type)
    return replace(raw, body=body, media_type=media_type, sha256=sha)


def unread(reference: Reference, problem: str) -> Raw:
    """A page that is not read, with the reason."""
    return Raw(reference.address, reference, problem=problem)


def parts_of(references: Sequence[Reference], count: int, place: int | None) -> list[tuple[Sequence[Reference], int]]:
    """Work of ``count`` pages in parts, each with its number of pages; empty where it cannot be split.

    ``place``: the page that is to stand alone, from 0; None: nobody knows which, so there are two halves.
    """
    if len(references) > 1:
        number = len(references)
        cuts = {number // 2} if place is None or place >= number else {place, place + 1}
        return [(references[start:end], end - start) for start, end in pairwise(sorted(cuts | {0, number}))]
    if not references or not isinstance(references[0], Slice):
        return []
    return [([part], pages) for part, pages in split_slice(references[0], place)]


def _stored(reference: Body, bodies: Mapping[str, bytes]) -> Raw:
    body = bodies.get(reference.sha256)
    return Raw(
        address=reference.address,
        reference=reference,
        body=body,
        url=reference.url,
        media_type=reference.media_type,
        observed_at=reference.observed_at,
        observed_from=reference.observed_from,
        problem=None if body is not None else "its stored body is gone",
        sha256=reference.sha256,
        remarks=reference.remarks,
    )
