"""The disk door: files with their sidecars, and records, become raw pages. Knows only the disk.

Nothing but a regular file is ever opened for reading, and never more than MAX_BODY of it at once.
"""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
import stat
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from meeruit.tasks import zstd
from meeruit.tasks.addresses import MAX_LENGTH
from meeruit.tasks.captures import ObservedFrom, Raw, paired, storable
from meeruit.tasks.disk.columns import read_columns
from meeruit.tasks.disk.kinds import unpacked_name
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.extracted import is_extracted, read_extracted
from meeruit.tasks.records import MAX_BODY
from meeruit.tasks.references import File, Reference, Streamed
from meeruit.tasks.times import parse_time

#: Bytes of one JSON line, at most: a page of the largest size with every character escaped is refused, others fit.
MAX_LINE = 32_000_000
#: Bytes of a JSON line outside of its texts, at most: ten million empty lists are 30 MB, and 900 MB once they are read.
_MAX_VALUES = 1_000_000
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
SIDECAR = ".meta.json"
#: Keys under which other tools keep the time of a capture.
_LIKE_A_TIME = (
    "captured_at", "capture_time", "crawled_at", "crawl_date", "fetched_at", "fetch_time", "retrieved_at",
    "scraped_at", "timestamp", "warc_date",
)  # fmt: skip
_HTML = (".html", ".htm", ".xhtml")
#: Files of these names that are packed are one page each.
_PAGES = (*_HTML, ".txt")
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
    inner, packing = unpacked_name(path)
    is_html = inner.endswith(_HTML)
    try:
        with open_regular(path, reference.root) as file:
            body = _packed_body(file, packing) if packing and inner.endswith(_PAGES) else _body(file)
        url, observed_at, remarks = _sidecar(path, reference.root)
    except OSError as exc:
        return Raw(path, reference, problem=os_problem(exc))
    except Unreadable as exc:
        return Raw(path, reference, problem=str(exc))
    return Raw(
        address=url or path,
        reference=reference,
        body=body,
        url=url,
        media_type="text/html" if is_html else "",
        observed_at=observed_at,
        observed_from=ObservedFrom.SIDECAR if observed_at else None,
        remarks=remarks,
    )


def _body(file: BinaryIO) -> bytes:
    size = os.fstat(file.fileno()).st_size
    body = file.read(MAX_BODY + 1) if size <= MAX_BODY else b""
    if size > MAX_BODY or len(body) > MAX_BODY:
        raise Unreadable(f"too large: {max(size, len(body)):,} bytes, more than {MAX_BODY:,}")
    return body


def _packed_body(file: BinaryIO, packing: str) -> bytes:
    unpacked: Any = gzip.GzipFile(fileobj=file) if packing == ".gz" else zstd.ZstdFile(file)
    try:
        body: bytes = unpacked.read(MAX_BODY + 1)
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as exc:
        raise Unreadable(f"cannot be unpacked: {exc}") from exc
    if len(body) > MAX_BODY:
        raise Unreadable(f"too large: more than {MAX_BODY:,} bytes once it is unpacked")
    return body


def read_record(line: bytes, place: str, reference: Reference, columns: str | None = None) -> Raw:
    """One JSON line: ``{"url", "observed_at", "html" or "text"}``, or a corpus row (``text``, ``url``, ``date``).

    Other keys are ignored. A line that cannot be used comes back with its problem and ``place`` as its address.
    ``columns``: the names that its keys have, as ``--columns`` says them.
    """
    try:
        record = _json(line)
        if isinstance(record, list):
            raise Unreadable(
                "not a JSON object but a list; a file that is one array is read where its name ends in .json"
            )
        return as_page(record, place, reference, columns)
    except Unreadable as exc:
        return Raw(place, reference, problem=str(exc))


def as_page(record: object, place: str, reference: Reference, columns: str | None = None) -> Raw:
    """The page that a record, as JSON has it, stands for; an empty ``html`` beside a ``text`` says nothing.

    A column of bytes, which JSON has not, is taken as the page as it was sent.
    """
    names = read_columns(columns)
    try:
        record = _object(record)
        if is_extracted(record):
            return _extracted(record, place, reference)
        html, text = _content(record, names.html), _content(record, names.text)
        if html is None and text is None and not any(name in record for name in names[:2]):
            raise Unreadable('the record holds neither "html" nor "text"')
        url = _address(record, names.url)
        observed_at = _time(record, names.observed_at) or _corpus_date(record, names.date)
    except Unreadable as exc:
        return Raw(place, reference, problem=str(exc))
    is_html = text is None or bool(html and html.strip())
    content = (html if is_html else text) or ""
    body = content if isinstance(content, bytes) else _encoded(content)
    if len(body) > MAX_BODY:
        return Raw(place, reference, problem=f"too large: {len(body):,} bytes, more than {MAX_BODY:,}")
    media_type = "text/html" if is_html else "text/plain"
    return Raw(
        address=url or place,
        reference=reference,
        body=body,
        url=url,
        media_type=media_type if isinstance(content, bytes) else f"{media_type}; charset=utf-8",
        observed_at=observed_at,
        observed_from=ObservedFrom.RECORD if observed_at else None,
        remarks=tuple(_remarks(record, names.date, url, observed_at)),
    )


def _extracted(record: dict[str, Any], place: str, reference: Reference) -> Raw:
    """A page that was extracted elsewhere. Raises Unreadable for one that cannot be."""
    if isinstance(reference, Streamed):
        raise Unreadable("an extracted page is read from a file of JSON Lines; name the file")
    observed_at, observed_from = _time(record, "observed_at"), _text(record, "observed_from")
    try:
        said_by = ObservedFrom(observed_from) if observed_at and observed_from else None
        extracted = read_extracted(record, observed_at)
    except ValueError as exc:
        raise Unreadable(str(exc)) from exc
    return Raw(
        address=_address(record, "url") or place,
        reference=reference,
        url=extracted.extraction.url,
        media_type=_text(record, "media_type") or "",
        observed_at=observed_at,
        observed_from=said_by or (ObservedFrom.RECORD if observed_at else None),
        remarks=tuple(each for each in _list(record, "remarks") if isinstance(each, str)),
        extracted=extracted,
    )


def _remarks(record: dict[str, Any], date: str, url: str | None, observed_at: datetime | None) -> Iterator[str]:
    """What somebody may have meant to say with a record that is not heard: when and where it was captured."""
    if url and not url.lower().startswith(("http://", "https://")):
        yield '"url" is no http(s) address'
    if observed_at is None:
        if record.get(date):
            yield f'"{date}" is no time with a zone'
        yield from _unheard(record)


def _unheard(record: dict[str, Any]) -> Iterator[str]:
    return (f'"{key}" is not read, "observed_at" is' for key in _LIKE_A_TIME if record.get(key))


def os_problem(exc: OSError) -> str:
    """What the system says, as a person would: ``no such file or directory``."""
    return (exc.strerror or str(exc)).lower()


def _json(line: bytes) -> object:
    if len(line) > _MAX_VALUES and _holds_too_many_values(line):
        raise Unreadable("not JSON that can be read: it holds hundreds of thousands of values")
    try:
        return json.loads(line)
    except UnicodeDecodeError as exc:
        raise Unreadable(f"not JSON in UTF-8, but {_encoding(exc)}; save the file as UTF-8") from exc
    except (ValueError, RecursionError) as exc:
        raise Unreadable(f"not JSON: {short(exc)}") from exc


def _encoding(exc: UnicodeDecodeError) -> str:
    return (
        "UTF-16 or UTF-32" if exc.encoding.startswith(("utf-16", "utf-32")) else f"byte 0x{exc.object[exc.start]:02x}"
    )


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


def _sidecar(path: str, root: str | None) -> tuple[str | None, datetime | None, tuple[str, ...]]:
    """The address and the capture time that the file beside a page gives it, and what in it is not heard."""
    try:
        with open_regular(path + SIDECAR, root or str(Path(path).parent)) as file:
            meta = _object(_json(file.read(MAX_BODY)))
        observed_at = _time(meta, "observed_at")
        return _address(meta, "url"), observed_at, () if observed_at else tuple(_unheard(meta))
    except Unreadable as exc:
        if isinstance(exc.__cause__, OSError) and exc.__cause__.errno in {errno.ENOENT, errno.ENAMETOOLONG}:
            return None, None, ()  # where its name would be too long, there can be none
        raise Unreadable(f"its sidecar {Path(path).name}{SIDECAR}: {exc}") from exc


def _text(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f'"{key}" is not a text but a {type(value).__name__}')
    return value


def _list(record: dict[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    return value if isinstance(value, list) else []


def _content(record: dict[str, Any], key: str) -> str | bytes | None:
    value = record.get(key)
    return value if isinstance(value, bytes) else _text(record, key)


def _address(record: dict[str, Any], key: str) -> str | None:
    """The ``url``, fit to be stored."""
    url = _text(record, key)
    if url and len(url) > MAX_LENGTH:
        raise Unreadable(f'"{key}" is longer than {MAX_LENGTH:,} characters')
    return storable(url) if url else None


def _time(record: dict[str, Any], key: str) -> datetime | None:
    value = record.get(key)
    if value is None:
        return None
    try:
        return parse_time(value)
    except ValueError as exc:
        raise Unreadable(f'"{key}": {exc}') from exc


def _corpus_date(record: dict[str, Any], key: str) -> datetime | None:
    """A corpus row's ``date`` counts only where it is a time with a zone; else it may be the article's."""
    try:
        return parse_time(record.get(key))
    except ValueError:
        return None


def _encoded(text: str) -> bytes:
    return paired(text).encode()


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
