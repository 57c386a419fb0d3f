"""The stretch of a page that a heading heads: the rest of an element around it, the panel of its tab, or nothing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from meeruit.tasks.grammar.ages import find_labelled_age
from meeruit.tasks.grammar.blocks import Line
from meeruit.tasks.grammar.items import is_noise, is_text
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.anchors import find_titles, has_own_title, reads_like_headline
from meeruit.tasks.html.headings import Heading
from meeruit.tasks.html.records import Stretch
from meeruit.tasks.html.tree import TITLES, Tree

#: A heading heads nothing outside of these.
_BOUNDS = frozenset({"main", "article", "nav", "footer", "form", "dialog"})
#: So many lines behind a heading are what it heads; fewer may introduce it.
_LIST = 3
#: In these is a heading an entry of a menu, or a line of a record, where other things stand before it.
_RECORDS = frozenset({"li", "article", "dd", "dt"})
#: No card that is a link holds such.
_BOXES = frozenset({"section", "ul", "ol", "main", "article", "table"})
#: Each of these has a title of its own.
_SECTIONS = frozenset({"section", "aside"})
#: So many links in a row are a menu, whose entries have no more words.
_MENU, _ENTRY = 3, 4
#: A tab's label has no more words.
_LABEL = 3


class Outgrown(Exception):
    """What a heading heads stands outside of the part of the page that was read."""


def headed(tree: Tree, heading: Heading, limit: int, profile: Profile) -> Stretch | None:
    """The stretch that a heading heads: the rest of the smallest element around it in which something follows it."""
    if _is_entry(tree, heading, profile):
        return None
    element = tree.owners[heading.start]
    while tree.blocks[element] != element:
        if _is_part(tree, heading, element):
            return None
        element = tree.parents[element]
    if (panel := _target(tree, heading)) is not None:
        start, end = tree.starts[panel], tree.ends[panel]
        return Stretch(panel, start, end) if _is_filled(tree, start, end, panel, profile) else None
    if tab := _tab(tree, element, profile):
        return _tab_panel(tree, tab, limit, profile) if _names_list(tree, heading, tab[0], profile) else None
    while True:
        if _is_part(tree, heading, element):
            return None
        end = min(limit, tree.ends[element])
        if _is_filled(tree, heading.end, end, element, profile):
            return (
                None
                if _is_label(tree, element, heading, profile)
                else _continued(tree, element, heading.end, end, limit, profile)
            )
        if element == 0 and not tree.whole:
            raise Outgrown
        if tree.tags[element] in _RECORDS and (
            _link_around(tree, heading) or not tree.is_blank(tree.starts[element], heading.start)
        ):
            return None
        if element == 0 or tree.tags[element] in _BOUNDS or tree.ends[element] >= limit:
            return None
        if _holds(tree, tree.starts[element], heading.start, element, profile) or _is_empty_box(tree, element, heading):
            return None
        element = tree.parents[element]


def _is_empty_box(tree: Tree, element: int, heading: Heading) -> bool:
    """Whether a box holds no list below its title, and the next one is of its kind: it opens with a title like that.

    A title that is a link is a headline. Boxes of one kind are sections, or have a class in common.
    """
    title = tree.blocks[tree.owners[heading.start]]
    if element == title or tree.tags[title] not in TITLES:
        return False
    beside = (one for one in tree.children(tree.parents[element]) if one > element)
    box = next((one for one in beside if not tree.is_blank(tree.starts[one], tree.ends[one])), None)
    if box is None or tree.tags[box] != tree.tags[element]:
        return False
    classes = [set((tree.nodes[one].attributes.get("class") or "").split()) for one in (element, box)]
    if tree.tags[box] not in _SECTIONS and classes[0].isdisjoint(classes[1]):
        return False
    at = bisect_left(tree.titles, box)
    own = next((one for one in tree.titles[at:] if not tree.is_blank(tree.starts[one], tree.ends[one])), 0)
    opens = tree.inside(own, box) and tree.is_blank(tree.starts[box], tree.starts[own])
    return opens and tree.tags[own] == tree.tags[title] and not _is_linked(tree, own)


def _is_linked(tree: Tree, title: int) -> bool:
    """Whether a title stands in a link, or one link prints all of it."""
    start, end = tree.starts[title], tree.ends[title]
    links = (one for one in range(title, tree.behind[title]) if tree.tags[one] == "a")
    whole = any(tree.is_blank(start, tree.starts[one]) and tree.is_blank(tree.ends[one], end) for one in links)
    return whole or tree.link_around(title) > 0


def _continued(tree: Tree, element: int, start: int, end: int, limit: int, profile: Profile) -> Stretch:
    """The stretch with what goes on in elements that look like ``element`` and stand right behind it: an advertisement parts them.

    They have no title of their own: all headings in them are links, of one level, and their first line heads no other list.
    """
    outer, looks = tree.parents[element], _looks(tree, element)
    for one in tree.children(outer) if element and looks and end == tree.ends[element] else ():
        if one <= element or tree.is_blank(tree.starts[one], tree.ends[one]):
            continue
        titles = _titles_in(tree, one)
        linked = all("a" in tree.tags[inner : tree.behind[inner]] or tree.link_around(inner) for inner in titles)
        levels = {tree.tags[inner] for inner in titles}
        opening = next(_lines(tree, tree.starts[one], tree.ends[one]), "")
        if profile.other.fullmatch(opening) or profile.heading.fullmatch(opening):
            break
        if _looks(tree, one) != looks or tree.ends[one] > limit or not linked or len(titles) < _LIST or len(levels) > 1:
            break
        element, end = outer, tree.ends[one]
    return Stretch(element, start, end)


def _titles_in(tree: Tree, element: int) -> list[int]:
    return [one for one in range(element, tree.behind[element]) if tree.tags[one] in TITLES]


def _is_marked(tree: Tree, element: int) -> bool:
    """Whether an element holds a title or a link: what it prints is more than text."""
    return any(tree.tags[one] == "a" or tree.tags[one] in TITLES for one in range(element, tree.behind[element]))


def _opens_with_bare_title(tree: Tree, start: int, element: int) -> bool:
    """Whether the first thing that an element prints from a fragment on is a title, and no link."""
    opening = [one for one in _titles_in(tree, element) if tree.starts[one] >= start]
    return bool(opening) and tree.is_blank(start, tree.starts[opening[0]]) and not _is_linked(tree, opening[0])


def _looks(tree: Tree, element: int) -> tuple[str, str] | None:
    """What an element is set in, by its name and classes; None where it has none of these."""
    looks = tree.nodes[element].attributes.get("class")
    return (tree.tags[element], looks) if looks else None


def _is_part(tree: Tree, heading: Heading, element: int) -> bool:
    """Whether an element is a link or a title that prints more than the heading: then that is a label in it."""
    if tree.tags[element] == "a" and _BOXES.intersection(tree.tags[element : tree.behind[element]]):
        return False  # it was never closed
    return (tree.tags[element] == "a" or tree.tags[element] in TITLES) and not (
        tree.is_blank(tree.starts[element], heading.start) and tree.is_blank(heading.end, tree.ends[element])
    )


def _link_around(tree: Tree, heading: Heading) -> int:
    """The link to a page that a heading is, or 0."""
    element = tree.link_around(tree.owners[heading.start])
    if element == 0 or (tree.nodes[element].attributes.get("href") or "#").startswith("#"):
        return 0
    return element


def _is_entry(tree: Tree, heading: Heading, profile: Profile) -> bool:
    """Whether a heading is one of several links in a row that lead to pages: a menu, but for one that names other lists, too."""
    element = _link_around(tree, heading)
    if not element:
        return False
    while (
        element > 0 and tree.behind[tree.parents[element]] - tree.parents[element] == tree.behind[element] - element + 1
    ):
        element = tree.parents[element]
    entries = [
        text
        for one in tree.children(tree.parents[element])
        if tree.tags[one] == tree.tags[element]
        and "a" in tree.tags[one : tree.behind[one]]
        and len((text := tree.text(tree.starts[one], tree.ends[one])).split()) <= _ENTRY
    ]
    if len(entries) < _MENU:
        return False
    others = sum(profile.other.fullmatch(one) is not None for one in entries)
    return 2 * others < len(entries) or any(tree.tags[one] == "nav" for one in tree.around(element))


def _is_label(tree: Tree, element: int, heading: Heading, profile: Profile) -> bool:
    """Whether a heading stands in one of several like records: above the record's own title, or as its title."""
    title = tree.blocks[tree.owners[heading.start]]
    if element == 0:
        return False
    like = [
        one for one in tree.children(tree.parents[element]) if one != element and tree.tags[one] == tree.tags[element]
    ]
    if not like:
        return False
    titles = _titles(tree, element, heading.end, profile)
    if tree.tags[title] not in TITLES:
        return titles == 1 and any(_titles(tree, one, tree.starts[one], profile) == 1 for one in like)
    return titles == 0 and any(_is_titled(tree, one, tree.tags[title], profile) for one in like)


def _is_titled(tree: Tree, element: int, tag: str, profile: Profile) -> bool:
    """Whether a record has a title of that kind, which is no heading."""
    titles = [one for one in range(element, tree.behind[element]) if tree.tags[one] == tag]
    texts = [tree.text(tree.starts[one], tree.ends[one]) for one in titles]
    return (
        len(texts) == 1
        and texts[0] != ""
        and not profile.heading.fullmatch(texts[0])
        and not profile.other.fullmatch(texts[0])
    )


def _titles(tree: Tree, element: int, start: int, profile: Profile) -> int:
    """How many titles an element holds from a fragment on."""
    titles = find_titles(tree, start, tree.ends[element], element, profile)
    return len({one.key for one in titles if one.level or reads_like_headline(one.text, profile)})


def _is_filled(tree: Tree, start: int, end: int, element: int, profile: Profile) -> bool:
    """Whether there is what a heading can head: titles, texts, or several lines."""
    if tree.is_blank(start, end):
        return False
    return _holds(tree, start, end, element, profile) or len(list(islice(_lines(tree, start, end), _LIST))) >= _LIST


def _holds(tree: Tree, start: int, end: int, element: int, profile: Profile) -> bool:
    """Whether there are headlines or texts."""
    if any(is_text(Line(line), profile) for line in _lines(tree, start, end)):
        return True
    titles = find_titles(tree, start, end, element, profile)
    return any(reads_like_headline(one.text, profile) or (one.level and one.linked) for one in titles)


def _lines(tree: Tree, start: int, end: int) -> Iterator[str]:
    """The lines that the fragments print."""
    at = start
    while at < end:
        stop = bisect_left(tree.lines, tree.lines[at] + 1, at, end)
        if text := tree.text(at, stop).strip(" ·•|"):
            yield text
        at = stop


def _target(tree: Tree, heading: Heading) -> int | None:
    """The element that a heading names which is a link into the page: the panel of a tab."""
    link = tree.link_around(tree.owners[heading.start])
    href = (tree.nodes[link].attributes.get("href") or "") if link > 0 else ""
    if not href.startswith("#") or len(href) == 1:
        return None
    panel = tree.named(href[1:])
    return panel if panel is not None and tree.starts[panel] >= heading.end else None


def _tab(tree: Tree, element: int, profile: Profile) -> tuple[int, int, int] | None:
    """Where a heading is one of several labels in a row: the element around the row, its number, how many there are.

    The date of a page is no label.
    """
    child = element
    while child > 0:
        row = tree.parents[child]
        labels = [one for one in tree.children(row) if not tree.is_blank(tree.starts[one], tree.ends[one])]
        if len(labels) > 1:
            if len({_is_marked(tree, one) for one in labels}) == 1 and all(
                tree.tags[one] == tree.tags[child]
                and tree.tags[one] not in TITLES
                and len((text := tree.text(tree.starts[one], tree.ends[one])).split()) <= _LABEL
                and not find_labelled_age(text, profile.ages)
                for one in labels
            ):
                return row, labels.index(child), len(labels)
            return None
        child = row
    return None


def _names_list(tree: Tree, heading: Heading, row: int, profile: Profile) -> bool:
    """Whether labels in a row can be tabs: no links to pages, or to one page; or one names another list, or leads to more."""
    if not (link := _link_around(tree, heading)):
        return True
    links = [one for one in range(row, tree.behind[row]) if tree.tags[one] == "a"]
    if len({tree.nodes[one].attributes.get("href") for one in (link, *links)}) == 1 < len(links):
        return True
    labels = (tree.text(tree.starts[one], tree.ends[one]) for one in tree.children(row))
    return any(profile.other.fullmatch(label) or is_noise(label, profile) for label in labels)


def _tab_panel(tree: Tree, tab: tuple[int, int, int], limit: int, profile: Profile) -> Stretch | None:
    """The panel of a tab: of as many like elements behind the row of labels the one of its number.

    Outside of a menu that the row stands in, only that; outside of anything else that bounds a heading, or where the page's
    own title stands, none.
    """
    row, number, count = tab
    element, bounds = row, set[str]()
    while element > 0 and not _is_filled(tree, tree.ends[row], tree.ends[element], element, profile):
        bounds.add(tree.tags[element])
        element = tree.parents[element]
    bounds &= _BOUNDS
    if bounds - {"nav"}:
        return None
    inner = element
    while True:
        children = [
            one
            for one in tree.children(inner)
            if tree.starts[one] >= tree.ends[row] and _is_filled(tree, tree.starts[one], tree.ends[one], one, profile)
        ]
        if len(children) != 1:
            break
        inner = children[0]
    alike = len(children) == count and len({tree.tags[one] for one in children}) == 1
    if alike and any(_titles(tree, one, tree.starts[one], profile) != 1 for one in children):  # else they are records
        one = children[number]
        return Stretch(one, tree.starts[one], tree.ends[one])
    own_title = has_own_title(tree) and any(
        tree.tags[one] == "h1" and tree.starts[one] >= tree.ends[row] for one in range(inner, tree.behind[inner])
    )
    start = max(tree.ends[row], tree.starts[inner])
    if _opens_with_bare_title(tree, start, inner):  # the panels are empty
        return None
    if not bounds and not own_title and (number == 0 or len(children) > count):
        return Stretch(inner, start, tree.ends[inner])
    return None
