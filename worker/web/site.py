"""What every view has at hand: the database to ask, what is remembered between questions, and the templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse

from meeruit.tasks.report.spellings import Spellings
from meeruit.tasks.work.polling import Polled
from meeruit.worker.schedule import watched_sources
from meeruit.worker.settings import Settings
from meeruit.worker.web.memo import Memo
from meeruit.worker.web.reader import Reader
from meeruit.worker.web.rendering import environment

T = TypeVar("T")


class Site:
    """One of it for a server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.reader = Reader(settings.database_url)
        self.memo = Memo()
        self.spellings = Spellings()
        self._templates = environment()
        self._polled = watched_sources(settings.sources)

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
