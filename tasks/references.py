"""How a page can be read again, and what holds for every page of one piece of work. Values only, with their JSON.

    File       one page in a file
    Slice      some records of a file, by offset and length
    Body       a page whose body is stored
    Streamed   a line of standard input, or an element of an array: its body has to be stored first
    Fetch      an address on the web
    Folder     whatever files in it are new or changed
    Problem    what cannot be read, and why

The ledger and ``page.reference`` keep them as JSON; only this module knows how that is spelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from meeruit.tasks.errors import LedgerError
from meeruit.tasks.records import Rounding


@dataclass(frozen=True, slots=True)
class File:
    """One page in a file."""

    #: As ``disk.read.printable_path`` spells it.
    path: str
    #: The quarantined page that this one takes the place of.
    replaces: int | None = None
    #: The folder below which it was found, and no symbolic link is followed; None for a link that was named itself.
    root: str | None = None

    @property
    def address(self) -> str:
        """The name of the page where it cannot be read."""
        return self.path


@dataclass(frozen=True, slots=True)
class Slice:
    """Some whole records of a file: of JSON Lines, CSV, WARC or Parquet, packed or not."""

    path: str
    #: In bytes of what the file unpacks to; of the file itself for WARC packed record by record; in rows for Parquet.
    offset: int
    length: int
    #: The number of its first line or row, from 1; 0 where records are named by their offset.
    line: int
    replaces: int | None = None
    #: As for a file.
    root: str | None = None
    #: The names that its columns have, as ``--columns`` says them.
    columns: str | None = None
    #: Seconds that the answer lay in caches, of a single record.
    age_seconds: int | None = None
    #: How often the original of a revisit, of a single record, was looked for in vain.
    tries: int = 0

    @property
    def address(self) -> str:
        """``FILE:LINE``, or ``FILE@OFFSET``."""
        return f"{self.path}:{self.line}" if self.line else f"{self.path}@{self.offset}"


@dataclass(frozen=True, slots=True)
class Body:
    """A page whose body is stored, with what was said of it."""

    sha256: str
    address: str
    media_type: str = ""
    url: str | None = None
    observed_at: datetime | None = None
    observed_from: str | None = None
    #: ``FILE:LINE``, where it stood in a file that nobody can go back into.
    place: str | None = None
    replaces: int | None = None
    #: What was odd about its record.
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Streamed:
    """A record that cannot be entered a second time: ``FILE:LINE`` of standard input, or of an array."""

    address: str
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """An address on the web, in its normal form."""

    url: str
    #: Whether it is a feed, whose links are followed.
    feed: bool = False
    #: Failed attempts so far; the next may succeed.
    tries: int = 0
    #: Whether it is a link that a feed of its source showed.
    link: bool = False
    #: Whether it is declared a listing.
    listing: bool = False
    replaces: int | None = None
    #: Seconds that the answer lay in caches, once it came.
    age_seconds: int | None = None

    @property
    def address(self) -> str:
        """The address itself."""
        return self.url


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of which the files are read that are new or changed."""

    path: str
    #: Where the last task stopped: file, line and offset in bytes. All before it is enrolled.
    reached: str | None = None
    line: int = 0
    offset: int = 0
    replaces: int | None = None

    @property
    def address(self) -> str:
        """The folder itself."""
        return self.path


@dataclass(frozen=True, slots=True)
class Problem:
    """A target that cannot be read: it ends as one quarantined page."""

    address: str
    problem: str
    replaces: int | None = None


Reference = File | Slice | Body | Streamed | Fetch | Folder | Problem

#: The key that tells each kind in JSON, and the name that its value has here; ``Streamed`` has none.
_KINDS: tuple[tuple[str, type[Any], str], ...] = (
    ("slice", Slice, "path"),
    ("file", File, "path"),
    ("body", Body, "sha256"),
    ("fetch", Fetch, "url"),
    ("folder", Folder, "path"),
    ("problem", Problem, "problem"),
)


def places(reference: Reference | None) -> tuple[str, ...]:
    """Where a page stood: its file, and its line there. What could not be read is named so."""
    match reference:
        case File():
            return (reference.path,)
        case Slice():
            return reference.address, reference.path
        case Body(place=str(place)):
            return place, place.rpartition(":")[0]
    return ()


def file_of(reference: Reference | None) -> str | None:
    """The file of records, or ``-``, that a page stood in; None for a page that stood in none."""
    match reference:
        case Slice():
            return reference.path
        case Streamed(address=place) | Body(place=str(place)):
            return place.rpartition(":")[0]
    return None


def reference_json(reference: Reference) -> dict[str, Any]:
    """A reference as the ledger keeps it, without what is not set."""
    values = ((name, getattr(reference, name)) for name in type(reference).__slots__)
    said: dict[str, Any] = {
        name: value for name, value in values if not (value is None or value is False or value == ())
    }
    if isinstance(reference, Body) and reference.observed_at:
        said["observed_at"] = reference.observed_at.isoformat()
    for key, kind, name in _KINDS:
        if isinstance(reference, kind):
            said[key] = said.pop(name)
    return said


def read_reference(said: Mapping[str, Any]) -> Reference:
    """The reference that ``reference_json`` wrote. Raises LedgerError for JSON that this version cannot read."""
    values = dict(said)
    try:
        for key, kind, name in _KINDS:
            if key in values:
                values[name] = values.pop(key)
                if kind is Body:
                    values["remarks"] = tuple(values.get("remarks", ()))
                if kind is Body and values.get("observed_at"):
                    values["observed_at"] = datetime.fromisoformat(values["observed_at"])
                reference: Reference = kind(**values)
                return reference
        return Streamed(**values)
    except (TypeError, ValueError) as exc:
        raise LedgerError(f"the ledger holds a reference that this version cannot read: {exc}") from exc


class Keep(StrEnum):
    """Which bodies are stored."""

    ALL = "all"
    #: Those of pages that hold a block.
    HITS = "hits"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every page of a piece of work."""

    #: The capture time of pages that state none, and what it rests on.
    observed_at: datetime
    observed_from: str
    source: str | None = None
    #: The language profile that was named.
    profile: str | None = None
    #: Seconds between two requests to one host.
    delay: float | None = None
    #: Whether all of them are declared listings.
    listing: bool = False
    #: How the source rounds its ages, where that is said.
    rounding: Rounding | None = None
    #: Which bodies are stored; None: all of pages, and of archives those that hold a block.
    keep: Keep | None = None


def work_json(terms: Terms, pages: Iterable[Reference]) -> dict[str, Any]:
    """A piece of work as the ledger keeps it."""
    said = asdict(terms) | {"observed_at": terms.observed_at.isoformat()}
    return {**said, "pages": [reference_json(page) for page in pages]}


def read_work(said: Mapping[str, Any]) -> tuple[Terms, list[Reference]]:
    """The work that ``work_json`` wrote. Raises LedgerError for JSON that this version cannot read."""
    values = dict(said)
    try:
        pages = [read_reference(page) for page in values.pop("pages")]
        values["observed_at"] = datetime.fromisoformat(values["observed_at"])
        values["rounding"] = Rounding(values["rounding"]) if values.get("rounding") else None
        values["keep"] = Keep(values["keep"]) if values.get("keep") else None
        return Terms(**values), pages
    except (KeyError, TypeError, ValueError) as exc:
        raise LedgerError(f"the ledger holds work that this version cannot read: {exc}") from exc
