"""The disk door: files, their sidecars, and lines of JSON Lines files become raw pages. Knows only the disk.

Nothing but a regular file is ever opened for reading, and never more than MAX_BODY of it at once.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from meeruit.tasks.addresses import MAX_LENGTH
from meeruit.tasks.captures import ObservedFrom, Raw
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.records import MAX_BODY
from meeruit.tasks.references import File, Reference, Slice
from meeruit.tasks.times import parse_time

#: Bytes of one JSON line, at most: a page of the largest size with every character escaped is refused, others fit.
MAX_LINE = 32_000_000
#: Bytes of a JSON line outside of its texts, at most: ten million empty lists are 30 MB, and 900 MB once they are read.
_MAX_VALUES = 1_000_000
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
SIDECAR = ".meta.json"
#: Non-blocking: to open a FIFO would otherwise wait for a writer for ever.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def printable_path(path: str) -> str:
    """A path as text that any database and terminal takes: what is not printable is escaped. Opened as it is."""
    if "\\x" not in path and path.isprintable():
        return path
    return "".join(c if c.isprintable() and c != "\\" else _escaped(c) for c in path)


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))


def real_path(path: str) -> str:
    """The path that ``printable_path`` was given."""
    if "\\x" not in path:
        return path
    return os.fsdecode(re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes.fromhex(m[1].decode()), os.fsencode(path)))


def open_regular(path: str, root: str | None = None) -> BinaryIO:
    """Open a regular file; below ``root``, where one is given, no symbolic link is followed.

    Raises Unreadable, one plain sentence, for anything that is no such file or cannot be opened.
    """
    path = real_path(path)
    try:
        handle = _open_below(real_path(root), path) if root else os.open(path, _FLAGS)
    except OSError as exc:
        if root and exc.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise Unreadable("it stands behind a symbolic link, which is not followed") from exc
        raise Unreadable(os_problem(exc)) from exc
    except ValueError as exc:
        raise Unreadable(f"this is no path: {exc}") from exc
    kind = os.fstat(handle).st_mode
    if not stat.S_ISREG(kind):
        os.close(handle)
        raise Unreadable(f"is {_kind(kind)}, not a regular file")
    return os.fdopen(handle, "rb")


def _open_below(root: str, path: str) -> int:
    """Open a path folder by folder: what was swapped for a link since it was found leads nowhere."""
    *folders, name = os.path.relpath(path, root).split("/")
    handle = os.open(root, _FLAGS | os.O_DIRECTORY)
    try:
        for folder in folders:
            inner = os.open(folder, _FLAGS | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
        return os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=handle)
    finally:
        os.close(handle)


def read_file(reference: File) -> Raw:
    """One page from one file, with what its sidecar says. A file that cannot be used comes back with its problem."""
    path = reference.path
    try:
        with open_regular(path, reference.root) as file:
            size = os.fstat(file.fileno()).st_size
            body = file.read(MAX_BODY + 1) if size <= MAX_BODY else b""
        if size > MAX_BODY or len(body) > MAX_BODY:
            raise Unreadable(f"too large: {max(size, len(body)):,} bytes, more than {MAX_BODY:,}")
        url, observed_at = _sidecar(path, reference.root)
    except OSError as exc:
        return Raw(path, reference, problem=os_problem(exc))
    except Unreadable as exc:
        return Raw(path, reference, problem=str(exc))
    return Raw(
        address=url or path,
        reference=reference,
        body=body,
        url=url,
        media_type="text/html" if path.lower().endswith((".html", ".htm", ".xhtml")) else "",
        observed_at=observed_at,
        observed_from=ObservedFrom.SIDECAR if observed_at else None,
    )


def read_slice(reference: Slice) -> Iterator[Raw]:
    """The pages of some lines of a JSON Lines file."""
    path, offset, number = reference.path, reference.offset, reference.line
    try:
        with open_regular(path, reference.root) as file:
            file.seek(offset)
            content = file.read(reference.length)
    except (OSError, Unreadable) as exc:
        problem = os_problem(exc) if isinstance(exc, OSError) else str(exc)
        yield Raw(f"{path}:{number}", reference, problem=problem)
        return
    if len(content) < reference.length:
        yield Raw(f"{path}:{number}", reference, problem="the file became shorter while it was read; ingest it again")
        return
    for line in _lines(content):
        if line.strip():
            own = Slice(path, offset, len(line), number, reference.replaces, reference.root)
            yield read_record(line, f"{path}:{number}", own)
        offset += len(line)
        number += 1


def split_slice(reference: Slice) -> list[Slice]:
    """Two halves of a slice, at a line boundary; empty where it has one line, or cannot be read any more."""
    try:
        with open_regular(reference.path, reference.root) as file:
            file.seek(reference.offset)
            lines = _lines(file.read(reference.length))
    except (OSError, Unreadable):
        return []
    half = len(lines) // 2
    first = sum(map(len, lines[:half]))
    if not half:
        return []
    return [
        replace(reference, length=first),
        replace(
            reference,
            offset=reference.offset + first,
            length=reference.length - first,
            line=reference.line + half,
            replaces=None,
        ),
    ]


def read_record(line: bytes, place: str, reference: Reference) -> Raw:
    """One JSON line: ``{"url", "observed_at", "html" or "text"}``, or a corpus row (``text``, ``url``, ``date``).

    Other keys are ignored. A line that cannot be used comes back with its problem and ``place`` as its address.
    """
    try:
        return as_page(_json(line), place, reference)
    except Unreadable as exc:
        return Raw(place, reference, problem=str(exc))


def as_page(record: object, place: str, reference: Reference) -> Raw:
    """The page that a record, as JSON has it, stands for; an empty ``html`` beside a ``text`` says nothing."""
    try:
        record = _object(record)
        html, text = _text(record, "html"), _text(record, "text")
        if html is None and text is None:
            raise Unreadable('the record holds neither "html" nor "text"')
        url = _address(record)
        observed_at = _time(record, "observed_at") or _corpus_date(record)
    except Unreadable as exc:
        return Raw(place, reference, problem=str(exc))
    is_html = text is None or bool(html and html.strip())
    body = _encoded((html if is_html else text) or "")
    if len(body) > MAX_BODY:
        return Raw(place, reference, problem=f"too large: {len(body):,} bytes, more than {MAX_BODY:,}")
    return Raw(
        address=url or place,
        reference=reference,
        body=body,
        url=url,
        media_type="text/html; charset=utf-8" if is_html else "text/plain; charset=utf-8",
        observed_at=observed_at,
        observed_from=ObservedFrom.RECORD if observed_at else None,
    )


def os_problem(exc: OSError) -> str:
    """What the system says, as a person would: ``no such file or directory``."""
    return (exc.strerror or str(exc)).lower()


def _json(line: bytes) -> dict[str, Any]:
    if len(line) > _MAX_VALUES and _holds_too_many_values(line):
        raise Unreadable("not JSON that can be read: it holds hundreds of thousands of values")
    try:
        return _object(json.loads(line))
    except (ValueError, RecursionError) as exc:
        raise Unreadable(f"not JSON: {short(exc)}") from exc


def _object(record: object) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise Unreadable(f"not a JSON object but a {type(record).__name__}")
    return record


def _holds_too_many_values(line: bytes) -> bool:
    outside = end = 0
    for text in _STRINGS.finditer(line):
        outside += text.start() - end
        end = text.end()
        if outside > _MAX_VALUES:
            return True
    return outside + len(line) - end > _MAX_VALUES


def _sidecar(path: str, root: str | None) -> tuple[str | None, datetime | None]:
    """The address and the capture time that the file beside a page gives it."""
    try:
        with open_regular(path + SIDECAR, root or str(Path(path).parent)) as file:
            meta = _json(file.read(MAX_BODY))
        return _address(meta), _time(meta, "observed_at")
    except Unreadable as exc:
        if isinstance(exc.__cause__, OSError) and exc.__cause__.errno in {errno.ENOENT, errno.ENAMETOOLONG}:
            return None, None  # where its name would be too long, there can be none
        raise Unreadable(f"its sidecar {Path(path).name}{SIDECAR}: {exc}") from exc


def _text(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f'"{key}" is not a text but a {type(value).__name__}')
    return value


def _address(record: dict[str, Any]) -> str | None:
    """The ``url``, fit to be stored: no database takes a NUL or half a surrogate pair."""
    url = _text(record, "url")
    if url and len(url) > MAX_LENGTH:
        raise Unreadable(f'"url" is longer than {MAX_LENGTH:,} characters')
    return _encoded(url).decode().replace("\0", "\ufffd") if url else None


def _time(record: dict[str, Any], key: str) -> datetime | None:
    value = record.get(key)
    if value is None:
        return None
    try:
        return parse_time(value)
    except ValueError as exc:
        raise Unreadable(f'"{key}": {exc}') from exc


def _corpus_date(record: dict[str, Any]) -> datetime | None:
    """A corpus row's ``date`` counts only where it is a time with a zone; else it may be the article's."""
    try:
        return parse_time(record.get("date"))
    except ValueError:
        return None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, out of a JSON escape
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _lines(content: bytes) -> list[bytes]:
    """Lines that end at a line feed and nowhere else; bytes.splitlines also ends them at a lone carriage return."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _kind(mode: int) -> str:
    for test, name in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "something else"


def short(exc: BaseException) -> str:
    """The first line of what an error says."""
    return str(exc).split("\n", 1)[0][:160] or type(exc).__name__
