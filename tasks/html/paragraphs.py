"""What a page prints below its headline, in paragraphs: their texts, and where each of them stands.

Not what stands in a menu, a form, a figure; not scripts; not what is one link. Which of it is the article, ``article`` says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from meeruit.tasks.fold import tidy

#: How many paragraphs are read, and how many nodes in them.
MOST, _MOST_NODES = 2_000, 300_000
#: What stands in these is beside an article, unless its headline stands in them, too.
BESIDE = frozenset("nav aside footer form figure figcaption li td button blockquote template dialog".split())
#: Nothing in these is read by people.
_SKIPPED = frozenset(
    "script style noscript template svg math iframe object video audio canvas select textarea head".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 dt legend summary title".split())
_INLINE = frozenset(
    "a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup time tt u "
    "var wbr img".split()
)
#: A paragraph of which so much is linked is a link; and so is a line that names one: ``Read more: ...``.
_LINKED, _MENTION = 0.8, 0.5
_STOPS = (".", "!", "?", "…", '"', "”", "»")
#: Two line breaks part paragraphs (U+0001 for ``<br>``).
_BREAKS = re.compile(r"\x01\s*\x01[\x01\s]*")


class Place(NamedTuple):
    """Where an element stands."""

    #: How many elements around the headline are smaller than the one that holds this, too.
    level: int
    beside: bool
    skipped: bool = False
    linked: bool = False
    #: The element around it, or itself, that stands on lines of its own.
    block: LexborNode | None = None


class Paragraph(NamedTuple):
    """A paragraph; ``box`` is the element that holds it and its like."""

    text: str
    box: LexborNode
    level: int


class Places:
    """Of each element of a page, where it stands to the headline; each is looked at once."""

    def __init__(self, title: LexborNode | None, beside: frozenset[str] = BESIDE) -> None:
        self._known: dict[int, Place] = {}
        self._beside = beside
        level, node = 0, title.parent if title else None
        while node is not None:
            self._known[node.mem_id] = Place(level, beside=False, block=node)
            level, node = level + 1, node.parent
        #: Of an element that holds everything.
        self.top = Place(level, beside=False)

    def of(self, element: LexborNode) -> Place:
        """Where ``element`` stands."""
        path, node, place = list[LexborNode](), element, self.top
        while node is not None:
            if known := self._known.get(node.mem_id):
                place = known
                break
            path.append(node)
            node = node.parent  # type: ignore[assignment]
        for node in reversed(path):
            tag = node.tag or ""
            place = Place(
                place.level,
                place.beside or tag in self._beside,
                place.skipped or tag in _SKIPPED,
                place.linked or tag == "a",
                place.block if tag in _INLINE and place.block else node,
            )
            self._known[node.mem_id] = place
        return place


def read_paragraphs(nodes: Iterable[LexborNode], places: Places) -> list[Paragraph]:
    """The paragraphs among ``nodes`` that are no links."""
    kept = islice((node for node in nodes if node.parent and not places.of(node.parent).beside), MOST)
    found, boxes = list[tuple[str, LexborNode, int]](), dict[int, LexborNode]()
    nodes_left = [_MOST_NODES]
    for node in kept:
        if (parent := node.parent) and (text := _text(node, places, nodes_left)):
            if (number := parent.mem_id) not in boxes:
                boxes[number] = _box(parent)
            box, level = boxes[number], places.of(parent).level
            found += [(one, box, level) for one in (_BREAKS.split(text) if "\1" in text else (text,))]
    return _cleaned(found)


def _text(paragraph: LexborNode, places: Places, nodes_left: list[int]) -> str:
    """What a paragraph prints; nothing where it is a link."""
    inside = paragraph.first_child
    if inside is None or (inside.next is None and inside.is_text_node):
        return (inside.text_content or "") if inside else ""
    parts, linked = list[str](), 0
    for node in islice(paragraph.traverse(include_text=True), nodes_left[0]):
        nodes_left[0] -= 1
        if node.is_text_node and node.parent:
            place, text = places.of(node.parent), node.text_content or ""
            if not place.skipped and node.parent.tag != "button":
                parts.append(text)
                linked += len(text) if place.linked else 0
        elif node.tag == "br":
            parts.append("\1")
    text = "".join(parts)
    return "" if _is_link(text, linked) else text


def _is_link(text: str, linked: int) -> bool:
    """Whether a text is a link, by how many of its characters are in one; no sentence is, which only ends in one."""
    text = text.strip()
    return linked >= (_LINKED if text[-1:] in _STOPS else _MENTION) * len(text)


def _box(parent: LexborNode) -> LexborNode:
    """The element that holds a paragraph and its like: the one around it, or around that where it holds nothing else."""
    elements = list(islice(parent.iter(), 2))
    if len(elements) > 1 or parent.text(deep=False).strip():
        return parent
    return parent.parent or parent


def read_lines(root: LexborNode, title: LexborNode, end: LexborNode | None, places: Places) -> list[Paragraph]:
    """The lines below ``title`` on a page that marks up no paragraphs: parted by ``<br>``, or an element each."""
    lines = list[tuple[str, LexborNode]]()
    text, linked, block = list[str](), 0, root

    def close() -> None:
        nonlocal linked
        line = "".join(text).strip()
        if line and not _is_link(line, linked):
            lines.append((line, block))
        text.clear()
        linked = 0

    for node in _below(root, title, end):
        if not node.is_text_node:
            if node.tag not in _INLINE and node.tag not in _SKIPPED and not node.is_comment_node:
                close()
            continue
        place, printed = places.of(node.parent or root), node.text_content or ""
        around = place.block or root
        if place.beside or place.skipped or around.tag in _HEADINGS:
            continue
        if around.mem_id != block.mem_id and printed.strip():
            close()
            block = around
        if around.mem_id == block.mem_id:
            text.append(printed)
            linked += len(printed) if place.linked else 0
        if len(lines) == MOST:
            break
    close()
    count = Counter(block.mem_id for _, block in lines)
    boxes = ((line, block if count[block.mem_id] > 1 else block.parent or block) for line, block in lines)
    return _cleaned((line, box, places.of(box).level) for line, box in boxes)


def _below(root: LexborNode, title: LexborNode, end: LexborNode | None) -> Iterator[LexborNode]:
    """All nodes behind the beginning of ``title``, up to ``end``, in reading order."""
    first, last, below = title.mem_id, end.mem_id if end else None, False
    for node in root.traverse(include_text=True):
        number = node.mem_id
        if below and number == last:
            return
        if below:
            yield node
        below = below or number == first


def _cleaned(found: Iterable[tuple[str, LexborNode, int]]) -> list[Paragraph]:
    """Clean the texts; without the empty ones."""
    known = [(tidy(text.replace("\1", "\n")).strip(), box, level) for text, box, level in found]
    return [Paragraph(*one) for one in known if one[0]]
