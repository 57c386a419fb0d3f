"""Items by day and by hour, and which source had them first. Only reads; days are those of UTC."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from meeruit.tasks.report.spellings import Spellings
from meeruit.tasks.store.tables import Item, Page, Sighting, table
from meeruit.tasks.store.windows import list_of

_item, _page, _sighting = table(Item), table(Page), table(Sighting)
DAY = timedelta(days=1)
#: Sightings of one day's items that are looked at for who was first.
_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Lead:
    """How often a source had an item first that another one had too, and by how much."""

    source: str
    #: Items that it and at least one other source had.
    shared: int
    first: int
    #: The usual time by which it led, where it was first.
    ahead: timedelta | None


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def which_items(spellings: Spellings, section: str | None, agency: str | None) -> list[ColumnElement[bool]]:
    """The items of a section and an agency, if they are named."""
    which: list[ColumnElement[bool]] = []
    if section is not None:
        which.append(_item.c.section.in_(spellings.of_section(section)))
    if agency is not None:
        which.append(_item.c.agencies.in_(spellings.of_agency(agency)))
    return which


def by_day(db: Connection, since: date, until: date, which: list[ColumnElement[bool]]) -> dict[date, int]:
    """Items by the day on which they were first seen, from one day up to another (left out); days without any are left out."""
    day = func.date(_item.c.first_seen_at)
    at = _item.c.first_seen_at
    query = select(day.label("day"), func.count().label("items")).where(
        at >= midnight(since), at < midnight(until), *which
    )
    return {date.fromisoformat(str(row.day)): row.items for row in db.execute(query.group_by(day))}


def first_and_last_day(db: Connection) -> tuple[date, date] | None:
    """The days of the earliest and the latest first sighting; None without items."""
    first, last = (db.scalar(select(function(_item.c.first_seen_at))) for function in (func.min, func.max))
    return None if first is None or last is None else (first.date(), last.date())


def by_hour(
    db: Connection, day: date, which: list[ColumnElement[bool]]
) -> dict[tuple[int, str | None, tuple[str, ...]], int]:
    """The items of a day by hour, section and agencies."""
    at = _item.c.first_seen_at
    hour = func.strftime("%H", at) if db.dialect.name == "sqlite" else func.date_part("hour", at)
    columns = (hour.label("hour"), _item.c.section, _item.c.agencies)
    query = select(*columns, func.count().label("items")).where(at >= midnight(day), at < midnight(day) + DAY, *which)
    found: dict[tuple[int, str | None, tuple[str, ...]], int] = defaultdict(int)
    for row in db.execute(query.group_by(hour, _item.c.section, _item.c.agencies)):
        found[int(row.hour), row.section, tuple(row.agencies)] += row.items
    return found


def leads(db: Connection, day: date) -> list[Lead]:
    """Which source or host had the items of a day first, the most often first one on top."""
    at = _item.c.first_seen_at
    return _leads(first_times(db, [at >= midnight(day), at < midnight(day) + DAY], _MOST))


def first_times(db: Connection, which: list[ColumnElement[bool]], most: int) -> list[dict[str, datetime]]:
    """For each of these items that more than one source or host showed, when each of them first did.

    Looks at so many sightings at most, those of the newest items.
    """
    query = (
        select(_sighting.c.item_id, _page.c.source, _page.c.url, _page.c.observed_from, _page.c.observed_at)
        .join_from(_item, _sighting, _sighting.c.item_id == _item.c.id)
        .join(_page, _page.c.id == _sighting.c.page_id)
        .where(*which, _item.c.sightings > 1)
        .order_by(_item.c.first_seen_at.desc())
        .limit(most)
    )
    firsts: dict[int, dict[str, datetime]] = defaultdict(dict)
    for row in db.execute(query):
        name = list_of(row.source, row.url, row.observed_from, None)
        if name is not None:
            of_item = firsts[row.item_id]
            of_item[name[0]] = min(of_item.get(name[0], row.observed_at), row.observed_at)
    return [times for times in firsts.values() if len(times) > 1]


def _leads(shared: list[dict[str, datetime]]) -> list[Lead]:
    had, ahead = defaultdict[str, int](int), defaultdict[str, list[timedelta]](list)
    for times in shared:
        (first, at), (_, then), *_ = sorted(times.items(), key=lambda pair: (pair[1], pair[0]))
        for source in times:
            had[source] += 1
        if then > at:
            ahead[first].append(then - at)
    found = [Lead(source, number, len(ahead[source]), _usual(ahead[source])) for source, number in had.items()]
    return sorted(found, key=lambda lead: (-lead.first, lead.source))


def _usual(times: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(time.total_seconds() for time in times)) if times else None


def counted(pairs: Any) -> dict[Any, int]:
    """The sums of (key, number), the greatest first."""
    sums: dict[Any, int] = defaultdict(int)
    for key, number in pairs:
        sums[key] += number
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1], str(pair[0]))))
