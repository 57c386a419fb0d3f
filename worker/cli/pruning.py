"""``meeruit prune``: give up what takes room and is no longer needed. Says what it would do, and does it when told to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import typer

from meeruit.tasks.errors import UsageError
from meeruit.tasks.store import prune as store
from meeruit.tasks.store.transaction import read_only, transaction
from meeruit.tasks.times import iso, now
from meeruit.worker.database import open_database
from meeruit.worker.settings import read_settings

_AGE = re.compile(r"([1-9]\d{0,4})d")


def prune(
    bodies: Annotated[
        str, typer.Option("--bodies-older-than", metavar="DAYS", help="Pages last captured so long ago: 90d.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise it is only said.")] = False,
) -> None:
    """Give up the stored bodies of old pages; say first how many.

    Items, sightings and counts stay; replay cannot read those pages again.
    """
    age = _AGE.fullmatch(bodies)
    if age is None:
        raise UsageError(f"--bodies-older-than: {bodies[:40]!r} is no number of days; write it like 90d")
    before = now() - timedelta(days=int(age[1]))
    engine = open_database(read_settings())
    try:
        if yes and read_only(engine, store.waits):
            raise UsageError("work waits that needs stored bodies; let a worker finish it first (meeruit status)")
        found = read_only(engine, lambda db: store.old_bodies(db, before))
        while yes and transaction(engine, lambda db: store.drop_bodies(db, before)) == store.TOGETHER:
            pass
    finally:
        engine.dispose()
    done = "gone" if yes else "would go; add --yes to do it"
    print(f"bodies of pages last captured before {iso(before)}: {found.number:,} ({found.size / 1e6:,.1f} MB) {done}")
    if yes and found.number:
        print("the room is free for what comes; to give it back to the disk, run VACUUM (PostgreSQL: VACUUM FULL body)")
