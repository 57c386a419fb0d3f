"""The lateness of ``make bench-lateness`` on the stack of docker compose, with three workers: ``make bench-lateness-compose``.

The same lists, hosts and captures; the hosts are one container with ten names. ``serve`` is what that container runs: it prints
a line for each request, seconds (monotonic, which all containers share) and path.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.lateness import CAPTURES, EVERY, HOSTS, LISTS, SECONDS, judged, pages, sources
from tests.compose.stack import ROOT, SITE_PORT, Stack, missing, until
from tests.newswire.camera import Camera, Plan
from tests.newswire.write import write_lines
from tests.web.site import site

WORKERS = 3


def main() -> int:
    """Print the table; 1 where polls are too late, 2 without an engine."""
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="meeruit-lateness-") as name:
        stack = Stack(Path(name) / "clone", f"meeruit-lateness-{os.getpid()}")
        stack.check_out()
        stack.write_env(
            MEERUIT_IMAGE=stack.image, MEERUIT_ALLOW_PRIVATE_HOSTS=",".join(_places()), WORKERS=str(WORKERS),
            MEERUIT_LOG_LEVEL="WARNING",
        )  # fmt: skip
        bulk = Path(name) / "bulk.jsonl"
        camera = Camera(Plan(CAPTURES, seed=7))
        write_lines((camera.capture(number) for number in camera.numbers()), bulk)
        try:
            return _measured(stack, bulk)
        finally:
            stack.remove()


def _measured(stack: Stack, bulk: Path) -> int:
    (stack.folder / "sources" / "sources.toml").write_text("\n".join(sources(_places())))
    stack("build")
    stack("create")  # the network that the hosts are on
    _start_hosts(stack)
    stack("up", "--wait")
    lists = "SELECT count(DISTINCT source) FROM run WHERE kind = 'poll'"
    until(lambda: int(stack.psql(lists)[0][0]) >= HOSTS * LISTS, 120, "the first poll of every list")
    begun, at = time.monotonic(), time.time()
    with bulk.open() as captures:
        command = ("run", "--rm", "-T", "--no-deps", "worker", "meeruit", "ingest", "-", "--json")
        ingest = stack.start(*command, stdin=captures)
    time.sleep(SECONDS)
    said = ingest.communicate()[0] if ingest.poll() is not None else ""
    started = "SELECT source, extract(epoch FROM min(started_at)) FROM run WHERE kind = 'poll' GROUP BY source"
    starts = {name: float(moment) for name, moment in stack.psql(started)}
    log = (line.split() for line in stack.run("docker", "logs", stack.site).stdout.splitlines())
    return judged([(float(moment), path) for moment, path in log], starts, begun, at, said)


def _start_hosts(stack: Stack) -> None:
    """One container on the network of the workers, with a name for each host."""
    names = (word for number in range(HOSTS) for word in ("--network-alias", _name(number)))
    volumes = (word for folder in ("tests", "benchmarks") for word in ("--volume", f"{ROOT / folder}:/app/{folder}:ro"))
    network = ("--network", f"{stack.project}_outside")
    stack.run(
        "docker", "run", "--detach", "--name", stack.site, *network, *names, *volumes, stack.image,
        "python", "-m", "benchmarks.lateness_compose", "serve",
    )  # fmt: skip


def _name(number: int) -> str:
    return f"host-{number}"


def _places() -> list[str]:
    return [f"{_name(number)}:{SITE_PORT}" for number in range(HOSTS)]


def _serve() -> None:
    with site("0.0.0.0", SITE_PORT) as here:
        for number in range(HOSTS):
            here.pages |= pages(_places(), number)
        told = 0
        while True:
            time.sleep(EVERY / 10)
            for seen in here.log[told:]:
                print(f"{seen.at:.3f} {seen.path}")
                told += 1
            sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        _serve()
    raise SystemExit(main())
