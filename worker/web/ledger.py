"""What became of the work: failures, each with its history and what to do, and runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from meeruit.tasks.errors import REDIRECTED
from meeruit.tasks.report import histories
from meeruit.tasks.report.failures import failures, open_by_kind
from meeruit.worker.web.queries import RowQuery
from meeruit.worker.web.shapes import FailuresShape, RunsShape
from meeruit.worker.web.site import site_of

router = APIRouter()
Asked = Annotated[RowQuery, Query()]
#: What can be done, by what a reason says.
_ADVICE = (
    ("HTTP 404", "The page is gone. If that is final, take the address out of sources.toml, or dismiss the failure."),
    ("HTTP 410", "The page is gone for good. Take the address out of sources.toml, or dismiss the failure."),
    ("HTTP 401", "The site wants a password. meeruit has none to give: ask the site, or leave the address out."),
    ("HTTP 403", "The site refuses us. Say who you are (MEERUIT_CONTACT), poll less often, or ask the site."),
    ("HTTP 429", "The site finds us too fast. Poll less often, or make delay longer in sources.toml."),
    ("HTTP 5", "The site has a fault of its own. It is asked again at the next poll; nothing needs to be done."),
    ("robots.txt", "The site asks not to be fetched there. Leave the address out, or ask the site."),
    (
        "not on the public internet",
        "The address lies in a private network. MEERUIT_ALLOW_PRIVATE_HOSTS names exceptions.",
    ),
)
_ADVICE_BY_KIND = {
    "fetching": "Look whether the address opens in a browser; then: meeruit retry.",
    "reading": "Look at the page: meeruit extract shows what is found on it. After a change: meeruit retry.",
    "storing": "The database refuses a row of it. Please report it; meeruit retry tries again.",
}


def advice(kind: str, reason: str) -> str:
    """What somebody can do about a failure."""
    words, _, _ = reason.partition(REDIRECTED)
    for beginning, said in _ADVICE:
        if beginning in words:
            return said
    return _ADVICE_BY_KIND.get(kind, "Then: meeruit retry.")


@router.get("/failures", include_in_schema=False)
async def failures_page(request: Request, asked: Asked) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        found = list(failures(db, asked.limit, source=asked.source))
        return site.page(
            request,
            "failures.html",
            asked=asked,
            failures=found,
            kinds=open_by_kind(db),
            history=histories.histories(db, [row["address"] for row in found]),
            advice=advice,
            sources=site.known_names(db).sources(),
        )

    return await site.ask(answer)


@router.get("/failures.json", summary="What fails now, one entry an address")
async def failures_json(request: Request, asked: Asked) -> FailuresShape:
    """Open failures, the latest first."""
    found = await site_of(request).ask(lambda db: list(failures(db, asked.limit, source=asked.source)))
    return FailuresShape.model_validate({"failures": found})


@router.get("/runs", include_in_schema=False)
async def runs_page(request: Request, asked: Asked) -> Response:
    """The page."""
    site = site_of(request)

    def answer(db: Connection) -> Response:
        rows, then = histories.page_of_runs(db, source=asked.source, before=asked.before, limit=asked.limit)
        older = asked.but(before=then) if then else None
        return site.page(
            request, "runs.html", asked=asked, runs=rows, older=older, sources=site.known_names(db).sources()
        )

    return await site.ask(answer)


@router.get("/runs.json", summary="Ingests and polls, the newest first")
async def runs_json(request: Request, asked: Asked) -> RunsShape:
    """Runs, a page at a time."""
    rows, then = await site_of(request).ask(
        lambda db: histories.page_of_runs(db, source=asked.source, before=asked.before, limit=asked.limit)
    )
    return RunsShape.model_validate({"runs": rows, "next": then})
