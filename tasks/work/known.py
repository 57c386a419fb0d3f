"""Pages that a run met again, and that were read otherwise than it was asked to: they stay as they are. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, select

from meeruit.tasks.captures import Raw
from meeruit.tasks.references import Fetch, Folder, Terms, read_work
from meeruit.tasks.store.rows import in_chunks
from meeruit.tasks.store.tables import Page, Work, table
from meeruit.tasks.store.transaction import read_only
from meeruit.tasks.work.capturing import key_of
from meeruit.tasks.work.reading import read_pages

_page, _work = table(Page), table(Work)
#: Pieces of work that are looked at: what is said of them holds for the rest.
_PIECES = 3


def read_otherwise(engine: Engine, run_id: int, terms: Terms) -> list[tuple[int, int]]:
    """Known pages of a run whose source, profile or kind is another than ``terms`` say, as (run, page) that stored them.

    Looks at the first pieces only: this is a hint. What ``terms`` leave open differs from nothing.
    """
    known = select(_work.c.reference).where(_work.c.run_id == run_id, _work.c.pages_known > 0)
    works = read_only(engine, lambda db: db.scalars(known.order_by(_work.c.id).limit(_PIECES)).all())
    keys = {key_of(raw, terms) for reference in works for raw in _again(engine, reference)}
    query = select(_page.c.id, _page.c.run_id, _page.c.source, _page.c.profile, _page.c.listing)
    found = read_only(engine, lambda db: list(in_chunks(db, query, _page.c.capture_key, keys)))
    return sorted((row.run_id, row.id) for row in found if _differs(row, terms))


def _again(engine: Engine, reference: dict[str, Any]) -> Iterator[Raw]:
    pages = [page for page in read_work(reference)[1] if not isinstance(page, Fetch | Folder)]
    return (raw for raw in read_pages(engine, pages) if raw.problem is None)


def _differs(row: Any, terms: Terms) -> bool:
    return (
        (terms.listing and not row.listing)
        or (terms.source is not None and row.source != terms.source)
        or (terms.profile is not None and row.profile != terms.profile)
    )
