"""The pages of a WARC file: its records of web pages and of texts, cut into slices and read again.

    response     an HTTP answer of status 2xx that is HTML or text
    resource     a page without its HTTP answer
    conversion   a text made of a page (WET)
    revisit      the same body as another record, which is looked up by its address and time

All others (requests, metadata, images, answers that are no page) are passed over. A unit that cannot be read is one failure
with ``FILE@OFFSET`` as its address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from meeruit.tasks.addresses import MAX_LENGTH
from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, ObservedFrom, Raw
from meeruit.tasks.disk.found import Found, Place, Reached, Start, problem
from meeruit.tasks.disk.http_message import Head, read_body, read_head
from meeruit.tasks.disk.read import printable_path
from meeruit.tasks.disk.streams import kept_stream
from meeruit.tasks.disk.warc import Record, Unit, split_records, units
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.records import MAX_BODY
from meeruit.tasks.references import Slice
from meeruit.tasks.times import parse_time

_PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain", ""})
_HTTP = "application/http"
#: Answers that hold no whole page: no content, reset, partial.
_NO_PAGE = frozenset({204, 205, 206})
#: Seconds that a cached answer can be old, at most.
_MAX_AGE = 366 * 86_400


def cut(place: Place, begin: Reached) -> Iterator[Found]:
    """The file in slices of up to BATCH_PAGES pages and about BATCH_BYTES of records; what is broken is named."""
    path = printable_path(place.path)
    with kept_stream(path, place.root and printable_path(place.root)) as stream:
        start, pages, size, end = begin.offset, 0, 0, begin.offset
        for unit in units(stream, begin.offset):
            found = 0 if unit.problem else _count(unit)
            full = pages and (unit.problem or pages + found > BATCH_PAGES or size > BATCH_BYTES)
            if full:
                yield place.slice(start, unit.offset - start, 0, pages)
            if full or (not pages and unit.offset > begin.offset):
                yield Reached(place.path, 0, unit.offset, stream.passed)
            if full or not pages:
                start, pages, size = unit.offset, 0, 0
            if unit.problem:
                yield problem(f"{path}@{unit.offset}", unit.problem)
            pages, size, end = pages + found, size + len(unit.content or b""), unit.offset + unit.length
        if pages:
            yield place.slice(start, end - start, 0, pages)
        yield Reached(place.path, 0, end, stream.size, complete=True)


def read(reference: Slice) -> Iterator[Raw]:
    """The pages of a slice."""
    end = reference.offset + reference.length
    with kept_stream(reference.path, reference.root) as stream:
        for unit in units(stream, reference.offset, end):
            own = replace(reference, offset=unit.offset, length=unit.length)
            yield from _pages(unit, own)


def starts(reference: Slice) -> list[Start]:
    """Where the units of a slice begin that hold pages."""
    end = reference.offset + reference.length
    with kept_stream(reference.path, reference.root) as stream:
        counted = [(unit.offset, _count(unit)) for unit in units(stream, reference.offset, end)]
    return [Start(offset, 0, pages) for offset, pages in counted if pages]


def _count(unit: Unit) -> int:
    """How many pages, or what stands in their place, a unit gives."""
    if unit.content is None:
        return 1
    return sum(isinstance(record, str) or _is_page(record) for record in split_records(unit.content))


def _pages(unit: Unit, own: Slice) -> Iterator[Raw]:
    place = own.address
    if unit.content is None:
        said = unit.problem or f"too large: a record of more than {MAX_BODY:,} bytes"
        yield Raw(place, own, problem=said)
        return
    for record in split_records(unit.content):
        if isinstance(record, str):
            yield Raw(place, own, problem=record)
        elif _is_page(record):
            yield _page(record, place, own)


def _is_page(record: Record) -> bool:
    match record.fields.get("warc-type", "").lower():
        case "response":
            head = read_head(record.block) if _essence(record.fields) == _HTTP else None
            return head is not None and 200 <= head.status < 300 and head.status not in _NO_PAGE and _shows(head)
        case "revisit":
            head = read_head(record.block)
            return head is None or (head.status in {200, 203, 304} and _shows(head))
        case "resource" | "conversion":
            return _essence(record.fields) in _PAGES
    return False


def _shows(head: Head) -> bool:
    return _essence(head.fields) in _PAGES


def _essence(fields: dict[str, str]) -> str:
    return fields.get("content-type", "").partition(";")[0].strip().lower()


def _page(record: Record, place: str, own: Slice) -> Raw:
    try:
        url = _target(record.fields.get("warc-target-uri"))
        observed_at = _date(record.fields, "warc-date")
        if record.fields["warc-type"].lower() == "revisit":
            return Raw(
                url, own, url=url, observed_at=observed_at, observed_from=ObservedFrom.WARC,
                refers_to=_refers_to(record.fields, url),
            )  # fmt: skip
        body, media_type, age = _content(record)
    except Unreadable as exc:
        return Raw(place, own, problem=str(exc))
    if len(body) > MAX_BODY:
        return Raw(place, own, problem=f"too large: {len(body):,} bytes, more than {MAX_BODY:,}")
    if age:
        own = replace(own, age_seconds=age)
    return Raw(
        url, own, body, url=url, media_type=media_type, observed_at=observed_at, observed_from=ObservedFrom.WARC,
        age_seconds=age,
    )  # fmt: skip


def _content(record: Record) -> tuple[bytes, str, int]:
    """The body of a page, its media type, and the seconds that it lay in caches."""
    fields = record.fields
    if fields["warc-type"].lower() == "response":
        head = read_head(record.block)
        assert head is not None, "asked before"
        age = head.fields.get("age", "")
        seconds = int(age) if age.isascii() and age.isdecimal() and len(age) < 10 else 0
        return read_body(record.block, head), head.fields.get("content-type", ""), seconds * (seconds <= _MAX_AGE)
    media_type = fields.get("content-type", "")
    if fields["warc-type"].lower() == "conversion" and media_type.strip().lower() == "text/plain":
        media_type = "text/plain; charset=utf-8"  # WET files are UTF-8, and do not say so
    return record.block, media_type, 0


def _target(uri: str | None) -> str:
    """The address of a record, which some tools write in angle brackets."""
    uri = (uri or "").strip().removeprefix("<").removesuffix(">")
    if not uri:
        raise Unreadable("it has no WARC-Target-URI")
    if len(uri) > MAX_LENGTH:
        raise Unreadable(f"its WARC-Target-URI is longer than {MAX_LENGTH:,} characters")
    return uri.replace("\0", "\ufffd")


def _date(fields: dict[str, str], name: str) -> datetime:
    try:
        return parse_time(fields[name])
    except KeyError:
        raise Unreadable("it has no WARC-Date") from None
    except ValueError as exc:
        raise Unreadable(f"its {name}: {exc}") from exc


def _refers_to(fields: dict[str, str], url: str) -> tuple[str, datetime]:
    if "warc-refers-to-date" not in fields:
        raise Unreadable("a revisit that does not say of what: it has no WARC-Refers-To-Date")
    return _target(fields.get("warc-refers-to-target-uri") or url), _date(fields, "warc-refers-to-date")
