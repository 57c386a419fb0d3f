"""Relating items: which item revises which, and the headline and link that an item's own article gives it.

Relates the touched items and all that share a headline or a link with them, now or when they were last related.
Idempotent; one transaction at a time. ``store.revisions`` decides which item revises which. An article is an item's
own if its first paragraph is the item's body.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, union
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.store.bulk import Select, Update
from meeruit.tasks.store.revisions import Version, headline_key, link_key, place_key, revisions
from meeruit.tasks.store.rows import lock
from meeruit.tasks.store.tables import GivenBy, Item, Page, Sighting, table

_item, _page, _sighting = table(Item), table(Page), table(Sighting)
_DERIVED = ("headline", "headline_from", "url", "url_from", "headline_key", "link_key", "revision_of")


class _Row(NamedTuple):
    """The columns of an item that decide, and then those that are derived."""

    id: int
    content_hash: str
    first_seen_at: datetime
    place: str | None
    text: str
    headline: str | None
    headline_from: str | None
    url: str | None
    url_from: str | None
    headline_key: str | None
    link_key: str | None
    revision_of: int | None

    def derived(self) -> dict[str, Any]:
        """What was derived when it was last related."""
        return dict(zip(_DERIVED, self[-len(_DERIVED) :], strict=True))


_QUERY = f"SELECT {', '.join(_Row._fields)} FROM item"  # noqa: S608 - our own names
_BY_ID, _BY_HEADLINE, _BY_LINK = (Select(_QUERY, name, times=(2,)) for name in ("id", "headline_key", "link_key"))
_ARTICLES = Select(
    "SELECT observed_at, address, body, lead_hash, lead_headline, url FROM page", "lead_hash", times=(0,)
)
#: A merge may have stored a headline or a link of a sighting meanwhile: it stays.
_KEEP = "CASE WHEN item.{0}_from = 'sighting' THEN item.{1} ELSE {{}} END"
_UPDATE = Update(
    _item,
    _DERIVED,
    sets={name: _KEEP.format(source, name) for source in ("headline", "url") for name in (source, f"{source}_from")},
)


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
    own = {row.id: row for row in map(_Row._make, _BY_ID.run(db, touched))}
    articles = _articles(db, [row.content_hash for row in own.values() if row.text])
    now = {item: _derived_columns(row, articles.get(row.content_hash, Article())) for item, row in own.items()}
    keys = {*left, *_keys(own.values()), *(state[k] for state in now.values() for k in ("headline_key", "link_key"))}
    changed = own | _sharing(db, keys)
    near = changed | _sharing(db, keys.union(_keys(changed.values())))
    revised = revisions(_version(row, now.get(row.id) or row.derived()) for row in near.values())
    ids = {row.content_hash: row.id for row in near.values()}
    for row in changed.values():
        state = now.setdefault(row.id, row.derived())
        state["revision_of"] = ids.get(revised.get(row.content_hash, ""))
    return _write(db, [(row, now[row.id]) for row in changed.values()])


def _articles(db: Connection, hashes: Iterable[str]) -> dict[str, Article]:
    """The own articles of the items of these hashes."""
    found: dict[str, Article] = {}
    for _, _, _, lead_hash, headline, url in sorted(_ARTICLES.run(db, hashes), key=lambda row: row[:3]):
        known = found.get(lead_hash, Article())
        found[lead_hash] = Article(known.headline or headline, known.url or url)
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


def _sharing(db: Connection, keys: Iterable[str | None]) -> dict[int, _Row]:
    """The items that were last derived under one of these headlines or links."""
    wanted = sorted(key for key in keys if key)
    return {row.id: row for query in (_BY_HEADLINE, _BY_LINK) for row in map(_Row._make, query.run(db, wanted))}


def _version(row: Any, state: Mapping[str, Any]) -> Version:
    keys = state["headline_key"], place_key(row.place), state["link_key"]
    return Version(row.content_hash, row.first_seen_at, *keys)


def _write(db: Connection, states: Iterable[tuple[_Row, Mapping[str, Any]]]) -> dict[int, dict[str, Any]]:
    """Write what has changed, in the order in which merges lock the rows; the run of a merge that is late derives again."""
    new = [(row, before, state) for row, state in states if (before := row.derived()) != state]
    new.sort(key=lambda each: each[0].content_hash)
    _UPDATE.run(db, [(*(state[name] for name in _DERIVED), row.id) for row, _, state in new])
    return {row.id: before for row, before, _ in new}
