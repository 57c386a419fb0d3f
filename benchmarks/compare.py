"""The product beside what one would write instead: ``make bench``, and ``make bench-quick`` for a first look.

Both sides of a row read the same pages and store the same rows, which are compared with the truth after each run. They
run in turn, several times; medians are printed, and the median of the ratios within a turn with its spread, since a
machine that is busy for a while slows both sides.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checking import check
from benchmarks.processes import Taken, adopt_orphans, run
from benchmarks.workload import Workload, texts
from meeruit.worker.database import make_engine, upgrade

MEERUIT = str(Path(sysconfig.get_path("scripts")) / "meeruit")
#: Generated workloads are kept here.
KEPT = Path(tempfile.gettempdir()) / "meeruit-bench"


@dataclass(frozen=True, slots=True)
class Row:
    """A pair that is measured: each side runs once, checks what it stored, and says what it took."""

    name: str
    ours: Callable[[], Taken]
    theirs: Callable[[], Taken]
    pages: int
    floor: float
    aim: float
    #: The most processor time of ours, as a multiple of theirs, or none.
    processor: float | None = None


def main() -> int:
    """Print the table; 1 where a ratio is below its floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the pages, two rounds")
    parser.add_argument("--rounds", type=int, help="how often each side runs")
    parser.add_argument("--only", default="", help="rows whose name holds these letters")
    options = parser.parse_args()
    adopt_orphans()
    rounds = options.rounds or (2 if options.quick else 5)
    pages = 2_000 if options.quick else 20_000
    rows = [row for row in _rows(texts(KEPT, pages)) if options.only in row.name]
    print(
        f"{'':34}{'ours':>9}{'theirs':>9}{'ratio':>7}{'spread':>14}{'floor':>7}{'aim':>6}{'cpu ms/page':>15}{'times':>7}"
    )
    return 0 if all([_measured(row, rounds) for row in rows]) else 1  # noqa: C419 - all of them are measured


def _rows(text: Workload) -> list[Row]:
    return [
        Row(
            f"text, {order}, SQLite",
            lambda path=path: _ours(path, text),  # type: ignore[misc]
            lambda path=path: _script(path, text),  # type: ignore[misc]
            text.pages,
            floor=0.7,
            aim=1.0,
            processor=2.2,
        )
        for order, path in (("in order", text.ordered), ("shuffled", text.shuffled))
    ]


def _measured(row: Row, rounds: int) -> bool:
    pairs = [(row.ours(), row.theirs()) for _ in range(rounds)]
    ours, theirs = (statistics.median(side.wall for side in sides) for sides in zip(*pairs, strict=True))
    ratios = [other.wall / one.wall for one, other in pairs]
    spent = [statistics.median(side.processor for side in sides) for sides in zip(*pairs, strict=True)]
    ratio, times = statistics.median(ratios), statistics.median(one.processor / other.processor for one, other in pairs)
    print(
        f"{row.name:34}{row.pages / ours:>7,.0f}/s{row.pages / theirs:>7,.0f}/s{ratio:>7.2f}"
        f"{f'{min(ratios):.2f} to {max(ratios):.2f}':>14}{row.floor:>7.2f}{row.aim:>6.2f}"
        f"{' : '.join(f'{seconds * 1000 / row.pages:.2f}' for seconds in spent):>15}{times:>7.2f}",
        flush=True,
    )
    return ratio >= row.floor and (row.processor is None or times <= row.processor)


def _ours(path: Path, workload: Workload) -> Taken:
    """The embedded default, with two worker processes, into an empty folder."""
    with tempfile.TemporaryDirectory(prefix="meeruit-bench-") as folder:
        taken = run([MEERUIT, "ingest", str(path), "--workers", "2"], Path(folder))
        check(f"sqlite:///{folder}/meeruit.db", workload.truth, derived=True)
    return taken


def _script(path: Path, workload: Workload) -> Taken:
    with tempfile.TemporaryDirectory(prefix="meeruit-bench-") as folder:
        url = f"sqlite:///{folder}/script.db"
        engine = make_engine(url)
        upgrade(engine)
        engine.dispose()
        taken = run([sys.executable, "-m", "benchmarks.script", str(path), f"{folder}/script.db"], Path.cwd())
        check(url, workload.truth, derived=False)
    return taken


if __name__ == "__main__":
    sys.exit(main())
