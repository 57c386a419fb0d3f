"""From the fragments of a tree to the lines that the item grammar reads.

A line of print is cut where its markup says that its parts are things of their own: at an age, and where all of its parts
are elements (``<span>Headline</span> <span>Body</span>``), but not within running text (``De <em>minister</em> zegt``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from itertools import groupby

from meeruit.tasks.fold import collapse, nfc
from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.datelines import DASHES, Dateline, read_dateline
from meeruit.tasks.grammar.items import ends_sentence, is_count, is_noise
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.ages import Mark, find_ages
from meeruit.tasks.html.links import written
from meeruit.tasks.html.tree import TITLES, Tree

_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "dt": 6, "legend": 6, "summary": 6}
#: The elements that a headline stands in before bare text, and the fewest words of one there; that "read more" stands in.
_EMPHASIS, _HEADLINE = frozenset({"a", "b", "strong"}), 3
_BUTTONS = frozenset({"a", "button"})
#: What a text that goes on can begin with.
_GOES_ON = f"(),.;:!?{DASHES}"
#: What parts a text from the age before it, and from the age behind it.
_BEHIND = re.compile(rf"\A(?:[\s·•|):;,…]|\.(?:\.+|\s*\Z)|[{DASHES}]+(?=\s|\Z))+")
_BEFORE = f" ·•|({DASHES}"
#: A line of more fragments is not cut: nobody sets so many things side by side.
_PIECES = 100
#: What parts the pieces of a line without saying anything.
_SEPARATORS = " ·•|"


#: The fragment behind some that are read together, whether no more of their line could be, and what they say.
_Run = tuple[int, bool, Sequence[Line]]
_UNREAD: _Run = (0, False, ())


class Reader:
    """Reads lines and ages off one tree, in one language; the ages are no part of the lines."""

    def __init__(self, tree: Tree, profile: Profile) -> None:
        self.tree = tree
        self.profile = profile
        self.marks = marks = find_ages(tree, profile)
        self._mark_starts = [mark.start for mark in marks]
        #: By its first fragment, of what was asked for: what was read together.
        self._known: dict[int, _Run] = {}
        self.skipped = {fragment for mark in marks for fragment in range(mark.start, mark.end)}
        for element in _captions(tree) if "figcaption" in tree.tags else ():
            start, end = tree.starts[element], tree.ends[element]
            if not any(start <= mark.start < end for mark in marks):
                self.skipped.update(range(start, end))

    def marks_in(self, start: int, end: int) -> Sequence[Mark]:
        """The ages between two fragments."""
        starts = self._mark_starts
        found = self.marks[bisect_left(starts, start) : bisect_right(starts, end)]
        while found and found[-1].end > end:
            found = found[:-1]
        return found

    def lines(self, start: int, end: int) -> tuple[Line, ...]:
        """What the fragments from ``start`` to ``end`` print."""
        found: list[Line] = []
        known = self._known
        while start < end:
            stop, whole, lines = known.get(start, _UNREAD)
            if not (start < stop <= end and (whole or stop == end)):
                stop, whole, lines = known[start] = self._run(start, end)
            found += lines
            start = stop
        return tuple(found)

    def _run(self, start: int, end: int) -> _Run:
        """What is read together from a fragment on: up to ``end``, to an age or to the end of the line of print."""
        texts, numbers, skipped = self.tree.texts, self.tree.lines, self.skipped
        stop, last = start + 1, len(texts)
        if texts[start] == " " or start in skipped or not texts[start].strip(_SEPARATORS).lstrip(",; "):
            return stop, True, ()
        number = numbers[start]
        while stop < last and numbers[stop] == number and stop not in skipped:
            if stop == end:
                return stop, False, self._read(start, stop)
            stop += 1
        return stop, True, self._read(start, stop)

    def _read(self, start: int, stop: int) -> Sequence[Line]:
        """What a line of print says, or the part of one between two ages."""
        tree, number = self.tree, self.tree.lines[start]
        if (start and tree.lines[start - 1] == number) or (stop < len(tree.lines) and tree.lines[stop] == number):
            return self._beside(start, stop)
        owner = tree.owners[start]
        if stop > start + 1:
            return list(self._lines([*range(start, stop)], tree.blocks[owner]))
        link, level = self._links_and_levels[owner]
        text = tree.texts[start].strip(_SEPARATORS).lstrip(",; ")
        return (Line(text, None if link is None else self._url(link), level, tree.blocks[owner] + 1),)

    def _beside(self, start: int, stop: int) -> list[Line]:
        """A part of a line, perhaps beside an age, without what parts them: ``Kop - 2 uur geleden``, ``(2 uur geleden)``."""
        texts, number = self.tree.texts, self.tree.lines[start]
        first, last = self.tree.line_at(number)
        behind = any(fragment in self.skipped for fragment in range(first, start))
        before = any(fragment in self.skipped for fragment in range(stop, last))
        while behind and start < stop and not _BEHIND.sub("", texts[start], count=1):
            start += 1
        while before and start < stop and not texts[stop - 1].strip(_BEFORE):
            stop -= 1
        lines = (
            list(self._lines([*range(start, stop)], self.tree.blocks[self.tree.owners[start]])) if start < stop else []
        )
        if behind and lines:
            lines[0] = lines[0]._replace(text=_BEHIND.sub("", lines[0].text, count=1))
        if before and lines and not self.dateline(lines[-1]):
            text = lines[-1].text.rstrip(_BEFORE)
            if lines[-1].text[len(text) : len(text) + 1] not in tuple(DASHES):  # ``Noord-``
                lines[-1] = lines[-1]._replace(text=text)
        return [line for line in lines if line.text]

    def _lines(self, group: list[int], block: int) -> Iterator[Line]:
        """What a line of print in an element ``block`` says, cut into its things."""
        for paragraph, part in ((block, group),) if len(group) > _PIECES else self._parts(group):
            if text := self.text(part):
                yield Line(text, *self._around(part[0], part[-1]), paragraph + 1)

    def text(self, part: Sequence[int]) -> str:
        """The fragments' text; the tree has cleaned each of them, but not where they meet."""
        text = nfc("".join([self.tree.texts[fragment] for fragment in part])).strip(_SEPARATORS)
        return collapse(text) if "  " in text else text

    def dateline(self, line: Line) -> Dateline | None:
        """The dateline that a line opens with."""
        return read_dateline(line.text, self.profile.agencies)

    def dateline_of(self, text: str) -> Dateline | None:
        """The dateline that a text opens with."""
        return read_dateline(text, self.profile.agencies)

    def opens(self, line: Line) -> bool:
        """Whether a line opens with a dateline that can be nothing else; a heading is one only with its agencies."""
        dateline = read_dateline(line.text, self.profile.agencies)
        return dateline is not None and dateline.sure and (dateline.agencies != () or not line.level)

    def link_in(self, element: int | None) -> str | None:
        """Where a card leads to: the first link in it that prints nothing (it lies over the card), else the first."""
        if element is None:
            return None
        tree, found = self.tree, list[str]()
        first, behind = bisect_right(tree.titles, element), bisect_left(tree.titles, tree.behind[element])
        for inner in tree.titles[first:behind]:
            if tree.tags[inner] == "a" and (href := tree.nodes[inner].attributes.get("href")):
                if tree.is_blank(tree.starts[inner], tree.ends[inner]):
                    return written(href)
                found.append(href)
        return written(found[0]) if found else None

    def _parts(self, group: list[int]) -> list[tuple[int, list[int]]]:
        """A line's fragments, cut into its things; each with the number of its paragraph."""
        tree = self.tree
        filled = [tree.owners[fragment] for fragment in group if tree.texts[fragment].strip(_SEPARATORS)]
        if not filled:
            return []
        element = reduce(tree.common, filled)
        group = [fragment for fragment in group if tree.inside(tree.owners[fragment], element)]
        grouped = ((child, list(run)) for child, run in groupby(group, lambda fragment: self._child(fragment, element)))
        runs = [(child, run) for child, run in grouped if self.text(run)]
        if len(runs) == 1:
            return [(element, group)]
        blank = set(group).difference(*(run for _, run in runs))
        if any(child == element for child, _ in runs):
            return self._running(runs, blank, element)
        return self._joined([part for child, run in runs for part in self._parts(run)], blank)

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
        runs = [run for at, run in enumerate(runs) if run[0] == element or not self._is_noise(runs, at)]
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

    def _is_noise(self, runs: list[tuple[int, list[int]]], at: int) -> bool:
        """Whether a credit, a "read more" or the like stands before or behind a text, and not in it: ``schrijft <b>ANP</b>``."""
        child, run = runs[at]
        text = self.text(run)
        last = at == len(runs) - 1
        if (
            at
            and last
            and self.tree.tags[child] == "a"
            and ends_sentence(self.text(runs[at - 1][1]))
            and not ends_sentence(text)
        ):
            return True
        if not is_noise(text, self.profile):
            return False
        after = self.text(runs[at + 1][1]) if at + 1 < len(runs) else ""
        if after and (after[0].islower() or after[0] in _GOES_ON):
            return False
        if at == 0 or ends_sentence(self.text(runs[at - 1][1])):
            return True
        return not after and self.tree.tags[child] in _BUTTONS and not self.profile.credit.fullmatch(text)

    def _joined(self, parts: list[tuple[int, list[int]]], blank: set[int]) -> list[tuple[int, list[int]]]:
        """Things that go on in the next one are one: ``<b>BRUSSEL</b> <i>(ANP)</i> <span>- De ...</span>``."""
        joined: list[tuple[int, list[int]]] = []
        for paragraph, part in parts:
            text = self.text(part)
            label = is_count(text) or (part is parts[-1][1] and self._is_button(text))
            if joined and not label and self._goes_on(joined[-1][1], part, text):
                joined[-1][1].extend([*sorted(blank.intersection(range(joined[-1][1][-1], part[0]))), *part])
            else:
                joined.append((paragraph, list(part)))
        return joined

    def _is_button(self, text: str) -> bool:
        """Whether a text is a "read more"; a credit can go on."""
        return is_noise(text, self.profile) and not self.profile.credit.fullmatch(text)

    def _goes_on(self, part: list[int], following: list[int], text: str) -> bool:
        """Whether a thing goes on in the ``following`` one: by the first letter of its ``text``, or behind a dateline."""
        if text[0].islower() or text[0] in _GOES_ON:
            return True
        before = self.text(part)
        dateline = read_dateline(before, self.profile.agencies)
        if dateline is None:
            return before.endswith("(")
        if not dateline.rest:
            return dateline.agencies != ()
        spaced = self.tree.texts[part[-1]].endswith(" ") or self.tree.texts[following[0]].startswith(" ")
        return spaced and dateline.sure and not ends_sentence(before)

    def _around(self, first: int, last: int) -> tuple[str | None, int]:
        """The link around the fragments ``first`` to ``last``, and the level of the heading element around the first."""
        tree = self.tree
        owner, other = tree.owners[first], tree.owners[last]
        link, level = self._links_and_levels[owner]
        if link is None or (other != owner and not tree.inside(other, link)):
            return None, level
        return self._url(link), level

    def _url(self, link: int) -> str | None:
        """Where the ``<a>`` leads to, as it is written."""
        return written(self.tree.nodes[link].attrs.get("href") or "")

    @cached_property
    def _links_and_levels(self) -> list[tuple[int | None, int]]:
        """Of each element, the ``<a>`` around it and the level of the nearest heading around it."""
        tags, parents = self.tree.tags, self.tree.parents
        found: list[tuple[int | None, int]] = [(0 if tags[0] == "a" else None, _LEVELS.get(tags[0], 0))]
        for element in range(1, len(tags)):
            here = found[parents[element]]
            if (tag := tags[element]) == "a":
                here = element, here[1]
            elif tag in _LEVELS:
                here = here[0], _LEVELS[tag]
            found.append(here)
        return found


def _captions(tree: Tree) -> Iterator[int]:
    """The elements that say something of a picture: neither holds a title, nor is one the title of a card that is a link."""
    for element, tag in enumerate(tree.tags):
        if tag == "figcaption" and TITLES.keys().isdisjoint(tree.tags[element : tree.behind[element]]):
            link = tree.link_around(element)
            if link <= 0 or not _says_all(tree, element, link):
                yield element


def _says_all(tree: Tree, element: int, link: int) -> bool:
    """Whether an element is all that a link prints, and no link beside it leads to the same place."""
    starts, ends = tree.starts, tree.ends
    if not (tree.is_blank(starts[link], starts[element]) and tree.is_blank(ends[element], ends[link])):
        return False
    at = bisect_left(tree.titles, link)
    beside = tree.titles[max(at - 1, 0) : at] + tree.titles[at + 1 : at + 2]
    return all(_address(tree, one) != _address(tree, link) for one in beside)


def _address(tree: Tree, element: int) -> str | None:
    """Where an element, or the first link in it, leads to."""
    inside = range(element, tree.behind[element])
    link = next((one for one in inside if tree.tags[one] == "a"), element)
    return tree.nodes[link].attrs.get("href")
