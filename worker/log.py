"""Logs: one line an event, to standard error, as ``key=value`` or as JSON. Nothing hostile is a line of its own."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Any


class _OneLine(logging.Formatter):
    """A record on one line, control characters escaped, times in UTC."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%SZ"
    default_msec_format = ""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


class _Json(_OneLine):
    """A record as one JSON object: time, level, process, and the fields of the event, or the message."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "process": record.processName,
            "logger": record.name,
        }
        event = getattr(record, "event", None)
        said |= {"event": event, **record.__dict__["fields"]} if event else {"message": record.getMessage()}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=True, default=str)


def configure(level: str = "INFO", form: str = "text") -> None:
    """Log to standard error, as ``text`` or ``json``; the libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    line = "%(asctime)s %(levelname)s %(processName)s %(name)s %(message)s"
    handler.setFormatter(_Json() if form == "json" else _OneLine(line))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("meeruit").setLevel(level)
    logging.getLogger("celery.worker.consumer").setLevel(level)
