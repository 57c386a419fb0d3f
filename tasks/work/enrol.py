"""Enrolment: what the targets hold becomes rows of the ledger, in bulk, and then messages.

The rows come first: whatever happens to the messages, the work is there. Bodies that workers cannot reach (standard
input, packed files, ``--upload``) are stored in the same transaction as the work that points at them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, Raw, sha256
from meeruit.tasks.disk.found import Found, Reached, is_reference
from meeruit.tasks.disk.read import printable_path, read_file
from meeruit.tasks.disk.slices import read_slice
from meeruit.tasks.references import Body, Fetch, File, Problem, Reference, Slice, Streamed, Terms
from meeruit.tasks.store import readings, runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.tables import WorkKind
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.fetching import by_host
from meeruit.tasks.work.resuming import mark
from meeruit.tasks.work.tools import Tools

#: Rows go in as one transaction of so many pieces, or after so many seconds, so that workers start early.
_PIECES, _SECONDS = 20, 0.5


class Enrolment:
    """Work on its way into the ledger. Gathers pages into pieces, pieces into transactions."""

    def __init__(self, tools: Tools, run_id: int, terms: Terms, *, resumable: bool = False) -> None:
        """``resumable``: whether it is stored how far files are enrolled."""
        self._resumable = resumable
        self._tools = tools
        self._run_id = run_id
        self._terms = terms
        self._pages: list[Reference] = []
        self._size = 0
        self._addresses: list[Fetch] = []
        self._bodies: dict[str, tuple[int, str, bytes]] = {}
        self._pieces: list[tuple[str, list[Reference], int]] = []
        self._places: dict[str, readings.At] = {}
        self._since = time.monotonic()

    def add(self, found: Found) -> None:
        """Take one finding of ``disk.targets``."""
        if isinstance(found, Raw):
            self._add_page(self._keep(found), len(found.body or b""))
            return
        if isinstance(found, Reached):
            if not self._resumable:
                return
            at = readings.At(mark(found.name), found.line, found.offset, found.complete)
            self._places[printable_path(found.name)] = at
            return
        reference, pages, size = found
        if isinstance(reference, Fetch):
            self._addresses.append(reference)
        elif isinstance(reference, Slice):
            self._pieces.append((WorkKind.SLICE, [reference], pages))
            self._flush_when_due()
        else:
            self._add_page(reference, size)

    def _keep(self, raw: Raw) -> Reference:
        body = raw.body or b""
        sha = sha256(body)
        if sha not in self._bodies:
            self._bodies[sha] = len(body), raw.media_type, compress(body)
        place = raw.reference.address if isinstance(raw.reference, Streamed) else None
        said = raw.observed_at, raw.observed_from, place
        return Body(sha, raw.address, raw.media_type, raw.url, *said, remarks=raw.remarks)

    def _add_page(self, reference: Reference, size: int) -> None:
        if self._pages and self._size + size > BATCH_BYTES:
            self._close_piece()
        self._pages.append(reference)
        self._size += size
        if len(self._pages) >= BATCH_PAGES:
            self._close_piece()

    def _close_piece(self) -> None:
        if self._pages:
            self._pieces.append((_kind(self._pages), self._pages, len(self._pages)))
            self._pages, self._size = [], 0
        self._flush_when_due()

    def flush_page(self) -> None:
        """Make pieces of what was added, and enrol them now."""
        self._pieces += [(WorkKind.FETCH, list(piece), len(piece)) for piece in by_host(self._addresses)]
        self._addresses = []
        self._close_piece()
        self.flush()

    def while_waiting(self) -> None:
        """Enrol what was gathered, where nothing more came for a while."""
        if self._pages and time.monotonic() - self._since > _SECONDS:
            self._close_piece()

    def _flush_when_due(self) -> None:
        # stored bodies are memory held here: they go in at once
        if self._bodies or len(self._pieces) >= _PIECES or time.monotonic() - self._since > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Commit what was gathered, then send its messages."""
        if self._pages and self._places:  # they stand before these places
            self._pieces.append((_kind(self._pages), self._pages, len(self._pages)))
            self._pages, self._size = [], 0
        if not self._pieces and not self._places:
            return
        at, places = now(), self._places

        def work(db: Connection) -> list[tuple[int, str]]:
            store_bodies(db, self._bodies)
            readings.record(db, self._run_id, places)
            return [
                (ledger.enrol(db, self._run_id, kind, self._terms, references, count, at), kind)
                for kind, references, count in self._pieces
            ]

        sent = transaction(self._tools.engine, work)
        self._tools.reached("enrolled")
        self._pieces, self._bodies, self._places, self._since = [], {}, {}, time.monotonic()
        for work_id, kind in sent:
            self._tools.send(work_id, kind, 0)

    def close(self) -> None:
        """Enrol the rest, and record that this was all."""
        self.flush_page()
        transaction(self._tools.engine, lambda db: runs.set_enrolled(db, self._run_id, now()))


def _kind(pages: list[Reference]) -> WorkKind:
    return WorkKind.BODIES if any(isinstance(page, Body) for page in pages) else WorkKind.FILES


def read_for_upload(found: Iterable[Found]) -> Iterator[Found]:
    """Pages instead of references: files are read here, for workers that cannot reach them."""
    for each in found:
        reference = each[0] if is_reference(each) else None
        if not isinstance(reference, File | Slice):
            yield each
            continue
        raws = read_slice(reference) if isinstance(reference, Slice) else [read_file(reference)]
        for raw in raws:
            said = raw.problem
            if raw.refers_to:
                said = said or "a revisit, which cannot be uploaded without its original"
            if raw.extracted:
                said = said or "an extracted page has no body to upload; name the file where workers can read it"
            yield (Problem(raw.address, said), 1, 0) if said else raw
