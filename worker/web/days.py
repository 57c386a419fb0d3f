"""Days: a calendar of items a day, one day hour by hour, and which source had its items first."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import Connection

from meeruit.tasks.report import days
from meeruit.tasks.times import whole_seconds
from meeruit.worker.web.queries import Day as IsoDay
from meeruit.worker.web.queries import DayQuery, DaysQuery
from meeruit.worker.web.shapes import DayShape, DaysShape
from meeruit.worker.web.site import Site, site_of
from meeruit.worker.web.stacks import stacks_chart

router = APIRouter()
#: Months on one page, and shades of a calendar.
MONTHS, SHADES = 12, 5
#: Seconds for which counts are kept.
_FRESH = 60.0
Day = Annotated[IsoDay, Path(description="A day, such as `2026-03-02`.")]
Counts = dict[date, int]


def _first_of(month: date, back: int = 0) -> date:
    """The first day of the month so many months earlier; not before the year 1."""
    months = max(month.year * 12 + month.month - 1 - back, 12)
    return date(months // 12, months % 12 + 1, 1)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1) if (day.year, day.month) < (9999, 12) else date.max


def _counts(site: Site, db: Connection, asked: DaysQuery) -> tuple[date, date, Counts, date | None]:
    """The first month and the end of what is shown, the items by day, and the first day of all."""
    ends = site.memo.get("first and last", _FRESH, lambda: (days.first_and_last_day(db),))[0]
    if ends is None:
        return date.min, date.min, {}, None
    last = asked.until or ends[1]
    first = max(_first_of(last, MONTHS - 1), _first_of(min(ends[0], last)))
    until = _next_month(last)
    which = days.which_items(site.all_names(db), asked.section, asked.agency) if asked.section or asked.agency else []
    question = ("days", first, until, asked.section, asked.agency)
    return first, until, site.memo.get(question, _FRESH, lambda: days.by_day(db, first, until, which)), ends[0]


@router.get("/days", include_in_schema=False)
async def days_page(request: Request, asked: Annotated[DaysQuery, Query()]) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        first, _, counts, first_of_all = _counts(site, db, asked)
        earlier = first_of_all is not None and first > _first_of(first_of_all)
        return site.page(
            request,
            "days.html",
            asked=asked,
            months=_months(counts),
            total=sum(counts.values()),
            busiest=max(counts, key=lambda day: (counts[day], day), default=None),
            counts=counts,
            earlier=asked.but(until=_first_of(first, 1)) if earlier else None,
            sections=site.known_names(db).sections(),
            agencies=site.spellings.agencies(),
        )

    return await site.ask(answer, slow=True)


def _months(counts: Counts) -> list[dict[str, Any]]:
    """The months that have items, the latest first: weeks of (day, items, shade); None where a week reaches out of it."""
    most = max(counts.values(), default=1)
    found = []
    for year, month in sorted({(day.year, day.month) for day in counts}, reverse=True):
        weeks = [
            [_cell(counts, most, date(year, month, number)) if number else None for number in week]
            for week in calendar.Calendar().monthdayscalendar(year, month)
        ]
        total = sum(items for day, items in counts.items() if (day.year, day.month) == (year, month))
        found.append({"first": date(year, month, 1), "weeks": weeks, "total": total})
    return found


def _cell(counts: Counts, most: int, day: date) -> tuple[date, int, int]:
    items = counts.get(day, 0)
    return day, items, 0 if not items else 1 + min(items * SHADES // (most + 1), SHADES - 1)


@router.get("/days.json", summary="Items by day")
async def days_json(request: Request, asked: Annotated[DaysQuery, Query()]) -> DaysShape:
    """A year of days with their items."""
    site = site_of(request)
    counts = await site.ask(lambda db: _counts(site, db, asked)[2], slow=True)
    return DaysShape.model_validate({"days": [{"day": day, "items": counts[day]} for day in sorted(counts)]})


def _hours(site: Site, db: Connection, day: date, asked: DayQuery) -> Any:
    which = days.which_items(site.all_names(db), asked.section, asked.agency) if asked.section or asked.agency else []
    question = ("hours", day, asked.section, asked.agency)
    return site.memo.get(question, _FRESH, lambda: days.by_hour(db, day, which))


def _leads(site: Site, db: Connection, day: date) -> list[days.Lead]:
    found: list[days.Lead] = site.memo.get(("leads", day), _FRESH, lambda: days.leads(db, day))
    return found


@router.get("/days/{day}.json", summary="One day hour by hour, and who was first")
async def day_json(request: Request, day: Day, asked: Annotated[DayQuery, Query()]) -> DayShape:
    """The items of a day by hour, section and agencies; and which source had those first that another had too."""
    site = site_of(request)

    def answer(db: Connection) -> DayShape:
        hours = [
            {"hour": hour, "section": section, "agencies": list(agencies), "items": items}
            for (hour, section, agencies), items in _hours(site, db, day, asked).items()
        ]
        leads = [
            {
                "source": lead.source,
                "shared": lead.shared,
                "first": lead.first,
                "ahead_seconds": whole_seconds(lead.ahead),
            }
            for lead in _leads(site, db, day)
        ]
        return DayShape.model_validate({"day": day, "hours": hours, "leads": leads})

    return await site.ask(answer, slow=True)


@router.get("/days/{day}", include_in_schema=False)
async def day_page(request: Request, day: Day, asked: Annotated[DayQuery, Query()]) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        counted = _hours(site, db, day, asked)
        by_section: dict[tuple[int, str], int] = defaultdict(int)
        for (hour, section, _), items in counted.items():
            by_section[hour, section or "no section"] += items
        agencies = days.counted(
            (name, items) for (_, _, names), items in counted.items() for name in (names or ["no agency"])
        )
        return site.page(
            request,
            "day.html",
            asked=asked,
            day=day,
            total=sum(counted.values()),
            chart=stacks_chart(by_section, range(24)) if by_section else None,
            agencies=agencies,
            leads=_leads(site, db, day),
            before=_neighbour(day, -1),
            after=_neighbour(day, 1),
            sections=site.spellings.sections(),
            all_agencies=site.spellings.agencies(),
        )

    return await site.ask(answer, slow=True)


def _neighbour(day: date, by: int) -> date | None:
    try:
        return day + by * days.DAY
    except OverflowError:
        return None
