"""A page's bytes as a tree of nodes, and whether the page is whole."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, SelectolaxError

from meeruit.tasks.errors import Unreadable

#: A comment put behind the page: where the parser files it is where the page ended.
END = "meeruit: end of page"
#: Where the body ends, what prints nothing behind it, and how much can stand there.
_BODY_ENDS = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
_UNPRINTED = re.compile(
    rb"<!--.*?-->|<(script|style|noscript|iframe)\b[^>]*>.*?</\1\s*>|<[a-zA-Z/][^>]*>", re.IGNORECASE | re.DOTALL
)
_TAIL = 20_000


def parse(page: bytes) -> LexborHTMLParser:
    """The page (in UTF-8) as a tree of nodes; raises ``Unreadable`` where the parser gives up.

    As where scripts run: what stands in a ``<noscript>`` is text, so that a picture there does not end the ``<head>``.
    """
    page = page.rstrip(b"<") + f"<!--{END}-->".encode()
    try:
        return LexborHTMLParser(page, options=LexborDocumentOptions.WO_EVENTS, scripting=True)
    except SelectolaxError as exc:
        raise Unreadable("HTML that cannot be parsed") from exc


def open_shadows(document: LexborHTMLParser) -> bool:
    """Put what stands in declarative shadow roots where browsers show it (HTML 4.12.3); returns whether there were any."""
    opened = False
    while shadows := document.css("template[shadowrootmode]"):
        for template in shadows:
            for content in template.template_fragments():  # one, but none in SVG and MathML
                opened = True
                for child in list(content.iter(include_text=True)):
                    template.insert_before(child, move=True)
            template.remove()
    return opened


def is_whole(document: LexborHTMLParser, page: bytes) -> bool:
    """Whether the page ended behind its body; else it ended in some element, or inside a tag, a comment, a script.

    Behind the body there may be scripts and stray tags, which a parser puts into it again.
    """
    for node in (document.body, document.root):
        while node is not None:
            if node.is_comment_node and node.comment_content == END:
                return True
            node = node.next
    last = document.body.last_child if document.body else None
    if last is None or not last.is_comment_node or last.comment_content != END:
        return False
    tail = page[-_TAIL:]
    ends = [match.end() for match in _BODY_ENDS.finditer(tail)]
    return bool(ends) and not _UNPRINTED.sub(b"", tail[ends[0] :]).strip()
