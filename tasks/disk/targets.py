"""What the command line names, as references to pages: folders are walked, files of records cut into slices.

    http(s)://…    ──→ Fetch
    files, folders, patterns of them ──→ File
    JSON Lines, CSV, WARC, Parquet (``kinds``) ──→ Slice
    *.json that is an array, standard input ──→ raw pages, whose bodies are stored at enrolment
    what cannot be read ──→ Problem

Looks at names and at where records begin; reads no page. Knows neither the database nor the broker.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.captures import BATCH_BYTES
from meeruit.tasks.disk import parquet
from meeruit.tasks.disk.arrays import holds_array, read_array
from meeruit.tasks.disk.found import Found, Place, Reached, is_reference, named, problem
from meeruit.tasks.disk.kinds import Kind, kind_of, refused
from meeruit.tasks.disk.read import MAX_LINE, SIDECAR, open_regular, os_problem, printable_path, read_record, real_path
from meeruit.tasks.disk.slices import cut
from meeruit.tasks.errors import Unreadable, UsageError
from meeruit.tasks.references import Fetch, File, Problem, Reference, Streamed

_JSON = ".json"
#: How what is no text begins: gzip, Zstandard, xz, Parquet.
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"PAR1")
_NO_SIDECAR = "a sidecar beside a file of records, which is not read; each record says its own url and observed_at"
#: Lines of a stream between two words of how far it went.
_OFTEN = 5_000
#: What can stand before a page: white space, and a byte order mark.
_BLANKS = b" \t\r\n\xef\xbb\xbf"


class Lines(Protocol):
    """What lines are read from."""

    def readline(self, limit: int, /) -> bytes:
        """The next line with its line feed, or its first ``limit`` bytes; empty at the end."""


def check_targets(targets: Iterable[str]) -> None:
    """Raise UsageError for a kind of target that this version does not read."""
    for target in targets:
        if not target:
            raise UsageError("an empty target names nothing; name a file, a folder, an address, or . for this folder")
        if not Path(target).is_dir():
            what = parquet.missing() if kind_of(target) is Kind.PARQUET else refused(target)
            if what is not None:
                raise UsageError(f"{target}: {what}")
        if "://" in target and not target.lower().startswith(("http://", "https://")):
            raise UsageError(f"{target}: only http and https addresses are read")


def _nothing_is_known(_path: str) -> bool:
    return False


def _nothing_is_read(_path: str) -> Reached | None:
    return None


@dataclass(frozen=True, slots=True)
class _Walk:
    """What holds for a walk through a folder."""

    #: The folder that was named, once there is one: links lead nowhere else, and below it none is followed.
    root: str = ""
    #: Whether a file is passed over.
    known: Callable[[str], bool] = _nothing_is_known
    #: Up to where files of records were read before.
    begin: Callable[[str], Reached | None] = _nothing_is_read
    #: What ``--columns`` said.
    columns: str | None = None

    def start(self, path: str) -> Reached:
        """Where to begin in a file."""
        return self.begin(path) or Reached(path, 0)


def find(
    targets: Iterable[str],
    stdin: Lines,
    columns: str | None = None,
    begin: Callable[[str], Reached | None] = _nothing_is_read,
) -> Iterator[Found]:
    """Every page that the targets name, in their order, folders sorted by name.

    ``columns``: the names that the columns of records have, as ``--columns`` says them; ``begin``: up to where the file
    of a path was read before.
    """
    walk = _Walk(begin=begin, columns=columns)
    for target in targets:
        if target == "-":
            yield from records(stdin, "-", columns=columns)
        elif "://" in target:
            yield _web(target)
        else:
            for path in _matching(target):
                yield from _path(os.path.abspath(path), walk)  # noqa: PTH100 - keeps symbolic links as named


def _matching(target: str) -> list[str]:
    """The files of a pattern, where it is one and no file has that name."""
    if os.path.lexists(target) or not glob.has_magic(target):
        return [target]
    return sorted(glob.glob(target, recursive=True)) or [target]  # noqa: PTH207 - it may be an absolute one


def find_in(folder: str, known: Callable[[str], bool], reached: Reached | None) -> Iterator[Found]:
    """Every page in a folder but those in files that are ``known``; of the file of ``reached`` only what comes later."""
    walk = _Walk(known=known, begin=lambda path: reached if reached and reached.name == path else None)
    yield from _path(os.path.abspath(folder), walk)  # noqa: PTH100 - keeps links as named


def _web(target: str) -> Found:
    try:
        return Fetch(parse_address(target).url), 1, 0
    except Unreadable as exc:
        return problem(target, str(exc))


def find_again(reference: Reference, page_id: int) -> Iterator[Found]:
    """What a quarantined page refers to now; the first of it takes the page's place, but a request never undoes one."""
    again: Iterable[Found] = [(reference, 1, 0)]
    if isinstance(reference, Problem) and os.path.lexists(real_path(reference.address)):
        again = _path(real_path(reference.address))
    for number, each in enumerate(again):
        if number == 0 and is_reference(each) and not isinstance(each[0], Fetch):
            yield replace(each[0], replaces=page_id), *each[1:]
        else:
            yield each


def without_files(found: Iterable[Found], own: Iterable[str]) -> Iterator[Found]:
    """The findings without our own files: a database in the very folder that is read."""
    names = {printable_path(Path(path).name): os.path.realpath(path) for path in own}
    for each in found:
        file = each[0].path if is_reference(each) and isinstance(each[0], File) else ""
        known = names.get(file.rpartition("/")[2])
        if known is None or os.path.realpath(real_path(file)) != known:
            yield each


def _path(path: str, walk: _Walk = _Walk()) -> Iterator[Found]:
    root = walk.root or (None if Path(path).is_symlink() else str(Path(path).parent))
    try:
        kind = Path(path).stat()
    except OSError as exc:
        yield problem(path, os_problem(exc))
        return
    if stat.S_ISDIR(kind.st_mode):
        yield from _folder(path, walk if walk.root else replace(walk, root=path))
    elif walk.known(path):
        return
    elif not stat.S_ISREG(kind.st_mode):
        yield problem(path, _not_regular(path))
    elif (records_of := kind_of(path)) is not None:
        if not (begin := walk.start(path)).complete:
            yield from cut(records_of, Place(path, root, walk.columns), begin)
    elif (what := refused(path)) is not None:
        yield problem(path, what)
    elif path.lower().endswith(_JSON) and holds_array(path, root):
        yield from map(named, read_array(path, root, walk.columns))
    else:
        yield File(printable_path(path), root=_printable(root)), 1, min(kind.st_size, BATCH_BYTES)


def _printable(root: str | None) -> str | None:
    return root and printable_path(root)


def _folder(top: str, walk: _Walk) -> Iterator[Found]:
    """The pages below a folder; hidden names and sidecars are passed over, symbolic links followed only inside it.

    A sidecar of a file of records, in which nobody looks, is named.
    """
    try:
        entries = sorted(os.scandir(top), key=lambda entry: entry.name)
    except OSError as exc:
        yield problem(top, os_problem(exc))
        return
    names = {entry.name for entry in entries}
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(SIDECAR) and (of := entry.name.removesuffix(SIDECAR)) in names:
            if kind_of(of) is not None and not walk.known(entry.path):
                yield problem(entry.path, _NO_SIDECAR)
            continue
        if entry.is_symlink():
            yield from _link(entry.path, walk)
        else:
            yield from _path(entry.path, walk)


def _link(path: str, walk: _Walk) -> Iterator[Found]:
    """A symbolic link in a folder: to a file of the same folder, it is that file; any other is named, not followed."""
    try:
        target = os.path.realpath(path, strict=True)
    except OSError as exc:
        yield problem(path, f"symbolic link: {os_problem(exc)}")
        return
    if Path(target).is_dir():
        yield problem(path, "a symbolic link to a folder; name that folder itself to ingest it")
    elif Path(target).is_relative_to(os.path.realpath(walk.root)):
        return  # read under its own name
    else:
        yield problem(path, "a symbolic link that leads out of the folder; name its target to ingest it")


def records(file: Lines, name: str, start: int = 0, columns: str | None = None) -> Iterator[Found]:
    """The pages of a stream of JSON lines, each whole; ``name:LINE`` is the address of a line without one.

    The first ``start`` lines are passed over. Now and then it is said how far it went.
    """
    number = 0
    while True:
        if number % _OFTEN == 0 and number > start:
            yield Reached(name, number)
        number += 1
        place = f"{printable_path(name)}:{number}"
        line = file.readline(MAX_LINE + 1)
        if not line:
            return
        if number == 1 and line.lstrip(_BLANKS).startswith(b"<"):
            yield problem(place, "a web page, where JSON Lines are expected; save it as a file and name that")
            return
        if number == 1 and line.startswith(_PACKED):
            yield problem(
                place,
                "packed, where JSON Lines are expected; unpack it (zcat), or name the file",
            )
            return
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE)
            if number > start:
                yield problem(place, f"the line is longer than {MAX_LINE:,} bytes")
        elif number > start and line.strip():
            yield named(read_record(line, place, Streamed(place), columns))


def _not_regular(path: str) -> str:
    try:
        open_regular(printable_path(path)).close()
    except Unreadable as exc:
        return str(exc)
    return "is not a regular file"
