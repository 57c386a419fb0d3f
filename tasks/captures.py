"""A page on its way into the tables: what was read, where, when, and how it ended. Values only.

``Raw`` is what a door (disk, web, stored bodies) yields; ``Capture`` is what the merge stores.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from meeruit.tasks.records import Extraction

#: How a page can be read again:
#: ``{"file": PATH}``, ``{"slice": PATH, "offset", "length", "line"}``, ``{"body": SHA256, …}``.
Reference = dict[str, Any]

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Raw:
    """One page as a door yields it; with ``problem`` set there is no page, only the reason."""

    address: str
    reference: Reference
    body: bytes | None = None
    url: str | None = None
    media_type: str = ""
    observed_at: datetime | None = None
    observed_from: str | None = None
    problem: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    #: The SHA-256 of ``body`` where the door knows it already.
    sha256: str | None = None
    #: The outcome in plain words, where it is not what was found on the page: ``not modified``.
    note: str | None = None
    #: Seconds that the page lay in caches before it came: its ages count from so much before ``observed_at``.
    age_seconds: int = 0


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

    @property
    def found(self) -> int:
        """Items found: those kept and those rejected."""
        if self.extraction is None:
            return 0
        return sum(len(block.items) + len(block.rejected) for block in self.extraction.blocks)

    def rejects(self) -> dict[str, int]:
        """How many items were rejected, by reason."""
        if self.extraction is None:
            return {}
        return dict(Counter(str(no.reason) for block in self.extraction.blocks for no in block.rejected))


def sha256(body: bytes) -> str:
    """SHA-256 of a body, in hex."""
    return hashlib.sha256(body).hexdigest()


def capture_key(address: str, body: str | None, observed_at: datetime | None) -> str:
    """What makes two captures the same one: address, body and capture time; without a time, address and body."""
    time = observed_at.isoformat() if observed_at else ""
    return hashlib.sha256("\0".join((address, body or "", time)).encode("utf-8", "surrogatepass")).hexdigest()


def parse_time(text: object) -> datetime:
    """Read a capture time: ISO 8601 with a zone, kept in UTC, rounded down to the second.

    Raises ValueError, in plain words, for anything else.
    """
    if not isinstance(text, str):
        raise ValueError(f"{repr(text)[:60]} is no time; write it like 2026-03-02T14:05:00Z")  # noqa: TRY004
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no time; write it like 2026-03-02T14:05:00Z") from None
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it like 2026-03-02T14:05:00Z or 2026-03-02T15:05:00+01:00")
    try:
        return time.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def check_time(observed_at: datetime, now: datetime) -> None:
    """Refuse a capture time that cannot be true: a first-seen minimum never recovers from a lie (design, section 3).

    Raises ValueError before 1995 or more than five minutes ahead of ``now``.
    """
    if observed_at < EARLIEST:
        raise ValueError(f"capture time {observed_at:%Y-%m-%dT%H:%M:%SZ} lies before 1995")
    if observed_at > now + _AHEAD:
        raise ValueError(f"capture time {observed_at:%Y-%m-%dT%H:%M:%SZ} lies in the future")
