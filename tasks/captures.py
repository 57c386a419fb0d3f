"""A page on its way into the tables: what was read, where, when, and how it ended. Values only.

``Raw`` is what a door (disk, web, stored bodies) yields; ``Capture`` is what the merge stores.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from meeruit.tasks.records import Extraction
from meeruit.tasks.references import Reference

#: Pages of one piece of work, at most: one task a page would spend most of its time on messages.
BATCH_PAGES = 200
#: Bytes of bodies of one piece of work, at most, so that a worker's memory stays small.
BATCH_BYTES = 8_000_000

#: What can be odd about the times on a page: an item without an age that is read, where its neighbours have one; and a
#: machine-readable time that contradicts the words beside it.
NOT_READ, CONTRADICTS = "age not read", "time contradicts"


class ObservedFrom(StrEnum):
    """What the time of a capture rests on."""

    HTTP = "http"
    WARC = "warc"
    SIDECAR = "sidecar"
    RECORD = "record"
    OPTION = "option"
    INGEST = "ingest"


@dataclass(frozen=True, slots=True)
class Extracted:
    """A page that was extracted elsewhere."""

    extraction: Extraction
    #: Of its body.
    sha256: str
    size: int
    #: Whether it was declared a listing.
    listing: bool


@dataclass(frozen=True, slots=True)
class Raw:
    """One page as a door yields it; with ``problem`` set there is no page, only the reason."""

    address: str
    #: How it can be read again; None where that was not kept.
    reference: Reference | None = None
    body: bytes | None = None
    url: str | None = None
    media_type: str = ""
    observed_at: datetime | None = None
    observed_from: str | None = None
    problem: str | None = None
    #: Whether the problem may pass: the page is worth another try later.
    passing: bool = False
    etag: str | None = None
    last_modified: str | None = None
    #: The SHA-256 of ``body`` where the door knows it already.
    sha256: str | None = None
    #: The outcome in plain words, where it is not what was found on the page: ``not modified``.
    note: str | None = None
    #: What is odd about the record that it stood in, in plain words: a time that is not read, an address that is none.
    remarks: tuple[str, ...] = ()
    #: Seconds that the page lay in caches before it came: its ages count from so much before ``observed_at``.
    age_seconds: int = 0
    #: The address and the time of the capture whose body it has, where it comes without one.
    refers_to: tuple[str, datetime] | None = None
    #: What was found on it elsewhere; it has no body then.
    extracted: Extracted | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """One page, read and extracted or given up: one row to be."""

    raw: Raw
    observed_at: datetime
    observed_from: str
    #: SHA-256 of the body, or None where none could be read.
    body: str | None
    key: str
    extraction: Extraction | None
    #: Why it is quarantined, or None.
    problem: str | None
    #: Whether it was declared a listing.
    listing: bool = False

    @property
    def found(self) -> int:
        """Items found: those kept and those rejected."""
        if self.extraction is None:
            return 0
        return sum([len(block.items) + len(block.rejected) for block in self.extraction.blocks])

    def rejects(self) -> dict[str, int]:
        """How many items were rejected, by reason."""
        reasons = (
            [str(no.reason) for block in self.extraction.blocks for no in block.rejected] if self.extraction else []
        )
        return dict(Counter(reasons)) if reasons else {}

    def remarks(self) -> dict[str, int]:
        """What was odd about its record, and about the times of its items, and how often."""
        blocks = self.extraction.blocks if self.extraction else ()
        found = {
            NOT_READ: sum([block.unread for block in blocks]),
            CONTRADICTS: sum([item.contradicted for block in blocks for item in block.items]),
        }
        return {remark: number for remark, number in found.items() if number} | dict.fromkeys(self.raw.remarks, 1)


#: Characters of the address of a page that cannot be stored, or could not be read for no fault of its own, at most.
_LONGEST_ADDRESS = 2_000


def paired(text: str) -> str:
    """A text with U+FFFD in the place of half a surrogate pair, which a JSON escape can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable(text: str) -> str:
    """A text as any database takes it: without half a surrogate pair, and with U+FFFD in the place of a NUL."""
    return paired(text).replace("\0", "\ufffd")


def plain_address(address: object) -> str:
    """An address that any database takes, whatever stood for one."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(address)[:_LONGEST_ADDRESS])


def sha256(body: bytes) -> str:
    """SHA-256 of a body, in hex."""
    return hashlib.sha256(body).hexdigest()


def capture_key(address: str, body: str | None, observed_at: datetime | None) -> str:
    """What makes two captures the same one: address, body and capture time; without a time, address and body."""
    time = observed_at.isoformat() if observed_at else ""
    return hashlib.sha256("\0".join((address, body or "", time)).encode("utf-8", "surrogatepass")).hexdigest()


def address_key(address: str) -> int:
    """What an address is looked up by, since it can be too long for an index: 64 bits of its SHA-256, signed."""
    return int.from_bytes(hashlib.sha256(address.encode("utf-8", "surrogatepass")).digest()[:8], signed=True)
