"""meeruit: every short item that news pages print, once, with every sighting behind it.

The library reads pages without Celery, a broker or a database:

    >>> from meeruit import Page, content_hash, extract
    >>> extraction = extract(Page(body=b"<h2>Meer uit Goes</h2> ..."))
    >>> for block, item in extraction.items(): print(block.section, item.text)

``ingest(pages, database)`` and ``items(database)`` keep items in a database and read them back, in the calling process.

``extract(page) -> Extraction`` and ``content_hash(text) -> str`` are stable, and so are the records they take and give.
Each is loaded when it is first asked for, so that ``import meeruit`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meeruit.tasks.errors import MeeruitError, PageError, Unreadable
    from meeruit.tasks.extract import extract
    from meeruit.tasks.fold import content_hash
    from meeruit.tasks.records import Block, Extraction, Item, Lead, Page, Reject, Rounding, Window
    from meeruit.worker.library import ingest, items

_ROOMS = {
    "MeeruitError": "tasks.errors",
    "PageError": "tasks.errors",
    "Unreadable": "tasks.errors",
    "extract": "tasks.extract",
    "content_hash": "tasks.fold",
    "Block": "tasks.records",
    "Extraction": "tasks.records",
    "Item": "tasks.records",
    "Lead": "tasks.records",
    "Page": "tasks.records",
    "Reject": "tasks.records",
    "Rounding": "tasks.records",
    "Window": "tasks.records",
    "ingest": "worker.library",
    "items": "worker.library",
}

__all__ = [
    "Block",
    "Extraction",
    "Item",
    "Lead",
    "MeeruitError",
    "Page",
    "PageError",
    "Reject",
    "Rounding",
    "Unreadable",
    "Window",
    "content_hash",
    "extract",
    "ingest",
    "items",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"meeruit.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
