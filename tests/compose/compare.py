"""Hold the stack's database to the oracle, in a container beside it: ``python -m tests.compose.compare NUMBER``."""

from __future__ import annotations

import sys

from meeruit.worker.database import make_engine
from meeruit.worker.settings import read_settings
from tests.newswire.camera import Camera, Plan
from tests.tables import check


def camera(captures: int) -> Camera:
    """The made-up newswire of these tests."""
    return Camera(Plan(captures, seed=5, days=5))


def main() -> None:
    """Compare, and say how much was equal; any difference is an AssertionError."""
    taken = camera(int(sys.argv[1]))
    truth = check(make_engine(read_settings().database_url), map(taken.capture, taken.numbers()))
    sys.stdout.write(f"equal: {len(truth.items)} items, {len(truth.sightings)} sightings, {len(truth.gaps)} gaps\n")


if __name__ == "__main__":
    main()
