"""A command that goes on where it was stopped: what of its targets stands in the ledger already is passed over.

A place in a file is stored with the work that it stands behind, so that no moment is a wrong one to be stopped at. A file
that has changed since is read from its start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Engine

from meeruit.tasks.captures import address_key
from meeruit.tasks.disk.found import Found, Reached, is_reference
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.references import Fetch, File
from meeruit.tasks.store import readings
from meeruit.tasks.store.transaction import read_only


class Resumed:
    """What of a run stands in the ledger; nothing of one that begins."""

    def __init__(self, engine: Engine, run_id: int | None) -> None:
        self._places: dict[str, readings.At] = {}
        self._enrolled: set[int] = set()
        if run_id is not None:
            self._places = read_only(engine, lambda db: readings.places(db, run_id))
            self._enrolled = read_only(engine, lambda db: {address_key(name) for name in readings.enrolled(db, run_id)})

    def begin(self, path: str) -> Reached | None:
        """Up to where a file of records is enrolled."""
        at = self._places.get(printable_path(path))
        if at is None or at.mark != mark(path):
            return None
        return Reached(path, at.line, at.offset, complete=at.complete)

    def rest(self, found: Iterable[Found]) -> Iterator[Found]:
        """The findings without the pages that are enrolled."""
        for each in found:
            if self._enrolled and is_reference(each) and self._is_known(each[0]):
                continue
            yield each

    def _is_known(self, reference: object) -> bool:
        if isinstance(reference, File):
            return address_key(reference.path) in self._enrolled
        return isinstance(reference, Fetch) and address_key(reference.url) in self._enrolled


def mark(path: str) -> str:
    """Size and time of change of a file: another mark, another file."""
    try:
        stat = Path(path).stat()
    except (OSError, ValueError):
        return ""
    return f"{stat.st_size}-{stat.st_mtime_ns}"
