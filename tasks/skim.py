"""A first, fast look at a parsed page: where can a block be?

Reading a whole tree in detail costs more than parsing it. So the text nodes are searched for what looks like an age or the
beginning of a heading, and only the smallest elements that hold both are read in detail. Decides nothing: it may name
too much, never too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from operator import attrgetter

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.profiles import Profile

#: With more likely headings it is quicker to read all of the page.
_MANY = 100
#: Without a heading a page of fewer ages holds no block.
_FEW = 3
#: A text node that holds an age, or its last part, is no longer; labels beside the age and white space counted in.
_LONGEST = 200


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body
        #: All text nodes but the blank ones, each behind a NUL; the parser leaves no other NUL.
        self.text = "\0" + self.body.text(separator="\0", skip_empty=True) + "\0" if self.body else ""

    def _has(self, tag: str) -> bool:
        return self.body is not None and self.body.css_first(tag) is not None

    @cached_property
    def _times(self) -> bool:
        return self._has("time")

    @cached_property
    def _ascii_lowered(self) -> str:
        """The text with A to Z in lower case, several times faster than with all letters so."""
        return self.text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")

    @cached_property
    def _all_lowered(self) -> str:
        lowered = self.text.lower()
        return lowered if len(lowered) == len(self.text) else self.text

    def _lowered(self, profile: Profile) -> str:
        """The text in lower case, as far as the words of the profile's ages go; every letter in its place."""
        return self._ascii_lowered if profile.ages.ascii else self._all_lowered

    def is_glued(self, profile: Profile) -> bool:
        """Whether text is glued to an age, so that the markup does not part them: a text in ``<pre>``, or cut by ``<br>``.

        Only in ``<pre>`` a text node can hold several lines.
        """
        glued = profile.ages.glued
        if glued.search(self.text.replace("\n", "\0")) is None:
            return False
        return glued.search(self.text) is not None or self._has("pre")

    def _nodes(self, numbers: Iterable[int]) -> dict[int, LexborNode]:
        """The text nodes of these numbers."""
        below = self.body.traverse(include_text=True, skip_empty=True) if self.body else ()
        wanted = set(numbers)
        texts = list(islice(filter(attrgetter("is_text_node"), below), max(wanted) + 1))
        return {number: texts[number] for number in wanted}

    def hints(self, profile: Profile) -> bool:
        """Whether there is a word of an age in that language, or a ``<time>``."""
        return profile.ages.hinted(self._lowered(profile)) or self._times

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and the next likely age, or all of the page."""
        if self.body is None:
            return []
        headings = [match.start() for match in profile.heading_likely.finditer(self.text)]
        if len(headings) <= _MANY and (pairs := self._pairs(headings, profile)):
            nodes = self._nodes(number for pair in pairs for number in pair)
            return _outermost([smallest_around(nodes[heading], nodes[age]) for heading, age in pairs])
        few = 1 if len(headings) > _MANY else _FEW
        return [self.body] if self._times or len(list(islice(self._ages(profile), few))) == few else []

    def _pairs(self, headings: list[int], profile: Profile) -> list[tuple[int, int]]:
        """Each heading and the next age behind it, as the numbers of their text nodes."""
        pairs, age = list[tuple[int, int]](), -1
        for heading in headings:
            if age <= heading and (age := next(self._ages(profile, self.text.find("\0", heading + 1)), -1)) < 0:
                break
            pairs.append((heading, age))
        places = sorted({place for pair in pairs for place in pair})
        number = dict(zip(places, self._numbers(places), strict=True))
        return [(number[heading], number[age]) for heading, age in pairs]

    def _ages(self, profile: Profile, start: int = 0) -> Iterator[int]:
        """Where, from ``start``, the text nodes begin that may be ages, in order.

        They hold a word which every age of its kind has, and hardly more.
        """
        ages, text = profile.ages, self._lowered(profile)
        while 0 <= start < len(text):
            first = len(text)
            for word in ages.anchors:
                at = text.find(word, start, first)
                while at >= 0:
                    node, end = text.rfind("\0", 0, at), text.find("\0", at)
                    if end - node <= _LONGEST:
                        first = node
                        break
                    at = text.find(word, end, first)
            if match := ages.spoken.search(text, start, first):
                first = match.start()
            if match := ages.spoken_behind.search(text, start, first):
                first = text.rfind("\0", 0, match.start())
            if first == len(text):
                return
            yield first
            start = text.find("\0", first + 1)

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
