"""What a look through the targets finds: references to pages, pages whose body has to be stored first, and how far it went."""

from __future__ import annotations

from typing import NamedTuple, TypeGuard

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.references import Problem, Reference, Slice


class Reached(NamedTuple):
    """How far a file has been read: said now and then, also where it holds nothing.

    All that was found before it stands before this place, and nothing behind it.
    """

    name: str
    #: The line or row that was read last, and the place up to its end where the file can be entered there.
    line: int
    offset: int = 0
    #: Bytes of the file on the disk up to there.
    passed: int = 0
    #: Whether this is its end.
    complete: bool = False


#: A reference with its number of pages and bytes, or a page whose body has to be stored first, or how far it went.
Found = tuple[Reference, int, int] | Raw | Reached


def is_reference(found: Found) -> TypeGuard[tuple[Reference, int, int]]:
    """Whether a finding is a reference, with its number of pages and bytes."""
    return not isinstance(found, Raw | Reached)


def problem(address: str, said: str) -> Found:
    """What cannot be read, and why."""
    return Problem(printable_path(address), said), 1, 0


def named(raw: Raw) -> Found:
    """A page, or what is wrong with it."""
    return problem(raw.address, raw.problem) if raw.problem else raw


class Place(NamedTuple):
    """A file that is cut into slices, and how its records are to be understood."""

    #: As the system has it.
    path: str
    #: The folder below which no symbolic link is followed.
    root: str | None
    #: What ``--columns`` said.
    columns: str | None = None

    def slice(self, offset: int, length: int, line: int, pages: int) -> Found:
        """Some of its records, as a finding."""
        root = self.root and printable_path(self.root)
        path = printable_path(self.path)
        return Slice(path, offset, length, line, root=root, columns=self.columns), pages, length


class Start(NamedTuple):
    """Where a record begins that can be read alone."""

    offset: int
    #: The number of its line or row; 0 where it has none.
    line: int = 0
    #: How many pages stand in it.
    pages: int = 1
