"""The tables, the same on SQLite and PostgreSQL. Says what is stored; knows nothing of how it comes about.

Times are aware UTC on whole seconds. Migrations are made from this module; see ``worker/migrations``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, MetaData, String, Table, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from meeruit.tasks.records import Rounding

#: Names for every constraint, so that a migration can name what it changes, on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata

#: JSONB where there is one, so that ``agencies ? 'ANP'`` works in psql.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
#: A hash that is looked up by its prefix: compared byte by byte, whatever the language of the database.
Hash = String().with_variant(String(collation="C"), "postgresql")
#: Characters of a name that is part of an index: PostgreSQL takes 2.7 kB, and a character has up to four bytes.
LONGEST_NAME = 200

#: Row numbers, for a table that has a column ``list``.
Numbers = list[int]
_OPEN = text("finished_at IS NULL")
_UNNUMBERED = text("cursor IS NULL")
_WAITING_FETCHES = text("state = 'pending' AND kind = 'fetch'")


def _where_known(table: str, column: str) -> Index:
    """An index of the rows that have a value there: most have none, and a row without one costs nothing."""
    known = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, sqlite_where=known, postgresql_where=known)


class WorkState(StrEnum):
    """Where a piece of work stands; ``split`` means that its parts carry on."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    SPLIT = "split"


#: Work that has not ended.
UNFINISHED = (WorkState.PENDING, WorkState.RUNNING)


class WorkKind(StrEnum):
    """What a piece of work refers to."""

    FILES = "files"
    SLICE = "slice"
    BODIES = "bodies"
    FETCH = "fetch"
    #: A look through a folder: what it finds is more work of the same run.
    SCAN = "scan"


class RunKind(StrEnum):
    """What started a run."""

    #: A command that was given pages.
    INGEST = "ingest"
    #: A look at the lists, feeds and folder of a source.
    POLL = "poll"
    #: The new links of a feed.
    LINKS = "links"


class PageState(StrEnum):
    """How a page ended."""

    DONE = "done"
    QUARANTINED = "quarantined"


class FailureKind(StrEnum):
    """What an address could not be used for."""

    #: It gave no page.
    FETCHING = "fetching"
    #: What it gave, or the file or line, cannot be read.
    READING = "reading"
    #: The database takes no row of it.
    STORING = "storing"


class FailureState(StrEnum):
    """Whether a failure still asks for somebody's attention."""

    OPEN = "open"
    #: The address succeeded later.
    CLOSED = "closed"
    #: Somebody said that it may be; it is open again when the address fails once more.
    DISMISSED = "dismissed"


class GivenBy(StrEnum):
    """Who gave an item its headline or its link."""

    SIGHTING = "sighting"
    #: Its own article; any sighting that has one takes its place.
    ARTICLE = "article"


class Item(SQLModel, table=True):
    """A canonical item: what is shown comes from its earliest sighting that has it."""

    __table_args__ = (
        *(_where_known("item", name) for name in ("revision_of", "headline_key", "link_key", "cursor")),
        Index("ix_item_unnumbered", "id", sqlite_where=_UNNUMBERED, postgresql_where=_UNNUMBERED),
    )

    id: int | None = Field(default=None, primary_key=True)
    content_hash: str = Field(sa_column=Column("content_hash", Hash, unique=True, nullable=False))
    hash_version: int
    headline: str | None
    headline_from: str | None
    place: str | None
    agencies: list[str] = Field(default_factory=list, sa_column=Column("agencies", Json, nullable=False))
    text: str
    section: str | None
    url: str | None
    url_from: str | None
    first_seen_at: datetime
    last_seen_at: datetime = Field(index=True)
    sightings: int = Field(index=True)
    #: How many of them were given up (``store.prune_sightings``).
    pruned: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    published_after: datetime | None
    published_before: datetime | None
    published_from: str | None
    #: Sightings that were passed over: their windows do not intersect with this one.
    conflicts: int
    #: The earlier item that this one corrects.
    revision_of: int | None = Field(default=None, foreign_key="item.id")
    #: SHA-256 of the folded headline and of the link under which ``revision_of`` was derived; null: under none.
    headline_key: str | None
    link_key: str | None
    #: Its number among the new items, in the order in which they are told (``store.outbox``); null until somebody asks.
    cursor: int | None = Field(default=None, sa_type=BigInteger)
    #: When it was given that number.
    stored_at: datetime | None = None


class Reader(SQLModel, table=True):
    """Somebody who is told of new items, by a name of their own, and up to where they were told; without a name: all readers."""

    name: str = Field(primary_key=True)
    cursor: int = Field(sa_type=BigInteger)
    told_at: datetime


class Webhook(SQLModel, table=True):
    """An address that is told of new items (``store.hooks``): how that goes; up to where, its reader says."""

    name: str = Field(primary_key=True)
    #: How often in a row it did not take the event that is next, how often of these it refused it, why, and when it is tried again.
    failed: int
    refused: int
    reason: str | None
    next_at: datetime | None
    #: It said that it is gone (HTTP 410), under the address of this SHA-256: nothing more is sent there.
    gone: str | None
    #: The process that tells it, and until when nobody else does.
    holder: str | None
    lease_until: datetime | None


class Undelivered(SQLModel, table=True):
    """An event that a webhook refused as often as it was tried; those behind it were told."""

    webhook: str = Field(primary_key=True)
    cursor: int = Field(primary_key=True, sa_type=BigInteger)
    first_at: datetime
    last_at: datetime
    count: int
    reason: str


class Sighting(SQLModel, table=True):
    """An item on a page, as it stood there."""

    __table_args__ = (Index("ix_sighting_page_id", "page_id"),)

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    page_id: int = Field(primary_key=True, foreign_key="page.id")
    position: int
    section: str | None
    headline: str | None
    dateline: str | None
    place: str | None
    agencies: list[str] = Field(default_factory=list, sa_column=Column("agencies", Json, nullable=False))
    url: str | None
    #: The age as printed: ``18 minuten geleden``.
    age: str | None
    #: Null where it equals the item's text.
    text: str | None
    #: Where the site rounds ages down, or as somebody says that it rounds.
    published_after: datetime | None
    published_before: datetime | None
    published_from: str | None
    #: The same where it rounds to the nearest unit; null where that makes no difference.
    nearest_after: datetime | None
    nearest_before: datetime | None


class Page(SQLModel, table=True):
    """One capture, done or quarantined."""

    __table_args__ = (
        Index("ix_page_body_observed_at", "body", "observed_at"),
        Index("ix_page_run_id", "run_id"),
        Index("ix_page_address_key_observed_at", "address_key", "observed_at"),
        _where_known("page", "lead_hash"),
    )

    id: int | None = Field(default=None, primary_key=True)
    #: The http(s) address, or the path, or ``FILE:LINE``.
    address: str
    #: What it is looked up by (``captures.address_key``).
    address_key: int = Field(sa_type=BigInteger)
    source: str | None
    run_id: int = Field(foreign_key="run.id")
    work_id: int = Field(foreign_key="work.id", index=True)
    observed_at: datetime
    observed_from: str
    #: SHA-256 of address, body and capture time: the same capture twice is one row.
    capture_key: str = Field(unique=True)
    body: str | None = Field(default=None, foreign_key="body.sha256")
    #: The Content-Type as declared for this capture.
    media_type: str
    #: Its address on the web, as given or else as it states it itself; null where only a path is known.
    url: str | None
    state: str
    #: In plain words: ``3 new, 4 seen``, ``no block found``, ``HTTP 404``.
    outcome: str
    found: int = 0
    new: int = 0
    seen: int = 0
    rejected: int = 0
    #: Reason to number: ``{"cut off": 1}``.
    rejects: dict[str, int] = Field(default_factory=dict, sa_column=Column("rejects", Json, nullable=False))
    #: What was odd about its record or its times, and how often: ``{"time contradicts": 1}``.
    remarks: dict[str, int] = Field(default_factory=dict, sa_column=Column("remarks", Json, nullable=False))
    lead_headline: str | None
    lead_dateline: str | None
    lead_text: str | None
    #: What an item of its first paragraph would have as ``content_hash``.
    lead_hash: str | None = Field(default=None, sa_column=Column("lead_hash", Hash))
    etag: str | None
    last_modified: str | None
    encoding: str | None
    #: The language profile that was named for it, and whether it was declared a listing.
    profile: str | None
    listing: bool = False
    #: How its ages are rounded, where that was said for its source.
    rounding: str | None
    #: Sequences of the body that could not be decoded.
    replaced: int = 0
    #: How many of its sightings were given up; null: none, and none of those that it has decides what a pruned item is.
    pruned: int | None = None
    #: How to read it again: kept where that may help, for ``retry``.
    reference: dict[str, Any] | None = Field(default=None, sa_column=Column("reference", Json))


class Failure(SQLModel, table=True):
    """What failed with an address since it last succeeded; derived from its pages (``store.failures``)."""

    id: int | None = Field(default=None, primary_key=True)
    #: SHA-256 of kind and address.
    key: str = Field(unique=True)
    kind: str
    address: str
    #: Whose page it was the last time.
    source: str | None
    first_at: datetime
    last_at: datetime
    #: Pages that failed in a row.
    count: int
    #: Why the last of them did, in plain words.
    reason: str
    #: That last page.
    page_id: int
    state: str
    #: When the address succeeded again.
    closed_at: datetime | None
    #: Dismissed up to this page.
    dismissed_page: int | None = None


class Listing(SQLModel, table=True):
    """A list as one dated page shows it: what overlap and gaps are measured on."""

    __table_args__ = (Index("ix_listing_list_section_observed_at", "list", "section", "observed_at"),)

    page_id: int = Field(primary_key=True, foreign_key="page.id")
    #: Empty where the block has no name; truncated to LONGEST_NAME characters.
    section: str = Field(primary_key=True)
    #: The source, or the host where none is named.
    list: str
    observed_at: datetime
    #: Items on it.
    shown: int
    #: How many of them the capture before showed too; null: none before, or this one tells nothing new of the list.
    shared: int | None
    #: Neighbours on it that both have a time, and those of them of which the lower one is newer.
    pairs: int = 0
    inverted: int = 0
    #: The numbers of the items on it whose sightings were given up.
    pruned: Numbers | None = Field(default=None, sa_column=Column("pruned", Json))


class ListState(SQLModel, table=True):
    """How a list prints its items, by what its captures show; without a row: rounded down, and in order of time."""

    __tablename__ = "list_state"

    list: str = Field(primary_key=True)
    section: str = Field(primary_key=True)
    #: How it rounds ages, where nobody says: ``down`` or ``nearest``.
    rounding: str = Rounding.DOWN
    #: How they were rounded when its items were last folded; differs from ``rounding`` while they are folded again.
    folded: str = Rounding.DOWN
    #: The last item id whose rounding was checked; null when the check is complete.
    heard: int | None
    #: Whether its newest items stand first; only then it has overlap and gaps.
    ordered: bool = True


class Contradiction(SQLModel, table=True):
    """An item whose sightings on a list contradict each other under one rounding and agree under the other.

    Kept for lists of which an item says that they round to the nearest unit.
    """

    __table_args__ = (Index("ix_contradiction_item_id", "item_id"),)

    list: str = Field(primary_key=True)
    section: str = Field(primary_key=True)
    item_id: int = Field(primary_key=True, foreign_key="item.id")
    #: The rounding under which they agree.
    agrees: str


class Body(SQLModel, table=True):
    """A distinct raw body, compressed with Zstandard; kept so that pages can be extracted again."""

    sha256: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    media_type: str
    content: bytes = Field(sa_column=Column("content", LargeBinary, nullable=False))


class Work(SQLModel, table=True):
    """A piece of work: the ledger. The broker's message only says which row to look at."""

    __table_args__ = (
        Index("ix_work_run_id_state", "run_id", "state"),
        Index("ix_work_state_derived_run_id", "state", "derived", "run_id"),
        Index(
            "ix_work_fetches", "state", "kind", "id", sqlite_where=_WAITING_FETCHES, postgresql_where=_WAITING_FETCHES
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    reference: dict[str, Any] = Field(sa_column=Column("reference", Json, nullable=False))
    #: Pages in it.
    pages: int
    run_id: int = Field(foreign_key="run.id")
    state: str
    attempts: int = 0
    #: PROCESS/MESSAGE: the process that runs it, and the id of the broker's message that it acts on.
    holder: str | None
    lease_until: datetime | None
    not_before: datetime | None
    sent_at: datetime | None
    #: Why it waits, in plain words, where it does.
    last_error: str | None
    #: How often it was put back in a row through no fault of its own.
    setbacks: int = 0
    #: True where what needs order across pages (gaps, revisions, articles) has been derived for its pages.
    derived: bool = False
    #: Pages that ended in quarantine, known ones among them: ``[[address, reason], …]``.
    failed: list[list[str]] = Field(default_factory=list, sa_column=Column("failed", Json, nullable=False))
    pages_new: int = 0
    pages_known: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    items_new: int = 0
    items_seen: int = 0
    items_rejected: int = 0


class Source(SQLModel, table=True):
    """The state of what is polled; ``sources.toml`` says what that is."""

    name: str = Field(primary_key=True)
    last_run_at: datetime | None
    next_run_at: datetime | None
    last_new_at: datetime | None


class Validator(SQLModel, table=True):
    """What an address answered last, for a conditional request; only where its body was parsed whole."""

    #: SHA-256 of the address.
    key: str = Field(primary_key=True)
    address: str
    etag: str | None
    last_modified: str | None
    body: str = Field(foreign_key="body.sha256")
    media_type: str
    #: Requests with these validators since the last one without.
    uses: int = 0


class Noted(SQLModel, table=True):
    """What a source has shown already: a link of a feed, a file of a folder as it was then."""

    __table_args__ = (Index("ix_noted_source", "source"),)

    #: SHA-256 of source and address.
    key: str = Field(primary_key=True)
    source: str
    address: str
    #: For a file its size and time of change; for a link what became of it (``work.links``).
    mark: str


class Run(SQLModel, table=True):
    """One ingest, one poll of a source, or the links that a poll found."""

    __table_args__ = (
        Index("ix_run_source_id", "source", "id"),
        _where_known("run", "follows"),
        _where_known("run", "finished_at"),
        _where_known("run", "resume_key"),
        Index("ix_run_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str | None
    #: What was asked for, in the words of the command line.
    target: str
    kind: str
    #: The poll that found these links.
    follows: int | None
    started_at: datetime
    #: The process that enrols it.
    holder: str | None
    #: When all its work stood in the ledger; null where that is not yet so.
    enrolled_at: datetime | None
    #: When all its work had ended, and what hangs on it was derived.
    finished_at: datetime | None
    #: Until then one process derives for it; whoever comes later does it again, which changes nothing.
    settling_until: datetime | None
    pages_new: int = 0
    pages_known: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    items_new: int = 0
    items_seen: int = 0
    items_rejected: int = 0
    outcome: str | None
    #: SHA-256 of what the command was asked for, while it has not come to its end: the same command goes on with it.
    resume_key: str | None = None


class Reading(SQLModel, table=True):
    """How far a run that is not at its end has enrolled a file of records: all before this place stands in the ledger."""

    run_id: int = Field(primary_key=True, foreign_key="run.id")
    #: SHA-256 of the path.
    key: str = Field(primary_key=True)
    path: str
    #: Size and time of change of the file.
    mark: str
    #: The line or row that was read last, and the place of the next one, in the units of ``references.Slice``.
    line: int = Field(sa_type=BigInteger)
    offset: int = Field(sa_type=BigInteger)
    complete: bool


class Gap(SQLModel, table=True):
    """Two successive captures of one list that share no item: something may have been missed between them."""

    __table_args__ = (UniqueConstraint("list", "section", "from_at", "to_at"), Index("ix_gap_to_at", "to_at"))

    id: int | None = Field(default=None, primary_key=True)
    #: The source, or the host where none is named.
    list: str
    section: str
    from_at: datetime
    to_at: datetime


def table(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements on many rows."""
    return cast("Table", model.__table__)  # type: ignore[attr-defined]


# Listings put items of one time in the order of their hash, and many share a time: all of one page, all of unknown time.
# The indexes of columns that change with every sighting have no hash: it would double the cost of the change.
_columns = table(Item).c
for _name in ("first_seen_at", "published_before"):
    Index(f"ix_item_{_name}_content_hash", _columns[_name].desc(), _columns.content_hash)
