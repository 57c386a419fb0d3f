"""The one clock of the work; everything else takes the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time in UTC, rounded down to the second."""
    return datetime.now(UTC).replace(microsecond=0)
