"""``meeruit tell``: new items to the webhooks of sources.toml."""

from __future__ import annotations

import sys
import threading
import time
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from meeruit.tasks.errors import UsageError
from meeruit.worker.cli.output import plain
from meeruit.worker.cli.tailing import number_all
from meeruit.worker.database import open_database
from meeruit.worker.holders import has_died, this_process
from meeruit.worker.hooks import Teller, Webhook
from meeruit.worker.settings import Settings, read_settings
from meeruit.worker.sources import read_webhooks
from meeruit.worker.waking import Waking

#: Seconds between two looks while a webhook waits for something; else; for which what is under way is waited for at the end.
_PAUSE, _LONG_PAUSE, _PATIENCE = 1.0, 5.0, 5.0


def tell(
    once: Annotated[bool, typer.Option("--once", help="End when all is told, or has to wait.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Send once more what was set aside, then end.")] = False,
) -> None:
    """Tell new items to the webhooks of sources.toml, until Ctrl-C.

    Each is sent until it was taken, in order, signed as Standard Webhooks says.
    """
    settings = read_settings()
    if not read_webhooks(settings.sources):
        raise UsageError(f"{settings.sources}: nobody is to be told; write a [[webhook]] there (see docs/corpora.md)")
    engine = open_database(settings)
    from meeruit.worker.net.client import make_client

    client = make_client(contact=settings.contact, allow_private_hosts=settings.allow_private_hosts)
    teller = Teller(engine, client, this_process(), has_died, _say)
    try:
        if again:
            left = sum(teller.tell_again(hook) for hook in read_webhooks(settings.sources))
        else:
            left = _Telling(settings, teller).go_on(once=once)
    finally:
        client.close()
        engine.dispose()
    if left:
        raise typer.Exit(1)


class _Telling:
    """One thread for each webhook that has something to be told: none waits for another."""

    def __init__(self, settings: Settings, teller: Teller) -> None:
        self._settings, self._teller = settings, teller
        self._threads: dict[str, threading.Thread] = {}
        #: When each is looked at again; those that still wait for something.
        self._due: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._ended = threading.Event()
        self._waking = Waking(teller.engine)
        #: The mistake in the file that was said.
        self._mistake = ""
        self._hooks = read_webhooks(settings.sources)

    def go_on(self, *, once: bool) -> int:
        """Tell until Ctrl-C; or ``once``, and how many webhooks were not told all."""
        try:
            while True:
                self._look()
                if once:
                    for thread in self._threads.values():
                        thread.join()
                    return len(self._waiting)
                self._waking.wait(_PAUSE if self._waiting else _LONG_PAUSE)
        finally:
            self._end()

    def _look(self) -> None:
        self._waking.listen()
        try:
            number_all(self._teller.engine)
        except DBAPIError as exc:  # it comes back
            _say(f"the database does not answer: {str(exc).splitlines()[0]}")
            return
        self._read_again()
        for hook in self._hooks:
            thread = self._threads.get(hook.name)
            if (thread is None or not thread.is_alive()) and time.monotonic() >= self._due.get(hook.name, 0.0):
                self._threads[hook.name] = thread = threading.Thread(target=self._tell, args=(hook,), daemon=True)
                thread.start()

    def _tell(self, hook: Webhook) -> None:
        pause: float | None = _PAUSE
        try:
            pause = self._teller.tell(hook, self._ended.is_set)
        except DBAPIError as exc:
            _say(f"webhook {hook.name}: the database does not answer: {str(exc).splitlines()[0]}")
        (self._waiting.discard if pause is None else self._waiting.add)(hook.name)
        self._due[hook.name] = time.monotonic() + (0.0 if pause is None else pause)

    def _read_again(self) -> None:
        """The webhooks as the file says them now; a mistake in it is said once, and what was right before goes on."""
        try:
            self._hooks, mistake = read_webhooks(self._settings.sources), ""
        except UsageError as exc:
            mistake = str(exc)
        if mistake and mistake != self._mistake:
            _say(f"{mistake}; what was right before goes on")
        self._mistake = mistake

    def _end(self) -> None:
        self._ended.set()
        self._waking.close()
        until = time.monotonic() + _PATIENCE
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))
        for hook in self._hooks:
            self._teller.leave(hook)


def _say(what: str) -> None:
    print(f"meeruit: {plain(what)}", file=sys.stderr, flush=True)
