"""How each source does, from the runs and pages of its polls: its times, failures in a row, lists that are gone. Only reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from meeruit.tasks.captures import ObservedFrom
from meeruit.tasks.references import Fetch, read_reference
from meeruit.tasks.store.tables import Failure, FailureKind, FailureState, Page, PageState, Run, RunKind, Source, table
from meeruit.tasks.times import iso

Row = dict[str, Any]
_failure, _page, _run, _source = table(Failure), table(Page), table(Run), table(Source)
#: Polls that fail in a row, of a source or of one of its addresses, before somebody should look.
FAILED_POLLS = 3
#: A poll that is overdue for longer is late.
LATE = timedelta(seconds=30)


def source_states(db: Connection) -> dict[str, Row]:
    """What is known of each source, by name.

    ``failed_polls`` in a row, ``failing_since``; ``no_list_since`` the page at ``no_list_at`` holds no list any more.
    A poll failed where no page of it could be used.
    """
    return {row.name: dict(row._mapping) | _health(db, row.name) for row in db.execute(select(_source))}


def _health(db: Connection, name: str) -> Row:
    ended = and_(_run.c.source == name, _run.c.finished_at.is_not(None))
    last = select(_run.c.outcome).where(ended).order_by(_run.c.id.desc()).limit(1)
    polls = and_(ended, _run.c.kind == RunKind.POLL)
    good = db.scalar(select(_run.c.id).where(polls, _run.c.pages_done > 0).order_by(_run.c.id.desc()).limit(1))
    failed = and_(polls, _run.c.pages_failed > 0, _run.c.pages_done == 0, _run.c.id > (good or 0))
    number, since = db.execute(select(func.count(), func.min(_run.c.started_at)).where(failed)).one()
    listless = _listless(db, good) if good else None
    return {
        "outcome": db.scalar(last),
        "failed_polls": number,
        "failing_since": since,
        "no_list_since": listless[0] if listless else None,
        "no_list_at": listless[1] if listless else None,
    }


def _listless(db: Connection, poll: int) -> tuple[datetime, str] | None:
    """Since when the first of those pages that hold no list at this poll holds none, and its address."""
    query = select(_page.c.address, _page.c.address_key, _page.c.reference).where(
        _page.c.run_id == poll,
        _page.c.state == PageState.DONE,
        _page.c.found == 0,
        _page.c.observed_from == ObservedFrom.HTTP,
    )
    found = [(_since(db, row), row.address) for row in db.execute(query) if not _is_feed(row.reference)]
    return min(found) if found else None


def _is_feed(said: dict[str, Any] | None) -> bool:
    """Whether a page is a feed, by its reference: it holds links and no list."""
    reference = read_reference(said) if said else None
    return isinstance(reference, Fetch) and reference.feed


def _since(db: Connection, page: Any) -> datetime:
    """When an address was first seen without a list, after the last time that it held one."""
    same = and_(
        _page.c.address_key == page.address_key, _page.c.address == page.address, _page.c.state == PageState.DONE
    )
    listed = select(func.max(_page.c.observed_at)).where(same, _page.c.found > 0).scalar_subquery()
    after = or_(listed.is_(None), _page.c.observed_at > listed)
    since: datetime = db.execute(select(func.min(_page.c.observed_at)).where(same, after)).scalar_one()
    return since


def failing(state: Row) -> str:
    """``3 polls failed since …: HTTP 503``."""
    polls = "poll" if state["failed_polls"] == 1 else "polls"
    return f"{state['failed_polls']} {polls} failed since {iso(state['failing_since'])}: {state['outcome']}"


def dead_addresses(db: Connection, name: str, addresses: Iterable[str], state: Row) -> list[str]:
    """``NAME: ADDRESS failed 3 times since …: HTTP 404``, for each address of a source that fails while others are well."""
    if state["failed_polls"] >= FAILED_POLLS:
        return []
    own = _failure.c.address.in_(list(addresses))
    failed = and_(_failure.c.state == FailureState.OPEN, _failure.c.kind == FailureKind.FETCHING)
    query = select(_failure).where(own, failed, _failure.c.source == name, _failure.c.count >= FAILED_POLLS)
    return [
        f"{name}: {row.address} failed {row.count} times since {iso(row.first_at)}: {row.reason}"
        for row in db.execute(query.order_by(_failure.c.address))
    ]


def silent(state: Row) -> str:
    """``no list since … at ADDRESS``."""
    return f"no list since {iso(state['no_list_since'])} at {state['no_list_at']}"


def lateness(state: Row, at: datetime) -> timedelta:
    """How long the next poll of a source is overdue."""
    due = state["next_run_at"]
    return max(at - due, timedelta()) if due else timedelta()
