"""What a page says of itself in its head: its title, its address, that it is an article.

Nothing here is printed, so nothing here is believed where the page prints something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.fold import clean
from meeruit.tasks.html.links import resolve

#: So many elements of a head are looked at, and so much of what a script states, in characters.
_MOST, _LONGEST = 2_000, 500_000
#: What may stand between a title and the name of the site.
_BARS = ("|", "-", "–", "—", "·", "•", ":", "»")


class Stated(NamedTuple):
    """A page's own statements; None where it makes none."""

    #: For other sites that show a link to it (``og:title``), without the name of the site.
    title: str | None = None
    #: For the browser (``<title>``), mostly with the name of the site.
    window_title: str | None = None
    #: ``article``, ``website``.
    kind: str | None = None
    #: Absolute: ``rel=canonical``, else ``og:url``.
    address: str | None = None
    #: As it is written: what relative links resolve against (``<base href>``).
    base: str | None = None


def read_stated(document: LexborHTMLParser) -> Stated:
    """What the head of ``document`` says."""
    head = document.head
    window_title, canonical, base, said = None, None, None, dict[str, str]()
    for node in islice(head.iter() if head else (), _MOST):
        tag = node.tag
        if tag == "title":
            window_title = window_title or clean(node.text())
        elif tag == "meta":
            attributes = node.attributes
            name = attributes.get("property") or attributes.get("name") or ""
            if name.startswith("og:"):
                said.setdefault(name, attributes.get("content") or "")
        elif tag == "link" and canonical is None:
            canonical = _canonical(node)
        elif tag == "base" and base is None:
            base = node.attributes.get("href")
    title = _without_site(clean(said.get("og:title", "")), clean(said.get("og:site_name", ""))) if said else None
    address = canonical or (resolve(said["og:url"], None) if "og:url" in said else None)
    return Stated(title or None, window_title or None, said.get("og:type"), address, base)


def _canonical(link: LexborNode) -> str | None:
    """The address of a ``<link rel=canonical>``; a relative one says nothing without the page's own."""
    attributes = link.attributes
    if "canonical" not in (attributes.get("rel") or "").lower().split():
        return None
    return resolve(attributes.get("href") or "", None)


def _without_site(title: str, site: str) -> str:
    """``title`` without `` - Site name`` at its end, where the page names its site so."""
    if not site or not title.casefold().endswith(site.casefold()):
        return title
    before = title[: len(title) - len(site)].rstrip()
    return before[:-1].rstrip() if before.endswith(_BARS) and before[:-1].strip() else title


def stated_headline(document: LexborHTMLParser) -> str | None:
    """The ``headline`` of the article that a JSON-LD script states (schema.org), or None."""
    for script in document.css('script[type="application/ld+json"]')[:50]:
        text = script.text_content or script.text()
        if '"headline"' not in text or len(text) > _LONGEST:
            continue
        try:
            found = next(_headlines(json.loads(text, strict=False)), None)
        except (ValueError, RecursionError):
            continue
        if found:
            return found
    return None


def _headlines(value: object) -> Iterator[str]:
    """The headlines of the articles at the top of a script, or in its list, or in its graph."""
    if isinstance(value, list):
        for one in value:
            yield from _headlines(one)
    elif isinstance(value, dict):
        kinds, headline = value.get("@type"), value.get("headline")
        names = kinds if isinstance(kinds, list) else [kinds]
        is_article = any(str(name).endswith(("Article", "Posting")) for name in names)
        if is_article and isinstance(headline, str) and (text := clean(headline, entities=True)):
            yield text
        yield from _headlines(value.get("@graph"))
