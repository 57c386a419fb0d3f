"""The server of the page: one process, one loop, bounded in what it takes at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import uvicorn

from meeruit.worker.database import open_to_read
from meeruit.worker.settings import Settings
from meeruit.worker.web.address import check_exposure, listening_socket
from meeruit.worker.web.app import make_app

#: Connections at a time; more are told to come again. Seconds that the ends of answers get when it is told to end.
MOST, GRACE = 200, 2
#: Seconds between two touches of the sign of life.
_EVERY = 5.0


def serve(settings: Settings, heartbeat: Path | None, ready: Callable[[], None]) -> None:
    """Serve until told to end; calls ``ready`` when whoever comes is heard."""
    check_exposure(settings)
    listening = listening_socket(settings)
    open_to_read(settings).dispose()
    config = uvicorn.Config(
        make_app(settings),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=16_384,
    )
    ready()
    _Server(config, heartbeat).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Touches its sign of life from the loop that serves."""

    def __init__(self, config: uvicorn.Config, heartbeat: Path | None) -> None:
        super().__init__(config)
        self._heartbeat = heartbeat
        self._touched = 0.0

    async def on_tick(self, counter: int) -> bool:
        """Every tenth of a second."""
        at = asyncio.get_running_loop().time()
        if self._heartbeat is not None and at - self._touched > _EVERY:
            self._touched = at
            self._heartbeat.touch()
        return await super().on_tick(counter)
