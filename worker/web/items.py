"""The items: newest first, filtered, a page at a time; as a page, JSON, CSV and Atom."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from meeruit.tasks.report.browsing import Found, page_of_items
from meeruit.worker.web import feeds
from meeruit.worker.web.queries import ItemQuery, shown_place
from meeruit.worker.web.shapes import ItemsShape
from meeruit.worker.web.site import Site, site_of

router = APIRouter()
Asked = Annotated[ItemQuery, Query()]
#: The names of what can be asked for, as chips show it.
_NAMES = {
    "q": "text", "section": "section", "place": "place", "agency": "agency", "source": "source", "since": "from",
    "until": "before",
}  # fmt: skip

#: A fault is JSON there too.
_FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}}
    for status in (422, 503)
}


def _find(site: Site, db: Connection, asked: ItemQuery) -> Found:
    named = asked.section or asked.place or asked.agency
    spellings = site.all_names(db) if named else site.known_names(db)
    return page_of_items(db, asked.filter(), spellings, source=asked.source, after=asked.behind(), limit=asked.limit)


def _is_slow(asked: ItemQuery) -> bool:
    return any((asked.q, asked.source, asked.place))


@router.get("/items", include_in_schema=False)
async def items_page(request: Request, asked: Asked) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        found = _find(site, db, asked)
        return site.page(request, "items.html", asked=asked, **_shown(site, asked, found))

    return await site.ask(answer, slow=_is_slow(asked))


def _shown(site: Site, asked: ItemQuery, found: Found) -> dict[str, Any]:
    days = [(day, list(rows)) for day, rows in groupby(found.rows, key=lambda row: row["first_seen_at"].date())]
    values = asked.model_dump(exclude_defaults=True, exclude={"after", "limit"})
    return {
        "found": found,
        "days": days,
        "older": asked.but(after=shown_place(found.next)) if found.next else None,
        "chips": [(_NAMES[name], value, asked.but(**{name: None, "after": None})) for name, value in values.items()],
        "sections": site.spellings.sections(),
        "agencies": site.spellings.agencies(),
        "sources": site.spellings.sources(),
        "places": site.spellings.places(),
        "total": site.spellings.total(),
    }


@router.get("/items.json", summary="Items, newest first")
async def items_json(request: Request, asked: Asked) -> ItemsShape:
    """The items that match, a page at a time."""
    site = site_of(request)
    found = await site.ask(lambda db: _find(site, db, asked), slow=_is_slow(asked))
    return ItemsShape.model_validate({"items": found.rows, "next": shown_place(found.next)})


@router.get("/items.csv", summary="The same as CSV", response_class=feeds.CSVResponse, responses=_FAULTS)
async def items_csv(request: Request, asked: Asked) -> Response:
    """The items that match, a page at a time, with a header; `Link` names the next page."""
    site = site_of(request)
    found = await site.ask(lambda db: _find(site, db, asked), slow=_is_slow(asked))
    headers = {"Content-Disposition": 'attachment; filename="items.csv"'}
    if found.next is not None:
        headers["Link"] = f'</items.csv{asked.but(after=str(found.next))}>; rel="next"'
    return feeds.CSVResponse(feeds.as_csv(found.rows), headers=headers)


@router.get("/items.atom", summary="The same as an Atom feed", response_class=feeds.AtomResponse, responses=_FAULTS)
async def items_atom(request: Request, asked: Asked) -> Response:
    """The newest items that match, for a feed reader."""
    site = site_of(request)
    found = await site.ask(lambda db: _find(site, db, asked), slow=_is_slow(asked))
    return feeds.AtomResponse(feeds.as_atom(found.rows, str(request.base_url), asked.but()))
