"""From references to raw pages: files, slices of files, stored bodies. Fetching is for ``fetching``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from sqlalchemy import Engine

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.read import read_file, read_slice, split_slice
from meeruit.tasks.references import Body, Fetch, File, Folder, Problem, Reference, Slice, Streamed
from meeruit.tasks.store.bodies import load_bodies
from meeruit.tasks.store.transaction import read_only


def read_pages(engine: Engine, references: Sequence[Reference]) -> Iterator[Raw]:
    """What the references stand for, in their order. What cannot be read comes with its problem."""
    wanted = [reference.sha256 for reference in references if isinstance(reference, Body)]
    bodies = read_only(engine, lambda db: load_bodies(db, wanted)) if wanted else {}
    for reference in references:
        match reference:
            case Slice():
                yield from read_slice(reference)
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


def unread(reference: Reference, problem: str) -> Raw:
    """A page that is not read, with the reason."""
    return Raw(reference.address, reference, problem=problem)


def halves(references: Sequence[Reference], count: int) -> list[tuple[Sequence[Reference], int]]:
    """Work of ``count`` pages in two halves, each with its number of pages; empty where it cannot be split."""
    if len(references) > 1:
        half = len(references) // 2
        return [(references[:half], half), (references[half:], len(references) - half)]
    if not references or not isinstance(references[0], Slice):
        return []
    parts = split_slice(references[0])
    if not parts:
        return []
    first = parts[1].line - parts[0].line
    return [([parts[0]], first), ([parts[1]], count - first)]


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
