"""The page's own article in a tree: its first headline, and the paragraphs that stand in one element with it.

Says nothing of items; what stands in or behind a block is no part of the article.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.blocks import Line
from tasks.dateline import read_dateline
from tasks.fold import collapse, drop_invisible, is_plain
from tasks.item import is_text
from tasks.lead import MOST_PARAGRAPHS, lead_of
from tasks.profiles import Profile
from tasks.records import Lead
from tasks.skim import ancestors, smallest_around

#: What stands in these is beside an article.
_BESIDE = frozenset("nav aside footer form figure li td button blockquote template noscript".split())
#: An element's name that can be its selector.
_NAME = re.compile("[a-z][a-z0-9-]*")


def read_article(document: LexborHTMLParser, end: LexborNode | None, profile: Profile) -> Lead | None:
    """The article before the element ``end``, the heading of the first block; None where there is none."""
    nodes = [(node, node.tag) for node in document.css(_selector(end))]  # in reading order
    for node, tag in nodes:
        if tag == "br":
            node.insert_before("\n")
    title, found = _before(nodes, end)
    if title is None and end is not None:  # a sidebar can stand before the article
        after, below = _before(nodes, None)
        title, found = (after, below) if after else (title, found)
    paragraphs = [one for one in zip(found, _cleaned(found), strict=True) if is_text(Line(one[1]), profile)]
    if title is None:  # without a headline only a report is an article
        reports = (at for at, (_, text) in enumerate(paragraphs) if _is_report(text, profile))
        paragraphs = paragraphs[next(reports, len(paragraphs)) :]
    headline = _cleaned([title])[0] if title else None
    if not paragraphs:
        return lead_of(headline, (), profile)
    first = paragraphs[0][0]
    around = smallest_around(title or first.parent or first, first).mem_id
    inside = _of_parent(lambda above: any(one.mem_id == around for one in ancestors(above)))
    return lead_of(headline, [text for node, text in paragraphs if inside(node)], profile)


def _selector(end: LexborNode | None) -> str:
    """For headlines, paragraphs, line breaks and ``end``; each name once, or the nodes come twice."""
    names = ["h1", "p", "br"]
    if end is not None and end.tag is not None and end.tag not in names:
        names = [*names, end.tag] if _NAME.fullmatch(end.tag) else ["*"]
    return ", ".join(names)


def _before(
    nodes: Iterable[tuple[LexborNode, str | None]], end: LexborNode | None
) -> tuple[LexborNode | None, list[LexborNode]]:
    """The first headline that prints something, and the paragraphs from there to ``end``."""
    beside = _of_parent(lambda above: any(one.tag in _BESIDE for one in ancestors(above)))
    title, paragraphs = None, list[LexborNode]()
    for node, tag in nodes:
        if end is not None and node.mem_id == end.mem_id:
            break
        if tag == "p":
            if not beside(node):
                paragraphs.append(node)
                if len(paragraphs) >= MOST_PARAGRAPHS:
                    break
        elif tag == "h1" and title is None and not beside(node) and node.text(strip=True):
            title, paragraphs = node, []
    return title, paragraphs


def _of_parent(test: Callable[[LexborNode], bool]) -> Callable[[LexborNode], bool]:
    """``test`` of a node's parent, made once for all of its children."""
    known: dict[int, bool] = {}

    def of(node: LexborNode) -> bool:
        above = node.parent or node
        if above.mem_id not in known:
            known[above.mem_id] = test(above)
        return known[above.mem_id]

    return of


def _cleaned(nodes: list[LexborNode]) -> list[str]:
    """What the nodes print, cleaned: all at once, which is several times faster than one by one."""
    text = "\0".join([node.text() for node in nodes])
    return [one.strip() for one in collapse(text if is_plain(text) else drop_invisible(text)).split("\0")][: len(nodes)]


def _is_report(text: str, profile: Profile) -> bool:
    dateline = read_dateline(text, profile.agencies)
    return dateline is not None and dateline.sure
