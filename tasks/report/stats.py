"""Counts over all items: by hour, day, section, agency; windows, repeats, and delays between sources. Only reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from meeruit.tasks.report.days import first_times
from meeruit.tasks.report.listings import Row, same
from meeruit.tasks.store.tables import Item, table

_item = table(Item)
KEYS = ("stat", "of", "then", "section", "items", "sightings", "seconds")
#: Widths of windows that are told apart, by the greatest of each; and what wider ones and unknown times are called.
WIDTHS = {
    "up to 10 s": 10, "10 to 30 s": 30, "30 to 60 s": 60, "1 to 5 min": 300, "5 to 15 min": 900, "15 to 60 min": 3_600,
    "1 to 6 h": 21_600, "6 to 24 h": 86_400,
}  # fmt: skip
WIDER, UNKNOWN = "wider", "unknown"
#: Sightings that are looked at for delays: those of the newest items.
MOST = 200_000


class Stat(StrEnum):
    """What is counted."""

    HOURS = "hours"
    DAYS = "days"
    SECTIONS = "sections"
    AGENCIES = "agencies"
    WINDOWS = "windows"
    REPEATS = "repeats"
    DELAYS = "delays"


@dataclass(frozen=True, slots=True)
class Span:
    """Which items are counted, by their first sighting and their section."""

    since: datetime | None = None
    until: datetime | None = None
    section: str | None = None


def stats(db: Connection, which: Collection[Stat], span: Span) -> Iterator[Row]:
    """What is counted, in the order of ``Stat``: a row a number, with the keys ``KEYS``."""
    where = _where(db, span)
    if {Stat.HOURS, Stat.DAYS, Stat.SECTIONS} & set(which):
        yield from _by_time(db, which, where)
    if Stat.AGENCIES in which:
        yield from _by_agency(db, where)
    if {Stat.WINDOWS, Stat.REPEATS} & set(which):
        yield from _by_width(db, which, where)
    if Stat.DELAYS in which:
        yield from _delays(db, where)


def _row(stat: Stat, **values: Any) -> Row:
    return {**dict.fromkeys(KEYS), "stat": stat.value, **values}


def _where(db: Connection, span: Span) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if span.since is not None:
        found.append(_item.c.first_seen_at >= span.since)
    if span.until is not None:
        found.append(_item.c.first_seen_at < span.until)
    if span.section is not None:
        there = db.scalars(select(_item.c.section).distinct().where(_item.c.section.is_not(None)))
        found.append(_item.c.section.in_([one for one in there if same(one, span.section)]))
    return found


def _by_time(db: Connection, which: Collection[Stat], where: list[ColumnElement[bool]]) -> Iterator[Row]:
    at = _item.c.first_seen_at
    form = func.strftime("%Y-%m-%d %H", at) if db.dialect.name == "sqlite" else func.to_char(at, "YYYY-MM-DD HH24")
    query = select(form.label("hour"), _item.c.section, func.count().label("items")).where(*where)
    hours, days, sections = (defaultdict[Any, int](int) for _ in range(3))
    for row in db.execute(query.group_by(form, _item.c.section)):
        day, hour = row.hour.split(" ")
        hours[hour, row.section] += row.items
        days[day, row.section] += row.items
        sections[row.section] += row.items
    for stat, counts in ((Stat.HOURS, hours), (Stat.DAYS, days)):
        if stat in which:
            for (of, section), items in sorted(counts.items(), key=lambda pair: (pair[0][0], pair[0][1] or "")):
                yield _row(stat, of=of, section=section, items=items)
    if Stat.SECTIONS in which:
        for section, items in _greatest_first(sections):
            yield _row(Stat.SECTIONS, section=section, items=items)


def _by_agency(db: Connection, where: list[ColumnElement[bool]]) -> Iterator[Row]:
    query = select(_item.c.agencies, func.count().label("items")).where(*where).group_by(_item.c.agencies)
    counts: Counter[str | None] = Counter()
    for row in db.execute(query):
        counts.update(dict.fromkeys(row.agencies or [None], row.items))
    for agency, items in _greatest_first(counts):
        yield _row(Stat.AGENCIES, of=agency, items=items)


def _by_width(db: Connection, which: Collection[Stat], where: list[ColumnElement[bool]]) -> Iterator[Row]:
    after, before = _item.c.published_after, _item.c.published_before
    seconds = (
        func.strftime("%s", before) - func.strftime("%s", after)
        if db.dialect.name == "sqlite"
        else func.extract("epoch", before) - func.extract("epoch", after)
    )
    width = case(
        (before.is_(None), UNKNOWN), *((seconds <= most, name) for name, most in WIDTHS.items()), else_=WIDER
    ).label("width")
    sums = func.count().label("items"), func.sum(_item.c.sightings).label("sightings")
    rows = db.execute(select(_item.c.section, width, *sums).where(*where).group_by(_item.c.section, width)).all()
    if Stat.WINDOWS in which:
        order = {name: place for place, name in enumerate((*WIDTHS, WIDER, UNKNOWN))}
        for row in sorted(rows, key=lambda row: (order[row.width], row.section or "")):
            yield _row(Stat.WINDOWS, of=row.width, section=row.section, items=row.items)
    if Stat.REPEATS in which:
        items, seen = Counter[str | None](), Counter[str | None]()
        for row in rows:
            items[row.section] += row.items
            seen[row.section] += int(row.sightings)
        for section, number in _greatest_first(items):
            yield _row(Stat.REPEATS, section=section, items=number, sightings=seen[section])


def _delays(db: Connection, where: list[ColumnElement[bool]]) -> Iterator[Row]:
    """Who had items first that others had later, and by how much in the middle of all of them."""
    found: dict[tuple[str, str], list[timedelta]] = defaultdict(list)
    for times in first_times(db, where, MOST):
        (first, at), *later = sorted(times.items(), key=lambda pair: (pair[1], pair[0]))
        for then, seen in later:
            if seen > at:
                found[first, then].append(seen - at)
    for (first, then), delays in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        yield _row(
            Stat.DELAYS,
            of=first,
            then=then,
            items=len(delays),
            seconds=round(median(delay.total_seconds() for delay in delays)),
        )


def _greatest_first(counts: dict[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0] or "")))
