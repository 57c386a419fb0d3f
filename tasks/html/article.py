"""The page's own article in a tree: its headline and its paragraphs.

    headline | paragraphs below it | the box that holds the article's | deck above it

The paragraphs of an article stand in one box; a deck, a notice, a byline stand alone, and mostly nearer to the headline.
Says nothing of items; what stands in or behind a block is no part of the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from meeruit.tasks.grammar.items import ends_sentence
from meeruit.tasks.grammar.lead import lead_of
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.boxes import LONG, MANY, boxes_of, goes_on, main_box
from meeruit.tasks.html.headline import LEVELS, Title, find_title, first_title
from meeruit.tasks.html.paragraphs import BESIDE, Paragraph, Places, read_lines, read_paragraphs
from meeruit.tasks.html.skim import ancestors
from meeruit.tasks.html.stated import Stated, stated_headline
from meeruit.tasks.records import Lead

#: An element's name that can be its selector.
_NAME = re.compile("[a-z][a-z0-9-]*")
_USUAL = frozenset({*LEVELS, "p"})
#: A paragraph so long can open an article.
_OPENING = 120
#: A ``<header>`` so many elements around the headline is the article's; and how many are looked through at first.
_HEADER, _NEAREST = 5, 3


class _Article(NamedTuple):
    deck: list[str]
    body: list[str]
    report: bool
    #: How far from the headline its box stands.
    level: int = 0

    @property
    def sure(self) -> bool:
        return self.report or self.weight >= 2 * LONG

    @property
    def weight(self) -> int:
        return sum(map(len, self.body))


_NOTHING = _Article([], [], report=False)


def read_article(
    document: LexborHTMLParser, stated: Stated, end: LexborNode | None, profile: Profile, *, listing: bool = False
) -> Lead | None:
    """The article before the element ``end``, the heading of the first block; None where there is none.

    A sidebar can stand before the article; then nothing ends it. On a ``listing`` it needs a headline in print and a text
    of some length: a form to log in, a teaser below the site's name are none.
    """
    names = _names(end)
    title = first_title(next(iter(document.tags("h1")), None), stated)
    if title and title.node and (article := _near(title.node, names, end, profile)):
        return _lead(title, article, profile)
    nodes = document.css(_selector(names))  # in reading order
    title = title or find_title(nodes, stated, end)
    if title is None and (text := stated_headline(document)):
        title = Title(text, None)
    node = title.node if title else None
    article = _article(read_paragraphs(_below(nodes, node, end), Places(node)), node, title is None, profile)
    if node and document.root and not article.sure:
        # Text without paragraphs may be set in tables.
        other = _article(read_lines(document.root, node, end, Places(node, BESIDE - {"td"})), node, False, profile)
        more = len(other.body) >= MANY and other.weight >= max(LONG, 2 * article.weight)
        if (other.report or more) and (not article.body or other.level <= article.level):
            article = other
    full = article.report or len(article.body) >= MANY
    if (node is None and not (article.body if title is None else full)) or (listing and not (node and full)):
        return None
    return _lead(title, article, profile)


def _near(title: LexborNode, names: frozenset[str], end: LexborNode | None, profile: Profile) -> _Article | None:
    """The article, where it surely stands near its headline: most of the page need not be looked at."""
    places = Places(title)
    for level, scope in enumerate(islice(ancestors(title.parent), _NEAREST + 1)):
        if level not in (1, _NEAREST):
            continue
        nodes = (node for node in scope.traverse() if node.tag in names)
        article = _article(read_paragraphs(_below(nodes, title, end), places), title, False, profile)
        if article.sure and article.level < level:
            return article
    return None


def _lead(title: Title | None, article: _Article, profile: Profile) -> Lead | None:
    texts = [*article.deck, *article.body]
    return lead_of(title.text if title else None, texts, profile, deck=len(article.deck))


def _article(paragraphs: Sequence[Paragraph], title: LexborNode | None, untitled: bool, profile: Profile) -> _Article:
    """The article among the paragraphs below a headline; ``untitled``: without one only a report is an article."""
    boxes = boxes_of(paragraphs, profile)
    if untitled:
        boxes = [box for box in boxes if box.report is not None][:1]
        texts = [text for box in boxes for text in box.texts[box.report or 0 :]]
        return _Article([], texts, report=True) if texts else _NOTHING
    header = _header_level(title)
    above = [box for box in boxes if box.level <= header]
    found = main_box([box for box in boxes if box.level > header], above[:1]) or (above[0] if above else None)
    if found is None:
        return _NOTHING
    at = boxes.index(found)
    deck = [text for box in boxes[:at] if box.level <= found.level for text in box.texts[:1]][:1]
    body = [text for box in [found, *(box for box in boxes[at + 1 :] if goes_on(found, box))] for text in box.texts]
    if found.report is not None:
        return _Article([*deck, *body[: found.report]], body[found.report :], report=True, level=found.level)
    body = _from_sentence(body)
    if deck and not above and ends_sentence(deck[0]) and len(deck[0]) >= _OPENING:
        return _Article([], [*deck, *body], report=False, level=found.level)
    return _Article(deck, body, report=False, level=found.level)


def _from_sentence(texts: list[str]) -> list[str]:
    """The paragraphs from the first that ends a sentence, or is long; above it stand captions and labels."""
    first = next((at for at, text in enumerate(texts) if ends_sentence(text) or len(text) >= _OPENING), 0)
    return texts[first:]


def _header_level(title: LexborNode | None) -> int:
    """How far from the headline the ``<header>`` around it is; -1 where there is none."""
    around = islice(ancestors(title.parent if title else None), _HEADER)
    return next((level for level, node in enumerate(around) if node.tag == "header"), -1)


def _below(nodes: Iterable[LexborNode], title: LexborNode | None, end: LexborNode | None) -> list[LexborNode]:
    """The paragraphs from the headline, if there is one, to ``end``, where that stands below it."""
    first, last = title and title.mem_id, end and end.mem_id
    found: list[LexborNode] = []
    below = title is None
    for node in nodes:
        number = node.mem_id
        if number == first:
            below = True
        elif number == last and below:
            around = {above.mem_id for above in ancestors(end)}
            return [paragraph for paragraph in found if paragraph.mem_id not in around]
        elif below and node.tag == "p":
            found.append(node)
    return found


def _names(end: LexborNode | None) -> frozenset[str]:
    """The names of headings, paragraphs and ``end``."""
    return _USUAL if end is None or end.tag is None else _USUAL | {end.tag}


def _selector(names: frozenset[str]) -> str:
    """For elements of these names; each once, or the nodes come twice."""
    return ", ".join(names) if all(map(_NAME.fullmatch, names)) else "*"
