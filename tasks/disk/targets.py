"""What the command line names, as references to pages: folders are walked, JSON Lines files cut into slices.

    http(s)://…    ──→ {"fetch": ADDRESS}
    files, folders ──→ {"file": PATH}
    *.jsonl        ──→ {"slice": PATH, "offset", "length", "line"}
    *.jsonl.gz|zst, standard input ──→ raw pages, whose bodies are stored at enrolment
    what cannot be read ──→ {"problem": …, "address": …}

Looks at names and line ends only; reads no page. Knows neither the database nor the broker.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from meeruit.tasks import zstd
from meeruit.tasks.addresses import parse_address
from meeruit.tasks.captures import Raw, Reference
from meeruit.tasks.disk.read import MAX_LINE, SIDECAR, native, open_regular, os_problem, portable, read_record
from meeruit.tasks.errors import Unreadable, UsageError
from meeruit.tasks.work.ledger import BATCH_BYTES, BATCH_PAGES

_LINES = ".jsonl"
_PACKED = (".jsonl.gz", ".jsonl.zst")
#: Kinds that other tools write and that a later version reads.
_LATER = (".warc", ".warc.gz", ".wet", ".wet.gz", ".parquet")
_READ = 1 << 20

#: A reference with its number of pages and bytes, or a page whose body has to be stored first.
Found = tuple[Reference, int, int] | Raw


def check_targets(targets: Iterable[str]) -> None:
    """Raise UsageError for a kind of target that this version does not read."""
    for target in targets:
        if not target:
            raise UsageError("an empty target names nothing; name a file, a folder, an address, or . for this folder")
        if target.lower().endswith(_LATER) and not Path(target).is_dir():
            raise UsageError(f"{target}: archives of this kind are not read yet; unpack it into pages or JSON Lines")
        if "://" in target and not target.lower().startswith(("http://", "https://")):
            raise UsageError(f"{target}: only http and https addresses are read")


def find(targets: Iterable[str], stdin: BinaryIO) -> Iterator[Found]:
    """Every page that the targets name, in their order, folders sorted by name."""
    for target in targets:
        if target == "-":
            yield from records(stdin, "-")
        elif "://" in target:
            yield _web(target)
        else:
            yield from _path(os.path.abspath(target))  # noqa: PTH100 - keeps symbolic links as named


def _web(target: str) -> Found:
    try:
        return {"fetch": parse_address(target).url}, 1, 0
    except Unreadable as exc:
        return _problem(target, str(exc))


def look_again(reference: Reference, page_id: int) -> Iterator[Found]:
    """What a quarantined page refers to now; the first of it takes the page's place."""
    place = native(reference.get("address", ""))
    again: Iterable[Found] = [(reference, 1, 0)]
    if "problem" in reference and os.path.lexists(place):
        again = _path(place)
    for number, each in enumerate(again):
        yield each if number or isinstance(each, Raw) else ({**each[0], "replaces": page_id}, *each[1:])


def passing_over(found: Iterable[Found], own: Iterable[str]) -> Iterator[Found]:
    """The findings without our own files: a database in the very folder that is read."""
    names = {portable(str(Path(path).name)): os.path.realpath(path) for path in own}
    for each in found:
        file = "" if isinstance(each, Raw) else each[0].get("file", "")
        known = names.get(file.rpartition("/")[2])
        if known is None or os.path.realpath(native(file)) != known:
            yield each


def _path(path: str, root: str = "") -> Iterator[Found]:
    root = root or ("" if Path(path).is_symlink() or Path(path).is_dir() else str(Path(path).parent))
    try:
        kind = Path(path).stat()
    except OSError as exc:
        yield _problem(path, os_problem(exc))
        return
    if stat.S_ISDIR(kind.st_mode):
        yield from _folder(path, root or path)
    elif not stat.S_ISREG(kind.st_mode):
        yield _problem(path, _not_regular(path))
    elif path.lower().endswith(_LINES):
        yield from _slices(path, root)
    elif path.lower().endswith(_PACKED):
        yield from _packed(path, root)
    elif path.lower().endswith(_LATER):
        yield _problem(path, "archives of this kind are not read yet")
    else:
        yield {"file": portable(path), **_below(root)}, 1, min(kind.st_size, BATCH_BYTES)


def _below(root: str) -> Reference:
    """The folder below which a page was found, and no link is followed when it is read; nothing for a named link."""
    return {"root": portable(root)} if root else {}


def _folder(top: str, root: str) -> Iterator[Found]:
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
            yield from _link(root, entry.path)
        else:
            yield from _path(entry.path, root)


def _link(root: str, path: str) -> Iterator[Found]:
    """A symbolic link in a folder: to a file of the same folder, it is that file; any other is named, not followed."""
    try:
        target = os.path.realpath(path, strict=True)
    except OSError as exc:
        yield _problem(path, f"symbolic link: {os_problem(exc)}")
        return
    root = os.path.realpath(root)
    if Path(target).is_dir():
        yield _problem(path, "a symbolic link to a folder; name that folder itself to ingest it")
    elif Path(target).is_relative_to(root):
        return  # read under its own name
    else:
        yield _problem(path, "a symbolic link that leads out of the folder; name its target to ingest it")


def _slices(path: str, root: str) -> Iterator[Found]:
    """A JSON Lines file in slices of whole lines, up to BATCH_PAGES and about BATCH_BYTES each."""
    try:
        with open_regular(portable(path), portable(root)) as file:
            start, line, offset, number, pages = 0, 1, 0, 1, 0
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
            if pages:
                yield _slice(path, root, start, offset - start, line, pages)
    except (OSError, Unreadable) as exc:
        yield _problem(path, os_problem(exc) if isinstance(exc, OSError) else str(exc))


def _slice(path: str, root: str, offset: int, length: int, line: int, pages: int) -> Found:
    place = {"slice": portable(path), **_below(root)}
    return {**place, "offset": offset, "length": length, "line": line}, pages, length


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


def _packed(path: str, root: str) -> Iterator[Found]:
    """A compressed JSON Lines file, unpacked as it is read: no offset leads into it, so its bodies are stored."""
    try:
        with open_regular(portable(path), portable(root)) as file:
            packed = path.lower().endswith(".gz")
            unpacked: Any = gzip.GzipFile(fileobj=file) if packed else zstd.ZstdFile(file)
            yield from records(unpacked, portable(path))
    except OSError as exc:
        yield _problem(path, os_problem(exc))
    except Unreadable as exc:
        yield _problem(path, str(exc))


def records(file: BinaryIO, name: str) -> Iterator[Found]:
    """The pages of a stream of JSON lines, each whole; ``name:LINE`` is the address of a line without one."""
    number = 0
    while True:
        number += 1
        place = f"{name}:{number}"
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
            yield _problem(place, f"the line is longer than {MAX_LINE:,} bytes")
        elif line.strip():
            raw = read_record(line, place, {"address": place})
            yield _problem(place, raw.problem) if raw.problem else raw


def _problem(address: str, problem: str) -> Found:
    return {"problem": problem, "address": portable(address)}, 1, 0


def _not_regular(path: str) -> str:
    try:
        open_regular(portable(path)).close()
    except Unreadable as exc:
        return str(exc)
    return "is not a regular file"
