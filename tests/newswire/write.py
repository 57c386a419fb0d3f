"""Captures as people hand them over: JSON Lines records, or files with sidecars.

How a record is spelled (its zone, fractions of a second, further keys, ``date``) is drawn from the body itself, so the
same capture is always written alike. Writes lazily: a stream of any length stays one capture in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.newswire.ages import stamp
from tests.newswire.captures import Capture


def record(capture: Capture) -> dict[str, Any]:
    """The capture as a record: ``{"url", "observed_at", "html"|"text"}`` and keys that nobody reads."""
    style = int(capture.body_sha256[:2], 16)
    found: dict[str, Any] = {"url": capture.url}
    if capture.observed_at is not None:
        found["date" if style % 16 == 0 else "observed_at"] = _spelled(capture.observed_at, style)
    elif style % 2:
        found["date"] = "2025-03-03"  # a day is no moment of capture
    found["html" if capture.is_html else "text"] = capture.body
    if style % 8 == 0:
        found |= {"language": "nl", "tags": ["nieuws", None], "http": {"status": 200}}
    return found


def _spelled(moment: datetime, style: int) -> str:
    """The moment in one of four spellings, all to be read as the same second."""
    local = moment.astimezone(timezone(timedelta(hours=1)))
    return [
        str(stamp(moment)),
        local.isoformat(),
        moment.replace(microsecond=750_000).isoformat(),
        moment.isoformat(),
    ][style % 4]


def lines(captures: Iterable[Capture]) -> Iterator[str]:
    """One line of JSON a capture, each with its line feed."""
    for capture in captures:
        yield json.dumps(record(capture), ensure_ascii=len(capture.body) % 2 == 0) + "\n"


def write_lines(captures: Iterable[Capture], path: Path) -> None:
    """Write the captures to ``path`` as JSON Lines."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(lines(captures))


def write_files(captures: Iterable[Capture], folder: Path) -> None:
    """Write each capture as a file, with a sidecar that holds its address and time."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, capture in enumerate(captures):
        page = folder / f"{number:06d}{'.html' if capture.is_html else '.txt'}"
        page.write_bytes(capture.body.encode())
        sidecar = {"url": capture.url, "observed_at": stamp(capture.observed_at)}
        said = {key: value for key, value in sidecar.items() if value is not None}
        page.with_name(f"{page.name}.meta.json").write_text(json.dumps(said), encoding="utf-8")
