"""The records of the made-up newswire: what a page printed, as a reader of the page would note it down.

Everything is clean and in the page's own spelling. Holds no truth: an age here is what the page said.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from tests.newswire.ages import Age, Window, narrowed
from tests.newswire.fold import content_hash

#: Why something that looks like an item is none; the words of ``records.Reason``.
CUT, REPEATED = "cut off", "repeated"
#: How far a clock may be ahead of another.
AHEAD = timedelta(minutes=5)
#: The web is no older.
FIRST = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Printed:
    """One item as one page prints it, complete with its age."""

    #: The body without its dateline; empty where a headline stands alone.
    text: str
    age: Age
    headline: str | None = None
    place: str | None = None
    agencies: tuple[str, ...] = ()
    url: str | None = None
    #: What its ``<time datetime>`` says, where it has one with a zone.
    stamp: datetime | None = None

    @property
    def content_hash(self) -> str:
        """The identity of the item: of its body, or of its headline where it has no body."""
        return content_hash(self.text or self.headline or "")

    @property
    def dateline(self) -> str | None:
        """As printed, without the dash: ``BRUSSEL (ANP/AFP)``."""
        if self.place is None:
            return None
        return f"{self.place} ({'/'.join(self.agencies)})" if self.agencies else self.place

    def window(self, seen: datetime | None) -> Window | None:
        """When it was published by the words of this page, captured at ``seen``.

        A ``datetime`` is a point whether or not anybody knows when the page was captured; an age needs to know. One
        that lies more than five minutes after the capture, as clocks may differ, or further from the words than these
        are wide, cannot be true: the words hold. An age that would lie before 1995 says nothing.
        """
        return self._window(seen, None if seen is None else self.age.window(seen))

    def nearest_window(self, seen: datetime | None) -> Window | None:
        """The same where its ages are rounded to the nearest unit."""
        return self._window(seen, None if seen is None else self.age.nearest_window(seen))

    def _window(self, seen: datetime | None, words: Window | None) -> Window | None:
        if words is None or words.last < FIRST:
            words = None
        if self.stamp is not None and (seen is None or self.stamp <= seen + AHEAD):
            point = Window(self.stamp, self.stamp, point=True)
            if words is None or narrowed(words.widened(), point):
                return point
        return words


@dataclass(frozen=True, slots=True)
class Block:
    """The complete items under one name, in page order, repeats included."""

    section: str
    items: tuple[Printed, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """The page's own article; the first paragraph stands without its dateline."""

    headline: str
    dateline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page shows, before a form puts it into characters."""

    blocks: tuple[Block, ...]
    lead: Lead | None = None
    #: Printed last in the last block, and broken off; no block counts it.
    cut: Printed | None = None
    #: Headlines that run above a region's listing and are no items.
    ticker: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """One capture of one page: its body as it was read, and what a careful reader finds in it."""

    url: str
    #: When it was captured, or None where nobody says.
    observed_at: datetime | None
    form: str
    body: str = field(repr=False)
    sheet: Sheet
    #: The source that it was polled for, where one is named (``--source``).
    source: str | None = None

    @property
    def is_html(self) -> bool:
        """Whether the body is markup and not a text extraction."""
        return self.form == "HTML"

    @property
    def body_sha256(self) -> str:
        """SHA-256, in hex, of the body as UTF-8."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def publisher(self) -> str:
        """What its lists belong to: the source, or the host where none is named."""
        return self.source or urlsplit(self.url).hostname or ""
