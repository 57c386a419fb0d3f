"""What the command line names, as references to pages: folders are walked, JSON Lines files cut into slices.

    http(s)://…    ──→ Fetch
    files, folders ──→ File
    *.jsonl, *.ndjson, *.jl ──→ Slice
    the same as .gz or .zst, *.json that is an array, standard input ──→ raw pages, whose bodies are stored at enrolment
    what cannot be read ──→ Problem

Looks at names and line ends only; reads no page. Knows neither the database nor the broker.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeGuard

from meeruit.tasks import zstd
from meeruit.tasks.addresses import parse_address
from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, Raw
from meeruit.tasks.disk.arrays import holds_array, read_array
from meeruit.tasks.disk.read import MAX_LINE, SIDECAR, open_regular, os_problem, printable_path, read_record, real_path
from meeruit.tasks.errors import Unreadable, UsageError
from meeruit.tasks.references import Fetch, File, Problem, Reference, Slice, Streamed

_LINES = (".jsonl", ".ndjson", ".jl")
_PACKED = tuple(name + packed for name in _LINES for packed in (".gz", ".zst"))
_JSON = ".json"
#: Kinds that other tools write and that a later version reads.
_LATER = (".warc", ".warc.gz", ".wet", ".wet.gz", ".parquet")
_READ = 1 << 20


class Reached(NamedTuple):
    """How far a stream of lines has been read: said now and then, also where it holds nothing."""

    name: str
    #: The line that was read last, and the bytes up to its end where the stream can be entered there.
    line: int
    offset: int = 0


#: A reference with its number of pages and bytes, or a page whose body has to be stored first, or how far it went.
Found = tuple[Reference, int, int] | Raw | Reached
#: Lines of a stream between two such words.
_OFTEN = 5_000


class Lines(Protocol):
    """What lines are read from."""

    def readline(self, limit: int, /) -> bytes:
        """The next line with its line feed, or its first ``limit`` bytes; empty at the end."""


def is_reference(found: Found) -> TypeGuard[tuple[Reference, int, int]]:
    """Whether a finding is a reference, with its number of pages and bytes."""
    return not isinstance(found, Raw | Reached)


def check_targets(targets: Iterable[str]) -> None:
    """Raise UsageError for a kind of target that this version does not read, and where none that is named is there."""
    targets = list(targets)
    for target in targets:
        if not target:
            raise UsageError("an empty target names nothing; name a file, a folder, an address, or . for this folder")
        if target.lower().endswith(_LATER) and not Path(target).is_dir():
            raise UsageError(f"{target}: archives of this kind are not read yet; unpack it into pages or JSON Lines")
        if "://" in target and not target.lower().startswith(("http://", "https://")):
            raise UsageError(f"{target}: only http and https addresses are read")
    if targets and not any(target == "-" or "://" in target or os.path.lexists(target) for target in targets):
        raise UsageError(f"{printable_path(targets[0])}: no such file or folder")


def _nothing_is_known(_path: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Walk:
    """What holds for a walk through a folder."""

    #: The folder that was named, once there is one: links lead nowhere else, and below it none is followed.
    root: str = ""
    #: Whether a file is passed over.
    known: Callable[[str], bool] = _nothing_is_known
    #: Up to where a packed file was read before.
    reached: Reached | None = None

    def start(self, path: str) -> Reached:
        """Where to begin in a file."""
        return self.reached if self.reached and self.reached.name == path else Reached(path, 0)


def find(targets: Iterable[str], stdin: Lines) -> Iterator[Found]:
    """Every page that the targets name, in their order, folders sorted by name."""
    for target in targets:
        if target == "-":
            yield from records(stdin, "-")
        elif "://" in target:
            yield _web(target)
        else:
            yield from _path(os.path.abspath(target))  # noqa: PTH100 - keeps symbolic links as named


def find_in(folder: str, known: Callable[[str], bool], reached: Reached | None) -> Iterator[Found]:
    """Every page in a folder but those in files that are ``known``; of the file of ``reached`` only what comes later."""
    yield from _path(os.path.abspath(folder), _Walk("", known, reached))  # noqa: PTH100 - keeps links as named


def _web(target: str) -> Found:
    try:
        return Fetch(parse_address(target).url), 1, 0
    except Unreadable as exc:
        return _problem(target, str(exc))


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
        yield _problem(path, os_problem(exc))
        return
    if stat.S_ISDIR(kind.st_mode):
        yield from _folder(path, walk if walk.root else replace(walk, root=path))
    elif walk.known(path):
        return
    elif not stat.S_ISREG(kind.st_mode):
        yield _problem(path, _not_regular(path))
    elif path.lower().endswith(_LINES):
        yield from _slices(path, root, walk.start(path))
    elif path.lower().endswith(_PACKED):
        yield from _packed(path, root, walk.start(path).line)
    elif path.lower().endswith(_JSON) and holds_array(path, root):
        yield from map(_named, read_array(path, root))
    elif path.lower().endswith(_LATER):
        yield _problem(path, "archives of this kind are not read yet")
    else:
        yield File(printable_path(path), root=_printable(root)), 1, min(kind.st_size, BATCH_BYTES)


def _printable(root: str | None) -> str | None:
    return root and printable_path(root)


def _folder(top: str, walk: _Walk) -> Iterator[Found]:
    """The pages below a folder; hidden names and sidecars are passed over, symbolic links followed only inside it."""
    try:
        entries = sorted(os.scandir(top), key=lambda entry: entry.name)
    except OSError as exc:
        yield _problem(top, os_problem(exc))
        return
    names = {entry.name for entry in entries}
    for entry in entries:
        if entry.name.startswith(".") or (entry.name.endswith(SIDECAR) and entry.name.removesuffix(SIDECAR) in names):
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
        yield _problem(path, f"symbolic link: {os_problem(exc)}")
        return
    if Path(target).is_dir():
        yield _problem(path, "a symbolic link to a folder; name that folder itself to ingest it")
    elif Path(target).is_relative_to(os.path.realpath(walk.root)):
        return  # read under its own name
    else:
        yield _problem(path, "a symbolic link that leads out of the folder; name its target to ingest it")


def _slices(path: str, root: str | None, begin: Reached) -> Iterator[Found]:
    """A JSON Lines file in slices of whole lines, up to BATCH_PAGES and about BATCH_BYTES each."""
    try:
        with open_regular(printable_path(path), _printable(root)) as file:
            file.seek(begin.offset)
            start = offset = begin.offset
            line = number = begin.line + 1
            pages = 0
            for length, blank, whole in _line_ends(file):
                if not whole:
                    if pages:
                        yield _slice(path, root, start, offset - start, line, pages)
                    yield _problem(f"{path}:{number}", f"the line is longer than {MAX_LINE:,} bytes")
                    start, line, pages = offset + length, number + 1, 0
                offset, number = offset + length, number + 1
                pages += whole and not blank
                if pages == BATCH_PAGES or (offset - start >= BATCH_BYTES and pages):
                    yield _slice(path, root, start, offset - start, line, pages)
                    start, line, pages = offset, number, 0
                if not pages and (start == offset or number % _OFTEN == 0):
                    yield Reached(path, number - 1, offset)
            if pages:
                yield _slice(path, root, start, offset - start, line, pages)
    except (OSError, Unreadable) as exc:
        yield _problem(path, os_problem(exc) if isinstance(exc, OSError) else str(exc))


def _slice(path: str, root: str | None, offset: int, length: int, line: int, pages: int) -> Found:
    return Slice(printable_path(path), offset, length, line, root=_printable(root)), pages, length


def _line_ends(file: BinaryIO) -> Iterator[tuple[int, bool, bool]]:
    """Each line as (length in bytes, blank, whole): a line beyond MAX_LINE is passed over without being held."""
    length, blank = 0, True
    while chunk := file.read(_READ):
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            length += end + 1 - start
            yield length, blank and not chunk[start:end].strip(), length <= MAX_LINE
            length, blank, start = 0, True, end + 1
        length += len(chunk) - start
        blank = blank and not chunk[start:].strip()
    if length:
        yield length, blank, length <= MAX_LINE


def _packed(path: str, root: str | None, start: int) -> Iterator[Found]:
    """A compressed JSON Lines file, unpacked as it is read: no offset leads into it, so its bodies are stored."""
    try:
        with open_regular(printable_path(path), _printable(root)) as file:
            packed = path.lower().endswith(".gz")
            unpacked: Any = gzip.GzipFile(fileobj=file) if packed else zstd.ZstdFile(file)
            yield from records(unpacked, path, start)
    except OSError as exc:
        yield _problem(path, os_problem(exc))
    except Unreadable as exc:
        yield _problem(path, str(exc))


def records(file: Lines, name: str, start: int = 0) -> Iterator[Found]:
    """The pages of a stream of JSON lines, each whole; ``name:LINE`` is the address of a line without one.

    The first ``start`` lines are passed over. Now and then it is said how far it went.
    """
    number = 0
    while True:
        if number % _OFTEN == 0 and number > start:
            yield Reached(name, number)
        number += 1
        place = f"{printable_path(name)}:{number}"
        try:
            line = file.readline(MAX_LINE + 1)
        except (OSError, EOFError, zlib.error, zstd.ZstdError) as exc:
            yield _problem(place, f"broken from here on: {exc}")
            return
        if not line:
            return
        if len(line) > MAX_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE)
            if number > start:
                yield _problem(place, f"the line is longer than {MAX_LINE:,} bytes")
        elif number > start and line.strip():
            yield _named(read_record(line, place, Streamed(place)))


def _named(raw: Raw) -> Found:
    """A page, or what is wrong with it."""
    return _problem(raw.address, raw.problem) if raw.problem else raw


def _problem(address: str, problem: str) -> Found:
    return Problem(printable_path(address), problem), 1, 0


def _not_regular(path: str) -> str:
    try:
        open_regular(printable_path(path)).close()
    except Unreadable as exc:
        return str(exc)
    return "is not a regular file"
