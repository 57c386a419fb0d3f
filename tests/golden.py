"""Golden pages: what a careful reader finds on a page, and what the product found there, as two comparable objects.

Beside ``X.html`` stands ``X.json``: ``url``, ``observed_at`` and perhaps ``media_type`` say how the page came in,
``expected`` is the object of ``meeruit extract`` (design section 6). Content hashes are not in it: they are computed
here, by a fold of our own, so that the product is never asked about itself. A key that ``expected`` leaves out (a lead
that readers might draw otherwise, the text of a rejected stretch, the window of ``zojuist``) is not compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from meeruit.tasks.extract import extract, to_json
from meeruit.tasks.records import Page

#: Another folder of pages of the same shape may be named, to try the rules on pages they were not made with.
FOLDER = Path(os.environ.get("GOLDEN_PAGES") or Path(__file__).parent / "pages")

_DROPPED = dict.fromkeys(map(ord, "\u180e\u200c\u200d\u2061\u2062\u2063\u2064"))
_ALIKE = str.maketrans(
    dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚´`", "'") | dict.fromkeys("–—‑−", "-") | {"…": "...", "\u01ab": "ë"}
)


@dataclass(frozen=True, slots=True)
class Golden:
    """One page with what is expected of it."""

    name: str
    page: Page
    expected: dict[str, Any]


def golden_pages(folder: Path = FOLDER) -> Iterator[Golden]:
    """Every page of the folder, by name."""
    for path in sorted(folder.glob("*.html")):
        said = json.loads(path.with_suffix(".json").read_text("utf-8"))
        page = Page(
            body=path.read_bytes(),
            url=said["url"],
            observed_at=said["observed_at"] and datetime.fromisoformat(said["observed_at"]),
            media_type=said.get("media_type", "text/html"),
        )
        yield Golden(path.stem, page, _with_hashes(said["expected"]))


def found(golden: Golden) -> dict[str, Any]:
    """What the product finds on the page, without the keys that the page's reader left out."""
    extraction: dict[str, Any] = json.loads(json.dumps(to_json(extract(golden.page))))
    projected: dict[str, Any] = _like(extraction, golden.expected)
    return projected


def _like(actual: Any, expected: Any) -> Any:
    """``actual`` with only those keys that stand in ``expected``, all the way down."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        return {key: _like(value, expected[key]) for key, value in actual.items() if key in expected}
    if isinstance(actual, list) and isinstance(expected, list):
        pairs = [_like(a, e) for a, e in zip(actual, expected, strict=False)]
        return pairs + actual[len(expected) :]
    return actual


def _with_hashes(expected: dict[str, Any]) -> dict[str, Any]:
    for block in expected["blocks"]:
        for item in block["items"]:
            item["content_hash"] = _content_hash(item["text"] or item["headline"])
    return expected


def _content_hash(text: str) -> str:
    """SHA-256 of the folded text, as design section 3 (Identity) tells it; the texts in the files are clean already."""
    folded = " ".join(unicodedata.normalize("NFC", text).translate(_DROPPED).translate(_ALIKE).split())
    return hashlib.sha256(folded.encode()).hexdigest()
