"""What an engine maps over its rows: one page in, the items on it out. Plain values, so that any engine can carry them."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from meeruit import Page, extract


class Printed(TypedDict):
    """An item as one page prints it."""

    content_hash: str
    headline: str | None
    place: str | None
    text: str
    position: int


def printed_items(url: str, date: str, text: str) -> list[Printed]:
    """The items of a page of text that was captured at ``date`` (ISO 8601, with a zone), in their order."""
    found = extract(Page(text.encode(), url, datetime.fromisoformat(date), "text/plain"))
    items = (item for block in found.blocks for item in block.items)
    return [
        Printed(
            content_hash=item.content_hash, headline=item.headline, place=item.place, text=item.text, position=position
        )
        for position, item in enumerate(items)
    ]
