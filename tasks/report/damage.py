"""What must hold of the tables whatever happened, as questions that find the rows of which it does not. Only reads."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, not_, or_, select

from meeruit.tasks.captures import address_key
from meeruit.tasks.counts import Counts
from meeruit.tasks.fold import HASH_VERSION, content_hash
from meeruit.tasks.store.bodies import KEPT, expand
from meeruit.tasks.store.tables import (
    UNFINISHED,
    Body,
    Failure,
    Gap,
    Item,
    Listing,
    Page,
    PageState,
    Run,
    Sighting,
    Validator,
    Work,
    WorkState,
    metadata,
    table,
)

_body, _failure, _gap, _item, _listing = table(Body), table(Failure), table(Gap), table(Item), table(Listing)
_page, _run, _sighting = table(Page), table(Run), table(Sighting)
_validator, _work = table(Validator), table(Work)
_COUNTS = tuple(asdict(Counts()))
#: What is recomputed of a sample: items, pages, and bodies, which are large.
_SAMPLE, _SAMPLE_BODIES = 2_000, 200
#: A run whose work has ended is finished within so much time.
_SETTLED = timedelta(minutes=10)


class Damage(NamedTuple):
    """Rows of which something does not hold."""

    #: In plain words: what they are.
    kind: str
    rows: int
    #: One of them.
    example: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.rows:,} {'row' if self.rows == 1 else 'rows'}, such as {self.example}"


def damages(db: Connection, now: datetime, *, every: bool = False) -> Iterator[Damage]:
    """Everything that is wrong, one for each kind; hashes are computed again of a sample, or of ``every`` row."""
    for kind, query in (*_orphans(), *_counts(), *_items(), *_ledger(now), *_others()):
        rows = db.scalar(select(func.count()).select_from(query.subquery()))
        example = db.execute(query.limit(1)).first() if rows else None
        if example is not None:
            yield Damage(kind, int(rows or 0), _named(example))
    for kind, wrong in _recomputed(db, every=every):
        found = list(wrong)
        if found:
            yield Damage(kind, len(found), found[0])


def _named(row: Any) -> str:
    return ", ".join(f"{name} {value}" for name, value in row._mapping.items())


Question = tuple[str, Select[Any]]


def _orphans() -> Iterator[Question]:
    """Rows that refer to rows that are not there, whatever the database was told to check."""
    for each in metadata.sorted_tables:
        for column in each.columns:
            for key in column.foreign_keys:
                parent = key.column.table.alias()
                there = select(parent.c[key.column.name]).where(parent.c[key.column.name] == column).exists()
                query = select(*_key(each)).where(column.is_not(None), not_(there))
                yield f"{each.name} without its {key.column.table.name} ({column.name})", query
    shown = select(_sighting.c.item_id).where(_sighting.c.item_id == _item.c.id).exists()
    yield "item without a sighting", select(_item.c.content_hash).where(not_(shown))


def _key(each: Any) -> list[Any]:
    return [column.label(column.name) for column in each.primary_key.columns]


def _counts() -> Iterator[Question]:
    """Found is always the sum of the rest; a piece of work is the sum of its pages, a run that of its work."""
    page, work, run = _page.c, _work.c, _run.c
    yield (
        "page whose found is not new + seen + rejected",
        select(page.id).where(page.found != page.new + page.seen + page.rejected),
    )
    shown = select(func.count()).where(_sighting.c.page_id == page.id).scalar_subquery()
    there = shown + func.coalesce(page.pruned, 0)
    yield "page whose sightings are not its new and seen items", select(page.id).where(page.new + page.seen != there)
    done = work.state == WorkState.DONE
    ended = work.pages_new + work.pages_known != work.pages_done + work.pages_failed
    yield "work whose pages are not done or failed", select(work.id).where(done, ended)
    sums = {name: _sum(_page.c[name], _page.c.work_id == work.id) for name in ("new", "seen", "rejected")}
    unequal = or_(*(work[f"items_{name}"] != each for name, each in sums.items()))
    yield "work whose items are not those of its pages", select(work.id).where(done, unequal)
    # a page in quarantine that was read later gave way: there may be fewer of those than were counted
    number = select(func.count()).where(page.work_id == work.id).scalar_subquery()
    kept = select(func.count()).where(page.work_id == work.id, page.state == PageState.DONE).scalar_subquery()
    lost = or_(number > work.pages_new, kept > work.pages_done, work.pages_new - number > work.pages_failed)
    yield "work with more or fewer pages than it counts", select(work.id).where(done, lost)
    of_run = work.run_id == run.id
    differs = or_(*(run[name] != _sum(work[name], of_run) for name in _COUNTS))
    yield "run whose counts are not those of its work", select(run.id).where(run.finished_at.is_not(None), differs)


def _sum(column: Any, which: Any) -> Any:
    return select(func.coalesce(func.sum(column), 0)).where(which).scalar_subquery()


def _items() -> Iterator[Question]:
    """An item's times and number are those of its sightings."""
    seen = (
        select(
            _sighting.c.item_id,
            func.min(_page.c.observed_at).label("first"),
            func.max(_page.c.observed_at).label("last"),
            func.count().label("number"),
        )
        .join_from(_sighting, _page)
        .group_by(_sighting.c.item_id)
        .subquery()
        .c
    )
    item = _item.c
    for said, differs in (
        ("first_seen_at", item.first_seen_at != seen.first),
        ("last_seen_at", item.last_seen_at != seen.last),
        ("sightings", item.sightings != seen.number + item.pruned),
    ):
        query = select(item.content_hash).join_from(_item, seen.item_id.table, item.id == seen.item_id)
        yield f"item whose {said} is not that of its sightings", query.where(differs)
    given_up = [select(func.coalesce(func.sum(one), 0)).scalar_subquery() for one in (item.pruned, _page.c.pruned)]
    kind = "sightings that were given up of items and not of pages, or of pages and not of items"
    yield kind, select((given_up[0] - given_up[1]).label("number")).where(given_up[0] != given_up[1])
    older = _item.alias()
    query = select(item.content_hash).join_from(_item, older, older.c.id == item.revision_of)
    wrong = or_(older.c.id == item.id, older.c.first_seen_at > item.first_seen_at)
    underived = select(_work.c.id).where(_work.c.state == WorkState.DONE, ~_work.c.derived).exists()
    yield "item that revises itself or a later one", query.where(wrong, ~underived)


def _ledger(now: datetime) -> Iterator[Question]:
    """States that no step of the ledger leaves behind."""
    work, run = _work.c, _run.c
    running = work.state == WorkState.RUNNING
    unheld = and_(running, or_(work.lease_until.is_(None), work.holder.is_(None)))
    yield "work that runs without a lease", select(work.id).where(unheld)
    yield "work that is not running and has a lease", select(work.id).where(~running, work.lease_until.is_not(None))
    yield "work in no known state", select(work.id).where(work.state.not_in(list(WorkState)))
    unfinished = select(work.id).where(work.run_id == run.id, work.state.in_(UNFINISHED)).exists()
    yield "run that is finished before its work", select(run.id).where(run.finished_at.is_not(None), unfinished)
    ready = and_(run.finished_at.is_(None), run.enrolled_at < now - _SETTLED)
    yield "run that is not finished though its work is", select(run.id).where(ready, ~unfinished, ~_recent(now))


def _recent(now: datetime) -> Any:
    """Whether some process is deriving for a run."""
    return func.coalesce(_run.c.settling_until > now, False)


def _others() -> Iterator[Question]:
    gap, listing, failure = _gap.c, _listing.c, _failure.c
    same = and_(listing.list == gap.list, listing.section == gap.section)
    ends = [select(listing.page_id).where(same, listing.observed_at == at).exists() for at in (gap.from_at, gap.to_at)]
    yield "gap that does not end after it begins", select(gap.id).where(gap.from_at >= gap.to_at)
    yield "gap between captures that are not there", select(gap.id).where(not_(and_(*ends)))
    failed = select(_page.c.id).where(
        _page.c.id == failure.page_id, _page.c.address == failure.address, _page.c.state == PageState.QUARANTINED
    )
    yield "failure without its page in quarantine", select(failure.id, failure.address).where(not_(failed.exists()))


def _recomputed(db: Connection, *, every: bool) -> Iterator[tuple[str, Iterable[str]]]:
    """Hashes of what is stored, computed again."""
    items = select(_item.c.content_hash, _item.c.hash_version, _item.c.text, _item.c.headline)
    wrong = (
        f"content_hash {row.content_hash}"
        for row in _rows(db, items, _item.c.content_hash, None if every else _SAMPLE)
        if row.hash_version == HASH_VERSION and content_hash(row.text or row.headline or "") != row.content_hash
    )
    yield "item whose hash is not that of its text", wrong
    bodies = select(_body.c.sha256, _body.c.size, _body.c.content).where(KEPT)
    rows = _rows(db, bodies, _body.c.sha256, None if every else _SAMPLE_BODIES)
    yield "body that is not what its hash says", (f"sha256 {row.sha256}" for row in rows if not _is_whole(row))
    pages = select(_page.c.id, _page.c.address, _page.c.address_key, _page.c.capture_key)
    rows = _rows(db, pages, _page.c.capture_key, None if every else _SAMPLE)
    yield (
        "page that is not found by its address",
        (f"id {r.id}" for r in rows if address_key(r.address) != r.address_key),
    )
    kept = _rows(db, select(_validator.c.key, _validator.c.address), _validator.c.key, None if every else _SAMPLE)
    yield "validator that is not found by its address", (f"key {r.key}" for r in kept if _sha256(r.address) != r.key)


def _rows(db: Connection, query: Select[Any], key: Any, most: int | None) -> Iterator[Any]:
    """All rows, or so many from anywhere in the order of a hash."""
    if most is None:
        yield from db.execute(query, execution_options={"yield_per": 500})
        return
    start = secrets.token_hex(4)
    found = list(db.execute(query.where(key >= start).order_by(key).limit(most)))
    yield from found
    if len(found) < most:
        yield from db.execute(query.where(key < start).order_by(key).limit(most - len(found)))


def _is_whole(row: Any) -> bool:
    try:
        body: bytes = expand(row.content)
    except Exception:  # noqa: BLE001 - whatever the library says of bytes that are no frame
        return False
    return len(body) == int(row.size) and hashlib.sha256(body).hexdigest() == str(row.sha256)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
