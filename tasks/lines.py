"""From the fragments of a tree to the lines that the item grammar reads.

A line of print is cut where its markup says that its parts are things of their own: at an age, and where all of its parts
are elements (``<span>Headline</span> <span>Body</span>``), but not within running text (``De <em>minister</em> zegt``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby

from tasks.blocks import Line
from tasks.dateline import DASHES, read_dateline
from tasks.fold import collapse
from tasks.item import is_noise
from tasks.link import resolve
from tasks.marks import Mark
from tasks.profiles import Profile
from tasks.tree import Tree

_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "dt": 6, "legend": 6, "summary": 6}
#: The elements that a headline stands in before bare text, and the fewest words of one there.
_EMPHASIS, _HEADLINE = frozenset({"a", "b", "strong"}), 3
#: A line of more fragments is not cut: nobody sets so many things side by side.
_PIECES = 100
#: What parts the pieces of a line without saying anything.
_SEPARATORS = " ·•|"


class Reader:
    """Reads lines off one tree, in one language; the ages (``marks``) are no part of them."""

    def __init__(self, tree: Tree, profile: Profile, marks: Sequence[Mark], base: str | None) -> None:
        self.tree = tree
        self.profile = profile
        self.base = base
        self._known: dict[int, tuple[int | None, int]] = {-1: (None, 0)}
        self.skipped = {fragment for mark in marks for fragment in range(mark.start, mark.end)}
        for element, tag in enumerate(tree.tags):
            start, end = tree.starts[element], tree.ends[element]
            if tag == "figcaption" and not any(start <= mark.start < end for mark in marks):
                self.skipped.update(range(start, end))

    def lines(self, start: int, end: int) -> tuple[Line, ...]:
        """What the fragments from ``start`` to ``end`` print."""
        found = []
        for group in self._groups(start, end):
            block = self.tree.blocks[self.tree.owners[group[0]]]
            plain = len(group) == 1 or len(group) > _PIECES
            for paragraph, part in ((block, group),) if plain else self._parts(group, block):
                if text := self.text(part):
                    url, level = self._around(part)
                    found.append(Line(text, url, level, paragraph + 1))
        return tuple(found)

    def text(self, part: Sequence[int]) -> str:
        """The fragments' text; the tree has cleaned each of them."""
        text = "".join([self.tree.texts[fragment] for fragment in part]).strip(_SEPARATORS)
        return collapse(text) if "  " in text else text

    def link_in(self, element: int | None) -> str | None:
        """The first link in an element, whatever it is around."""
        if element is None:
            return None
        tree = self.tree
        behind = bisect_left(tree.starts, tree.ends[element], element + 1)
        for inner in range(element + 1, behind):
            if tree.tags[inner] == "a" and (href := tree.nodes[inner].attributes.get("href")):
                return resolve(href, self.base)
        return None

    def _groups(self, start: int, end: int) -> Iterator[list[int]]:
        """The fragments of each line, cut at ages."""
        group: list[int] = []
        lines, texts = self.tree.lines, self.tree.texts
        for fragment in range(start, end):
            skipped = fragment in self.skipped
            if group and (skipped or lines[fragment] != lines[group[0]]):
                yield group
                group = []
            if not skipped and (group or texts[fragment].strip(_SEPARATORS)):
                group.append(fragment)
        if group:
            yield group

    def _parts(self, group: list[int], element: int) -> list[tuple[int, list[int]]]:
        """A line's fragments, cut into its things; each with the number of its paragraph."""
        while True:
            grouped = groupby(group, lambda fragment, within=element: self._child(fragment, within))  # type: ignore[misc]
            runs = [(child, run) for child, run in ((child, list(run)) for child, run in grouped) if self.text(run)]
            if len(runs) != 1 or runs[0][0] == element:
                break
            element, group = runs[0]
        if len(runs) == 1:
            return [(element, group)]
        blank = set(group).difference(*(run for _, run in runs))
        if any(child == element for child, _ in runs):
            return self._running(runs, blank, element)
        return self._joined([part for child, run in runs for part in self._parts(run, child)], blank)

    def _child(self, fragment: int, element: int) -> int:
        """The child of ``element`` that holds the fragment, or ``element`` where it stands in it bare."""
        found, parents = self.tree.owners[fragment], self.tree.parents
        if found == element:
            return element
        while parents[found] != element:
            found = parents[found]
        return found

    def _running(self, runs: list[tuple[int, list[int]]], blank: set[int], element: int) -> list[tuple[int, list[int]]]:
        """Running text is one thing, but for a headline set before it, and for "read more" and the like around it.

        ``blank``: the fragments of white space between them, which part words (``De <i>hele</i> <b>dag</b>``).
        """
        runs = [(child, run) for child, run in runs if child == element or not is_noise(self.text(run), self.profile)]
        child, first = runs[0]
        rest = sorted(blank.union(*(run for _, run in runs[1:])))
        below = self.text(rest)
        if child != element and below:
            dateline = read_dateline(below, self.profile.agencies)
            if dateline and dateline.place is None:  # its place stands before it: ``<b>RIGA</b> (ANP) - De ...``
                return [(element, sorted({*first, *rest}))]
            words = len(self.text(first).split())
            if dateline or (self.tree.tags[child] in _EMPHASIS and words >= _HEADLINE and below[0].isupper()):
                return [(child, first), (element, rest)]
        return [(element, sorted(blank.union(*(run for _, run in runs))))]

    def _joined(self, parts: list[tuple[int, list[int]]], blank: set[int]) -> list[tuple[int, list[int]]]:
        """Things that go on in the next one are one: ``<b>BRUSSEL</b> <i>(ANP)</i> <span>- De ...</span>``."""
        joined: list[tuple[int, list[int]]] = []
        for paragraph, part in parts:
            first = self.text(part)[0]
            if joined and (first.islower() or first in f"(,.;:{DASHES}"):
                joined[-1][1].extend([*sorted(blank.intersection(range(joined[-1][1][-1], part[0]))), *part])
            else:
                joined.append((paragraph, list(part)))
        return joined

    def _around(self, part: Sequence[int]) -> tuple[str | None, int]:
        """The link around all of the fragments, and the level of the heading element around the first."""
        tree, owner, last = self.tree, self.tree.owners[part[0]], self.tree.owners[part[-1]]
        link, level = self._link_and_level(owner)
        if link is None or (last != owner and not tree.inside(last, link)):
            return None, level
        return resolve(tree.nodes[link].attributes.get("href") or "", self.base), level

    def _link_and_level(self, element: int) -> tuple[int | None, int]:
        """The ``<a>`` around an element, and the level of the nearest heading around it; asked once for each."""
        known, path = self._known, []
        while element not in known:
            path.append(element)
            element = self.tree.parents[element]
        link, level = known[element]
        for inner in reversed(path):
            tag = self.tree.tags[inner]
            link, level = inner if tag == "a" else link, _LEVELS.get(tag, level)
            known[inner] = link, level
        return link, level
