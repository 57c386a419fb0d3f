"""A first, fast look at a parsed page: where can a block be?

Reading a whole tree in detail costs more than parsing it. So what can be the beginning of a heading is looked for first, and
behind it the next text that looks like an age; only the smallest elements that hold both are read in detail. Decides
nothing, and may name too much; where an element with a heading turns out to hold no block, all of the page is read instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.fold import drop_invisible, is_plain
from meeruit.tasks.grammar.ages import LONGEST
from meeruit.tasks.grammar.profiles import Profile

#: With more likely headings it is quicker to read all of the page.
_MANY = 100
#: Without a heading a page of fewer ages holds no block.
_FEW = 3


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body

    @cached_property
    def _text(self) -> str:
        """All text nodes but the blank ones, each behind a NUL; the parser leaves no other NUL."""
        text = "\0" + self.body.text(separator="\0", skip_empty=True) + "\0" if self.body else ""
        return text if is_plain(text) else drop_invisible(text)

    def hints(self, profile: Profile) -> bool:
        """Whether there is a word of an age in that language, or a ``<time>``."""
        return profile.ages.hinted(self._lowered(profile)) or self._times

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and the next likely age, or all of the page."""
        if self.body is None:
            return []
        words = profile.heading_words
        anywhere = "" in words  # a heading begins with its section, so that any line may be one
        if len(words) > 1:  # to look for each in the tree takes longer than to read all text
            words = frozenset(match[1] for match in profile.heading_likely.finditer(self._text))
        headings = _beginning_with(words, self.body, profile) if words and not anywhere else []
        if len(headings) <= _MANY and (roots := _around(headings, profile)):
            return roots
        few = 1 if anywhere or len(headings) > _MANY else _FEW
        listing = self._times or self._is_glued(profile) or len(list(islice(self._ages(profile), few))) == few
        return [self.body] if listing else []

    @cached_property
    def _times(self) -> bool:
        return self.body is not None and self.body.css_first("time") is not None

    @cached_property
    def _ascii_lowered(self) -> str:
        """The text with A to Z in lower case, several times faster than with all letters so."""
        return self._text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")

    @cached_property
    def _all_lowered(self) -> str:
        return self._text.lower()

    def _lowered(self, profile: Profile) -> str:
        """The text in lower case, as far as the words of the profile's ages go."""
        return self._ascii_lowered if profile.ages.ascii else self._all_lowered

    def _is_glued(self, profile: Profile) -> bool:
        """Whether text may be glued to an age: in ``<pre>`` a text node holds several lines."""
        return any(map(profile.ages.glued.match, self._text.replace("\n", "\0").split("\0")))

    def _ages(self, profile: Profile) -> Iterator[int]:
        """Where the text nodes begin that may be ages, in order: they hold a word which every age of its kind has."""
        ages, text = profile.ages, self._lowered(profile)
        start = 0
        while 0 <= start < len(text):
            first = len(text)
            for word in ages.anchors:
                at = text.find(word, start, first)
                while at >= 0:
                    node, end = text.rfind("\0", 0, at), text.find("\0", at)
                    if end - node <= LONGEST:
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


def _beginning_with(words: frozenset[str], body: LexborNode, profile: Profile) -> list[LexborNode]:
    """The text nodes that can be the beginning of a heading, and do begin with one of ``words``."""
    quoted = (word.replace("\\", r"\\").replace('"', r"\"") for word in sorted(words))
    found: dict[int, LexborNode] = {}
    for element in body.css(", ".join(f':lexbor-contains("{word}")' for word in quoted)):
        for node in element.iter(include_text=True):
            if node.is_text_node and profile.heading_likely.match(f"\0{node.text_content}"):
                found[node.mem_id] = node
    return list(found.values())


def _around(headings: list[LexborNode], profile: Profile) -> list[LexborNode]:
    """The smallest elements around each heading and the next likely age behind it."""
    numbers = {heading.mem_id for heading in headings}
    behind = {heading.mem_id: _next(heading, numbers, profile) for heading in headings}
    found = []
    for heading in headings:
        age, around = behind[heading.mem_id]
        while age is not None and age.mem_id in numbers:
            age, around = behind[age.mem_id][0], None
        if age is not None:
            found.append(around or smallest_around(heading, age))
    return _outermost(found) if len(found) > 1 else found


def _next(node: LexborNode, headings: Collection[int], profile: Profile) -> tuple[LexborNode | None, LexborNode | None]:
    """The first node behind ``node``, in reading order, that may be an age or is one of ``headings``.

    With the smallest element that holds both.
    """
    likely = profile.ages.likely
    around, depth = node.parent, 1  # of ``node`` in it
    while True:
        if (following := node.first_child) is not None:
            depth += 1
        else:
            following = node.next
        while following is None:
            if (above := node.parent) is None:
                return None, None
            node, depth = above, depth - 1
            if depth == 0:
                around, depth = above.parent, 1
            following = node.next
        node = following
        if node.is_text_node:
            if likely(node.text_content or "") or node.mem_id in headings:
                return node, around
        elif node.tag == "time":
            return node, around


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
