"""Now: items as they are stored, by server-sent events; without a script the page loads itself again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Header, HTTPException, Request, Response
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from starlette.responses import StreamingResponse

from meeruit.tasks.report.browsing import items_after, newest_id, page_of_items
from meeruit.tasks.report.listings import ItemFilter, Row
from meeruit.tasks.times import iso
from meeruit.worker.web.reader import TooSlow
from meeruit.worker.web.rendering import DIGITS, clock, moment, plain, short
from meeruit.worker.web.site import Site, site_of

router = APIRouter()
#: Visitors who are told at a time, seconds between two looks, and looks after which the line is kept open.
MOST, EVERY, QUIET = 50, 1.0, 15
#: Items on the page at first.
SHOWN = 30


class Feed:
    """Looks for new items while somebody listens, once for all of them."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listeners: set[asyncio.Queue[list[tuple[int, str]]]] = set()
        self._task: asyncio.Task[None] | None = None
        self._last = 0

    @property
    def full(self) -> bool:
        """Whether as many listen as may."""
        return len(self._listeners) >= MOST

    async def listen(self, since: int | None) -> AsyncIterator[str]:
        """Events for one visitor, from the item after this one on; without one, from now on."""
        queue: asyncio.Queue[list[tuple[int, str]]] = asyncio.Queue(maxsize=100)
        self._listeners.add(queue)
        try:
            if self._task is None or self._task.done():
                self._last = await self._site.ask(newest_id)
                self._task = asyncio.create_task(self._watch())
            told = self._last if since is None else since
            yield "retry: 3000\n\n"
            if since is not None and since < self._last:
                for number, row in await self._site.ask(lambda db: items_after(db, since)):
                    told = number
                    yield _event(number, row)
            async for text in self._told(queue, told):
                yield text
        finally:
            self._listeners.discard(queue)

    async def _told(self, queue: asyncio.Queue[list[tuple[int, str]]], told: int) -> AsyncIterator[str]:
        while True:
            try:
                news = await asyncio.wait_for(queue.get(), QUIET)
            except TimeoutError:
                yield ": nothing new\n\n"
                continue
            if said := "".join(event for number, event in news if number > told):
                yield said

    async def _watch(self) -> None:
        while self._listeners:
            await asyncio.sleep(EVERY)
            try:
                news = await self._site.ask(lambda db: items_after(db, self._last))
            except (DBAPIError, TooSlow):  # it comes back, or the views say what is wrong
                continue
            if news:
                self._last = news[-1][0]
                events = [(number, _event(number, row)) for number, row in news]  # once for all listeners
                for queue in list(self._listeners):
                    if queue.full():
                        self._listeners.discard(queue)  # its visitor reads no more
                    else:
                        queue.put_nowait(events)


def _event(number: int, row: Row) -> str:
    """An item as an event; its text is data, and never markup."""
    said = {
        "address": f"/items/{row['content_hash'][:DIGITS]}",
        "time": iso(row["first_seen_at"]),
        "clock": clock(row["first_seen_at"]),
        "moment": moment(row["first_seen_at"]),
        "dateline": " · ".join(filter(None, [plain(row["place"] or ""), plain("/".join(row["agencies"]))])),
        "title": short(row["headline"] or row["text"], 160),
        "text": short(row["text"]) if row["headline"] else "",
        "section": plain(row["section"] or ""),
    }
    return f"id: {number}\ndata: {json.dumps(said)}\n\n"


@router.get("/now", include_in_schema=False)
async def now_page(request: Request) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        found = page_of_items(db, ItemFilter(), site.spellings, limit=SHOWN)
        return site.page(request, "now.html", rows=found.rows)

    return await site.ask(answer)


@router.get(
    "/now.events",
    summary="New items as they are stored, as server-sent events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def now_events(request: Request, last_event_id: str | None = Header(None)) -> Response:
    """An event an item, whose id names where to go on (`Last-Event-ID`)."""
    feed: Feed = request.app.state.feed
    if feed.full:
        raise HTTPException(503, "too many visitors listen; the page refreshes without", {"Retry-After": "30"})
    known = (
        last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 18
    )
    since = int(str(last_event_id)) if known else None
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(feed.listen(since), media_type="text/event-stream", headers=headers)
