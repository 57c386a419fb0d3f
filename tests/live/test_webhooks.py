"""``meeruit up`` tells webhooks what it polls, whichever of its parts is killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess

from meeruit.tasks.report import listings
from meeruit.worker.database import reading
from tests.live.conftest import Meeruit, children, named, until
from tests.test_webhooks import Receiver, served, table_of


def put(meeruit: Meeruit, number: int) -> None:
    """A page of two items, whole at once."""
    page = meeruit.folder / "new.txt"
    page.write_text(
        f"Meer uit Zee\nGOES - Bericht {number}.\n1 uur geledenHULST - En nog een, {number}.\n2 uur geleden"
    )
    page.rename(meeruit.folder / "inbox" / f"{number}.txt")


def kill(process: subprocess.Popen[str], part: str) -> None:
    """Kill a part of ``up``, and wait until it is there again."""
    [old] = named(children(process.pid), part)
    os.kill(old, signal.SIGKILL)
    until(lambda: [pid for pid in named(children(process.pid), part) if pid != old], 60)


def test_every_item_is_told_at_least_once_in_order_through_killed_parts(meeruit: Meeruit) -> None:
    (meeruit.folder / "inbox").mkdir()
    with served(Receiver()) as receiver:
        source = '[[source]]\nname = "inbox"\nfolder = "inbox"\nevery = "5s"\n\n'
        (meeruit.folder / "sources.toml").write_text(source + table_of("desk", receiver))
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = "127.0.0.1"
        meeruit.settings["MEERUIT_WEB_ADDRESS"] = "127.0.0.1:1"  # nobody looks
        assert meeruit("tell", "--once").status == 0  # so that it is known before the first item
        (meeruit.folder / "sources.toml").write_text(source)
        process = meeruit.start("up", "--workers", "2", "--log", "up.log")
        log = meeruit.folder / "up.log"
        until(lambda: log.exists() and "polling source=inbox" in log.read_text(), 60)
        (meeruit.folder / "sources.toml").write_text(source + table_of("desk", receiver))  # while it runs
        for number, part in enumerate(("tell", "beat", "tell")):
            put(meeruit, number)
            until(lambda: len(set(receiver.cursors)) >= 2 * number + 1, 60)  # noqa: B023 - called at once
            receiver.answers = [500]
            kill(process, part)
        put(meeruit, 3)
        until(lambda: len(set(receiver.cursors)) == 8, 60)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    with reading(meeruit.engine) as db:
        stored = {row["content_hash"] for row in listings.items(db, listings.ItemFilter())}
    first = list(dict.fromkeys(event["cursor"] for event in receiver.taken))
    assert first == list(range(1, 9))
    assert {event["id"] for event in receiver.taken} == stored
    assert len(receiver.taken) <= 8 + 3
