"""The page's own article in a tree: its first headline, and the paragraphs that stand in one element with it.

Says nothing of items; what stands in or behind a block is no part of the article.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby, islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.fold import tidy
from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.datelines import read_dateline
from meeruit.tasks.grammar.items import is_text
from meeruit.tasks.grammar.lead import MOST_PARAGRAPHS, lead_of
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.skim import ancestors, smallest_around
from meeruit.tasks.html.tree import Tree, read_tree
from meeruit.tasks.records import Lead

#: What stands in these is beside an article.
_BESIDE = frozenset("nav aside footer form figure li td button blockquote template".split())
#: The same for a page without paragraphs, which may be set in tables.
_NO_TEXT = (_BESIDE - {"td"}) | {"h1", "h2", "h3", "h4", "h5", "h6", "dt"}
#: How many elements around a headline are looked through before the whole page is.
_NEAR = 2
#: A link to a site's front page.
_FRONT_PAGE = re.compile(r"(?:(?:https?:)?//[^/?#]+)?/?(?:index\.\w+)?", re.IGNORECASE)
#: So many headings and paragraphs are looked through below a site's name.
_HEADINGS = 500
#: An element's name that can be its selector.
_NAME = re.compile("[a-z][a-z0-9-]*")


def read_article(document: LexborHTMLParser, end: LexborNode | None, profile: Profile) -> Lead | None:
    """The article before the element ``end``, the heading of the first block; None where there is none.

    A sidebar can stand before the article; then nothing ends it.
    """
    beside = _stands_in(_BESIDE)
    title = _title(document, end, beside)

    def read(scope: LexborNode) -> tuple[str | None, list[tuple[LexborNode, str]]]:
        """The headline, and the paragraphs in ``scope`` that are text."""
        found = [node for node in _paragraphs(scope, title, end) if not beside(node)][:MOST_PARAGRAPHS]
        headline, *texts = _cleaned([title, *found])
        return headline or None, [one for one in zip(found, texts, strict=True) if is_text(Line(one[1]), profile)]

    for near in islice(ancestors(title.parent if title else None), _NEAR):
        headline, paragraphs = read(near)
        if paragraphs:
            return lead_of(headline, [text for _, text in paragraphs], profile)
    headline, paragraphs = read(document.root) if document.root else (None, [])
    if not paragraphs and (above := title or _title(document, end, _stands_in(_BESIDE - {"td"}))):
        texts = _unmarked(document, above, end, profile)
        return lead_of(_cleaned([above])[0], texts, profile) if title or texts else None
    if title is None:  # without a headline only a report is an article
        reports = (at for at, (_, text) in enumerate(paragraphs) if _is_report(text, profile))
        paragraphs = paragraphs[next(reports, len(paragraphs)) :]
    if not paragraphs:
        return None
    first = paragraphs[0][0]
    around = smallest_around(title or first.parent or first, first).mem_id
    inside = _of_parent(lambda above: any(one.mem_id == around for one in ancestors(above)))
    return lead_of(headline, [text for node, text in paragraphs if inside(node)], profile)


def _title(
    document: LexborHTMLParser, end: LexborNode | None, beside: Callable[[LexborNode], bool]
) -> LexborNode | None:
    """The first headline of an article that prints something; below a site's name, the heading next before a paragraph."""

    def is_one(node: LexborNode) -> bool:
        return bool(node.text(strip=True)) and not beside(node)

    first = document.css_first("h1")
    if first is None or (is_one(first) and not _is_masthead(first)):
        return first
    if not _is_masthead(first):
        return next(filter(is_one, document.css("h1")), None)
    title = None
    for node in document.css(_selector(end, ["h1", "h2", "h3", "p"]))[:_HEADINGS]:
        if end and node.mem_id == end.mem_id:
            break
        if node.tag in ("h1", "h2", "h3", "p") and is_one(node) and not _is_masthead(node):
            if node.tag == "p" and title:
                return title
            title = node if node.tag != "p" else title
    return None


def _is_masthead(headline: LexborNode) -> bool:
    """Whether a headline is the site's name: a link to its front page."""
    inside = headline.first_child
    if inside is not None and inside.is_text_node and inside.next is None:
        return False
    link = headline.css_first("a")
    href = (link.attributes.get("href") or "").strip() if link else ""
    return bool(link and _FRONT_PAGE.fullmatch(href) and href and headline.text(strip=True) == link.text(strip=True))


def _unmarked(document: LexborHTMLParser, title: LexborNode, end: LexborNode | None, profile: Profile) -> list[str]:
    """The report below the headline of a page without paragraphs: lines of one element, or of several in a row.

    Only what opens with a dateline is one; the first text of a forum, a shop or a list of questions is none.
    """
    try:
        tree = read_tree(document.body) if document.body else Tree()
    except Unreadable:
        return []
    numbers = {node.mem_id: number for number, node in enumerate(tree.nodes)}
    if title.mem_id not in numbers:
        return []
    around, start = tree.around(numbers[title.mem_id]), tree.ends[numbers[title.mem_id]]
    stop = tree.starts[numbers[end.mem_id]] if end and end.mem_id in numbers else len(tree.texts)
    beside: list[bool] = []
    for element, (tag, parent) in enumerate(zip(tree.tags, tree.parents, strict=True)):
        beside.append(element not in around and (tag in _NO_TEXT or beside[parent]))
    texts: list[str] = []
    place: tuple[int, int] | None = None
    for _, line in groupby(range(start, stop if stop >= start else len(tree.texts)), tree.lines.__getitem__):
        fragments = list(line)
        owner, text = tree.owners[fragments[0]], tree.text(fragments[0], fragments[-1] + 1)
        if not beside[owner] and is_text(Line(text), profile):
            block = tree.blocks[owner]
            if place is None and read_dateline(text, profile.agencies) is None:
                return []
            if place and block != place[0] and (tree.tags[block] != "div" or tree.parents[block] != place[1]):
                break
            place = place or (block, tree.parents[block])
            texts.append(text)
    return texts[:MOST_PARAGRAPHS]


def _paragraphs(scope: LexborNode, title: LexborNode | None, end: LexborNode | None) -> list[LexborNode]:
    """The paragraphs in ``scope`` from the headline, if there is one, to ``end``, where that stands below it."""
    first, last = title and title.mem_id, end and end.mem_id
    found: list[LexborNode] = []
    below = title is None
    for node in scope.css(_selector(end, ["h1", "p", "br"])):  # in reading order
        tag, number = node.tag, node.mem_id
        if number == first:
            below, found = True, []
        elif number == last and below:
            around = {above.mem_id for above in ancestors(end)}
            return [paragraph for paragraph in found if paragraph.mem_id not in around]
        elif tag == "p":
            found.append(node)
        elif tag == "br":
            node.insert_before("\n")
    return found


def _selector(end: LexborNode | None, names: list[str]) -> str:
    """For the elements of these names and ``end``; each name once, or the nodes come twice."""
    if end is not None and end.tag is not None and end.tag not in names:
        names = [*names, end.tag] if _NAME.fullmatch(end.tag) else ["*"]
    return ", ".join(names)


def _stands_in(tags: frozenset[str]) -> Callable[[LexborNode], bool]:
    """Whether a node stands in one of these elements."""
    return _of_parent(lambda above: any(one.tag in tags for one in ancestors(above)))


def _of_parent(test: Callable[[LexborNode], bool]) -> Callable[[LexborNode], bool]:
    """``test`` of a node's parent, made once for all of its children."""
    known: dict[int, bool] = {}

    def of(node: LexborNode) -> bool:
        above = node.parent or node
        if above.mem_id not in known:
            known[above.mem_id] = test(above)
        return known[above.mem_id]

    return of


def _cleaned(nodes: list[LexborNode | None]) -> list[str]:
    """What the nodes print, cleaned: all at once, which is several times faster than one by one."""
    text = "\0".join([node.text() if node else "" for node in nodes])
    return [one.strip() for one in tidy(text).split("\0")][: len(nodes)]


def _is_report(text: str, profile: Profile) -> bool:
    dateline = read_dateline(text, profile.agencies)
    return dateline is not None and dateline.sure
