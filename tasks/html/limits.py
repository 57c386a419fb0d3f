"""Refuse HTML that would cost far more than its size before it is parsed.

Nesting, formatting elements that are opened and never closed, attributes by the thousand on one tag: each makes a parser's
work grow with the square of the page, or worse (WHATWG HTML 13.2.6). Ordinary pages pass on a few counts;
only one that could be such a page is gone through tag by tag (``soup``). Touches no parser.
"""

from __future__ import annotations

import re

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.html.nesting import ATTRIBUTE, TAG_NAME, check_soup

#: The most tags of a page.
MOST_TAGS = 100_000
#: So many tags can nest without harm, whatever they are.
_HARMLESS_TAGS = 10_000
#: Shorter pages have no room for more tags or attributes than a parser bears.
_HARMLESS_LENGTH = 65_536
#: The fewest bytes of a tag: ``<p>``.
_SHORTEST_TAG = 3
#: Open formatting elements times tags: what may be made anew because of them.
_HARMLESS_COPIES = 1_000_000
#: Of each formatting element without attributes no more than three stay open (the "Noah's Ark clause").
_BARE = 3 * 14
_FORMATTING = frozenset(b"b big code em font i nobr s small strike strong tt u".split())
#: A tag with attributes that may be one of these; a look at two letters rules out nearly all.
_MAYBE_FORMATTING = re.compile(rb"<[bceifnstuBCEFINSTU](?!mg|pan)[a-zA-Z]{0,5}+(?=[\t\n\f\r /])")
_ATTRIBUTES = re.compile(rf"{ATTRIBUTE}*+".encode())
_MANY_ATTRIBUTES = re.compile(rf"{TAG_NAME}{ATTRIBUTE}{{257}}".encode())
#: A tag but for those, nearly all, that are closed behind a few attributes of the usual form.
_UNUSUAL = re.compile(rf'{TAG_NAME}(?!(?: [a-zA-Z0-9:_-]++="[^"]*+"){{0,256}}+[ /]*+>)'.encode())
#: A copy of an element costs as its attributes do: about one more for so many bytes of them.
_COPY = 32


def check_html(page: bytes) -> None:
    """Raise ``Unreadable`` for a page (in UTF-8) that is too large, too deep or too tangled to be parsed safely."""
    copies, short = _copies(page), len(page) <= _HARMLESS_LENGTH
    if short and copies * len(page) <= _HARMLESS_COPIES * _SHORTEST_TAG:
        return
    tags = page.count(b"<")
    if tags > MOST_TAGS:
        raise Unreadable(f"HTML of {tags:,} tags, more than {MOST_TAGS:,}")
    if copies * tags > _HARMLESS_COPIES or (not short and (tags > _HARMLESS_TAGS or _has_many_attributes(page))):
        check_soup(page.decode())


def _has_many_attributes(page: bytes) -> bool:
    return any(_MANY_ATTRIBUTES.match(page, tag.start()) for tag in _UNUSUAL.finditer(page))


def _copies(page: bytes) -> int:
    """How much could be open at once of formatting elements, at the worst."""
    found, at = _BARE, 0
    while match := _MAYBE_FORMATTING.search(page, at):
        start = at = match.end()
        if match[0][1:].lower() in _FORMATTING:
            if attributes := _ATTRIBUTES.match(page, start):
                at = attributes.end()  # what looks like a tag in them is none
            found += 1 + (at - start) // _COPY
    return found
