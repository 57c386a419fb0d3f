"""Relating items: which item revises which, and the headline and link that an item's own article gives it.

Relates the touched items and all that share a headline or a link with them, now or when they were last related.
Idempotent; one transaction at a time. ``store.revisions`` decides which item revises which. An article is an item's
own if its first paragraph is the item's body.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, union, update
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.store.revisions import Version, headline_key, link_key, place_key, revisions
from meeruit.tasks.store.rows import in_chunks, lock
from meeruit.tasks.store.tables import GivenBy, Item, Page, Sighting, table

_item, _page, _sighting = table(Item), table(Page), table(Sighting)
_DERIVED = ("headline", "headline_from", "url", "url_from", "headline_key", "link_key", "revision_of")


@dataclass(frozen=True, slots=True)
class Article:
    """Headline and link from an item's own article, each of the earliest capture that has it."""

    headline: str | None = None
    url: str | None = None


def touched_items(db: Connection, pages: ColumnElement[bool]) -> list[int]:
    """The items that these pages show, and those whose own article they are; ``pages`` is a condition on ``page``."""
    shown = select(_sighting.c.item_id).join(_page).where(pages)
    by_article = select(_item.c.id).join(_page, _page.c.lead_hash == _item.c.content_hash).where(pages)
    return sorted(db.scalars(union(shown, by_article)))


def relate(db: Connection, touched: Collection[int], left: Iterable[str] = ()) -> dict[int, dict[str, Any]]:
    """Relate these items, and all that share a headline or a link with them.

    ``left``: headline and link keys of items that are being deleted. Returns the earlier derived columns of each item
    that changed.
    """
    lock(db, "items")
    own = {row.id: row for row in in_chunks(db, select(_item), _item.c.id, touched)}
    articles = _articles(db, [row.content_hash for row in own.values() if row.text])
    now = {item: _derived_columns(row, articles.get(row.content_hash, Article())) for item, row in own.items()}
    keys = {*left, *_keys(own.values()), *(state[k] for state in now.values() for k in ("headline_key", "link_key"))}
    changed = own | _sharing(db, keys)
    near = changed | _sharing(db, keys.union(_keys(changed.values())))
    revised = revisions(_version(row, now.get(row.id, row._mapping)) for row in near.values())
    ids = {row.content_hash: row.id for row in near.values()}
    for row in changed.values():
        state = now.setdefault(row.id, {key: row._mapping[key] for key in _DERIVED})
        state["revision_of"] = ids.get(revised.get(row.content_hash, ""))
    return _write(db, [(row, now[row.id]) for row in changed.values()])


def _articles(db: Connection, hashes: Iterable[str]) -> dict[str, Article]:
    """The own articles of the items of these hashes."""
    columns = (
        _page.c.lead_hash,
        _page.c.lead_headline,
        _page.c.url,
        _page.c.observed_at,
        _page.c.address,
        _page.c.body,
    )
    rows = in_chunks(db, select(*columns), _page.c.lead_hash, hashes)
    found: dict[str, Article] = {}
    for row in sorted(rows, key=lambda row: (row.observed_at, row.address, row.body)):
        known = found.get(row.lead_hash, Article())
        found[row.lead_hash] = Article(known.headline or row.lead_headline, known.url or row.url)
    return found


def _derived_columns(row: Any, article: Article) -> dict[str, Any]:
    """The derived columns of an item but for ``revision_of``."""
    headline, headline_from = row.headline, row.headline_from
    url, url_from = row.url, row.url_from
    if headline_from != GivenBy.SIGHTING:
        headline, headline_from = article.headline, GivenBy.ARTICLE if article.headline else None
    if url_from != GivenBy.SIGHTING:
        url, url_from = article.url, GivenBy.ARTICLE if article.url else None
    keys = headline_key(headline, row.text), link_key(url, row.text)
    return dict(zip(_DERIVED, (headline, headline_from, url, url_from, *keys, None), strict=True))


def _keys(rows: Iterable[Any]) -> set[str | None]:
    return {key for row in rows for key in (row.headline_key, row.link_key)}


def _sharing(db: Connection, keys: Iterable[str | None]) -> dict[int, Any]:
    """The items that were last derived under one of these headlines or links."""
    wanted = sorted(key for key in keys if key)
    columns = [_item.c[name] for name in ("id", "content_hash", "first_seen_at", "place", *_DERIVED)]
    return {
        row.id: row
        for column in (_item.c.headline_key, _item.c.link_key)
        for row in in_chunks(db, select(*columns), column, wanted)
    }


def _version(row: Any, state: Mapping[str, Any]) -> Version:
    keys = state["headline_key"], place_key(row.place), state["link_key"]
    return Version(row.content_hash, row.first_seen_at, *keys)


def _write(db: Connection, states: Iterable[tuple[Any, Mapping[str, Any]]]) -> dict[int, dict[str, Any]]:
    """Write what has changed, in the order in which merges lock the rows.

    A merge may have stored a headline or a link of a sighting meanwhile: it stays, and the run of that merge derives again.
    """
    new = [(row, state) for row, state in states if any(row._mapping[key] != state[key] for key in _DERIVED)]
    new.sort(key=lambda each: str(each[0].content_hash))
    given = {
        name: case((_item.c[f"{source}_from"] == GivenBy.SIGHTING, _item.c[name]), else_=bindparam(f"new_{name}"))
        for source in ("headline", "url")
        for name in (source, f"{source}_from")
    }
    others: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("headline_key", "link_key", "revision_of")}
    if new:
        db.execute(
            update(_item).where(_item.c.id == bindparam("item")).values(**given, **others),
            [{"item": row.id, **{f"new_{key}": state[key] for key in _DERIVED}} for row, state in new],
        )
    return {row.id: {key: row._mapping[key] for key in _DERIVED} for row, _ in new}
