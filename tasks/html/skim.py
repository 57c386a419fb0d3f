"""A first, fast look at a parsed page: where can a list with a heading be?

To read a whole tree in detail costs more than to parse it. So what can be a heading is looked for in the text alone; only
the element around it and what follows it is read in detail. Decides nothing, and may name too much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.fold import clean, collapse, plain_text
from meeruit.tasks.grammar.datelines import DASHES, read_new_dateline
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.ages import is_glued
from meeruit.tasks.html.tree import INLINE

#: A longer line is no heading; nor is a longer text part of one, whatever white space is in it; what stands for such.
LONGEST = 100
_ROOM, _NO_HEADING = 2 * LONGEST, "-" * 2 * LONGEST
#: With more likely headings it is quicker to read all of the page.
_MANY = 40
#: After so many texts that hold such a word any other is taken for likely.
_LOOKS = 1_000
#: So many texts without such a word are kept in mind: they stand on page after page.
_KEPT = 16_384
#: Without a heading a page of fewer ages holds no list that counts.
_FEW = 3
#: Nor one of which fewer lines open with a dateline; that is set in so many pieces, and its dash not further off.
_REPORTS, _PIECES, _DATELINE = 2, 8, 170
_DASH = re.compile(rf"[{DASHES}](?=[\s\0]|\Z)|\)[\s\0]*[{DASHES}]")
_STARTS = re.compile(r"[\0\n]")
#: What may part a line from what stands before it.
_BEFORE = " ·•|:),;…"
#: A longer text, or so many texts, can be what a heading heads.
_LONG, _TEXTS = 30, 4
#: A heading is set in no more parts.
_PARTS = 4
_BLANK = " \t\n\r\f\v"
#: The elements of a part of a page that hold no heading are passed over as a whole, so many levels deep.
_LEVELS = 1
#: Longer parts are not kept in mind.
_LONGEST_PART = 10_000
_IN_LINES = INLINE | {"-text"}
#: ``– Latest News –``, ``*** Latest News ***``
_BETWEEN_MARKS = re.compile(r"([–—*|~=-])\1*\s*([^\s\1].*?)\s*\1+")


class Skim:
    """The text nodes of a page's body, in reading order."""

    def __init__(self, document: LexborHTMLParser) -> None:
        self.body = document.body
        #: Language -> its likely headings: the elements that hold some, and the numbers of these among their texts.
        self._known: dict[str, list[tuple[LexborNode, Sequence[int]]]] = {}

    @cached_property
    def _parts(self) -> list[tuple[LexborNode, str]]:
        """The elements of the body, or itself where a line can run through several of them; and the texts of each.

        Blank ones are left out. They are parted by NULs; the parser leaves no other NUL.
        """
        if self.body is None:
            return []
        inside = [node for node in self.body.iter(include_text=True) if not node.is_empty_text_node]
        if any([node.tag in _IN_LINES for node in inside]):  # noqa: C419 - a list is faster
            inside = [self.body]
        return [(node, node.text(separator="\0", skip_empty=True)) for node in inside]

    @cached_property
    def _text(self) -> str:
        return plain_text("\0".join([text for _, text in self._parts]))

    @cached_property
    def _openings(self) -> list[str]:
        """How the lines begin that can open with a dateline, which ends in a dash; of very many only the first."""
        text, starts = self._text, dict[int, None]()
        for dash in _DASH.finditer(text):
            first, behind = max(dash.start() - _DATELINE, 0), dash.start()
            near = [0] if first == 0 else []
            near += [first + match.end() for match in _STARTS.finditer(text[first:behind])]
            starts.update(dict.fromkeys(near[-_PIECES:]))
            if len(starts) > _LOOKS:
                break
        return [collapse(text[start : start + 2 * _DATELINE].replace("\0", " ")).lstrip(_BEFORE) for start in starts]

    def hints(self, profile: Profile) -> bool:
        """Whether the page may hold a list in that language."""
        return bool(self._headings(profile)) or self.hints_at_reports(profile)

    def hints_at_reports(self, profile: Profile) -> bool:
        """Whether there may be a list without a heading: ages, and reports with a dateline or text glued to the ages."""
        return self._has_ages(profile) and (self._has_datelines(profile) or self._has_glued(profile))

    def _has_datelines(self, profile: Profile) -> bool:
        datelines = (read_new_dateline(one, profile.agencies) for one in self._openings if one)
        return len(self._openings) > _LOOKS or len(list(islice(filter(None, datelines), _REPORTS))) == _REPORTS

    def _has_glued(self, profile: Profile) -> bool:
        return is_glued(self._lines, profile.ages)

    @cached_property
    def _lines(self) -> list[str]:
        return list(map(str.lstrip, self._text.replace("\n", "\0").split("\0")))

    @cached_property
    def _bytes(self) -> bytes:
        """The text in bytes, in which words are found several times faster; only A to Z are lowered."""
        return self._text.encode("utf-8", "surrogatepass").lower()

    @cached_property
    def _lowered(self) -> bytes:
        """The same with all letters lowered."""
        return self._text.lower().encode("utf-8", "surrogatepass")

    def _has_ages(self, profile: Profile) -> bool:
        """Whether there may be some ages in that language, or times."""
        found = 0
        for hint in profile.ages.hints:
            found += (self._bytes if hint.isascii() else self._lowered).count(hint.encode())
            if found >= _FEW:
                return True
        return self.body is not None and self.body.css_first("time") is not None

    def roots(self, profile: Profile) -> list[LexborNode]:
        """The elements to read in detail: around each likely heading and what follows it, or all of the page."""
        found = self._headings(profile)
        if self.body is not None and sum([len(numbers) for _, numbers in found]) > _MANY:
            return [self.body]
        return _outermost([_around(node) for part, numbers in found for node in _nodes(part, numbers)])

    def _headings(self, profile: Profile) -> list[tuple[LexborNode, Sequence[int]]]:
        if (found := self._known.get(profile.language)) is None:
            likely = [
                (part, (_known_headings if len(text) <= _LONGEST_PART else _find_headings)(text, profile))
                for part, text in self._parts
            ]
            self._known[profile.language] = found = [one for one in likely if one[1]]
        return found


def _find_headings(text: str, profile: Profile) -> tuple[int, ...]:
    """The numbers of the texts, parted by NULs, that may be a heading, or part of one."""
    texts = text.split("\0")
    found = enumerate(hinted(texts, profile))
    return tuple([number for at, number in found if at >= _LOOKS or _is_likely(texts, number, profile)])


#: Menus, teasers and footers stand on page after page.
_known_headings = lru_cache(maxsize=256)(_find_headings)


def hinted(texts: Sequence[str], profile: Profile) -> list[int]:
    """The numbers of the texts that hold a word of which every heading holds one, and are no longer than one."""
    found, unlike = list[int](), _unlike(profile)
    fresh = [number for number, text in enumerate(texts) if text not in unlike and len(text) <= _ROOM]
    lowered = plain_text("\0".join([texts[number] for number in fresh])).lower()
    hints = [hint for hint in profile.heading_hints if hint in lowered]
    for number, text in zip(fresh, lowered.split("\0"), strict=False):  # of nothing there is one empty text
        if True in [hint in text for hint in hints]:
            found.append(number)
        else:
            unlike.add(texts[number])
    if len(unlike) > _KEPT:
        unlike.clear()
    return found


def _is_likely(texts: Sequence[str], number: int, profile: Profile) -> bool:
    """Whether a text is a heading, alone or with those next to it, which can be the same line."""
    first = max(number - 1, 0)
    beside = [text if len(text) <= _ROOM else _NO_HEADING for text in texts[first : number + _PARTS]]
    return _are_likely(tuple(beside), number - first, profile)


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
    parts = list(map(clean, texts[:at]))
    for text in texts[at:]:
        parts.append(clean(text))
        if len(" ".join(parts[at:])) > LONGEST:
            return False
        lines = (" ".join(parts[start:]) for start in range(at, -1, -1))
        if any(len(line) <= LONGEST and profile.heading.fullmatch(without_marks(line)) is not None for line in lines):
            return True
    return False


def without_marks(line: str) -> str:
    """A line without the dashes, stars or bars that it is set between."""
    match = _BETWEEN_MARKS.fullmatch(line)
    return match[2] if match else line


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
    if len(nodes) == 1:
        return nodes
    numbers = {node.mem_id for node in nodes}
    kept: dict[int, LexborNode] = {}
    for node in nodes:
        above = ancestors(node)
        next(above)
        if not any(one.mem_id in numbers for one in above):
            kept[node.mem_id] = node
    return list(kept.values())
