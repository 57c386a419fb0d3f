"""The oracle: what the tables must hold after a set of captures, computed from what the pages printed.

    captures ──known ones out──→ pages ──→ sightings ──by list──→ roundings ──by hash──→ items ──→ revisions
                                   └──────────by list───────────→ orders ──→ gaps

The order of the captures does not matter. Reads no page text, knows no database, and is written to be believed, not to
be fast. Where the rule leaves a choice open, the docstring of the function says how it is read here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tests.newswire.ages import Window, narrowed
from tests.newswire.captures import CUT, REPEATED, Capture, Lead, Printed
from tests.newswire.fold import content_hash
from tests.newswire.gaps import Gap, gaps
from tests.newswire.lists import Both, List, nearest_lists, unordered_lists
from tests.newswire.revisions import revisions

#: Stands for the time of the ingest, where nobody says when a page was captured: after every capture.
INGESTED = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A row of the table ``page``: one capture."""

    url: str
    publisher: str
    #: The time of the ingest where the capture is not dated.
    observed_at: datetime
    dated: bool
    body_sha256: str
    #: An earlier capture of the same address holds the same body: the words of this one are old.
    stale: bool
    found: int
    rejected: tuple[tuple[str, int], ...]
    lead: Lead | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A row of the table ``sighting``: an item on a page."""

    content_hash: str
    page: Page
    #: 1 for the first item of the page, over all its blocks; further copies of an item count for nothing.
    position: int
    section: str
    printed: Printed
    #: What the words of this page say, whether or not the item's window rests on it.
    window: Window | None
    #: What they say if the site rounds to the nearest unit.
    nearest: Window | None
    #: The block that it stands in, counted from 0 over the page.
    block: int

    @property
    def list(self) -> List:
        """The list that it stands on."""
        return self.page.publisher, self.section

    @property
    def key(self) -> tuple[str, str, datetime]:
        """The natural key: item, page address, time of the capture."""
        return self.content_hash, self.page.url, self.page.observed_at

    @property
    def order(self) -> tuple[datetime, str, int, str]:
        """Earliest first; ties by page address, then position.

        Two bodies of one address in one second are told apart by their hash, or the order of arrival would decide.
        """
        return self.page.observed_at, self.page.url, self.position, self.page.body_sha256


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the table ``item``, with the names of the contract."""

    content_hash: str
    headline: str | None
    place: str | None
    agencies: tuple[str, ...]
    text: str
    section: str
    url: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    sightings: int
    published_after: datetime | None
    published_before: datetime | None
    #: datetime, age, or None where no sighting says anything.
    published_from: str | None
    conflicts: int
    revision_of: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of one ingest of all the captures into an empty database."""

    pages_found: int
    pages_known: int
    items_found: int
    items_new: int
    rejected: Counter[str]

    def as_json(self) -> dict[str, dict[str, int]]:
        """The report of ``meeruit ingest --json``, without the seconds."""
        rejected = self.rejected.total()
        pages = {
            "found": self.pages_found,
            "new": self.pages_found - self.pages_known,
            "known": self.pages_known,
            "done": self.pages_found,
            "failed": 0,
        }
        seen = self.items_found - self.items_new - rejected
        items = {"found": self.items_found, "new": self.items_new, "seen": seen, "rejected": rejected}
        return {"pages": pages, "items": items}


@dataclass(frozen=True, slots=True)
class Tables:
    """What the database must hold, every table sorted by its natural key."""

    items: dict[str, Item]
    sightings: list[Sighting]
    pages: list[Page]
    gaps: list[Gap]
    report: Report


def tables(captures: Iterable[Capture], ingested_at: datetime = INGESTED) -> Tables:
    """The tables after the captures, in whatever order and however often each of them arrives.

    ``ingested_at`` is the one ingest time of the command, which undated captures get as theirs.
    """
    found, distinct = 0, {}
    for capture in captures:
        found += 1
        distinct[capture.url, capture.body_sha256, capture.observed_at] = replace(capture, body="")
    earliest = _earliest(distinct, ingested_at)
    pages, sightings = [], []
    for (url, body, observed_at), capture in distinct.items():
        stale = earliest[url, body] < (observed_at or ingested_at)
        page = _page(capture, body, ingested_at, stale)
        pages.append(page)
        sightings += _sightings(capture, page)
    telling = [s for s in sightings if _says_when(s) and s.page.publisher]
    nearest = nearest_lists((s.list, s.content_hash, (s.window, s.nearest)) for s in telling if s.window and s.nearest)
    unordered = unordered_lists(_shown(sightings))
    items = _items(sightings, pages, nearest)
    return Tables(
        items=items,
        sightings=sorted(sightings, key=lambda sighting: (*sighting.key, *sighting.order)),
        pages=sorted(pages, key=lambda page: (page.url, page.observed_at, page.body_sha256)),
        gaps=gaps(
            (*s.list, s.page.observed_at, s.content_hash)
            for s in sightings
            if _says_when(s) and s.list not in unordered
        ),
        report=_report(found, pages, items),
    )


def _says_when(sighting: Sighting) -> bool:
    return sighting.page.dated and not sighting.page.stale


def _shown(sightings: list[Sighting]) -> Iterable[tuple[List, datetime, list[list[Both]]]]:
    """What each dated page shows of each list: the windows of its items, block by block."""
    pages: dict[tuple[Page, str], dict[int, list[Both]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(sightings, key=lambda sighting: sighting.position):
        block = pages[one.page, one.section][one.block]
        if one.window and one.nearest:
            block.append((one.window, one.nearest))
    for (page, section), blocks in pages.items():
        if page.dated and page.publisher:
            yield (page.publisher, section), page.observed_at, list(blocks.values())


def _earliest(
    captures: Iterable[tuple[str, str, datetime | None]], ingested_at: datetime
) -> dict[tuple[str, str], datetime]:
    """When each body of each address is first known to have been there."""
    earliest: dict[tuple[str, str], datetime] = {}
    for url, body, observed_at in captures:
        moment = observed_at or ingested_at
        earliest[url, body] = min(moment, earliest.get((url, body), moment))
    return earliest


def _page(capture: Capture, body: str, ingested_at: datetime, stale: bool) -> Page:
    printed = [item.content_hash for block in capture.sheet.blocks for item in block.items]
    rejected = Counter({REPEATED: len(printed) - len(set(printed)), CUT: int(capture.sheet.cut is not None)})
    return Page(
        url=capture.url,
        publisher=capture.publisher,
        observed_at=capture.observed_at or ingested_at,
        dated=capture.observed_at is not None,
        body_sha256=body,
        stale=stale,
        found=len(printed) + rejected[CUT],
        rejected=tuple(sorted((+rejected).items())),
        lead=capture.sheet.lead,
    )


def _sightings(capture: Capture, page: Page) -> list[Sighting]:
    """The items of the page, each at its first position."""
    seen: dict[str, Sighting] = {}
    for number, block in enumerate(capture.sheet.blocks):
        for printed in block.items:
            windows = printed.window(capture.observed_at), printed.nearest_window(capture.observed_at)
            sighting = Sighting(
                printed.content_hash, page, len(seen) + 1, block.section, printed, *windows, block=number
            )
            seen.setdefault(printed.content_hash, sighting)
    return list(seen.values())


def _items(sightings: list[Sighting], pages: list[Page], nearest: set[List]) -> dict[str, Item]:
    groups: dict[str, list[Sighting]] = defaultdict(list)
    for sighting in sorted(sightings, key=lambda sighting: sighting.order):
        groups[sighting.content_hash].append(sighting)
    articles = _articles(pages)
    items = {content_hash: _item(group, articles.get(content_hash), nearest) for content_hash, group in groups.items()}
    for later, earlier in revisions(items.values()).items():
        items[later] = replace(items[later], revision_of=earlier)
    return dict(sorted(items.items()))


def _item(group: list[Sighting], article: Page | None, nearest: set[List]) -> Item:
    """The item of these sightings, earliest first: each attribute is that of the earliest sighting that has it."""
    printed = [sighting.printed for sighting in group]
    window, conflicts = _intersection(group, nearest)
    headline = next((p.headline for p in printed if p.headline), None)
    url = next((p.url for p in printed if p.url), None)
    if article and article.lead:
        headline, url = headline or article.lead.headline, url or article.url
    return Item(
        content_hash=group[0].content_hash,
        headline=headline,
        place=next((p.place for p in printed if p.place), None),
        agencies=next((p.agencies for p in printed if p.agencies), ()),
        text=next((p.text for p in printed if p.text), ""),
        section=group[0].section,
        url=url,
        first_seen_at=group[0].page.observed_at,
        last_seen_at=group[-1].page.observed_at,
        sightings=len(group),
        published_after=window.after if window else None,
        published_before=window.before if window else None,
        published_from=None if window is None else "datetime" if window.point else "age",
        conflicts=conflicts,
    )


def _intersection(group: list[Sighting], nearest: set[List]) -> tuple[Window | None, int]:
    """The seconds that all sightings allow, and how many were passed over since they would have left none."""
    window, conflicts = None, 0
    for sighting in group:
        to_nearest = sighting.page.dated and sighting.list in nearest
        said = sighting.nearest if to_nearest else sighting.window
        if said is None or sighting.page.stale:
            continue
        both = said if window is None else narrowed(window, said)
        window, conflicts = (both, conflicts) if both is not None else (window, conflicts + 1)
    return window, conflicts


def _articles(pages: list[Page]) -> dict[str, Page]:
    """The earliest page whose article opens with an item's body, by the item's hash."""
    found: dict[str, Page] = {}
    for page in sorted(pages, key=lambda page: (page.observed_at, page.url, page.body_sha256)):
        if page.lead:
            found.setdefault(content_hash(page.lead.paragraphs[0]), page)
    return found


def _report(found: int, pages: list[Page], items: dict[str, Item]) -> Report:
    rejected: Counter[str] = Counter()
    for page in pages:
        rejected.update(dict(page.rejected))
    return Report(found, found - len(pages), sum(page.found for page in pages), len(items), rejected)
