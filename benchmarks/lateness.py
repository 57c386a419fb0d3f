"""How late polls are while everything else goes on: ``make bench-lateness``.

Fifty sources on ten hosts, each due every five seconds; two worker processes, which also ingest twenty thousand captures.
One host answers 503 with Retry-After, one drips a byte at a time, one feed brings a hundred links. Of the lists of the
other hosts 99 % are to be asked for within three seconds of when they are due. ``LATENESS_SECONDS=120`` for less than five
minutes.

``make bench-lateness HOSTS=1000``: so many hosts instead, one list each, every ten seconds with a delay of one second, four worker
processes, and nothing else, for ten minutes: 97 % of the polls are to be done, stored and all, within two seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import Engine, func, select

from benchmarks.hosts import host
from meeruit.tasks.store.tables import Run, RunKind, table
from meeruit.worker.database import make_engine, reading
from meeruit.worker.local.broker import EmbeddedBroker
from tests.newswire.camera import Camera, Plan
from tests.newswire.write import write_lines
from tests.tied import tied
from tests.web.site import Misbehaviour, answer, sending, site

MANY = int(os.environ.get("LATENESS_HOSTS", "0"))
SECONDS = float(os.environ.get("LATENESS_SECONDS", "600" if MANY else "300"))
CAPTURES = int(os.environ.get("LATENESS_CAPTURES", "20000"))
HOSTS, LISTS, EVERY, LINKS = 10, 5, 5.0, 100
#: Seconds after its time within which a list is to be asked for, and the share of those that must be.
LATE, SHARE = 3.0, 0.99
#: The same for many hosts, and how often each is polled; a poll is done when its run is finished.
MANY_EVERY, MANY_LATE, MANY_SHARE = 10, 2.0, 0.97
#: Hosts that misbehave: what they do, and its lists' share in what is judged is none.
_AWAY, _SLOW, _BUSY = 0, 1, 2
_TEXT, _FEED = "Content-Type: text/plain", "/feed"
_run = table(Run)


def main() -> int:
    """Print the table; 1 where polls are too late."""
    return _many_hosts(MANY) if MANY else _few_hosts()


def _many_hosts(number: int) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meeruit-lateness-")))
        server = subprocess.Popen(
            tied([sys.executable, "-m", "benchmarks.hosts", str(folder / "requests")]),
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(server.communicate)
        stack.callback(server.kill)
        assert server.stdout is not None
        port = int(server.stdout.readline())
        places = [f"{host(each)}:{port}" for each in range(number)]
        (folder / "sources.toml").write_text(
            "\n".join(
                f'[[source]]\nname = "{place}"\nurls = ["http://{place}/"]\nevery = "{MANY_EVERY}s"\ndelay = 1'
                for place in places
            )
        )
        broker = stack.enter_context(EmbeddedBroker())
        url = os.environ.get("LATENESS_DATABASE_URL", f"sqlite:///{folder}/meeruit.db")
        settings = {
            "MEERUIT_DATABASE_URL": url,
            "MEERUIT_BROKER_URL": broker.url,
            "MEERUIT_ALLOW_PRIVATE_HOSTS": ",".join(places),
            "MEERUIT_LOG_LEVEL": "WARNING",
        }
        _command(folder, settings, "db", "upgrade").wait()
        engine = make_engine(url)
        with _started(folder, settings, "worker", "--processes", "4"), _started(folder, settings, "beat"):
            _await_sources(engine, number, 120)
            time.sleep(2 * MANY_EVERY)  # robots.txt has been asked for, and each host has a pace
            begun, at = time.monotonic(), time.time()
            used = _processor_seconds()
            time.sleep(SECONDS)
            used = _processor_seconds() - used
        query = select(_run.c.source, _run.c.started_at, _run.c.finished_at).where(_run.c.kind == RunKind.POLL)
        runs: dict[str, list[tuple[float, float]]] = defaultdict(list)
        with reading(engine) as db:
            for source, start, end in db.execute(query.order_by(_run.c.id)):
                runs[source].append((start.timestamp(), end.timestamp() if end else float("inf")))
        engine.dispose()
        asked: dict[str, list[float]] = defaultdict(list)
        for line in (folder / "requests").read_text().splitlines():
            moment, name, path = line.split()
            if path == "/":
                asked[f"{name}:{port}"].append(at + float(moment) - begun)
    late, done = [], []
    for place in places:
        due = runs[place][0][0] if runs[place] else at
        while due < at + SECONDS - MANY_EVERY:
            if due >= at:
                which = bisect_left(asked[place], due)
                late.append(asked[place][which] - due if which < len(asked[place]) else SECONDS)
                which = bisect_left(runs[place], (due, 0.0))
                done.append(runs[place][which][1] - due if which < len(runs[place]) else SECONDS)
            due += MANY_EVERY
    # a run's end is known to the second, rounded down
    share = sum(seconds + 1 <= MANY_LATE for seconds in done) / max(len(done), 1)
    asked_share = sum(seconds <= MANY_LATE for seconds in late) / max(len(late), 1)
    print(
        f"{number} hosts, 4 processes, {SECONDS:.0f} s: {len(done)} polls due, {share:.2%} done within {MANY_LATE:g} s"
    )
    most = quantiles(late, n=100)[98]
    print(f"asked for: median {median(late):.2f} s late, 99 % {most:.2f} s, most {max(late):.2f} s")
    print(f"asked for within {MANY_LATE:g} s: {asked_share:.2%}; processor time {used / SECONDS:.2f} s a second")
    return 0 if share >= MANY_SHARE else 1


def _processor_seconds() -> float:
    """Of all cores, since the machine started, by all that runs on it."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def _await_sources(engine: Engine, number: int, seconds: float) -> None:
    """Wait until so many sources have been polled."""
    first = select(func.count(_run.c.source.distinct())).where(_run.c.kind == RunKind.POLL)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with reading(engine) as db:
            if (db.scalar(first) or 0) >= number:
                break
        time.sleep(0.5)


def _few_hosts() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meeruit-lateness-")))
        sites = [stack.enter_context(site(f"127.0.0.{number + 2}")) for number in range(HOSTS)]
        places = [each.place for each in sites]
        for number, here in enumerate(sites):
            here.pages |= pages(places, number)
        (folder / "sources.toml").write_text("\n".join(sources(places)))
        camera = Camera(Plan(CAPTURES, seed=7))
        write_lines((camera.capture(number) for number in camera.numbers()), folder / "bulk.jsonl")
        broker = stack.enter_context(EmbeddedBroker())
        url = os.environ.get("LATENESS_DATABASE_URL", f"sqlite:///{folder}/meeruit.db")
        settings = {
            "MEERUIT_DATABASE_URL": url,
            "MEERUIT_BROKER_URL": broker.url,
            "MEERUIT_ALLOW_PRIVATE_HOSTS": ",".join(places),
            "MEERUIT_LOG_LEVEL": "WARNING",
        }
        _command(folder, settings, "db", "upgrade").wait()
        with _started(folder, settings, "worker", "--processes", "2"), _started(folder, settings, "beat"):
            engine = make_engine(url)
            _await_sources(engine, HOSTS * LISTS, 60)
            begun, at = time.monotonic(), time.time()
            bulk = _command(folder, settings, "ingest", "bulk.jsonl", "--json")
            time.sleep(SECONDS)
            lasted = bulk.poll() is None
            bulk.terminate()
            said = bulk.communicate()[0]
        with reading(engine) as db:
            query = select(_run.c.source, func.min(_run.c.started_at)).where(_run.c.kind == RunKind.POLL)
            starts = {name: start.timestamp() for name, start in db.execute(query.group_by(_run.c.source))}
        engine.dispose()
    return judged(
        [(seen.at, seen.path) for here in sites for seen in here.log], starts, begun, at, said if not lasted else ""
    )


def judged(asked: list[tuple[float, str]], starts: dict[str, float], begun: float, at: float, said: str) -> int:
    """Print how late the requests were (seconds of the monotonic clock, path), and what the ingest said; 1 where too late."""
    late = _lateness(asked, starts, begun, at)
    good = [seconds for host, found in late.items() if host not in {_AWAY, _SLOW} for seconds in found]
    print(f"{'hosts':24}{'due':>8}{'median s':>10}{'99 % s':>8}{'most s':>8}{'in 3 s':>9}")
    kinds = {"503, Retry-After": [_AWAY], "drips": [_SLOW], "100 links": [_BUSY], "others": range(3, HOSTS)}
    for name, hosts in kinds.items():
        _print(name, [seconds for host in hosts for seconds in late[host]])
    _print("judged", good)
    print("bulk:", f"done: {said.strip()[:120]}" if said else "still running")
    return 0 if sum(each <= LATE for each in good) >= SHARE * len(good) else 1


def _print(name: str, late: list[float]) -> None:
    share = sum(each <= LATE for each in late) / max(len(late), 1)
    most = quantiles(late, n=100)[98] if len(late) > 1 else 0.0
    print(f"{name:24}{len(late):>8}{median(late or [0]):>10.2f}{most:>8.2f}{max(late, default=0):>8.2f}{share:>9.2%}")


def pages(places: Sequence[str], number: int) -> dict[str, bytes | Misbehaviour]:
    """What a host answers, by path; ``places``: ``host:port`` of all of them."""
    found: dict[str, bytes | Misbehaviour] = {}
    for which in range(LISTS):
        text = f"Meer uit Zee\nGOES - Bericht {which} van {number}.\n1 uur geleden"
        page = answer(text.encode(), _TEXT)
        if number == _AWAY:
            page = answer(b"", "Retry-After: 30", status="503 Service Unavailable")
        found[_path(number, which)] = sending(*(bytes([each]) for each in page), every=1) if number == _SLOW else page
    if number == _BUSY:
        links = [f"/link/{each}" for each in range(LINKS)]
        items = "".join(f"<item><link>http://{places[number]}{link}</link></item>" for link in links)
        feed = f'<rss version="2.0"><channel>{items}</channel></rss>'
        found[_FEED] = answer(feed.encode(), "Content-Type: application/rss+xml")
        found |= dict.fromkeys(links, answer(b"<p>Een artikel.</p>", "Content-Type: text/html"))
    return found


def sources(places: Sequence[str]) -> Iterator[str]:
    """The lines of a ``sources.toml`` that has all lists of these hosts polled."""
    for number, place in enumerate(places):
        for which in range(LISTS):
            yield f'[[source]]\nname = "{number}-{which}"\nevery = "{EVERY:.0f}s"\ndelay = 0'
            yield f"urls = {json.dumps([f'http://{place}{_path(number, which)}'])}"
            if (number, which) == (_BUSY, 0):
                yield f"feeds = {json.dumps([f'http://{place}{_FEED}'])}"


def _path(number: int, which: int) -> str:
    return f"/{number}/{which}"


def _lateness(
    asked: list[tuple[float, str]], starts: dict[str, float], begun: float, at: float
) -> dict[int, list[float]]:
    """Seconds from each time that a list was due until it was asked for, by host; a list asked for once counts for all."""
    found: dict[int, list[float]] = {}
    for number in range(HOSTS):
        found[number] = late = []
        for which in range(LISTS):
            times = sorted(at + moment - begun for moment, path in asked if path == _path(number, which))
            due = starts.get(f"{number}-{which}", at)
            while due < at + SECONDS - EVERY:
                if due >= at:
                    later = bisect_left(times, due)
                    late.append(times[later] - due if later < len(times) else SECONDS)
                due += EVERY
    return found


def _command(folder: Path, settings: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = tied([sys.executable, "-P", "-m", "meeruit.worker", *arguments])
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            command, cwd=folder, env=os.environ | settings, stdout=subprocess.PIPE, stderr=log, text=True
        )


@contextmanager
def _started(folder: Path, settings: dict[str, str], *arguments: str) -> Iterator[None]:
    process = _command(folder, settings, *arguments)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    raise SystemExit(main())
