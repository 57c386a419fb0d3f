"""A first, fast look at a parsed page: where can a block be?

Reading a whole tree in detail costs more than parsing it. So the text nodes are searched for what looks like an age or the
beginning of a heading, and only the smallest elements that hold both are read in detail. Decides nothing: it may name
too much, never too little.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.age import has_labels
from tasks.profiles import Profile

#: With more likely headings it is quicker to read all of the page.
_MANY = 100
#: A text node that holds an age, or its last part, is no longer; labels beside the age and white space counted in.
_LONGEST = 200


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body
        #: All text nodes but the blank ones, each behind a NUL; the parser leaves no other NUL.
        self.text = "\0" + self.body.text(separator="\0", skip_empty=True) + "\0" if self.body else ""
        lowered = self.text.lower()
        self._lowered = lowered if len(lowered) == len(self.text) else self.text
        self._times = self._has("time")
        #: Where a text node can hold several lines, each of them behind a NUL.
        self.lines = self.text.replace("\n", "\0") if self._has("pre") else self.text

    def _has(self, tag: str) -> bool:
        return self.body is not None and self.body.css_first(tag) is not None

    def _nodes(self, numbers: Iterable[int]) -> dict[int, LexborNode]:
        """The text nodes of these numbers."""
        below = self.body.traverse(include_text=True, skip_empty=True) if self.body else ()
        texts = (node for node in below if node.is_text_node)
        wanted = set(numbers)
        return {at: node for at, node in enumerate(islice(texts, max(wanted) + 1)) if at in wanted}

    def hints(self, profile: Profile) -> bool:
        """Whether there is a word of an age in that language, or a ``<time>``."""
        return self._times or profile.ages.hinted(self._lowered)

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and the next likely age, or all of the page."""
        if self.body is None:
            return []
        ages = self._ages(profile)
        headings = self._headings(profile) if ages or self._times else []
        if len(headings) > _MANY:
            return [self.body]
        pairs = [(heading, ages[at]) for heading in headings if (at := bisect_right(ages, heading)) < len(ages)]
        if pairs:
            nodes = self._nodes(number for pair in pairs for number in pair)
            return _outermost([smallest_around(nodes[heading], nodes[age]) for heading, age in pairs])
        return [self.body] if self._times or len(ages) > 2 else []

    def _ages(self, profile: Profile) -> list[int]:
        """The numbers of the text nodes that hold a word which every age of its kind has, and hardly more."""
        text, places = self._lowered, set[int]()
        for word in profile.ages.anchors:
            at = text.find(word)
            while at >= 0:
                start, end = text.rfind("\0", 0, at), text.find("\0", at)
                if end - start <= _LONGEST:
                    places.add(start)
                at = text.find(word, end)
        places.update(match.start() for match in profile.ages.spoken.finditer(text))
        if has_labels(text):
            places.update(text.rfind("\0", 0, one.start()) for one in profile.ages.spoken_behind.finditer(text))
        return self._numbers(sorted(places))

    def _headings(self, profile: Profile) -> list[int]:
        return self._numbers([match.start() for match in profile.heading_likely.finditer(self.text)])

    def _numbers(self, places: list[int]) -> list[int]:
        """The numbers of the text nodes whose NULs stand at ``places``, which are in order."""
        numbers, number, at = list[int](), -1, 0
        for place in places:
            number, at = number + self.text.count("\0", at, place + 1), place + 1
            numbers.append(number)
        return numbers


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
