"""The health of what is captured and of the ledger, from the tables. Only reads; the arithmetic is ``report.overlap_stats``'s."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.records import Rounding
from meeruit.tasks.report.overlap_stats import Look, list_size, rhythm, safe_every
from meeruit.tasks.store.tables import Gap, Item, Listing, ListState, Page, Run, Sighting, Work, WorkState, table
from meeruit.tasks.times import whole_seconds

Row = dict[str, Any]
_gap, _item, _listing, _page = table(Gap), table(Item), table(Listing), table(Page)
_state = table(ListState)
_run, _sighting, _work = table(Run), table(Sighting), table(Work)
#: The captures of a list whose rhythm is looked at: the newest.
_LOOKS = 500


def list_states(db: Connection) -> list[Row]:
    """Each list with its rhythm and its gaps, by name and section."""
    number = func.count().label("captures")
    lists = select(_listing.c.list, _listing.c.section, number).group_by(_listing.c.list, _listing.c.section)
    gaps = select(_gap.c.list, _gap.c.section, func.count().label("gaps"), func.max(_gap.c.to_at).label("last"))
    known = {(row.list, row.section): row for row in db.execute(gaps.group_by(_gap.c.list, _gap.c.section))}
    manners = {(row.list, row.section): row for row in db.execute(select(_state))}
    return [
        _list_state(db, row, known.get((row.list, row.section)), manners.get((row.list, row.section)))
        for row in sorted(db.execute(lists), key=lambda row: (row.list, row.section))
    ]


def _list_state(db: Connection, row: Any, gaps: Any, manner: Any) -> Row:
    which = and_(_listing.c.list == row.list, _listing.c.section == row.section)
    query = select(_listing).where(which, _listing.c.shown > 0).order_by(_listing.c.observed_at.desc()).limit(_LOOKS)
    looks = [Look(each.observed_at, each.shown, each.shared) for each in db.execute(query)]
    found = rhythm(looks)
    since = looks[-1].observed_at
    safe = safe_every(_published(db, which, row.section, since), list_size(looks)) if found.thin else None
    if safe and found.every and safe >= found.every:  # so often it was looked at, but for a pause
        safe = None
    ordered = manner is None or manner.ordered  # else nobody knows what is new on it
    return {
        "list": row.list,
        "section": row.section,
        "captures": row.captures,
        "last_capture_at": found.last_at,
        "last_new_at": found.last_new_at if ordered else None,
        "every_seconds": whole_seconds(found.every),
        "longest_pause_seconds": whole_seconds(found.pause),
        "overlap": None if found.overlap is None else round(found.overlap, 3),
        "least_overlap": None if found.least is None else round(found.least, 3),
        "gaps": gaps.gaps if gaps else 0,
        "last_gap_at": gaps.last if gaps else None,
        "quiet_seconds": whole_seconds(found.quiet) if ordered else None,
        "longest_quiet_seconds": whole_seconds(found.longest_quiet),
        "safe_every_seconds": whole_seconds(safe),
        "in_order_of_time": ordered,
        "rounding": manner.rounding if manner else Rounding.DOWN,
    }


def _published(db: Connection, which: ColumnElement[bool], section: str, since: datetime) -> list[datetime]:
    """When the items of a list were published, as well as is known, of those that came since."""
    after, before = _item.c.published_after, _item.c.published_before
    own = _sighting.c.section == section
    query = (
        select(_item.c.id, after, before, _item.c.first_seen_at)
        .join_from(_listing, _sighting, _sighting.c.page_id == _listing.c.page_id)
        .join(_item, _item.c.id == _sighting.c.item_id)
        .where(which, own if section else or_(own, _sighting.c.section.is_(None)), _listing.c.observed_at >= since)
        .distinct()
    )
    times = [
        row.first_seen_at if row.published_before is None
        else row.published_after + (row.published_before - row.published_after) / 2
        for row in db.execute(query)
    ]  # fmt: skip
    return [time for time in times if time >= since]


def work_state(db: Connection, now: datetime) -> Row:
    """What the ledger holds that is not done, and since when."""
    later = and_(_work.c.state == WorkState.PENDING, _work.c.not_before > now)
    pending = and_(_work.c.state == WorkState.PENDING, ~func.coalesce(_work.c.not_before > now, False))
    numbers = {
        "pending": func.count().filter(pending),
        "waiting": func.count().filter(later),
        "running": func.count().filter(_work.c.state == WorkState.RUNNING),
        "stuck": func.count().filter(and_(_work.c.state == WorkState.RUNNING, _work.c.lease_until <= now)),
        "pages": func.coalesce(func.sum(_work.c.pages), 0),
        "oldest_at": func.min(_run.c.started_at),
        "next_at": func.min(_work.c.not_before).filter(later),
    }
    unfinished = _work.c.state.in_((WorkState.PENDING, WorkState.RUNNING))
    query = select(*(each.label(name) for name, each in numbers.items())).join_from(_work, _run).where(unfinished)
    underived = select(func.count()).select_from(_work).where(_work.c.state == WorkState.DONE, ~_work.c.derived)
    return {
        **db.execute(query).one()._mapping,
        "underived": int(db.scalar(underived) or 0),
    }
