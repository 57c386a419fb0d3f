"""What is costly to count, kept for a while: whoever asks meanwhile gets the same answer, and says of when it is."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

#: Answers that are kept: the latest.
MOST = 500


class Memo:
    """Answers by question. Two threads that ask the same wait for one count."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._counting: dict[Hashable, threading.Lock] = {}

    def get(self, question: Hashable, fresh: float, count: Callable[[], Any]) -> Any:
        """The answer, at most ``fresh`` seconds old. What ``count`` raises is raised, and not kept."""
        found = self._look(question, fresh)
        if found is not None:
            return found[1]
        with self._lock:
            mine = self._counting.setdefault(question, threading.Lock())
        with mine:
            found = self._look(question, fresh)
            if found is not None:
                return found[1]
            try:
                answer = count()
                with self._lock:
                    self._known[question] = time.monotonic(), answer
                    while len(self._known) > MOST:
                        self._known.popitem(last=False)
                return answer
            finally:
                with self._lock:
                    self._counting.pop(question, None)

    def _look(self, question: Hashable, fresh: float) -> tuple[float, Any] | None:
        with self._lock:
            found = self._known.get(question)
            return found if found is not None and time.monotonic() - found[0] <= fresh else None
