"""Logs: one line an event, ``key=value``, to standard error. Nothing hostile gets through as a line of its own."""

from __future__ import annotations

import logging
import sys
import time


class _OneLine(logging.Formatter):
    """A record on one line, control characters escaped, times in UTC."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = ""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def configure(level: int = logging.INFO) -> None:
    """Log to standard error; the libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(processName)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("meeruit").setLevel(level)
    logging.getLogger("celery.worker.consumer").setLevel(level)
