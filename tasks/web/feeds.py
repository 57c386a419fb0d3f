"""The links of an RSS or Atom feed. Pure, over feedparser, which is never given an address and fetches nothing.

feedparser is thorough, and a megabyte made for the purpose keeps it busy for minutes; so what it gets is bounded by
``feed_text``.
"""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any, NamedTuple

import feedparser

from meeruit.tasks.addresses import parse_address, resolve
from meeruit.tasks.errors import RefusedAddress, Unreadable
from meeruit.tasks.web.feed_text import MAX_ENTRIES, feed_text

#: Distinct links that are taken.
MAX_LINKS = MAX_ENTRIES
_HTML = ("text/html", "application/xhtml+xml", "html", "xhtml")
#: What feedparser has been seen to raise, or well might, over hostile bytes.
_ITS_FAULTS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)


class Feed(NamedTuple):
    """What a feed shows."""

    #: The pages that it names: absolute http and https addresses, in its order, distinct, MAX_LINKS at most.
    links: tuple[str, ...]
    #: How many entries were read, with a link or without one.
    entries: int


def read_feed(body: bytes, *, url: str, media_type: str = "") -> Feed:
    """Read a feed; of one with more than MAX_ENTRIES entries the newest by their dates, or the first, where it has none.

    ``url`` is the feed's own address, ``media_type`` its Content-Type. A feed that is broken somewhere gives what it
    holds. Raises Unreadable for a body that is no feed.
    """
    text = feed_text(body, media_type)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        feed = feedparser.parse(
            io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _ITS_FAULTS as exc:
        raise Unreadable(f"no feed that can be read: {type(exc).__name__}") from exc
    if not feed.get("version") and not feed.entries:
        raise Unreadable("no feed: neither RSS nor Atom")
    return Feed(_distinct(feed.entries, url), len(feed.entries))


def _distinct(entries: list[Any], url: str) -> tuple[str, ...]:
    base = parse_address(url)
    found: dict[str, None] = {}
    for entry in entries:
        if not (link := _page_of(entry)):
            continue
        with suppress(RefusedAddress):
            found[resolve(base, link).url] = None
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def _page_of(entry: Any) -> str:
    """The entry's own page: its first alternate that is HTML, its ``<link>``, or a guid that is an address.

    Never an enclosure, and never the link of a picture, which feedparser would let stand for the entry's own.
    """
    for link in entry.get("links", ()):
        kind = str(link.get("type", "")).partition(";")[0].strip().lower()
        if link.get("rel") == "alternate" and kind in _HTML and link.get("href"):
            return str(link["href"])
    guid = str(entry.get("id", "")).replace("&amp;", "&")  # as feedparser leaves it where the feed is no XML
    return guid if entry.get("guidislink") and guid.startswith(("http://", "https://")) else ""
