"""Fetch ``/0`` to ``/N`` of a site, as a process of its own, and report by how much its memory grew at its peak."""

from __future__ import annotations

import contextlib
import json
import resource
import sys

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.errors import PageError
from meeruit.tasks.web.answer import judge
from meeruit.tasks.web.fetch import Bounds, fetch
from meeruit.worker.net import guard
from meeruit.worker.net.client import make_client


def main(place: str, number: str) -> None:
    guard.ANSWER_SECONDS = 0.3
    with make_client(allow_private_hosts=place) as client:
        fetch(client, parse_address(f"http://{place}/fine"))
        before, outcomes = peak(), 0
        for path in range(int(number)):
            with contextlib.suppress(PageError):
                judge(fetch(client, parse_address(f"http://{place}/{path}"), bounds=Bounds(seconds=0.3)))
            outcomes += 1
    sys.stdout.write(json.dumps({"outcomes": outcomes, "grown": peak() - before}))


def peak() -> int:
    """The largest resident size so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
