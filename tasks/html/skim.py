"""A first, fast look at a parsed page: where can a list with a heading be?

To read a whole tree in detail costs more than to parse it. So what can be a heading is looked for in the text alone; only
the element around it and what follows it is read in detail. Decides nothing, and may name too much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.fold import plain_text, tidy
from meeruit.tasks.grammar.profiles import Profile

#: A longer line is no heading; nor is a longer text part of one, whatever white space is in it; what stands for such.
LONGEST = 100
_ROOM, _NO_HEADING = 2 * LONGEST, "-" * 2 * LONGEST
#: With more likely headings it is quicker to read all of the page.
_MANY = 40
#: After so many texts that hold such a word any other is taken for likely.
_LOOKS = 1_000
#: So many texts without such a word are kept in mind: they stand on page after page.
_KEPT = 4096
#: Without a heading a page of fewer ages holds no list that counts.
_FEW = 3
#: A longer text, or so many texts, can be what a heading heads.
_LONG, _TEXTS = 30, 4
#: A heading is set in no more parts.
_PARTS = 4
_BLANK = " \t\n\r\f\v"
#: So many levels of a page are passed over as a whole where they hold no heading.
_LEVELS = 2


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body
        #: Language -> its likely headings.
        self._known: dict[str, list[int]] = {}

    @cached_property
    def _text(self) -> str:
        """All text nodes but the blank ones, parted by NULs; the parser leaves no other NUL."""
        return self.body.text(separator="\0", skip_empty=True) if self.body else ""

    @cached_property
    def _texts(self) -> list[str]:
        return self._text.split("\0")

    def hints(self, profile: Profile) -> bool:
        """Whether the page may hold a list in that language."""
        return bool(self.headings(profile)) or self.has_ages(profile)

    def has_ages(self, profile: Profile) -> bool:
        """Whether there may be some ages in that language, or times."""
        hints = profile.ages.hints
        text = plain_text(self._text)
        # In bytes words are found several times faster; only A to Z are lowered there.
        if all(map(str.isascii, hints)):
            lowered = text.encode("utf-8", "surrogatepass").lower()
        else:
            lowered = text.lower().encode("utf-8", "surrogatepass")
        if sum([lowered.count(hint.encode()) for hint in hints]) >= _FEW:
            return True
        return self.body is not None and self.body.css_first("time") is not None

    def headings(self, profile: Profile) -> list[int]:
        """The numbers of the text nodes that may be a heading, or part of one."""
        if (known := self._known.get(profile.language)) is None:
            self._known[profile.language] = known = self._find(profile)
        return known

    def _find(self, profile: Profile) -> list[int]:
        texts, hints, unlike = self._texts, profile.heading_hints, _unlike(profile)
        fresh = [number for number, text in enumerate(texts) if text not in unlike and len(text) <= _ROOM]
        hinted: list[int] = []
        lowered = plain_text("\0".join([texts[number] for number in fresh])).lower().split("\0")
        for number, text in zip(fresh, lowered, strict=False):  # of nothing there is one empty text
            if True in [hint in text for hint in hints]:
                hinted.append(number)
            else:
                unlike.add(texts[number])
        if len(unlike) > _KEPT:
            unlike.clear()
        return [number for at, number in enumerate(hinted) if at >= _LOOKS or self._is_likely(number, profile)]

    def _is_likely(self, number: int, profile: Profile) -> bool:
        """Whether a text node is a heading, alone or with those next to it, which can be the same line."""
        first = max(number - 1, 0)
        texts = [text if len(text) <= _ROOM else _NO_HEADING for text in self._texts[first : number + _PARTS]]
        return _are_likely(tuple(texts), number - first, profile)

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and what follows it, or all of the page."""
        if self.body is None or not (numbers := self.headings(profile)):
            return []
        if len(numbers) > _MANY:
            return [self.body]
        return _outermost([_around(node) for node in _nodes(self.body, numbers)])


def _nodes(root: LexborNode, numbers: Sequence[int], first: int = 0, depth: int = _LEVELS) -> Iterator[LexborNode]:
    """The text nodes of these numbers in an element whose first one has the number ``first``.

    Near the root what does not hold them is passed over as a whole.
    """
    last = numbers[-1]
    for node in root.iter(include_text=True) if depth else root.traverse(include_text=True):
        if node.is_text_node:
            if not (node.text_content or "").strip(_BLANK):
                continue
            if first in numbers:
                yield node
            first += 1
        elif depth:
            text = node.text(separator="\0", skip_empty=True)
            behind = first + (text.count("\0") + 1 if text else 0)
            if inside := [number for number in numbers if first <= number < behind]:
                yield from _nodes(node, inside, first, depth - 1)
            first = behind
        if first > last:
            return


@lru_cache(maxsize=64)
def _unlike(profile: Profile) -> set[str]:
    """Texts that hold no word of a heading."""
    return set()


@lru_cache(maxsize=1024)
def _are_likely(texts: tuple[str, ...], at: int, profile: Profile) -> bool:
    """Whether the text of that number is a heading, alone or with those next to it."""
    parts = [tidy(text) for text in texts]
    lines = (" ".join(parts[start:end]) for end in range(at + 1, len(parts) + 1) for start in range(at, -1, -1))
    return any(len(line) <= LONGEST and profile.heading.fullmatch(line) is not None for line in lines)


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
