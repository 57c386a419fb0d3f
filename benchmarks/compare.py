"""The product beside what one would write instead: ``make bench``, and ``make bench-quick`` for a first look.

Both sides of a row read the same pages. The scripts store the same rows, which are compared with the truth after the
first run of either side, and counted after the others. The sides run in turn, several times; medians are printed, and the
median of the ratios within a turn with its spread, since a machine that is busy for a while slows both sides.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from benchmarks.checking import check
from benchmarks.plot import Bar, picture
from benchmarks.processes import Taken, adopt_orphans, run
from benchmarks.workload import Pages, Workload, htmls, texts
from meeruit.worker.database import make_engine, upgrade
from tests import postgres

MEERUIT = str(Path(sysconfig.get_path("scripts")) / "meeruit")
#: Generated workloads are kept here.
KEPT = Path(tempfile.gettempdir()) / "meeruit-bench"
_numbers = itertools.count(1)
#: Makes an empty database in a folder that is gone afterwards.
Make = Callable[[Path], URL]


@dataclass(frozen=True, slots=True)
class Row:
    """A pair that is measured: each side runs once, checks what it stored (all of it, or how much), and says what it took."""

    name: str
    ours: Callable[[bool], Taken]
    theirs: Callable[[bool], Taken]
    pages: int
    floor: float
    aim: float
    #: The most processor time of ours, as a multiple of theirs, or none.
    processor: float | None = None


def main() -> int:
    """Print the table; 1 where a ratio is below its floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the pages, two rounds: no figures to quote")
    parser.add_argument("--rounds", type=int, help="how often each side runs (5)")
    parser.add_argument("--only", default="", help="rows whose name holds these letters")
    parser.add_argument("--svg", type=Path, help="also draw the ratios into this file")
    options = parser.parse_args()
    adopt_orphans()
    rounds = options.rounds or (2 if options.quick else 5)
    part = 10 if options.quick else 1
    print(
        f"{'':28}{'ours':>9}{'theirs':>9}{'ratio':>7}{'spread':>14}{'floor':>7}{'aim':>6}{'cpu ms/page':>15}{'times':>7}"
    )
    with suppress(KeyboardInterrupt), _servers() as server:
        measured = [_measured(row, rounds) for row in _rows(part, server, options.only)]
        if options.svg:
            options.svg.write_text(picture([bar for bar, _ in measured]), encoding="utf-8")
        return 0 if all(met for _, met in measured) else 1
    return 130


def _rows(part: int, server: Make, only: str) -> Iterator[Row]:
    text = texts(KEPT, 20_000 // part)
    for name, path in (("text, in order", text.ordered), ("text, shuffled", text.shuffled)):
        for kind, make, processor in (("SQLite", _sqlite, 2.2), ("PostgreSQL", server, None)):
            if only in f"{name}, {kind}":
                yield _beside_script(f"{name}, {kind}", path, text, make, processor)
    if only in "HTML, SQLite":
        html = htmls(KEPT, 5_000 // part)
        yield Row("HTML, SQLite", lambda _: _ours(html.path, _sqlite), lambda _: _parse(html), html.pages, 0.5, 0.8)


def _beside_script(name: str, path: Path, text: Workload, make: Make, processor: float | None) -> Row:
    return Row(
        name,
        lambda whole: _ours(path, make, text, whole=whole),
        lambda whole: _script(path, make, text, whole=whole),
        text.pages,
        floor=0.7,
        aim=1.0,
        processor=processor,
    )


def _measured(row: Row, rounds: int) -> tuple[Bar, bool]:
    """The ratios of a row, and whether its floor is met."""
    pairs = [(row.ours(number == 0), row.theirs(number == 0)) for number in range(rounds)]
    ours, theirs = (statistics.median(side.wall for side in sides) for sides in zip(*pairs, strict=True))
    ratios = [other.wall / one.wall for one, other in pairs]
    spent = [statistics.median(side.processor for side in sides) for sides in zip(*pairs, strict=True)]
    ratio, times = statistics.median(ratios), statistics.median(one.processor / other.processor for one, other in pairs)
    print(
        f"{row.name:28}{row.pages / ours:>7,.0f}/s{row.pages / theirs:>7,.0f}/s{ratio:>7.2f}"
        f"{f'{min(ratios):.2f} to {max(ratios):.2f}':>14}{row.floor:>7.2f}{row.aim:>6.2f}"
        f"{' : '.join(f'{seconds * 1000 / row.pages:.2f}' for seconds in spent):>15}{times:>7.2f}",
        flush=True,
    )
    bar = Bar(row.name, ratio, min(ratios), max(ratios), row.floor, row.aim)
    return bar, ratio >= row.floor and (row.processor is None or times <= row.processor)


def _ours(path: Path, make: Make, workload: Workload | None = None, *, whole: bool = False) -> Taken:
    """The embedded broker and two worker processes, into an empty database; the default one is made by the command."""
    with tempfile.TemporaryDirectory(prefix="meeruit-bench-") as folder:
        if make is _sqlite:
            url, env = make_url(f"sqlite:///{folder}/meeruit.db"), {}
        else:
            url = make(Path(folder))
            env = {"MEERUIT_DATABASE_URL": url.render_as_string(hide_password=False)}
        taken = run([MEERUIT, "ingest", str(path), "--workers", "2"], Path(folder), env)
        if workload:
            check(url, workload.truth, whole=whole, derived=True)
    return taken


def _script(path: Path, make: Make, workload: Workload, *, whole: bool) -> Taken:
    with tempfile.TemporaryDirectory(prefix="meeruit-bench-") as folder:
        url = make(Path(folder))
        server = url.get_backend_name() == "postgresql"
        target = url.set(drivername="postgresql").render_as_string(hide_password=False) if server else str(url.database)
        taken = run([sys.executable, "-m", "benchmarks.script", str(path), target], Path.cwd())
        check(url, workload.truth, whole=whole, derived=False)
    return taken


def _parse(html: Pages) -> Taken:
    command = [sys.executable, "-m", "benchmarks.parse", str(html.path)]
    seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Taken(seconds, seconds, 0)


def _sqlite(folder: Path) -> URL:
    return _migrated(make_url(f"sqlite:///{folder}/script.db"))


@contextmanager
def _servers() -> Iterator[Make]:
    """What makes a database on a PostgreSQL server of our own, which keeps what it commits, as any would."""
    with postgres.server(hasty=False) as url:
        yield lambda _folder: _migrated(postgres.create(url, f"bench_{next(_numbers)}"))


def _migrated(url: URL) -> URL:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


if __name__ == "__main__":
    sys.exit(main())
