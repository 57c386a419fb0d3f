"""The sweeper: sends again the work whose message was lost, or whose worker died. Looks at rows only."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from meeruit.tasks.store import runs
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import backlog, ledger
from meeruit.tasks.work.following import TOGETHER
from meeruit.tasks.work.tools import Tools

#: A message that was sent, or handed to a worker, less than so long ago may still be on its way.
ON_ITS_WAY = timedelta(seconds=5)


def sweep_all(tools: Tools) -> int:
    """Send again all work that no worker holds; the supervisor calls it at its start, and after it started a part anew.

    Returns how many messages were sent.
    """
    return _send_overdue(tools, now())


def sweep_lost(tools: Tools) -> int:
    """Send again work whose message was lost; called every few seconds. Returns how many messages were sent.

    As long as the broker has a message on its way for each piece that waits, none was lost, and only what was sent longer
    ago than a lease is sent again: a message too many does no harm, but thousands are a waste. Addresses have one message
    for many, and none has to be theirs.
    """
    waiting = read_only(tools.engine, lambda db: backlog.waiting(db, now()))
    queued = tools.queued()
    if queued is None:
        return 0
    lately = now() - ON_ITS_WAY
    return _send_overdue(tools, lately if queued < waiting else now() - ledger.LEASE, lately)


def _send_overdue(tools: Tools, sent_before: datetime, fetches_before: datetime | None = None) -> int:
    transaction(tools.engine, lambda db: _release_dead(db, tools))
    found = transaction(tools.engine, lambda db: backlog.overdue(db, now(), sent_before, fetches_before))
    together = [each for each in found if not each.alone]
    sent = [*together[::TOGETHER], *(each for each in found if each.alone)]
    for each in sent:
        tools.send(each.id, each.kind, 0)
    return len(sent)


def _release_dead(db: Connection, tools: Tools) -> None:
    """Release what dead processes held: their work, and the runs that they were enrolling."""
    ledger.void_leases(db, now(), tools.has_died)
    runs.close_abandoned(db, now(), tools.has_died)
