"""Where a tree prints an age or a heading, in one language.

In HTML an age is the whole trimmed text of a line or of an inline element, or a ``<time>``.
Which of a record's ages is its own is for ``dating``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from meeruit.tasks.grammar.ages import LONGEST, Age, Ages, Ago, Day, find_age, find_labelled_age
from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.datelines import DASHES
from meeruit.tasks.grammar.items import is_noise, is_prose
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.windows import read_datetime
from meeruit.tasks.html.tree import Tree

#: The longest age that a page prints.
_LONGEST = 60
#: What a group of items can be named by, or chosen with.
_TITLES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "button", "summary"})
#: How a ``datetime`` begins that names a day.
_STAMP = re.compile(r"\d{4}-\d{2}")
#: "Last week" can name a group.
_PERIODS = frozenset({"week", "month", "year"})
#: A title has so many words beside a date.
_WORDS = 3
#: A label has fewer fragments; what may end it; the longest word before the link to a section.
_FEW, _STOPS, _PREPOSITION = 6, " .,;:!?()…", 3
#: What parts an age from the text that it opens.
_PARTS = (":", "...", "…")


class Mark(NamedTuple):
    """An age, by the fragments that print it (none for an empty ``<time>``) and the element around them."""

    start: int
    end: int
    element: int
    age: Age


def find_ages(tree: Tree, profile: Profile) -> list[Mark]:
    """The ages of the page in reading order; equal or different, those next to each other count once."""
    every = (*_in_words(tree, profile), *_in_time_elements(tree, profile))
    found = {(mark.start, -mark.end): mark for mark in every if not _runs_on(tree, mark, profile)}
    merged: list[Mark] = []
    for mark in _without_titles(tree, [found[place] for place in sorted(found)]):  # each before those in it
        if merged and mark.start < merged[-1].end:
            merged[-1] = _inside(tree, merged[-1], mark)
        elif (
            merged
            and tree.filled[mark.start] <= tree.filled[merged[-1].end] + 1
            and _beside(tree, merged[-1], mark, profile)
        ):
            merged[-1] = _merge(tree, merged[-1], mark)
        else:
            merged.append(mark)
    return merged


def is_glued(texts: Iterable[str], ages: Ages) -> bool:
    """Whether a text is glued to the age that it opens with: what stands in ``<pre>``, or is cut by ``<br>`` alone."""
    likely = [text for text in texts if (first := text[:1]) in ages.opens or first.isdecimal()]
    return any([_opens_with_age(text, ages) for text in likely])  # noqa: C419 - a list is faster


@known
def _opens_with_age(text: str, ages: Ages) -> bool:
    return ages.glued.match(text) is not None


def _in_words(tree: Tree, profile: Profile) -> Iterator[Mark]:
    """Ages in words: whole fragments, whole lines, whole inline elements."""
    ages, owners = profile.ages, tree.owners
    for fragment, text in enumerate(tree.texts):
        if len(text) > LONGEST or not (age := find_labelled_age(text, ages)):
            continue
        if find_age(text, ages) or not _is_title(tree, owners[fragment], text, age):
            yield _mark(tree, fragment, fragment + 1, owners[fragment], age)
    if "\0" not in tree.printed:  # every line is one fragment
        return
    for line, text in enumerate(tree.printed[1:].split("\n")):
        if "\0" in text and len(text) <= LONGEST and (age := find_age(text.replace("\0", ""), ages)):
            start, end = tree.printed_at(line)
            if end > start + 1:
                yield _mark(tree, start, end, tree.blocks[owners[start]], age)
    for element, (start, end) in enumerate(zip(tree.starts, tree.ends, strict=True)):
        if end > start + 1 and tree.blocks[element] != element:
            text = tree.text(start, end)
            if len(text) <= _LONGEST and (age := find_age(text, ages)):
                yield _mark(tree, start, end, element, age)


def _is_title(tree: Tree, element: int, text: str, age: Age) -> bool:
    """Whether a text is one of a link or a heading that names a day: ``Photos of the day - September 6, 2014``."""
    if len(text.split()) - len(age.text.split()) < _WORDS:
        return False
    while element > 0 and tree.tags[element] != "a" and tree.tags[element] not in _TITLES:
        element = tree.parents[element]
    return element > 0


def _in_time_elements(tree: Tree, profile: Profile) -> Iterator[Mark]:
    """``<time>`` and elements like it: whatever they print where their ``datetime`` is one, else an age or a date."""
    for element, tag in enumerate(tree.tags) if tree.timed else ():
        if tag != "time" and "-" not in tag:
            continue
        start, end = tree.starts[element], tree.ends[element]
        stamp = (tree.nodes[element].attributes.get("datetime") or "").strip()
        text = tree.text(start, end) or stamp
        if not text or len(text) > _LONGEST:
            continue
        age = find_age(text, profile.ages)
        if age or (stamp and _STAMP.match(stamp)):
            yield _mark(tree, start, end, element, age or Age(text, None))


def _mark(tree: Tree, start: int, end: int, element: int, age: Age) -> Mark:
    if tree.timed and (moment := _moment(tree, element, start, end)):
        age = Age(age.text, age.when, moment)
    return Mark(start, end, element, age)


def _moment(tree: Tree, element: int, start: int, end: int) -> datetime | None:
    """The point in time beside the words: ``datetime`` of a ``<time>``, or of a custom element, that holds just them."""
    while element > 0 and tree.is_blank(tree.starts[element], start) and tree.is_blank(end, tree.ends[element]):
        if tree.tags[element] == "time" or "-" in tree.tags[element]:
            return read_datetime(tree.nodes[element].attributes.get("datetime") or "")
        element = tree.parents[element]
    return None


def _without_titles(tree: Tree, marks: list[Mark]) -> list[Mark]:
    """``marks`` without the titles of groups of items, or buttons for them: ``<h3>Vandaag</h3>``, where others are no titles."""
    titles = [_title_around(tree, mark) if _is_day(mark) else None for mark in marks]
    if not any(titles):
        return marks
    usual = {_title_around(tree, mark) for mark in marks if not _is_day(mark)}
    return [mark for mark, title in zip(marks, titles, strict=True) if not title or not usual or title in usual]


def _is_day(mark: Mark) -> bool:
    when = mark.age.when
    if isinstance(when, Ago):
        return when.count == 0 or (when.about and when.unit in _PERIODS)
    return isinstance(when, Day) and when.clock is None


def _title_around(tree: Tree, mark: Mark) -> str | None:
    """The heading or button that prints nothing but the age."""
    element = mark.element
    while (
        element > 0 and tree.is_blank(tree.starts[element], mark.start) and tree.is_blank(mark.end, tree.ends[element])
    ):
        if tree.tags[element] in _TITLES:
            return tree.tags[element]
        element = tree.parents[element]
    return None


def _runs_on(tree: Tree, mark: Mark, profile: Profile) -> bool:
    """Whether the sentence around it goes on: ``Dat was <em>2 uur geleden</em> nog anders`` (13 to 16).

    What follows in the bare text of the line decides, as in text; but an age that opens its line may have an author, a label
    or a link behind it. A ``<time>`` that is no age by its words must not be led up to either (``Op <time>12 maart</time>``).
    """
    lines, start, end = tree.lines, mark.start, mark.end
    if start == end:
        return False
    if (start == 0 or lines[start - 1] != lines[start]) and (end == len(lines) or lines[end] != lines[start]):
        return False  # alone in its line
    after = _bare_beside(tree, mark, range(mark.end, len(tree.texts))).strip()
    before = _bare_beside(tree, mark, range(mark.start - 1, -1, -1)).rstrip()
    if before.endswith("(") and after.startswith(")"):
        return _goes_on(after[1:].lstrip())
    if before[-1:].isalnum() and after.lstrip(f" {DASHES}")[:1].islower():
        return True
    if _goes_on(after):
        return not (profile.ages.leading.fullmatch(before) and _says_little(tree, mark, after, profile))
    return mark.age.when is None and before != "" and (before[-1].isalnum() or before[-1] in ",;(")


def _goes_on(after: str) -> bool:
    """Whether a sentence goes on, or ends, with the text behind an age."""
    return after != "" and (after[0].islower() or after[0] in ".,;:!?)")


def _says_little(tree: Tree, mark: Mark, after: str, profile: Profile) -> bool:
    """Whether what stands behind an age that opens its line is an author, a label, a link (``in <a>Sport</a>``), or a stop.

    Dots and a colon part the age from what it opens: ``2 uur geleden: Brand in Goes``.
    """
    end = tree.line_at(tree.lines[mark.start])[1]
    rest = tree.text(mark.end, min(mark.end + _FEW, end))
    if after.startswith(_PARTS) and not after.lstrip(_STOPS)[:1].islower():
        return True
    if after == rest == ".":
        return end <= mark.end + _FEW
    if len(rest) > _LONGEST or is_prose(Line(rest)) or tree.tags[tree.blocks[mark.element]] in _TITLES:
        return False
    bare = after.strip(_STOPS)
    linked = len(bare) <= _PREPOSITION and len(after) < len(rest)
    return linked or any(is_noise(one[:1].upper() + one[1:], profile) for one in (bare, rest.strip(_STOPS)))


def _bare_beside(tree: Tree, mark: Mark, fragments: range) -> str:
    """The next text in the mark's line, where it stands directly in an element around the mark; else empty."""
    line = tree.lines[mark.start]
    for fragment in fragments:
        if tree.lines[fragment] != line:
            break
        if tree.texts[fragment].strip():
            return tree.texts[fragment] if tree.inside(mark.element, tree.owners[fragment]) else ""
    return ""


def _inside(tree: Tree, outer: Mark, inner: Mark) -> Mark:
    """One age out of one and another within it: a ``<time>`` that prints it twice, a number set before it."""
    start = inner.start
    if (
        inner.age.when
        and start > outer.start
        and tree.texts[start - 1][-1:].isdigit()
        and tree.texts[start][:1].isdigit()
    ):
        return inner  # ``<b>12</b><i>2 uur geleden</i>``
    words = outer.age if outer.age.when or not inner.age.when else inner.age
    return outer._replace(age=replace(words, moment=outer.age.moment or inner.age.moment))


def _beside(tree: Tree, first: Mark, second: Mark, profile: Profile) -> bool:
    """Whether two ages stand side by side: no more than a label between them, nor with either in an element of its own."""

    def is_empty(start: int, end: int) -> bool:
        """Whether no more than one fragment, a label, stands there."""
        printed = tree.filled[end] - tree.filled[start]
        if printed == 1:
            text = tree.text(start, end)
            return len(text) <= _LONGEST and profile.ages.leading.fullmatch(text) is not None
        return printed <= 0

    if not is_empty(first.end, second.start):
        return False
    around = tree.common(first.element, second.element)
    one, other = tree.child_around(around, first.element), tree.child_around(around, second.element)
    return (one == around or is_empty(tree.starts[one], first.start)) and (
        other == around or tree.is_blank(second.end, tree.ends[other])
    )


#: What may part two ages without saying anything.
_BETWEEN = " ·•|/(,;-–—"


def _merge(tree: Tree, first: Mark, second: Mark) -> Mark:
    """One age out of two that stand next to each other: the words of one, the point of either.

    The first counts where a label stands before the other (``gisteren, bijgewerkt 5 minuten geleden``), and of two that
    both have a point of their own: when it was published, and when it was changed.
    """
    other = second.age.when
    if first.age.when and first.age.moment and second.age.moment and first.age.moment != second.age.moment:
        other = None
    if first.age.when and other and not isinstance(first.age.when, Ago):
        behind = tree.text(first.end, second.end).lstrip(_BETWEEN)
        other = other if behind.startswith(second.age.text) else None
    words = first.age if isinstance(first.age.when, Ago) or not other else second.age
    age = replace(words, moment=first.age.moment or second.age.moment)
    return Mark(first.start, second.end, tree.common(first.element, second.element), age)
