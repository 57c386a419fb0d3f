"""Events for the log: a word for what happened, and what is to be said of it, as ``key=value``."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

log = logging.getLogger("meeruit")
_PLAIN = re.compile(r"[^\s\"\\]+")


def say(event: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event: ``fetched source=abroad outcome="HTTP 503"``. What is None is left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    line = " ".join([event, *(f"{name}={told(value)}" for name, value in known.items())])
    log.log(level, "%s", line, extra={"event": event, "fields": known})


def told(value: object) -> str:
    """A value on one line, in quotes where it would not read as one word."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.isprintable() else json.dumps(text, ensure_ascii=False)
