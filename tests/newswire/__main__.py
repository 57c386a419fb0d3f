"""Print made-up captures as JSON Lines: ``python -m tests.newswire --captures 10000 --seed 7 > FILE``."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.newswire import truth
from tests.newswire.camera import Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.oracle import tables
from tests.newswire.write import lines

SHARES = ("stale", "known", "undated", "cut", "repeated", "stamps", "bare", "articles", "lies")


def main() -> None:
    """Write the captures to standard output, and what the tables must hold to ``--truth FILE``."""
    parser = argparse.ArgumentParser(prog="python -m tests.newswire", description=__doc__)
    parser.add_argument("--captures", type=int, default=1000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same bytes (%(default)s)")
    parser.add_argument("--days", type=float, default=3, help="spread over this many days (%(default)s)")
    parser.add_argument("--outages", type=int, default=3, help="how often each host loses captures (%(default)s)")
    parser.add_argument("--shuffle", action="store_true", help="not in the order of time")
    parser.add_argument("--truth", type=Path, help="write what the tables must hold to this file, as JSON")
    for share in SHARES:
        default = getattr(Plan(1), share)
        parser.add_argument(f"--{share}", type=float, default=default, metavar="SHARE", help=f"see Plan ({default})")
    options = parser.parse_args()
    shares = {share: getattr(options, share) for share in SHARES}
    camera = Camera(Plan(options.captures, options.seed, options.days, outages=options.outages, **shares))
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.writelines(lines(_taken(camera, shuffle=options.shuffle)))
    if options.truth:
        known = truth.as_json(camera.wire, _taken(camera), tables(_taken(camera)))
        options.truth.write_text(json.dumps(known), encoding="utf-8")


def _taken(camera: Camera, *, shuffle: bool = False) -> Iterator[Capture]:
    numbers = list(camera.numbers())
    if shuffle:
        random.Random(camera.plan.seed).shuffle(numbers)
    return map(camera.capture, numbers)


if __name__ == "__main__":
    main()
