"""What a parsed HTML page prints, in reading order: fragments of text, their lines, the elements around them.

One walk over the tree, the same for every language. No class name and no site is known; attributes are asked for later,
where they count. Nodes stay inside: what leaves the HTML door is plain text.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

from selectolax.lexbor import LexborNode

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.fold import nfc, tidy
from meeruit.tasks.grammar.ages import SEPARATORS
from meeruit.tasks.html.page import END

#: The deepest nesting that is read; browsers stop there, too.
DEEPEST = 512
#: Put before each line and before each further fragment of one. The parser leaves no NUL, and a text prints no line feed.
_LINE, _FRAGMENT = "\n", "\0"
_NONE = -1

_BLOCK, _INLINE, _TEXT, _BREAK, _COMMENT, _SKIP = range(6)
#: Elements that stand in a line, beside others.
INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big button cite code data del dfn em font i ins kbd label mark nobr output picture q rb "
    "rp rt ruby s samp slot small span strike strong sub sup time tt u var wbr".split()
)
_KINDS: Final[dict[str | None, int]] = {
    None: _SKIP,
    "-text": _TEXT,
    "-comment": _COMMENT,
    "br": _BREAK,
    "hr": _BREAK,
    # Nothing in them is read by people where scripts run.
    **dict.fromkeys(
        "script style template noscript svg math iframe object embed video audio canvas select textarea datalist map head "
        "title meta link img input noembed noframes -doctype".split(),
        _SKIP,
    ),
    **dict.fromkeys(INLINE, _INLINE),
}
_PREFORMATTED = frozenset({"pre", "listing", "xmp", "plaintext"})
#: So many lines of such are read; each costs a hundred bytes and more.
_MOST_LINES = 1_000_000
#: Elements whose end tag may be left out: a page can end inside them and be whole (HTML 13.1.2.4).
_MAY_STAY_OPEN = frozenset(
    "p li dt dd option optgroup td th tr tbody thead tfoot rb rt rtc rp caption colgroup".split()
)


#: Heading elements, and their levels.
TITLES: Final = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}


class Anchor(NamedTuple):
    """What a record is known by: fragments, and the element that holds just them, if there is one."""

    start: int
    end: int
    element: int | None
    #: Equal for what says the same: where a link leads, or else a text.
    key: str
    #: Whether it is a title; else it is a text.
    title: bool = True
    level: int = 0
    linked: bool = True
    text: str = ""
    #: The link around a heading.
    link: int | None = None


@dataclass(slots=True)
class Tree:
    """An element of a page, mostly its body: elements and fragments in reading order; element 0 is the root."""

    # Of each element: name, parent (-1 for the body), node, first fragment, the one behind its last.
    tags: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    nodes: list[LexborNode] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    #: The element behind the last one in it.
    behind: list[int] = field(default_factory=list)
    #: The block element that an element stands in, or itself where it is one.
    blocks: list[int] = field(default_factory=list)
    #: Of each fragment: the element that holds it directly, its line.
    owners: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    #: Of each fragment: its text, white space collapsed, perhaps with a space at either end.
    texts: list[str] = field(default_factory=list)
    #: All of it: a line feed before each line, a NUL before each further fragment of a line.
    printed: str = ""
    #: For each fragment, and for the end: how many before it print more than separators.
    filled: list[int] = field(default_factory=list)
    #: Whether there are elements that may say a point in time: ``<time>``, or custom ones.
    timed: bool = False
    #: Whether the root is the page's body.
    whole: bool = True
    #: Whether the page's bytes open one ``<h1>`` at most, comments and scripts counted in.
    one_h1: bool = False
    #: The headings and links, in order; and what is known of each heading that was looked at.
    titles: list[int] = field(default_factory=list)
    headings: dict[int, Anchor] = field(default_factory=dict)
    #: The elements by their ``id``, once one was asked for.
    names: dict[str, int] = field(default_factory=dict)
    #: The elements that were open when the page ended, if it ended before its time.
    cut: frozenset[int] = frozenset()

    def text(self, start: int, end: int) -> str:
        """What the fragments from ``start`` to ``end`` print, trimmed; joined, they need not be in NFC any more."""
        if end == start + 1:
            return self.texts[start].strip()
        return nfc("".join(self.texts[start:end]).strip())

    def is_blank(self, start: int, end: int) -> bool:
        """Whether the fragments from ``start`` to ``end`` print nothing but separators."""
        return self.filled[end] <= self.filled[start]

    def named(self, name: str) -> int | None:
        """The first element with that ``id``."""
        if not self.names:
            for element in range(len(self.nodes) - 1, -1, -1):
                self.names[self.nodes[element].attributes.get("id") or ""] = element
        return self.names.get(name)

    def inside(self, element: int, ancestor: int) -> bool:
        """Whether ``element`` is ``ancestor`` or stands in it."""
        while element > ancestor:
            element = self.parents[element]
        return element == ancestor

    def link_around(self, element: int) -> int:
        """The link that ``element`` is or stands in, or 0."""
        while element > 0 and self.tags[element] != "a":
            element = self.parents[element]
        return element

    def children(self, element: int) -> Iterator[int]:
        """The elements that stand directly in ``element``."""
        child, end = element + 1, self.behind[element]
        while child < end:
            yield child
            child = self.behind[child]

    def common(self, one: int, other: int) -> int:
        """The smallest element that holds both."""
        while one != other:
            if one > other:
                one = self.parents[one]
            else:
                other = self.parents[other]
        return one

    def child_around(self, element: int, inner: int) -> int:
        """The child of ``element`` that holds ``inner``; ``element`` itself where that is ``inner``."""
        while self.parents[inner] > element:
            inner = self.parents[inner]
        return inner

    def around(self, element: int) -> frozenset[int]:
        """``element`` and all that it stands in."""
        found = set()
        while element >= 0:
            found.add(element)
            element = self.parents[element]
        return frozenset(found)

    def line_at(self, line: int) -> tuple[int, int]:
        """The fragments of a line: first, and the one behind the last."""
        return bisect_left(self.lines, line), bisect_left(self.lines, line + 1)

    def printed_at(self, line: int) -> tuple[int, int]:
        """The same but for blank fragments at either end: they can stand in other elements."""
        start, end = self.line_at(line)
        while end - start > 1 and self.is_blank(start, start + 1):
            start += 1
        while end - start > 1 and self.is_blank(end - 1, end):
            end -= 1
        return start, end


def read_tree(root: LexborNode, page: bytes | None = None) -> Tree:
    """What ``root`` prints. Raises ``Unreadable`` where it is nested too deep.

    ``page``, for the body of one that is not whole, in UTF-8: its tags tell whether it was cut.
    """
    tree = Tree(
        whole=root.tag == "body",
        tags=[root.tag or ""],
        parents=[-1],
        nodes=[root],
        starts=[0],
        ends=[0],
        behind=[0],
        blocks=[0],
    )
    parts, end = _walk(root, tree)
    tree.texts, tree.printed = parts[1::2], "".join(parts)
    tree.filled = list(accumulate([text.strip(SEPARATORS) != "" for text in tree.texts], initial=0))
    tree.titles = [element for element, tag in enumerate(tree.tags) if tag == "a" or tag in TITLES]
    tree.timed = "time" in tree.tags or "-" in "".join(set(tree.tags))
    if page is not None:
        tree.cut = _cut(tree, page, end)
    return tree


def _walk(root: LexborNode, tree: Tree) -> tuple[list[str], int | None]:
    """Number the elements and fragments.

    Returns the texts, each behind what parts it from the one before, and the element in which the page ended, if any.
    """
    tags, parents, nodes, starts, blocks = tree.tags, tree.parents, tree.nodes, tree.starts, tree.blocks
    ends, behind, owners, lines, parts = tree.ends, tree.behind, tree.owners, tree.lines, list[str]()
    line, open_ = -1, _NONE  # the block element whose last line goes on
    end: int | None = None
    unread: int | None = None
    parent, depth, node = 0, 0, root.first_child
    number, fragments = 0, 0  # of the last element; so far
    while node is not None:
        tag = node.tag
        kind = _KINDS.get(tag, _BLOCK)
        inner = None
        if kind == _TEXT:
            unread, block, text, following = None, blocks[parent], node.text_content or "", node.next
            if formatted := tags[block] in _PREFORMATTED:
                text = text.removesuffix(f"<!--{END}-->")  # text in a ``<plaintext>``, as all that follows one
                if fragments + text.count("\n") > _MOST_LINES:
                    raise Unreadable(f"HTML of more than {_MOST_LINES:,} lines in preformatted text")
            elif following is not None and following.is_comment_node:
                while (more := _behind_comments(node)) is not None:
                    node, text = more, text + (more.text_content or "")
                following = node.next
            for piece in text.split("\n") if formatted else (text,):
                if open_ == block:
                    parts.append(_FRAGMENT)
                else:
                    line += 1
                    parts.append(_LINE)
                open_ = _NONE if formatted else block
                parts.append(tidy(piece))
                owners.append(parent)
                lines.append(line)
                fragments += 1
        elif kind <= _INLINE and tag is not None:
            unread, number = None, number + 1
            tags.append(tag)
            parents.append(parent)
            nodes.append(node)
            starts.append(fragments)
            ends.append(fragments)
            behind.append(number + 1)
            if kind == _BLOCK:
                blocks.append(number)
                open_ = _NONE
            else:
                blocks.append(blocks[parent])
            if depth == DEEPEST:
                raise Unreadable(f"HTML nested more than {DEEPEST} deep")
            if (inner := node.first_child) is not None:
                parent, depth = number, depth + 1
        elif kind == _BREAK:
            unread, open_ = None, _NONE
        else:
            unread = parent
            if kind == _COMMENT and node.comment_content == END:
                end = parent
        if kind != _TEXT:
            following = inner or node.next
        while following is None and parent:
            ends[parent], behind[parent] = fragments, number + 1
            following, parent, depth = nodes[parent].next, parents[parent], depth - 1
        node = following
    ends[0], behind[0] = fragments, number + 1
    # A comment or a script that is not closed swallows the rest of the page.
    return parts, unread if end is None else end


def _behind_comments(text: LexborNode) -> LexborNode | None:
    """The text that only comments part from ``text``: ``23<!-- --> minuten geleden`` prints as one."""
    node = text.next
    if node is None or not node.is_comment_node:
        return None
    while node is not None and node.is_comment_node:
        node = node.next
    return node if node is not None and node.is_text_node else None


def _cut(tree: Tree, page: bytes, end: int | None) -> frozenset[int]:
    """The elements that were open where the page ended.

    None where the page is whole after all: it ended in elements whose end tags may be left out, and does leave them out.
    """
    if end is None:
        return tree.around(len(tree.tags) - 1)
    open_ = tree.around(end)
    names = {tree.tags[element] for element in open_ if element}
    if names <= _MAY_STAY_OPEN:
        page = page.lower()
        signs = [f"</{name}".encode() for name in names] or [b"<body", b"<html"]
        if not any(sign in page for sign in signs):
            return frozenset()
    return open_
