"""What every view has at hand: the database to ask, what is remembered between questions, and the templates."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import HTMLResponse

from meeruit.tasks.report.spellings import Spellings
from meeruit.tasks.work.polling import Polled
from meeruit.worker.schedule import watched_sources
from meeruit.worker.settings import Settings
from meeruit.worker.web.memo import Memo
from meeruit.worker.web.reader import LIMIT, Reader, TooSlow
from meeruit.worker.web.rendering import environment

T = TypeVar("T")
#: Seconds after which all spellings are counted anew.
_FRESH = 600.0


class Site:
    """One of it for a server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reader = Reader(settings.database_url)
        self.memo = Memo()
        #: Counted anew every ten minutes, by a thread that waits for nobody.
        self.spellings = Spellings()
        self._templates = environment()
        self._polled = watched_sources(settings.sources)
        self._counted = threading.Event()
        threading.Thread(target=self._count, name="spellings", daemon=True).start()

    def _count(self) -> None:
        counting = self.spellings
        while True:
            try:
                if self.reader.ask(counting.look).complete:
                    self.spellings, counting = counting, Spellings()
                    self._counted.set()
                    time.sleep(_FRESH)
            except (SQLAlchemyError, TooSlow):  # it comes back, or the views say what is wrong
                time.sleep(1)

    def known_names(self, db: Connection) -> Spellings:
        """The spellings that are known so far."""
        return self.spellings.look(db) if self._counted.is_set() else self.spellings

    def all_names(self, db: Connection) -> Spellings:
        """All spellings there are. Raises TooSlow where they are still being counted for the first time."""
        if not self._counted.wait(LIMIT):
            raise TooSlow("sections, places and agencies are still being counted; come again in a few seconds")
        return self.spellings.look(db)

    def polled(self) -> tuple[Polled, ...]:
        """What sources.toml says now."""
        return self._polled()

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A template as an answer."""
        said = self._templates.get_template(template).render(path=request.url.path, site=self, **values)
        return HTMLResponse(said, status, {"Cache-Control": "private, no-cache"})

    async def ask(self, work: Callable[[Connection], T], *, slow: bool = False) -> T:
        """Ask the database. Raises TooSlow."""
        return await self.reader(work, slow=slow)


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    return cast("Site", request.app.state.site)
