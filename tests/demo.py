"""A made-up newswire day, ingested and shown: run by ``make demo``. Uses a database of its own, in the folder ``demo``.

Prints each command as a person would type it, and what it says.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from meeruit.tasks.store.tables import Item, table
from meeruit.worker.database import make_engine, reading
from tests.newswire.camera import PAPER, Camera, Listing, Plan
from tests.newswire.write import write_lines

_item = table(Item)
#: Two lists of one made-up site, captured every few minutes, with two outages.
PLAN = Plan(
    360,
    seed=7,
    days=0.6,
    articles=0.2,
    outages=2,
    listings=(Listing(PAPER, "Buitenland", ("G", "H", "H")), Listing(PAPER, "Binnenland", ("G", "H", "S"))),
)


def main(folder: Path = Path("demo")) -> None:
    """Ingest the day, and show what came of it; the folder is made anew, and kept."""
    folder.mkdir(exist_ok=True)
    for name in ("day.jsonl", "meeruit.db", "meeruit.db-wal", "meeruit.db-shm"):
        (folder / name).unlink(missing_ok=True)
    camera = Camera(PLAN)
    write_lines((camera.capture(number) for number in camera.numbers()), folder / "day.jsonl")
    _meeruit(folder, "ingest", "day.jsonl")
    _meeruit(folder, "items", "--sort", "sightings", "--limit", "5")
    engine = make_engine(f"sqlite:///{folder}/meeruit.db")
    _meeruit(folder, "show", _narrowest(engine)[:8], lines=14)
    _meeruit(folder, "show", _revision(engine)[:8], lines=12)
    engine.dispose()
    _meeruit(folder, "gaps")
    _meeruit(folder, "status")
    command = shlex.join([str(Path(sys.executable).with_name("meeruit")), "web"])
    sys.stdout.write(
        f"\nAll of it on a page: cd {shlex.quote(str(folder))} && {command}, then look at http://127.0.0.1:8600/\n"
    )


def _meeruit(folder: Path, *arguments: str, lines: int | None = None) -> None:
    sys.stdout.write(f"\n$ meeruit {' '.join(arguments)}\n")
    sys.stdout.flush()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEERUIT_")}
    said = subprocess.run(
        [sys.executable, "-m", "meeruit.worker", *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in said[:lines])
    if lines is not None and len(said) > lines:
        sys.stdout.write("…\n")


def _narrowest(engine: Engine) -> str:
    """The item that was seen most among those known to within some seconds by their ages alone."""
    with reading(engine) as db:
        rows = list(db.execute(select(_item).where(_item.c.published_from == "age")))
    narrow = [row for row in rows if row.published_before - row.published_after <= timedelta(seconds=15)]
    return str(max(narrow or rows, key=lambda row: (row.sightings, row.content_hash)).content_hash)


def _revision(engine: Engine) -> str:
    """The revision that was seen most."""
    with reading(engine) as db:
        rows = list(db.execute(select(_item).where(_item.c.revision_of.is_not(None))))
    return str(max(rows, key=lambda row: (row.sightings, row.content_hash)).content_hash)


if __name__ == "__main__":
    main()
