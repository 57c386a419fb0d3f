"""A first, fast look at a parsed page: where can a block be?

Reading a whole tree in detail costs more than parsing it. So the text nodes are searched for what looks like an age or the
beginning of a heading, and only the smallest elements that hold both are read in detail. Decides nothing: it may name
too much, never too little.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.age import has_labels
from tasks.profiles import Profile

#: With more likely headings it is quicker to read all of the page.
_MANY = 100


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body
        #: All text nodes but the blank ones, each behind a NUL; the parser leaves no other NUL.
        self.text = "\0" + self.body.text(separator="\0", skip_empty=True) if self.body else ""
        self._times = self._has("time")
        #: Where a text node can hold several lines, each of them behind a NUL.
        self.lines = self.text.replace("\n", "\0") if self._has("pre, listing, xmp, plaintext") else self.text

    def _has(self, selector: str) -> bool:
        return self.body is not None and self.body.css_first(selector) is not None

    @cached_property
    def nodes(self) -> list[LexborNode]:
        """The text nodes themselves."""
        below = self.body.traverse(include_text=True, skip_empty=True) if self.body else ()
        return [node for node in below if node.is_text_node]

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and the next likely age, or all of the page."""
        if self.body is None:
            return []
        likely = profile.ages.likely_labelled if has_labels(self.text) else profile.ages.likely
        ages = list(self._places(likely, self.text))
        headings = list(self._places(profile.heading_likely, self.text)) if ages or self._times else []
        if len(headings) > _MANY:
            return [self.body]
        pairs = [(heading, ages[at]) for heading in headings if (at := bisect_right(ages, heading)) < len(ages)]
        if pairs:
            return _outermost([smallest_around(self.nodes[heading], self.nodes[age]) for heading, age in pairs])
        return [self.body] if self._times or len(ages) > 2 else []

    def _places(self, pattern: re.Pattern[str], text: str) -> Iterator[int]:
        """The numbers of the text nodes in which matches begin."""
        number, at = -1, 0
        for match in pattern.finditer(text):
            number, at = number + text.count("\0", at, match.start() + 1), match.start() + 1
            yield number


def smallest_around(one: LexborNode, other: LexborNode) -> LexborNode:
    """The smallest element that holds both."""
    around = {node.mem_id for node in ancestors(one)}
    return next(node for node in ancestors(other) if node.mem_id in around)


def _outermost(nodes: list[LexborNode]) -> list[LexborNode]:
    """``nodes`` without those that stand in another one, and each once."""
    numbers = {node.mem_id for node in nodes}
    kept: dict[int, LexborNode] = {}
    for node in nodes:
        above = ancestors(node)
        next(above)
        if not any(one.mem_id in numbers for one in above):
            kept[node.mem_id] = node
    return list(kept.values())


def ancestors(node: LexborNode | None) -> Iterator[LexborNode]:
    """``node`` and all that it stands in, the nearest first."""
    while node is not None:
        yield node
        node = node.parent
