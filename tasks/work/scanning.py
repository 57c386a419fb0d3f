"""A scan of a folder: the files that are new or changed since the last scan become work of the same run.

A scan has as much time as a task has; where that is not enough, the next task goes on where it stopped. Marks are stored
after the files are enrolled: a crash between the two reads a file twice and never misses one.
"""

from __future__ import annotations

from pathlib import Path
from time import monotonic

from meeruit.tasks.disk.found import Found, Reached, is_reference
from meeruit.tasks.disk.read import SIDECAR, printable_path, real_path
from meeruit.tasks.disk.targets import find_in
from meeruit.tasks.references import Folder, Problem
from meeruit.tasks.store.noted import all_marks, record_marks
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.enrol import Enrolment
from meeruit.tasks.work.tools import Tools

#: A file that changed less than so many seconds ago may still be being written; the next poll takes it.
_SETTLED = 2.0
#: Marks are stored so many at a time, or after so many seconds.
_FILES, _SECONDS = 200, 1.0


class Scan:
    """One scan, by one task."""

    def __init__(self, tools: Tools, held: ledger.Claim, seconds: float) -> None:
        self._tools = tools
        self._source = str(held.terms.source)
        self._enrolment = Enrolment(tools, held.run_id, held.terms)
        self._ends = monotonic() + seconds
        self._known = read_only(tools.engine, lambda db: all_marks(db, self._source))
        #: The files begun since marks were last stored, with their marks.
        self._begun: dict[str, str] = {}
        self._stored_at = monotonic()
        #: Whether a file was begun (at least one always is), and whether others were left.
        self._any = self._more = False

    def run(self, folder: Folder) -> Folder | None:
        """Enrol what is new or changed; returns where to go on where the time was not enough."""
        reached = Reached(folder.reached, folder.line, folder.offset) if folder.reached else None
        for found in find_in(real_path(folder.path), self._passes_over, reached):
            if isinstance(found, Reached) and not found.complete and monotonic() > self._ends:
                self._enrolment.flush_page()
                return Folder(folder.path, found.name, found.line, found.offset)
            if not self._is_known_problem(found):
                self._enrolment.add(found)
        self._store_marks()
        return Folder(folder.path) if self._more else None

    def _passes_over(self, path: str) -> bool:
        """Whether a file is not begun: it was read as it is, or is being written, or there is no time."""
        name, mark = printable_path(path), _mark(path)
        if mark is None or self._known.get(name) == mark:
            return True
        if self._any and monotonic() > self._ends:
            self._more = True
            return True
        self._any = True
        if len(self._begun) >= _FILES or monotonic() - self._stored_at > _SECONDS:
            self._store_marks()
        self._begun[name] = mark
        return False

    def _is_known_problem(self, found: Found) -> bool:
        """Whether an earlier scan named this problem, and what it is about has not changed since: a FIFO, a broken link."""
        if not is_reference(found) or not isinstance(found[0], Problem):
            return False
        address = found[0].address
        if address in self._begun or address.rpartition(":")[0] in self._begun:
            return False
        mark = _mark(real_path(address)) or ""
        if self._known.get(address) == mark:
            return True
        self._begun[address] = mark
        return False

    def _store_marks(self) -> None:
        """Enrol what was gathered, and store the marks of its files."""
        self._enrolment.flush_page()
        if marks := self._begun:
            transaction(self._tools.engine, lambda db: record_marks(db, self._source, marks))
            self._known |= marks
        self._begun, self._stored_at = {}, monotonic()


def _mark(path: str) -> str | None:
    """Size and time of change of a file, and of its sidecar where it has one: its mark.

    None while one of them may still be being written, empty where the file is gone.
    """
    file, sidecar = _stamp(path), _stamp(path + SIDECAR)
    if file is None or sidecar is None:
        return None
    return f"{file}+{sidecar}" if file and sidecar else file


def _stamp(path: str) -> str | None:
    try:
        stat = Path(path).lstat()
    except OSError:
        return ""
    settled = now().timestamp() - stat.st_mtime >= _SETTLED
    return f"{stat.st_size}-{stat.st_mtime_ns}" if settled else None
