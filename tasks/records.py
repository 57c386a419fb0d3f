"""The values that travel between the rooms: a page goes in, an extraction comes out.

Frozen, plain and complete: no record knows a database, a parser or a clock. Times are aware UTC on whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

#: Bytes of one page, at most; real pages hold a hundredth of it.
MAX_BODY = 10_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """One capture of one page, as it was read: the same shape for the web, the disk and an archive."""

    body: bytes
    #: What it was fetched from, or a sidecar's or record's ``url``; resolves relative links.
    url: str | None = None
    #: When the page was captured, or None where nobody says.
    observed_at: datetime | None = None
    #: The Content-Type as declared (``text/html; charset=utf-8``), or empty: then the body tells.
    media_type: str = ""
    #: The moment that the page's ages count from, where that is earlier than ``observed_at``: an answer out of a cache.
    shown_at: datetime | None = None
    #: Whether it was declared a listing: every list of teasers on it counts, with a heading or without.
    listing: bool = False
    #: How its site rounds ages, where somebody says.
    rounding: Rounding | None = None


class Rounding(StrEnum):
    """How a site rounds its ages: 95 minutes are ``1 hour`` or ``2 hours``."""

    DOWN = "down"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Window:
    """When an item was published: after ``after``, at ``before`` at the latest; a point where both are equal."""

    after: datetime
    before: datetime


class PublishedFrom(StrEnum):
    """What a publication window rests on."""

    AGE = "age"
    #: A date, a day or a clock time in the place of an age.
    DATE = "date"
    DATETIME = "datetime"


class Item(NamedTuple):
    """A complete item as one page prints it, cleaned; its own spelling, case, quotes and dashes kept."""

    #: 1 for the first item of the page, counted over all blocks.
    position: int
    headline: str | None
    #: Everything up to the agency bracket or the dash: ``TEHERAN/JERUZALEM``.
    place: str | None
    #: In printed order: ``("ANP", "AFP")``.
    agencies: tuple[str, ...]
    #: The dateline as printed, without the dash: ``BRUSSEL (ANP/AFP)``.
    dateline: str | None
    #: The body without its dateline; empty for an item that is a headline only.
    text: str
    url: str | None
    #: The age as printed: ``18 minuten geleden``.
    age: str | None
    window: Window | None
    published_from: PublishedFrom | None
    content_hash: str
    #: What the window is if the site rounds to the nearest unit; ``window`` itself where somebody says how it rounds.
    nearest: Window | None = None
    #: Whether a machine-readable time contradicted the words beside it, so that the words count.
    contradicted: bool = False


class Reason(StrEnum):
    """Why something that looked like an item is none."""

    CUT = "cut off"
    REPEATED = "repeated"
    NO_TEXT = "no text"
    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class Reject:
    """A stretch of a block that looked like an item and is none."""

    reason: Reason
    text: str


class Block(NamedTuple):
    """A run of items on a page, with the name that stands above it."""

    section: str | None
    items: tuple[Item, ...]
    rejected: tuple[Reject, ...]
    #: How many items have no age that was read, where others of the block have one.
    unread: int = 0


class Lead(NamedTuple):
    """The page's own article."""

    headline: str | None
    dateline: str | None
    #: Paragraphs, parted by a line feed; the first one behind the deck without its dateline.
    text: str
    #: How many of the paragraphs are a deck: set between the headline and the text.
    deck: int = 0

    @property
    def opening(self) -> str:
        """The paragraph that the text opens with, which a teaser of it repeats; empty where there is no text."""
        paragraphs = self.text.split("\n", self.deck + 1)
        return paragraphs[self.deck] if len(paragraphs) > self.deck else ""


class Extraction(NamedTuple):
    """What one page holds."""

    #: The page's address: as given, or else as the page states it (``rel=canonical``, ``og:url``).
    url: str | None
    observed_at: datetime | None
    lead: Lead | None
    blocks: tuple[Block, ...]
    #: The encoding that the body was read in (WHATWG name) and how many sequences were replaced by U+FFFD.
    encoding: str = "utf-8"
    replaced: int = 0

    def items(self) -> Iterator[tuple[Block, Item]]:
        """Every item with its block, in page order."""
        for block in self.blocks:
            for item in block.items:
                yield block, item
