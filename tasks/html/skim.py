"""A first, fast look at a parsed page: where can a list with a heading be?

To read a whole tree in detail costs more than to parse it. So what can be a heading is looked for in the text alone; only
the element around it and what follows it is read in detail. Decides nothing, and may name too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.fold import collapse, plain_text
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.profiles import Profile

#: A longer line is no heading.
LONGEST = 100
#: With more likely headings it is quicker to read all of the page.
_MANY = 40
#: Of more texts that hold a word of a heading any is taken for likely; and no longer one is looked at.
_LOOKS, _ROOM = 1_000, 4 * LONGEST
#: Without a heading a page of fewer ages holds no list that counts.
_FEW = 3
#: A longer text, or so many texts, can be what a heading heads.
_LONG, _TEXTS = 30, 4
#: A heading is set in no more parts.
_PARTS = 4
_BLANK = " \t\n\r\f\v"


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body
        #: Language -> its likely headings.
        self._known: dict[str, list[int]] = {}

    @cached_property
    def _text(self) -> str:
        """All text nodes but the blank ones, parted by NULs; the parser leaves no other NUL."""
        text = self.body.text(separator="\0", skip_empty=True) if self.body else ""
        return plain_text(text)

    @cached_property
    def _texts(self) -> list[str]:
        text = self.body.text(separator="\0", skip_empty=True) if self.body else ""
        return text.split("\0")

    @cached_property
    def _ascii_lowered(self) -> str:
        """The text with A to Z in lower case, several times faster than with all letters so."""
        return self._text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")

    @cached_property
    def _all_lowered(self) -> str:
        return self._text.lower()

    def hints(self, profile: Profile) -> bool:
        """Whether the page may hold a list in that language."""
        return bool(self.headings(profile)) or self.has_ages(profile)

    def has_ages(self, profile: Profile) -> bool:
        """Whether there may be some ages in that language, or times."""
        text = self._ascii_lowered if profile.ages.ascii else self._all_lowered
        if profile.ages.hinted(text) and sum(map(text.count, profile.ages.hints)) >= _FEW:
            return True
        return self.body is not None and self.body.css_first("time") is not None

    def headings(self, profile: Profile) -> list[int]:
        """The numbers of the text nodes that may be a heading, or part of one."""
        if (known := self._known.get(profile.language)) is None:
            hinted = [at for at, text in enumerate(self._texts) if len(text) <= _ROOM and _is_hinted(text, profile)]
            likely = hinted if len(hinted) > _LOOKS else [at for at in hinted if self._is_likely(at, profile)]
            self._known[profile.language] = known = likely
        return known

    def _is_likely(self, number: int, profile: Profile) -> bool:
        """Whether a text node is a heading, alone or with those next to it, which can be the same line."""
        if len(plain_text(self._texts[number])) > LONGEST:
            return False
        parts = [collapse(plain_text(text)) for text in self._texts[max(number - 1, 0) : number + _PARTS]]
        at = min(number, 1)
        lines = (" ".join(parts[start:end]) for end in range(at + 1, len(parts) + 1) for start in range(at, -1, -1))
        return any(_is_heading(line, profile) for line in lines)

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and what follows it, or all of the page."""
        if self.body is None or not (numbers := self.headings(profile)):
            return []
        if len(numbers) > _MANY:
            return [self.body]
        return _outermost([_around(node) for node in self._nodes(set(numbers))])

    def _nodes(self, numbers: set[int]) -> Iterator[LexborNode]:
        """The text nodes of these numbers."""
        number, last = -1, max(numbers)
        for node in self.body.traverse(include_text=True) if self.body else ():
            if node.is_text_node and (node.text_content or "").strip(_BLANK):
                number += 1
                if number in numbers:
                    yield node
                if number == last:
                    return


@lru_cache(maxsize=8192)
def _is_hinted(text: str, profile: Profile) -> bool:
    """Whether a text holds a word of a heading: the same menus and titles stand on page after page."""
    lowered = plain_text(text).lower()
    return any([hint in lowered for hint in profile.heading_hints])  # noqa: C419 - a list is faster than a generator here


@known
def _is_heading(line: str, profile: Profile) -> bool:
    return len(line) <= LONGEST and profile.heading.fullmatch(line) is not None


def _around(node: LexborNode) -> LexborNode:
    """The element that holds a heading with what follows it, and beside it what is like that."""
    around, depth, texts = node.parent or node, 1, 0  # how deep ``node`` stands in it
    while texts < _TEXTS:
        if (following := node.first_child) is not None:
            depth += 1
        else:
            following = node.next
        while following is None:
            if (above := node.parent) is None:
                return around
            node, depth = above, depth - 1
            if depth == 0:
                around, depth = above.parent or above, 1
            following = node.next
        node = following
        if node.is_text_node and (text := (node.text_content or "").strip(_BLANK)):
            texts += _TEXTS if len(text) >= _LONG else 1
    return around.parent if around.parent and around.tag != "body" else around


def ancestors(node: LexborNode | None) -> Iterator[LexborNode]:
    """``node`` and all that it stands in, the nearest first."""
    while node is not None:
        yield node
        node = node.parent


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
