"""Replay: extract again from stored bodies, so that the tables are what they would be had the pages come today.

    pages with a body | extract | compare with what is stored | rework what differs | report

In batches, in the order in which pages were stored, each in one transaction: a replay that is killed leaves whole
batches behind, and the next one finds those unchanged. This module finds the pages that differ and gathers
what changed for the report; ``store.rework`` changes the tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select

from meeruit.tasks.captures import BATCH_BYTES, BATCH_PAGES, CONTRADICTS, NOT_READ, Capture, Raw
from meeruit.tasks.extract import check_profile
from meeruit.tasks.references import Fetch, Reference, Terms, read_reference
from meeruit.tasks.store.bodies import KEPT, load_bodies
from meeruit.tasks.store.merge import SAME_BODY, page_row
from meeruit.tasks.store.rework import Digest, Reworked, changed_columns, digest, digests, rework
from meeruit.tasks.store.rounding import fold_again, hear_all
from meeruit.tasks.store.rows import in_chunks
from meeruit.tasks.store.tables import Body, Item, Page, PageState, Sighting, table
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.work.capturing import capture, terms_of

_body, _item, _page, _sighting = table(Body), table(Item), table(Page), table(Sighting)
#: Pages refused for their capture time stay refused, though a time in the future may have come by now.
_REFUSED = and_(_page.c.state == PageState.QUARANTINED, _page.c.outcome.startswith("capture time "))
#: Columns of a page that extraction decides.
_FACTS = (
    "state",
    "found",
    "rejects",
    "remarks",
    "lead_headline",
    "lead_dateline",
    "lead_text",
    "lead_hash",
    "encoding",
    "replaced",
)
#: Columns of a sighting that extraction decides.
_PRINTED = (
    "section", "position", "headline", "dateline", "place", "agencies", "url", "age", "text", "published_after",
    "published_before", "published_from", "nearest_after", "nearest_before",
)  # fmt: skip
#: Outcomes that say how a page came, not what is on it.
_NOTES = ("not modified", "feed, ")

Printed = dict[str, tuple[Any, ...]]


@dataclass(slots=True)
class Report:
    """What a replay has done so far."""

    pages: int = 0
    #: The page up to which all are done.
    last_page: int = 0
    #: Pages of which something changed.
    changed: int = 0
    #: Pages that an unexpected error kept from being read again, as (address, error): they stay as they are.
    unread: list[tuple[str, str]] = field(default_factory=list)
    #: new, gone, changed: how many sightings.
    sightings: Counter[str] = field(default_factory=Counter)
    #: The digest of each item before it was first touched; None for one that is new.
    before: dict[str, Digest | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pages are read again, and what is said of them from now on where it is not None.

    Those of which sightings were given up, or on which a pruned item rests, never are.
    """

    #: Pages by number, or those of one run; None: all.
    pages: Sequence[int] | None = None
    run: int | None = None
    source: str | None = None
    profile: str | None = None
    listing: bool | None = None

    def condition(self) -> ColumnElement[bool]:
        """The pages, as a condition on ``page``."""
        which = [_page.c.body.is_not(None), ~_REFUSED, _page.c.pruned.is_(None)]
        if self.pages is not None:
            which.append(_page.c.id.in_(self.pages))
        if self.run is not None:
            which.append(_page.c.run_id == self.run)
        return and_(*which)

    def terms(self, row: Any) -> Terms:
        """What holds for a page, by its row of ``page``."""
        was = terms_of(row)
        return replace(
            was,
            source=was.source if self.source is None else self.source,
            profile=was.profile if self.profile is None else self.profile,
            listing=was.listing if self.listing is None else self.listing,
        )


def check_profiles(db: Connection, choice: Choice = Choice()) -> None:
    """Raise UsageError where a profile that pages were read with cannot be read any more."""
    named = select(_page.c.profile).where(choice.condition(), _page.c.profile.is_not(None)).distinct()
    for name in db.scalars(named) if choice.profile is None else [choice.profile]:
        check_profile(name)


def pages_to_replay(db: Connection, choice: Choice = Choice()) -> int:
    """How many of these pages have a stored body that may be read again."""
    query = select(func.count()).select_from(_page).join(_body, _body.c.sha256 == _page.c.body)
    return int(db.scalar(query.where(KEPT, choice.condition())) or 0)


def replay(engine: Engine, report: Report, choice: Choice = Choice()) -> Iterator[list[dict[str, Any]]]:
    """Read stored pages again; yields after each batch the sightings that changed in it. Fills ``report``."""
    while rows := read_only(engine, lambda db: _batch(db, report.last_page, choice)):
        pages = _again(engine, rows, choice)
        report.unread += [
            (page.raw.address, str(page.problem)) for page in pages.values() if _failed_unexpectedly(page)
        ]
        stored = read_only(engine, lambda db: _stored(db, list(pages)))  # noqa: B023 - called at once
        differing = [
            page
            for row in rows
            if not _failed_unexpectedly(pages[row.id])
            and _differs(page := _reworked(row, pages[row.id], stored, choice), stored.get(row.id, {}))
        ]
        if differing:
            before = transaction(engine, lambda db: rework(db, differing))  # noqa: B023 - called at once
            hear_all(engine)
            folded = {row.content_hash: digest(dict(row._mapping)) for rows in fold_again(engine) for row in rows}
            for content_hash, old in (folded | before).items():
                report.before.setdefault(content_hash, old)
        report.pages += len(rows)
        report.changed += len(differing)
        report.last_page = rows[-1].id
        changes = [c for page in differing for c in _changes(page, stored.get(page.row.id, {}))]
        report.sightings.update(change["change"] for change in changes)
        yield changes


def _reworked(row: Any, page: Capture, stored: Mapping[int, Printed], choice: Choice) -> Reworked:
    terms = choice.terms(row)
    return Reworked(row, page, stored.get(row.id, {}).keys(), terms.source, terms.profile)


def _batch(db: Connection, after: int, choice: Choice) -> list[Any]:
    """The next pages: up to BATCH_PAGES, and about BATCH_BYTES of bodies."""
    query = select(_page, _body.c.size).join(_body, _body.c.sha256 == _page.c.body).where(_page.c.id > after)
    rows: list[Any] = []
    size = 0
    for row in db.execute(query.where(KEPT, choice.condition()).order_by(_page.c.id).limit(BATCH_PAGES)):
        size += row.size
        if rows and size > BATCH_BYTES:
            break
        rows.append(row)
    return rows


def _again(engine: Engine, rows: list[Any], choice: Choice) -> dict[int, Capture]:
    """The pages extracted anew, by their number."""
    bodies = read_only(engine, lambda db: load_bodies(db, {row.body for row in rows}))
    return {row.id: capture(_raw(row, bodies[row.body]), choice.terms(row)) for row in rows}


def _raw(row: Any, body: bytes) -> Raw:
    return Raw(
        address=row.address,
        reference=_reference(row),
        body=body,
        url=row.url,
        media_type=row.media_type,
        observed_at=row.observed_at,
        observed_from=row.observed_from,
        sha256=row.body,
        note=_note(row) if row.state == PageState.DONE else None,
        remarks=tuple(remark for remark in row.remarks if remark not in {NOT_READ, CONTRADICTS}),
        age_seconds=(row.reference or {}).get("age_seconds", 0),
    )


def _reference(row: Any) -> Reference | None:
    """How it can be read again; whether it is a listing its row says."""
    reference = read_reference(row.reference) if row.reference else None
    return replace(reference, listing=False) if isinstance(reference, Fetch) else reference


def _note(row: Any) -> str | None:
    """What the outcome says of how a page came."""
    if row.outcome.startswith(SAME_BODY):
        return SAME_BODY
    return str(row.outcome) if row.outcome.startswith(_NOTES) else None


def _failed_unexpectedly(page: Capture) -> bool:
    """Whether a page could not be read again by a fault of ours: no reason to give up what is known of it."""
    return page.problem is not None and page.problem.startswith("unexpected ")


def _stored(db: Connection, pages: list[int]) -> dict[int, Printed]:
    """What is stored of the items on these pages, by page and by hash."""
    found: dict[int, Printed] = {}
    query = select(_sighting, _item.c.content_hash, _item.c.text.label("item_text")).join_from(_sighting, _item)
    for row in in_chunks(db, query, _sighting.c.page_id, pages):
        values = dict(row._mapping) | {"text": row.item_text if row.text is None else row.text}
        found.setdefault(row.page_id, {})[row.content_hash] = _printed(values)
    return found


def _extracted(page: Capture) -> Printed:
    """What is on a page now, in the same form."""
    found: Printed = {}
    for block, item in page.extraction.items() if page.extraction else ():
        window, nearest = item.window, item.nearest if item.nearest != item.window else None
        bounds = {"published_after": window and window.after, "published_before": window and window.before}
        bounds |= {"nearest_after": nearest and nearest.after, "nearest_before": nearest and nearest.before}
        values = {name: getattr(item, name) for name in _PRINTED if hasattr(item, name)}
        found[item.content_hash] = _printed(values | {"section": block.section} | bounds)
    return found


def _printed(values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(tuple(values[name]) if name == "agencies" else values[name] for name in _PRINTED)


def _differs(again: Reworked, stored: Printed) -> bool:
    row, page = again.row, again.capture
    facts = page_row(page, row.new, row.seen, set())
    reason = page.problem is not None and page.problem != row.outcome
    said = (again.source, again.profile, page.listing) != (row.source, row.profile, row.listing)
    return reason or said or any(row._mapping[name] != facts[name] for name in _FACTS) or stored != _extracted(page)


def _changes(page: Reworked, stored: Printed) -> Iterator[dict[str, Any]]:
    """The sightings of a page that are new, gone, or printed otherwise."""
    now = _extracted(page.capture)
    for content_hash in sorted(stored.keys() | now.keys()):
        old, new = stored.get(content_hash), now.get(content_hash)
        if old == new:
            continue
        fields = [name for name, a, b in zip(_PRINTED, old or (), new or (), strict=False) if a != b]
        yield {
            "content_hash": content_hash,
            "change": "new" if old is None else "gone" if new is None else "changed",
            "fields": fields,
            "page": page.row.address,
            "observed_at": page.row.observed_at,
        }


def changed_items(db: Connection, report: Report) -> Iterator[dict[str, Any]]:
    """The items that a replay changed, by hash: new, gone, or changed with the columns that did."""
    hashes = sorted(report.before)
    for start in range(0, len(hashes), 1_000):
        some = hashes[start : start + 1_000]
        now = digests(db, _item.c.content_hash.in_(some))
        for content_hash in some:
            old, new = report.before[content_hash], now.get(content_hash)
            if old != new:
                change = "new" if old is None else "gone" if new is None else "changed"
                yield {"content_hash": content_hash, "change": change, "fields": changed_columns(old, new)}
