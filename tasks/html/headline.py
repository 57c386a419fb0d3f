"""Which of a page's headings is the headline of its article.

The one that says what the page states as its title; else the first ``<h1>``; below the site's name, or without an ``<h1>``,
the heading next before a paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from meeruit.tasks.fold import clean
from meeruit.tasks.html.stated import Stated

LEVELS = ("h1", "h2", "h3")
#: So many headings are looked through.
_MOST = 500
#: A part of a longer title has so many words; fewer are found by chance.
_WORDS = 3
#: A link to a site's front page.
_FRONT_PAGE = re.compile(r"(?:(?:https?:)?//[^/?#]+)?/?(?:index\.\w+)?", re.IGNORECASE)
#: What stands in these has no headline of the article.
_BESIDE = frozenset("nav aside footer figure button blockquote template dialog".split())
#: What stands in these is an entry of a list, and mostly no headline of the page.
_ENTRIES = frozenset({"li", "td", "a"})
#: Where two elements meet without a space between two words.
_SEAM = re.compile(r"(?<=[a-zà-öø-ÿ.!?:])\0+(?=[A-ZÀ-ÖØ-Þ\"'“‘„»])")


class Title(NamedTuple):
    """A headline, and the element that prints it; without one, the page only states it."""

    text: str
    node: LexborNode | None


def first_title(first: LexborNode | None, stated: Stated) -> Title | None:
    """The headline, where the ``first`` ``<h1>`` of the page is surely that: this saves a look at all headings."""
    if first is None or _stands_beside(first) or _is_masthead(first) or not (text := heading_text(first)):
        return None
    title, wanted = Title(text, first), _wanted(stated)
    if _is_entry(title) or (wanted and not _as_stated([title], wanted)):
        return None
    return _without_kicker(title, stated)


def find_title(nodes: Sequence[LexborNode], stated: Stated, end: LexborNode | None) -> Title | None:
    """The headline, of ``nodes``: headings, paragraphs and ``end``, in reading order."""

    def printed(*tags: str) -> list[Title]:
        found = [node for node in nodes if node.tag in tags][:_MOST]
        return [Title(text, node) for node in found if not _stands_beside(node) and (text := heading_text(node))]

    first = [title for title in printed("h1") if title.node and not _is_masthead(title.node)]
    wanted = _wanted(stated)
    found = _as_stated(first, wanted)
    if wanted and (found is None or _is_entry(found)):
        found = _as_stated(printed("h2", "h3"), wanted) or found
    if first and (found is None or (_is_entry(found) and not all(map(_is_entry, first)))):
        found = min(first, key=_is_entry)
    if found:
        return _without_kicker(found, stated)
    if stated.title and stated.kind != "website" and not any(node.tag == "h1" for node in nodes):
        return Title(stated.title, None)
    return _above_paragraph(nodes, {title.node.mem_id: title for title in printed(*LEVELS) if title.node}, end)


def _wanted(stated: Stated) -> list[str]:
    return [text for text in (stated.title, stated.window_title) if text and len(text.split()) >= _WORDS]


def heading_text(node: LexborNode) -> str:
    """What a heading prints, cleaned; a kicker in an element of its own is not glued to what follows."""
    inside = node.first_child
    if inside is None:
        return ""
    if inside.next is None and inside.is_text_node:
        return clean(inside.text_content or "")
    return clean(_SEAM.sub(" ", "\0".join(_texts(node))))


def _texts(node: LexborNode) -> Iterator[str]:
    for inner in node.traverse(include_text=True):
        if inner.is_text_node and inner.parent and inner.parent.tag not in ("script", "style", "noscript", "template"):
            yield inner.text_content or ""
        elif inner.tag == "br":
            yield " "


def _as_stated(printed: Sequence[Title], wanted: Sequence[str]) -> Title | None:
    """The heading that says one of the titles that the page states."""
    texts = [text.casefold() for text in wanted]
    found = [title for title in printed if any(_says(title.text.casefold(), text) for text in texts)]
    return min(found, key=_is_entry, default=None)


def _without_kicker(title: Title, stated: Stated) -> Title:
    """The headline without what stands before it in the same heading, in an element of its own.

    Not where the page states that as a part of its title.
    """
    inside = [*title.node.iter(include_text=True)] if title.node else []
    said = stated.title or stated.window_title
    if not said or all(node.is_text_node for node in inside):
        return title
    if stated.title and title.text.endswith(stated.title) and len(stated.title.split()) >= _WORDS:
        return title._replace(text=stated.title)
    parts = [(node.is_text_node, text) for node in inside if (text := clean(node.text()))]
    kicker, rest = parts[0][1] if parts else "", " ".join(text for _, text in parts[1:])
    if any(bare for bare, _ in parts) or not len(kicker.split()) < _WORDS <= len(rest.split()):
        return title
    return title._replace(text=rest) if kicker.casefold() not in said.casefold() else title


def _says(text: str, stated: str) -> bool:
    """Whether a heading is the stated title, or one of the two is most of the other."""
    if text == stated:
        return True
    part, whole = (text, stated) if len(text) < len(stated) else (stated, text)
    return (
        len(part.split()) >= _WORDS and 2 * len(part) > len(whole) and (whole.startswith(part) or whole.endswith(part))
    )


def _is_entry(title: Title) -> bool:
    """Whether a headline is an entry of a list, or of a table, or leads to another page."""
    node = title.node.parent if title.node else None
    inside = title.node.first_child if title.node else None
    if inside and (inside.next or not inside.is_text_node) and title.node and title.node.css_first("a[href]"):
        return True
    for _ in range(3):
        if node is None:
            break
        if node.tag in _ENTRIES:
            return True
        node = node.parent
    return False


def _stands_beside(node: LexborNode) -> bool:
    """Whether a heading is of something beside the article."""
    above = node.parent
    while above is not None:
        if above.tag in _BESIDE:
            return True
        above = above.parent
    return False


def _is_masthead(headline: LexborNode) -> bool:
    """Whether a headline is the site's name: a link to its front page."""
    inside = headline.first_child
    if inside is not None and inside.is_text_node and inside.next is None:
        return False
    link = headline.css_first("a")
    href = (link.attributes.get("href") or "").strip() if link else ""
    return bool(link and _FRONT_PAGE.fullmatch(href) and href and headline.text(strip=True) == link.text(strip=True))


def _above_paragraph(nodes: Sequence[LexborNode], titles: dict[int, Title], end: LexborNode | None) -> Title | None:
    """The heading next before the first paragraph below a heading; None where ``end`` comes first."""
    last = end.mem_id if end else None
    found: Title | None = None
    for node in nodes[:_MOST]:
        if node.mem_id == last:
            return None
        if node.tag == "p" and found:
            return found
        if (title := titles.get(node.mem_id)) and not _is_masthead(node):
            found = title
    return None
