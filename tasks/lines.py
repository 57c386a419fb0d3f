"""From the fragments of a tree to the lines that the item grammar reads.

A line of print is cut where its markup says that its parts are things of their own: at an age, and where all of its parts
are elements (``<span>Headline</span> <span>Body</span>``), but not within running text (``De <em>minister</em> zegt``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tasks.blocks import Line
from tasks.dateline import DASHES, read_dateline
from tasks.item import is_noise
from tasks.link import resolve
from tasks.marks import Mark
from tasks.profiles import Profile
from tasks.tree import Tree

_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "dt": 6, "legend": 6, "summary": 6}
#: The elements that a headline stands in before bare text, and the fewest words of one there.
_EMPHASIS, _HEADLINE = frozenset({"a", "b", "strong"}), 3
#: What parts the pieces of a line without saying anything.
_SEPARATORS = " ·•|"


class Reader:
    """Reads lines off one tree, in one language; the ages (``marks``) are no part of them."""

    def __init__(self, tree: Tree, profile: Profile, marks: Sequence[Mark], base: str | None) -> None:
        self.tree = tree
        self.profile = profile
        self.base = base
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
            for paragraph, part in self._parts(group, block) if len(group) > 1 else ((block, group),):
                if text := self.text(part):
                    url, level = self._around(part)
                    found.append(Line(text, url, level, paragraph + 1))
        return tuple(found)

    def text(self, part: Sequence[int]) -> str:
        """The fragments' text; the tree has cleaned each of them."""
        text = "".join([self.tree.texts[fragment] for fragment in part]).strip(_SEPARATORS)
        return text.replace("  ", " ") if "  " in text else text

    def whole(self, element: int) -> str:
        """All that an element prints, on one line."""
        start, end = self.tree.starts[element], self.tree.ends[element]
        if end == start + 1:
            return self.tree.texts[start].strip()
        lines = groupby(range(start, end), lambda fragment: self.tree.lines[fragment])
        return " ".join(filter(None, (self.text(list(line)) for _, line in lines)))

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
        runs = [(child, list(run)) for child, run in groupby(group, lambda fragment: self._child(fragment, element))]
        runs = [(child, run) for child, run in runs if self.text(run)]
        if len(runs) == 1:
            child, run = runs[0]
            return [(element, run)] if child == element else self._parts(run, child)
        if any(child == element for child, _ in runs):
            return self._running(runs, element)
        return self._joined([part for child, run in runs for part in self._parts(run, child)])

    def _child(self, fragment: int, element: int) -> int:
        """The child of ``element`` that holds the fragment, or ``element`` where it stands in it bare."""
        found, parents = self.tree.owners[fragment], self.tree.parents
        if found == element:
            return element
        while parents[found] != element:
            found = parents[found]
        return found

    def _running(self, runs: list[tuple[int, list[int]]], element: int) -> list[tuple[int, list[int]]]:
        """Running text is one thing, but for a headline set before it, and for "read more" and the like around it."""
        runs = [(child, run) for child, run in runs if child == element or not is_noise(self.text(run), self.profile)]
        child, first = runs[0]
        rest = [fragment for _, run in runs[1:] for fragment in run]
        below = self.text(rest)
        if child != element and below:
            dateline = read_dateline(below, self.profile.agencies)
            words = len(self.text(first).split())
            if dateline or (self.tree.tags[child] in _EMPHASIS and words >= _HEADLINE and below[0].isupper()):
                return [(child, first), (element, rest)]
        return [(element, [fragment for _, run in runs for fragment in run])]

    def _joined(self, parts: list[tuple[int, list[int]]]) -> list[tuple[int, list[int]]]:
        """Things that go on in the next one are one: ``<b>BRUSSEL</b> <i>(ANP)</i> <span>- De ...</span>``."""
        joined: list[tuple[int, list[int]]] = []
        for paragraph, part in parts:
            first = self.text(part)[0]
            if joined and (first.islower() or first in f"(,.;:{DASHES}"):
                joined[-1][1].extend(part)
            else:
                joined.append((paragraph, list(part)))
        return joined

    def _around(self, part: Sequence[int]) -> tuple[str | None, int]:
        """The link around all of the fragments, and the level of the heading element around the first."""
        tree, url, level = self.tree, None, 0
        element, last = tree.owners[part[0]], tree.owners[part[-1]]
        while element > 0:
            tag = tree.tags[element]
            level = level or _LEVELS.get(tag, 0)
            if tag == "a" and url is None and tree.inside(last, element):
                url = resolve(tree.nodes[element].attributes.get("href") or "", self.base)
            element = tree.parents[element]
        return url, level
