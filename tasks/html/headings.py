"""Which lines of a page can head a list; what each of them heads, ``reach`` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from meeruit.tasks.errors import Unreadable
from meeruit.tasks.fold import clean, plain_text
from meeruit.tasks.grammar.items import is_noise
from meeruit.tasks.grammar.known import known
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.html.links import leads_to_author
from meeruit.tasks.html.skim import LONGEST, ancestors, hinted, without_marks
from meeruit.tasks.html.tree import TITLES, Tree

#: A page of more is none that people read.
_MOST_HEADINGS = 500


class Heading(NamedTuple):
    """A line that can head a block, by its fragments."""

    start: int
    end: int
    section: str


def find_headings(tree: Tree, profile: Profile) -> list[Heading]:
    """The lines that match the profile's heading pattern, in reading order; ``Unreadable`` where they are hundreds."""
    found: list[Heading] = []
    texts = tree.printed.replace("\0", "")[1:].split("\n")
    for line in hinted(texts, profile):
        text = texts[line]
        if len(text) > LONGEST:
            continue
        start, end = tree.printed_at(line)
        section = _without_link(tree, start, end, profile) or _section(text.strip(), profile)
        if not section or profile.other.fullmatch(text.strip()) or _names_author(tree, start, end):
            continue
        if _is_below_author(tree, start, texts[line - 1] if line else "", profile):
            continue
        section = clean(section)
        if title := _title_before(tree, start, end):
            start = tree.starts[title]
            name = clean(tree.text(start, tree.ends[title]))
            if name.casefold() != section.casefold() or profile.other.fullmatch(name):
                continue
        if not found or start > found[-1].start:
            found.append(Heading(start, end, section))
        if len(found) > _MOST_HEADINGS:
            raise Unreadable(f"a page of more than {_MOST_HEADINGS} blocks")
    return _without_names(tree, found) if found else found


def _without_names(tree: Tree, found: Sequence[Heading]) -> list[Heading]:
    """The headings but for the name of the site (``Sporting News``), and for what a menu says in several of its entries."""
    site, menus, kept = _site_name(tree), dict[int, Counter[str]](), list[Heading]()
    for one in found:
        text = clean(tree.text(one.start, one.end)).casefold()
        if text != site and not _is_in_entries(tree, one, text, menus):
            kept.append(one)
    return kept


def _site_name(tree: Tree) -> str:
    """What the page states as the name of its site (``og:site_name``), in lower case."""
    top = tree.nodes[0]
    while top.parent is not None:
        top = top.parent
    stated = top.css_first('meta[property="og:site_name"]')
    return clean((stated.attributes.get("content") or "") if stated else "").casefold()


def _is_in_entries(tree: Tree, heading: Heading, text: str, menus: dict[int, Counter[str]]) -> bool:
    """Whether the menu that a heading stands in says it again; of one that is cut off nobody knows.

    ``menus``: what those say that were looked at, by their nodes.
    """
    element = tree.owners[heading.start]
    if tree.cut and any(tree.tags[one] == "nav" for one in tree.cut & tree.around(element)):
        return True
    menu = next((one for one in reversed([*ancestors(tree.nodes[element])]) if one.tag == "nav"), None)
    if menu is None:
        return False
    if (said := menus.get(menu.mem_id)) is None:
        texts = plain_text(menu.text(separator="\0", skip_empty=True)).split("\0")
        said = menus[menu.mem_id] = Counter(clean(one).casefold() for one in texts if len(one) <= LONGEST)
    return said[text] > 1


@known
def _section(text: str, profile: Profile) -> str | None:
    """What a line names as a heading; ``More Don't Miss`` names more of what is no list of ours."""
    text = without_marks(text)
    match = profile.heading.fullmatch(text)
    section = match[match.lastindex or 0] if match else None
    return None if section and text.partition(" ")[2] == section and profile.other.fullmatch(section) else section


def _names_author(tree: Tree, start: int, end: int) -> bool:
    """Whether a line holds a link to who wrote: ``Mehr von <a rel=author>Ann Smit</a>:`` heads another list."""
    links = {tree.link_around(tree.owners[one]) for one in range(start, end)} - {0}
    return any(leads_to_author(tree.nodes[one].attributes.get("href") or "") for one in links)


def _is_below_author(tree: Tree, start: int, above: str, profile: Profile) -> bool:
    """Whether a label stands in the paragraph of a line that says who wrote: ``By Ann Smit<br>Island News``."""
    block = tree.blocks[tree.owners[start]]
    if start == 0 or tree.blocks[tree.owners[start - 1]] != block or tree.tags[block] in TITLES:
        return False
    return is_noise(above.strip(), profile)


def _title_before(tree: Tree, start: int, end: int) -> int:
    """The title that a link stands right behind, or 0: ``<h3>Sport</h3> <a>More Sport</a>`` is one heading."""
    link = tree.link_around(tree.owners[start])
    if link == 0 or start == 0 or tree.ends[link] < end or _is_tab(tree, link):
        return 0
    before = start - 1
    while before > 0 and tree.is_blank(before, before + 1):
        before -= 1
    title = tree.owners[before]
    while title > 0 and tree.tags[title] not in TITLES:
        title = tree.parents[title]
    beside = title > 0 and tree.inside(link, tree.parents[title]) and not tree.inside(link, title)
    return title if beside else 0


def _is_tab(tree: Tree, link: int) -> bool:
    """Whether a link leads into the page: to a panel, not to more."""
    return (tree.nodes[link].attributes.get("href") or "").startswith("#")


def _without_link(tree: Tree, start: int, end: int, profile: Profile) -> str | None:
    """The section of a heading with a link behind it that is no part of the name: ``Meer uit Sport <a>Alles</a>``.

    The link may stand in brackets.
    """
    if end - start > 2 and tree.texts[end - 1].strip() == ")":
        end -= 1
    link = tree.owners[end - 1]
    while link > 0 and tree.tags[link] not in ("a", "button"):
        link = tree.parents[link]
    last = tree.starts[link]
    if not start < last < end or tree.is_blank(start, last):
        return None
    return _section(tree.text(start, last).rstrip(" ("), profile)
