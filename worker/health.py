"""Whether the main loop of a worker or of beat still goes round.

``python -m meeruit.worker.health FILE``: exit status 0 where it touched FILE lately, else 1.
Made for a container's health check: imports the standard library only, since it runs every few seconds beside the
process that it judges. Who touches the file is ``heartbeat``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

#: Seconds between two touches.
EVERY = 5.0
#: Seconds without a touch after which the process counts as stuck.
LIMIT = 30.0


def fault(path: Path, now: float) -> str | None:
    """What is wrong, in one line, or None; ``now`` in seconds since the epoch.

    A touch in the future is none either: after the clock was set back, a stuck process would look alive for long.
    """
    try:
        age = now - path.stat().st_mtime
    except OSError as exc:
        return f"{path}: {(exc.strerror or str(exc)).lower()}; its process has not gone round once"
    if abs(age) > LIMIT:
        return f"{path}: touched {age:.0f} s ago; its process is stuck, or cannot reach the broker"
    return None


def main(arguments: list[str]) -> int:
    """Judge the file that the first argument names; the exit status."""
    if len(arguments) != 1:
        print("usage: python -m meeruit.worker.health FILE", file=sys.stderr)  # noqa: T201
        return 2
    said = fault(Path(arguments[0]), time.time())
    print(said or "ok")  # noqa: T201
    return int(said is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
