"""The HTML door: a page of any markup, by what its tree says and no class name.

    parse | tree (fragments, lines, elements) | marks (ages, headings) | region | cut

Ends in the same blocks and pieces as the text door; what the pieces say is read in ``item``.
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from meeruit.tasks.grammar.blocks import Findings, Found
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.text import read_plain
from meeruit.tasks.html.article import read_article
from meeruit.tasks.html.cut import cut
from meeruit.tasks.html.headed import headed_regions
from meeruit.tasks.html.lines import Reader
from meeruit.tasks.html.links import base_of
from meeruit.tasks.html.listings import find_listings
from meeruit.tasks.html.marks import find_ages, find_headings, is_glued
from meeruit.tasks.html.skim import Skim
from meeruit.tasks.html.tree import Tree, is_whole, open_shadows, parse, read_tree


class Html:
    """A page as HTML, ready to be read in one language after another."""

    def __init__(self, page: bytes, url: str | None) -> None:
        """``page``: in UTF-8."""
        self._document = parse(page)
        self._page = page
        root, head = self._document.root, self._document.head
        bases = [node.attributes for node in head.iter() if node.tag == "base"] if head else []
        lang = (root.attributes.get("lang") or "") if root else ""
        #: ``nl`` for ``<html lang="nl-NL">``, or None.
        self.language = lang.strip().partition("-")[0].lower() or None
        self._base = base_of(next((base["href"] for base in bases if "href" in base), None), url)
        self._whole = is_whole(self._document, page)
        self._skim = Skim(self._document)
        self._trees: dict[int, Tree] = {}

    def hints(self, profile: Profile) -> bool:
        """Whether the page holds a word of an age in that language, or a ``<time>``."""
        return self._skim.hints(profile)

    def read(self, profile: Profile) -> Findings:
        """The blocks: those with a heading or, where there is none, the listings."""
        body = self._skim.body
        if body is None:
            return Findings((), lambda: None)
        found, top = tuple[Found, ...](), None
        roots = self._skim.roots(profile) if self._whole else [body]
        while roots and not found:
            if (blocks := self._blocks(profile, roots)) is None:
                return read_plain(self._tree(body).printed.replace("\0", ""), profile)
            found, top = blocks
            roots = [] if self._is_body(roots[0]) else [body]
        if not any(block.headed for block in found) and open_shadows(self._document):
            self._skim, self._trees = Skim(self._document), {}
            return self.read(profile)
        return Findings(found, lambda: read_article(self._document, top, profile))

    def _blocks(self, profile: Profile, roots: list[LexborNode]) -> tuple[tuple[Found, ...], LexborNode | None] | None:
        """The blocks in the elements ``roots``, and the element of the first heading; None where markup parts no items."""
        blocks: list[Found] = []
        top = None
        for root in roots:
            tree, before = self._tree(root), len(blocks)
            marks, headings = find_ages(tree, profile), find_headings(tree, profile)
            reader = Reader(tree, profile, marks, self._base)
            for region in headed_regions(tree, headings, marks):
                if is_glued(tree, region.start, region.end, profile):
                    return None
                top = top or tree.nodes[tree.blocks[tree.owners[region.top]]]
                pieces = cut(reader, region)
                blocks.append(Found(region.section, headed=True, pieces=pieces.pieces, rests=pieces.rests))
            if headings and len(blocks) == before and not self._is_body(root):
                return (), None  # what stands behind the heading is no age of a block: that is elsewhere
            if not blocks and self._is_body(root):
                if is_glued(tree, 0, len(tree.texts), profile):
                    return None
                gone = headings and tree.cut  # the page may have ended before the first age of its block
                blocks = [Found(None, headed=True, pieces=())] if gone else list(find_listings(reader, marks))
        return tuple(blocks), top

    def _is_body(self, node: LexborNode) -> bool:
        """Whether it is the body; each look at a node makes another object of it."""
        return self._skim.body is not None and node.mem_id == self._skim.body.mem_id

    def _tree(self, root: LexborNode) -> Tree:
        if root.mem_id not in self._trees:
            cut_off = self._is_body(root) and not self._whole
            self._trees[root.mem_id] = read_tree(root, self._page if cut_off else None)
        return self._trees[root.mem_id]
