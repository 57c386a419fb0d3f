"""Failures: what fails with an address, and since when; derived from its pages, whatever the order of their arrival.

    pages in quarantine ──→ streaks, each up to the next success of the address ──→ the last streak is the failure

A failure is closed by the next success: of one to fetch, by a page that came; of any other, by a page that is done.
What could not even be opened (a file, a line) has no time that means anything: it stands until it reads, and is then
forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, func, select, update

from meeruit.tasks.captures import Capture, ObservedFrom, address_key
from meeruit.tasks.references import places
from meeruit.tasks.store.rows import in_chunks, insert_into, lock
from meeruit.tasks.store.tables import Failure, FailureKind, FailureState, Page, PageState, table

_failure, _page = table(Failure), table(Page)
#: So many failures are looked at one by one; of more, those with the keys of the addresses.
_FEW = 500
#: How the outcome of a page begins that the database refused.
REFUSED = "refused by the database"

_QUARANTINED = _page.c.state == PageState.QUARANTINED
#: Nothing could be opened, so its time is that of a command, not of a page.
UNOPENED = and_(_QUARANTINED, _page.c.body.is_(None), _page.c.observed_from != ObservedFrom.HTTP)
#: What a page in quarantine failed at.
KIND: ColumnElement[str] = case(
    (_page.c.outcome.startswith(REFUSED), FailureKind.STORING),
    (and_(_page.c.body.is_(None), _page.c.observed_from == ObservedFrom.HTTP), FailureKind.FETCHING),
    else_=FailureKind.READING,
)


class _Streak(NamedTuple):
    """Pages of one address that failed at one thing, without a success between them."""

    closed_at: datetime | None
    pages: int
    first_at: datetime
    last_at: datetime
    newest: int


def forget_replaced(db: Connection, captures: Sequence[Capture]) -> set[str]:
    """A page in quarantine that is tried again gives way to what it is now; so does a file or line that reads now.

    A request that failed is none of these: it happened at its time, and no later answer undoes it. Returns the
    addresses of those that gave way.
    """
    again = [c.raw.reference.replaces for c in captures if c.raw.reference and c.raw.reference.replaces]
    gone = _forget(db, and_(_page.c.id.in_(again), _QUARANTINED)) if again else set()
    readable = touched(c for c in captures if c.problem is None)
    known = _with_failures(db, readable)
    if known:
        keys = [address_key(address) for address in known]
        gone |= _forget(db, and_(_page.c.address_key.in_(keys), _page.c.address.in_(known), UNOPENED))
    return gone


def _forget(db: Connection, which: ColumnElement[bool]) -> set[str]:
    return set(db.scalars(delete(_page).where(which).returning(_page.c.address)))


def touched(captures: Iterable[Capture]) -> set[str]:
    """The addresses of pages, and of the files and lines that they stood in."""
    return {name for capture in captures for name in (capture.raw.address, *places(capture.raw.reference))}


def note(db: Connection, failed: Iterable[str], others: Iterable[str]) -> None:
    """Derive anew the failures of addresses that failed now, and of those others that have one; the last step of all.

    Whoever adds a failure waits for those who may be about to add a success, so that one of them sees the other.
    """
    wanted = set(failed)
    lock(db, "failures", shared=not wanted)
    wanted |= _with_failures(db, others)
    if wanted:
        _derive(db, sorted(wanted))


def dismiss(db: Connection, failures: Sequence[int]) -> None:
    """These failures, by number, need nobody's attention any more, unless their address fails again."""
    lock(db, "failures")
    rows = list(db.execute(select(_failure).where(_failure.c.id.in_(failures))))
    for row in rows:
        newest = select(func.max(_page.c.id)).where(_page.c.address_key == address_key(row.address), _QUARANTINED)
        db.execute(update(_failure).where(_failure.c.id == row.id).values(dismissed_page=newest.scalar_subquery()))
    _derive(db, sorted({row.address for row in rows}))


def _with_failures(db: Connection, addresses: Iterable[str]) -> set[str]:
    some = db.scalars(select(_failure.c.address).limit(_FEW + 1)).all()
    if len(some) <= _FEW:
        return set(some).intersection(addresses)
    keys = [_key(address, kind) for address in addresses for kind in FailureKind]
    return {row.address for row in in_chunks(db, select(_failure.c.address), _failure.c.key, keys)}


def _key(address: str, kind: str) -> str:
    return hashlib.sha256(f"{kind}\0{address}".encode("utf-8", "surrogatepass")).hexdigest()


def _derive(db: Connection, addresses: Sequence[str]) -> None:
    keys = sorted(_key(address, kind) for address in addresses for kind in FailureKind)
    query = select(_failure).order_by(_failure.c.key).with_for_update()  # in one order, so that nobody deadlocks
    before = {row.key: row for row in in_chunks(db, query, _failure.c.key, keys)}
    rows = _rows(db, addresses, {key: row.dismissed_page for key, row in before.items()})
    gone = sorted(before.keys() - {row["key"] for row in rows})
    for start in range(0, len(gone), 1_000):
        db.execute(delete(_failure).where(_failure.c.key.in_(gone[start : start + 1_000])))
    if rows:
        statement = insert_into(db, _failure)
        new = {name: statement.excluded[name] for name in rows[0] if name != "key"}
        db.execute(statement.on_conflict_do_update(index_elements=["key"], set_=new), rows)


def _rows(db: Connection, addresses: Sequence[str], dismissed: dict[str, int | None]) -> list[dict[str, Any]]:
    streaks = _last_streaks(db, addresses)
    pages = _last_pages(db, addresses, {streak.last_at for streak in streaks.values()})
    rows = []
    for (address, kind), streak in streaks.items():
        key = _key(address, kind)
        page = pages[address, kind, streak.last_at]
        rows.append(
            {
                "key": key,
                "kind": kind,
                "address": address,
                "source": page.source,
                "first_at": streak.first_at,
                "last_at": streak.last_at,
                "count": streak.pages,
                "reason": page.outcome,
                "page_id": page.id,
                "state": _state(streak, dismissed.get(key)),
                "closed_at": streak.closed_at,
                "dismissed_page": dismissed.get(key),
            }
        )
    return sorted(rows, key=lambda row: str(row["key"]))


def _state(streak: _Streak, dismissed: int | None) -> FailureState:
    if streak.closed_at is not None:
        return FailureState.CLOSED
    return FailureState.OPEN if dismissed is None or streak.newest > dismissed else FailureState.DISMISSED


def _last_streaks(db: Connection, addresses: Sequence[str]) -> dict[tuple[str, str], _Streak]:
    """The last streak of each address and kind; one that is not closed is the last."""
    last: dict[tuple[str, str], _Streak] = {}
    keys = sorted(map(address_key, addresses))
    for start in range(0, len(keys), 1_000):
        for row in db.execute(_streaks(keys[start : start + 1_000])):
            streak = _Streak(row.closed_at, row.failed, row.first_at, row.last_at, row.newest)
            known = last.get((row.address, row.kind))
            if known is None or _ends_later(streak, known):
                last[row.address, row.kind] = streak
    wanted = set(addresses)
    return {which: streak for which, streak in last.items() if which[0] in wanted}


def _ends_later(one: _Streak, other: _Streak) -> bool:
    if one.closed_at is None or other.closed_at is None:
        return one.closed_at is None
    return one.closed_at > other.closed_at


def _streaks(keys: Sequence[int]) -> Select[Any]:
    """All streaks of the addresses with these keys: the pages in quarantine that have one next success."""
    at, done = _page.c.observed_at, _page.c.state == PageState.DONE
    # CASE, since SQLite 3.40 does not hear FILTER on a minimum over a frame
    onwards: dict[str, Any] = {"partition_by": _page.c.address, "order_by": at, "range_": (0, None)}
    each = (
        select(
            _page.c.id,
            _page.c.address,
            at,
            case((_QUARANTINED, KIND)).label("kind"),
            UNOPENED.label("unopened"),
            func.min(case((done, at))).over(**onwards).label("next_done"),
            func.min(case((_page.c.body.is_not(None), at))).over(**onwards).label("next_body"),
        )
        .where(_page.c.address_key.in_(keys))
        .subquery()
        .c
    )
    came = and_(~each.unopened, each.kind == FailureKind.FETCHING)
    closed_at = case((came, each.next_body), (~each.unopened, each.next_done))
    failed = (
        select(each.id, each.address, each.kind, each.observed_at, closed_at.label("closed_at"))
        .where(each.kind.is_not(None))
        .subquery()
        .c
    )
    return select(
        failed.address,
        failed.kind,
        failed.closed_at,
        func.count().label("failed"),
        func.min(failed.observed_at).label("first_at"),
        func.max(failed.observed_at).label("last_at"),
        func.max(failed.id).label("newest"),
    ).group_by(failed.address, failed.kind, failed.closed_at)


def _last_pages(
    db: Connection, addresses: Sequence[str], times: Iterable[datetime]
) -> dict[tuple[str, str, datetime], Any]:
    """The pages in quarantine of these addresses and times, by address, kind and time; of equals that with the greatest key."""
    columns = (_page.c.id, _page.c.address, _page.c.observed_at, _page.c.outcome, _page.c.source, KIND.label("kind"))
    wanted = set(times)
    query = select(*columns).where(_QUARANTINED).order_by(_page.c.capture_key)
    query = query.where(_page.c.observed_at.between(min(wanted), max(wanted))) if wanted else query
    rows = in_chunks(db, query, _page.c.address_key, map(address_key, addresses))
    return {(row.address, row.kind, row.observed_at): row for row in rows if row.observed_at in wanted}
