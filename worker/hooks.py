"""Telling webhooks: every new item once it is stored, in the order of the cursor, until the receiver took it.

hold ──→ post ──→ took it ──→ remembered, the next one
           ├──→ away, or refused it ──→ later, after a pause that grows
           ├──→ refused it too often ──→ set aside, the next one
           └──→ gone (HTTP 410) ──→ nothing more
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from meeruit.tasks.report.telling import as_bytes, event, new_items
from meeruit.tasks.store import hooks
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now

if TYPE_CHECKING:
    from meeruit.tasks.web.fetch import Client
    from meeruit.tasks.web.hook import Reply

#: Seconds before an event is sent again, the first time, the second …; the last one holds for all further times.
PAUSES = (5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0)
#: Events that are looked up at once.
_TOGETHER = 100
#: Seconds until the next look: where nothing is new; where another process tells, or the receiver is gone.
_PAUSE, _LONG_PAUSE = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of new items."""

    name: str
    url: str
    #: The key by which events are signed; never shown.
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells webhooks what is new. ``say`` hears what does not go well, in plain words."""

    engine: Engine
    client: Client
    #: The name of this process, and whether the process of a name has died.
    process_name: str
    has_died: Callable[[str], bool]
    say: Callable[[str], None]
    pauses: tuple[float, ...] = PAUSES

    def tell(self, hook: Webhook, ended: Callable[[], bool] = lambda: False) -> float | None:
        """Tell one webhook all that is new; seconds until the next try, or None where all is told."""
        if read_only(self.engine, lambda db: hooks.is_told_all(db, hook.name)):
            return None
        address = hashlib.sha256(hook.url.encode()).hexdigest()
        state = transaction(
            self.engine, lambda db: hooks.hold(db, hook.name, address, self.process_name, now(), self.has_died)
        )
        if state is None or state.gone:
            return _LONG_PAUSE
        if state.next_at is not None and state.next_at > now():
            return (state.next_at - now()).total_seconds()
        cursor, failed, refused = state.cursor, state.failed, state.refused
        while found := read_only(self.engine, lambda db: new_items(db, cursor, _TOGETHER)):  # noqa: B023 - called at once
            for each in found:
                if ended():
                    return _PAUSE
                reply = self._post(hook, *each)
                refused += not reply.taken and not reply.away
                if reply.gone:
                    transaction(self.engine, lambda db: hooks.is_gone(db, hook.name, address, reply.problem))  # noqa: B023
                    self.say(f"webhook {hook.name}: it is gone (HTTP 410); nothing more is sent there")
                    return _LONG_PAUSE
                aside = refused > len(self.pauses)
                if not reply.taken and not aside:
                    return self._later(hook, reply, failed + 1, refused)
                if not self._go_on(hook, cursor, each[0], refused, reply):
                    return _LONG_PAUSE
                cursor, failed, refused = each[0], 0, 0
        return None

    def tell_again(self, hook: Webhook) -> int:
        """Send once more what was set aside of a webhook; returns how many events it still refuses."""
        left = 0
        for cursor in read_only(self.engine, lambda db: hooks.set_aside_of(db, hook.name)):
            found = read_only(self.engine, lambda db: new_items(db, cursor - 1, 1))  # noqa: B023 - called at once
            there = found and found[0][0] == cursor  # else somebody took its page back
            reply = self._post(hook, *found[0]) if there else None
            if reply is None or reply.taken:
                transaction(self.engine, lambda db: hooks.taken_after_all(db, hook.name, cursor))  # noqa: B023
                continue
            left += 1
            self.say(f"webhook {hook.name}: {reply.problem}; event {cursor} stays set aside")
            transaction(self.engine, lambda db: hooks.set_aside(db, hook.name, cursor, 1, reply.problem, now()))  # noqa: B023
        return left

    def leave(self, hook: Webhook) -> None:
        """Leave a webhook to whoever tells it next."""
        transaction(self.engine, lambda db: hooks.release(db, hook.name, self.process_name))

    def _post(self, hook: Webhook, cursor: int, stored_at: object, item: dict[str, object]) -> Reply:
        from meeruit.tasks.web.hook import post  # httpx

        said = event(cursor, stored_at, item)
        return post(self.client, hook.url, hook.secret, str(said["id"]), as_bytes(said), now())

    def _later(self, hook: Webhook, reply: Reply, failed: int, refused: int) -> float:
        pause = max(self.pauses[min(failed, len(self.pauses)) - 1], reply.wait or 0.0)
        at = now() + timedelta(seconds=pause)
        transaction(self.engine, lambda db: hooks.did_not_take(db, hook.name, failed, refused, reply.problem, at))
        self.say(f"webhook {hook.name}: {reply.problem}; sent again in {pause:.0f} s")
        return pause

    def _go_on(self, hook: Webhook, before: int, cursor: int, refused: int, reply: Reply) -> bool:
        """Remember that an event was taken, or set aside; False where another process tells by now."""
        if not reply.taken:
            self.say(f"webhook {hook.name}: {reply.problem}; event {cursor} is set aside")

        def remember(db: Connection) -> bool:
            if not hooks.took(db, hook.name, self.process_name, before, cursor, now()):
                return False
            if not reply.taken:
                hooks.set_aside(db, hook.name, cursor, refused, reply.problem, now())
            return True

        return transaction(self.engine, remember)
