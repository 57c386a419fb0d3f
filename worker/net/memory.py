"""What all fetching processes know together, for a while: robots.txt by origin, the way to an unfinished visit.

In Redis, where it may be lost at any time: then it is asked for again, in the host's pace. Nothing here is the truth
about a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import cast

from redis import Redis, RedisError

from meeruit.tasks.errors import LedgerError

PREFIX = "meeruit:"


@contextmanager
def broker_faults() -> Iterator[None]:
    """Turn what Redis raises into LedgerError: without the pace and the rules of a host no request is made."""
    try:
        yield
    except RedisError as exc:
        raise LedgerError(f"the broker does not answer, so nothing is fetched: {exc}") from exc


class Memory:
    """Kept in Redis; an entry is gone after its seconds."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, key: str) -> bytes | None:
        """The value, or None; raises LedgerError where Redis does not answer, as put and drop do."""
        with broker_faults():
            return cast("bytes | None", self._redis.get(PREFIX + key))

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""
        with broker_faults():
            self._redis.set(PREFIX + key, value, ex=seconds)

    def drop(self, key: str) -> None:
        """Forget a value."""
        with broker_faults():
            self._redis.delete(PREFIX + key)


class OwnMemory:
    """The same for a command that runs alone, without a broker."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, float]] = {}

    def get(self, key: str) -> bytes | None:
        """The value, or None."""
        value, until = self._kept.get(key, (None, 0.0))
        return value if monotonic() < until else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so many seconds."""
        self._kept[key] = value, monotonic() + seconds

    def drop(self, key: str) -> None:
        """Forget a value."""
        self._kept.pop(key, None)
