"""Sources: the health of what is polled and of every list, each with a strip of its polls, its overlap and its gaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from meeruit.tasks.report import polls, status
from meeruit.tasks.report.failures import open_by_kind
from meeruit.tasks.report.sources import LATE, failing, lateness, silent, source_states
from meeruit.tasks.report.waits import waits
from meeruit.tasks.times import day_or_time, now
from meeruit.worker.web.queries import SpanQuery
from meeruit.worker.web.shapes import SourcesShape
from meeruit.worker.web.site import Site, site_of
from meeruit.worker.web.strip import strip_chart

router = APIRouter()
Asked = Annotated[SpanQuery, Query()]
#: Seconds for which the rhythm of all lists is kept, and all that is drawn.
_FRESH, _DRAWN = 15.0, 5.0
#: The stretches of time that the page offers, in hours.
SPANS = ((6, "6 hours"), (24, "1 day"), (24 * 7, "7 days"), (24 * 31, "31 days"))


def _lists(site: Site, db: Connection) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.memo.get("lists", _FRESH, lambda: status.list_states(db))
    return found


def _until(db: Connection, asked: SpanQuery, at: datetime) -> datetime:
    """The end of what is drawn: now, unless nothing was looked at for so long."""
    if asked.until is not None:
        return day_or_time(asked.until)
    last = polls.last_look(db)
    return at if last is None or at - last < timedelta(hours=asked.hours) / 2 else last


@router.get("/sources", include_in_schema=False)
async def sources_page(request: Request, asked: Asked) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        drawn = site.memo.get(("sources", asked), _DRAWN, lambda: _drawn(site, db, asked))
        return site.page(
            request,
            "sources.html",
            asked=asked,
            spans=SPANS,
            waits=waits(db),
            work=status.work_state(db, drawn["at"]),
            failed=open_by_kind(db),
            **drawn,
        )

    return await site.ask(answer, slow=True)


def _drawn(site: Site, db: Connection, asked: SpanQuery) -> dict[str, Any]:
    """What is costly to look up and to draw."""
    at = now()
    until = _until(db, asked, at)
    since = until - timedelta(hours=asked.hours)
    return {"at": at, "since": since, "until": until, "sources": _sources(site, db, since, until, at)}


def _sources(site: Site, db: Connection, since: datetime, until: datetime, at: datetime) -> list[dict[str, Any]]:
    """Each source, and each host whose pages no source has, with all that is shown of it."""
    polled = {source.name: source for source in site.polled()}
    states, lists = source_states(db), _lists(site, db)
    names = [*polled, *sorted({row["list"] for row in lists} | set(states) - set(polled))]
    return [
        _source(
            db,
            name,
            polled.get(name),
            states.get(name),
            [row for row in lists if row["list"] == name],
            since,
            until,
            at,
        )
        for name in dict.fromkeys(names)
    ]


def _source(
    db: Connection, name: str, polled: Any, state: Any, lists: list[Any], since: datetime, until: datetime, at: datetime
) -> dict[str, Any]:
    captures = polls.overlaps(db, name, since, until)
    looks = polls.polls(db, name, since, until)
    gaps = polls.gaps_between(db, name, since, until)
    return {
        "name": name,
        "polled": polled,
        "state": state,
        "lists": lists,
        "faults": _faults(state, at) if polled is not None else [],
        "looks": looks,
        "gaps": gaps,
        "chart": strip_chart(since, until, looks, captures, gaps),
    }


def _faults(state: Any, at: datetime) -> list[str]:
    if state is None:
        return ["not polled yet"]
    found = []
    if state["failed_polls"]:
        found.append(failing(state))
    if state["no_list_since"]:
        found.append(silent(state))
    if lateness(state, at) > LATE:
        found.append("its next poll is overdue: is a worker running, and beat?")
    return found


@router.get("/sources.json", summary="Health: sources, lists, what waits")
async def sources_json(request: Request) -> SourcesShape:
    """How each source and each list does, and what waits for what reason."""
    site = site_of(request)

    def answer(db: Connection) -> SourcesShape:
        states = [{"name": name, **state} for name, state in sorted(source_states(db).items())]
        return SourcesShape.model_validate(
            {"at": now(), "sources": states, "lists": _lists(site, db), "waits": waits(db)}
        )

    return await site.ask(answer, slow=True)
