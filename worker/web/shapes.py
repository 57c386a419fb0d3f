"""What the JSON answers hold, typed; the document at ``/openapi.json`` is made of these."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field


class Fault(BaseModel):
    """Why there is no answer."""

    detail: str


class ItemShape(BaseModel):
    """A canonical item."""

    content_hash: str = Field(description="SHA-256, in hex, of its folded text.")
    hash_version: int
    headline: str | None
    place: str | None
    agencies: list[str] = Field(description="In printed order.")
    text: str
    section: str | None
    url: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    sightings: int
    published_after: datetime | None = Field(description="Published after this time,")
    published_before: datetime | None = Field(description="and at this time at the latest.")
    published_from: str | None = Field(description="`age`, `date`, `datetime`, or null.")
    revision_of: str | None = Field(description="The hash of the earlier item that this one corrects.")


class ItemsShape(BaseModel):
    """A page of items, newest first."""

    items: list[ItemShape]
    next: str | None = Field(description="Where the next page begins (`after=`); null where there is none.")


class SightingShape(BaseModel):
    """One sighting of an item, and the window of the item after it."""

    observed_at: datetime
    observed_from: str
    address: str
    source: str | None
    section: str | None
    position: int
    of: int = Field(description="Items found on the page.")
    age: str | None = Field(description="As printed.")
    said_after: datetime | None
    said_before: datetime | None
    published_after: datetime | None
    published_before: datetime | None
    effect: str


class VersionShape(BaseModel):
    """Another version of an item, with the difference from the older to the newer."""

    content_hash: str
    first_seen_at: datetime
    difference: str


class ArticleShape(BaseModel):
    """The item's own article, as it was captured last."""

    address: str
    observed_at: datetime
    headline: str | None
    dateline: str | None
    text: str
    captures: int
    versions: int


class OneItemShape(ItemShape):
    """An item with all that is known of it."""

    conflicts: int
    folded: str = Field(description="The text that is hashed.")
    revises: VersionShape | None
    revised_by: list[VersionShape]
    article: ArticleShape | None
    seen: list[SightingShape]


class ListShape(BaseModel):
    """A list and how it does."""

    list: str
    section: str
    captures: int
    last_capture_at: datetime
    last_new_at: datetime | None
    every_seconds: int | None
    overlap: float | None
    least_overlap: float | None
    gaps: int
    last_gap_at: datetime | None
    safe_every_seconds: int | None
    in_order_of_time: bool
    rounding: str


class SourceShape(BaseModel):
    """What is polled, and how it does."""

    name: str
    last_run_at: datetime | None
    next_run_at: datetime | None
    last_new_at: datetime | None
    outcome: str | None
    failed_polls: int
    failing_since: datetime | None
    no_list_since: datetime | None


class WaitShape(BaseModel):
    """Work that waits for one reason."""

    reason: str
    pieces: int
    pages: int
    next_at: datetime | None
    since: datetime


class SourcesShape(BaseModel):
    """Health: what is polled, which lists there are, what waits."""

    at: datetime
    sources: list[SourceShape]
    lists: list[ListShape]
    waits: list[WaitShape]


class FailureShape(BaseModel):
    """What failed with an address since it last succeeded."""

    id: int
    kind: str
    address: str
    source: str | None
    count: int
    first_at: datetime
    last_at: datetime
    reason: str
    state: str


class FailuresShape(BaseModel):
    """Open failures, the latest first."""

    failures: list[FailureShape]


class RunShape(BaseModel):
    """An ingest, a poll, or the links that a poll found."""

    id: int
    source: str | None
    target: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    pages_new: int
    pages_known: int
    pages_done: int
    pages_failed: int
    items_new: int
    items_seen: int
    items_rejected: int


class RunsShape(BaseModel):
    """Runs, the newest first."""

    runs: list[RunShape]
    next: int | None = Field(description="Where the next page begins (`before=`); null where there is none.")


class DayCount(BaseModel):
    """A day and its items."""

    day: date
    items: int


class DaysShape(BaseModel):
    """Items by the day on which they were first seen; days without any are left out."""

    days: list[DayCount]


class HourCount(BaseModel):
    """An hour of a day, a section, the agencies, and their items."""

    hour: int
    section: str | None
    agencies: list[str]
    items: int


class LeadShape(BaseModel):
    """How often a source had an item first that another one had too."""

    source: str
    shared: int
    first: int
    ahead_seconds: int | None = Field(description="The usual time by which it led.")


class DayShape(BaseModel):
    """One day."""

    day: date
    hours: list[HourCount]
    leads: list[LeadShape]
