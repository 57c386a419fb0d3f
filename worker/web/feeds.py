"""Items as CSV and as an Atom feed (RFC 4287)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.responses import Response

from meeruit.tasks.report.listings import ITEM_KEYS, Row
from meeruit.tasks.times import iso
from meeruit.worker.web.rendering import link, short

_ATOM = "http://www.w3.org/2005/Atom"
#: What XML 1.0 cannot hold, even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTHING = datetime(1970, 1, 1, tzinfo=UTC)


class CSVResponse(Response):
    """Comma-separated values (RFC 4180)."""

    media_type = "text/csv"


class AtomResponse(Response):
    """A feed."""

    media_type = "application/atom+xml"


def as_csv(rows: Sequence[Row]) -> str:
    """The rows with a header, a cell as it is stored; lists joined by ``/``, what is unknown empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(ITEM_KEYS)
    writer.writerows([_cell(row[key]) for key in ITEM_KEYS] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value)
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def as_atom(rows: Sequence[Row], base: str, question: str) -> bytes:
    """The rows as entries: an item's own name is its hash, its time when it was first seen."""
    feed = Element("feed", xmlns=_ATOM)
    home = f"{base}items{question}"
    _say(feed, "id", f"{base}items.atom{question}")
    _say(feed, "title", "meeruit: items")
    _say(feed, "updated", iso(max((row["first_seen_at"] for row in rows), default=_NOTHING)))
    SubElement(feed, "link", rel="self", href=f"{base}items.atom{question}")
    SubElement(feed, "link", rel="alternate", href=home)
    _say(SubElement(feed, "author"), "name", "meeruit")
    for row in rows:
        _entry(SubElement(feed, "entry"), row, base)
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(entry: Element, row: Row, base: str) -> None:
    _say(entry, "id", f"urn:sha256:{row['content_hash']}")
    _say(entry, "title", short(row["headline"] or row["text"], 120))
    _say(entry, "updated", iso(row["first_seen_at"]))
    if row["published_before"] is not None:
        _say(entry, "published", iso(row["published_before"]))
    SubElement(entry, "link", rel="alternate", href=f"{base}items/{row['content_hash']}")
    if link(row["url"]):
        SubElement(entry, "link", rel="via", href=row["url"])
    for name in (row["section"], *row["agencies"]):
        if name:
            SubElement(entry, "category", term=_speakable(name))
    _say(entry, "content", row["text"]).set("type", "text")


def _say(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = _speakable(text)
    return child


def _speakable(text: str) -> str:
    return _UNSPEAKABLE.sub("\ufffd", text)
