"""The links of an RSS or Atom feed. Pure, over feedparser, which is never given an address and fetches nothing.

feedparser is thorough, and a megabyte made for the purpose keeps it busy for minutes; so what it gets is decoded here
and bounded in what costs it time: bytes, tags, the length of one tag, prefixes, nested addresses, other elements.
"""

from __future__ import annotations

import codecs
import io
import re
from contextlib import suppress
from typing import Any

import feedparser

from meeruit.tasks.addresses import parse_address, resolve
from meeruit.tasks.errors import RefusedAddress, Unreadable

#: What is read of a feed; the newest entries come first, the rest is left off.
_MAX_BYTES = 2_000_000
_MAX_TAGS = 50_000
#: Distinct links that are taken.
MAX_LINKS = 1_000
#: One tag longer than this, or more namespace prefixes, is no feed but a trap (each costs feedparser quadratic time).
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{8192}")
_PREFIX = re.compile(r"xmlns:([^\s=]{1,100})")
_MAX_PREFIXES = 100
#: Each xml:base inside another makes the address longer.
_MAX_BASES = 1_000
#: Elements that say nothing about links become an unknown one: feedparser searches names for mail addresses in
#: quadratic time, and a place that it does not expect makes it raise.
_IRRELEVANT = re.compile(
    r"(</?)(?!(?:[\w.-]+:)?(?:rss|rdf|channel|item|image|textinput|feed|entry|source|link|guid|id)[\s/>])[a-z][\w.:-]*",
    re.IGNORECASE,
)
#: Declarations of entities are left out: what they can do is blow up (a billion laughs), or read files.
_ENTITY = re.compile(r"<!ENTITY[^<>]*>")

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
#: Encodings that a feed can declare; Python knows others that hang (punycode) or are none (unicode_escape).
_ENCODINGS = re.compile(
    r"utf[-_]?(8|16|16le|16be)|(us-)?ascii|iso-?8859-\d{1,2}|latin-?1|(windows-|cp)125\d|koi8-[ru]|gbk|gb2312|gb18030"
    r"|big5|shift[-_]jis|euc-(jp|kr)"
)
#: What feedparser has been seen to raise, or well might, over hostile bytes.
_ITS_FAULTS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)


def links(body: bytes, *, url: str, media_type: str = "") -> tuple[str, ...]:
    """The pages that a feed names: absolute http and https addresses, in its order, distinct, MAX_LINKS at most.

    ``url`` is the feed's own address, ``media_type`` its Content-Type. A feed that is broken somewhere gives what it
    holds. Raises Unreadable for a body that is no feed.
    """
    text = _bounded(_decoded(body[:_MAX_BYTES], media_type))
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        feed = feedparser.parse(
            io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _ITS_FAULTS as exc:
        raise Unreadable(f"no feed that can be read: {type(exc).__name__}") from exc
    if not feed.get("version") and not feed.entries:
        raise Unreadable("no feed: neither RSS nor Atom")
    return _distinct(feed.entries, url)


def _distinct(entries: list[Any], url: str) -> tuple[str, ...]:
    base = parse_address(url)
    found: dict[str, None] = {}
    for entry in entries:
        if not (link := str(entry.get("link", ""))):
            continue
        with suppress(RefusedAddress):
            found[resolve(base, link).url] = None
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def _decoded(body: bytes, media_type: str) -> str:
    """The text: by its byte order mark, its header, its XML declaration, else as UTF-8 or windows-1252."""
    charset, declared = _CHARSET.search(media_type), _DECLARED.match(body)
    label = (charset[1] if charset else declared[1].decode() if declared else "utf-8").lower()
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        label = "utf-16"
    elif body.startswith(codecs.BOM_UTF8) or label in {"utf-8", "utf8"} or not _ENCODINGS.fullmatch(label):
        label = "utf-8-sig"
    try:  # step by step: it does not mind a character that is cut off at the end
        return codecs.getincrementaldecoder(label)().decode(body)
    except (UnicodeError, LookupError):
        return body.decode("windows-1252", "replace")


def _bounded(text: str) -> str:
    """The text without what goes beyond the bounds; raises Unreadable for one that is made to cost time."""
    if text.count("<") > _MAX_TAGS:
        text = "<".join(text.split("<", _MAX_TAGS)[:_MAX_TAGS])
    if _LONG_TAG.search(text) or len(set(_PREFIX.findall(text))) > _MAX_PREFIXES:
        raise Unreadable("no feed that can be read: it holds a giant tag or hundreds of namespaces")
    if text.count("xml:base") > _MAX_BASES:
        raise Unreadable("no feed that can be read: it nests thousands of addresses")
    return _IRRELEVANT.sub(r"\1x", _ENTITY.sub("", text))
