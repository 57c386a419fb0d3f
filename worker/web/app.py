"""The application: routes, the document of the JSON answers, and what it says where there is no answer."""

from __future__ import annotations

import logging
import socket
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp

from meeruit.tasks.errors import UsageError
from meeruit.worker.database import first_line
from meeruit.worker.settings import Settings
from meeruit.worker.web import days, item, items, ledger, now, sources
from meeruit.worker.web.address import EVERYWHERE, bracketed
from meeruit.worker.web.door import Door
from meeruit.worker.web.reader import TooSlow
from meeruit.worker.web.rendering import static_bytes
from meeruit.worker.web.shapes import Fault
from meeruit.worker.web.site import Site, site_of

log = logging.getLogger("meeruit")
#: The files of static/, and what they are.
STATIC = {"style.css": "text/css", "now.js": "text/javascript", "icon.svg": "image/svg+xml"}
_TITLES = {404: "There is no such page", 422: "That cannot be asked", 503: "Not now"}
#: Names under which a machine knows itself.
LOCAL = ("localhost", "127.0.0.1", "[::1]")


def make_app(settings: Settings) -> ASGIApp:
    """The application behind its door."""
    faults: dict[int | str, dict[str, Any]] = {
        422: {"model": Fault, "description": "A parameter that cannot be used"},
        503: {"model": Fault, "description": "The database does not answer in time"},
    }
    app = FastAPI(
        title="meeruit",
        version=version("meeruit"),
        summary="What is stored: items, their sightings, and how the sources do. Only reading.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=faults,
    )
    app.state.site = Site(settings)
    app.state.feed = now.Feed(app.state.site)
    for module in (items, item, days, sources, ledger, now):
        app.include_router(module.router)
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_api_route("/api", _api, include_in_schema=False)
    app.add_api_route("/static/{name}", _static, include_in_schema=False)
    for kind in (RequestValidationError, HTTPException, UsageError, TooSlow, DBAPIError, Exception):
        app.add_exception_handler(kind, _say_fault)
    return Door(app, known_hosts(settings), settings.web_token)


def known_hosts(settings: Settings) -> set[str]:
    """The names under which the page answers: those of the setting, and those of the address where it listens."""
    host = settings.web_address[0]
    own = {socket.gethostname().lower() if host in EVERYWHERE else bracketed(host)}
    return own | set(LOCAL) | {name.strip() for name in settings.web_hosts.split(",") if name.strip()}


async def _home() -> Response:
    return RedirectResponse("/items", 307)


async def _api(request: Request) -> Response:
    document = request.app.openapi()
    return site_of(request).page(request, "api.html", paths=document["paths"], version=document["info"]["version"])


async def _static(name: str) -> Response:
    if name not in STATIC:
        raise HTTPException(404, "there is no such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(static_bytes(name), media_type=STATIC[name], headers=headers)


async def _say_fault(request: Request, exc: Exception) -> Response:
    """A fault as the page or as the JSON that was asked for."""
    status, said = _fault(exc)
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if status == 503 else {})}
    if "." in request.url.path.rpartition("/")[2]:
        return JSONResponse({"detail": said}, status, headers)
    page = site_of(request).page(
        request, "fault.html", status=status, title=_TITLES.get(status, "That went wrong"), said=said
    )
    page.headers.update(headers)
    return page


def _fault(exc: Exception) -> tuple[int, str]:
    """The status and the words of a fault."""
    if isinstance(exc, RequestValidationError):
        return 422, _said(exc.errors()[0])
    if isinstance(exc, HTTPException):
        known = exc.detail if exc.status_code != 404 else "nothing is here"
        return exc.status_code, known
    if isinstance(exc, UsageError):  # an item that is not there
        return 404, str(exc)
    if isinstance(exc, TooSlow):
        return 503, str(exc) or "this took too long and was stopped; ask for less at a time"
    if isinstance(exc, DBAPIError):
        log.warning("web failed reason=%s", first_line(exc))
        return 503, "the database does not answer"
    return 500, "a fault of our own; the log says which"


def _said(error: Any) -> str:
    """A mistake in a parameter, in one sentence."""
    name = str(error["loc"][-1])[:40]
    if error["type"] == "extra_forbidden":
        return f"{name}: nobody knows this parameter"
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {said[:1].lower()}{said[1:]}"
