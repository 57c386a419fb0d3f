"""How right the product is, in a few figures: run by ``make accuracy``, exit status 1 where one of them is not perfect.

A section is a function that returns its figures; a further one is a line in ``SECTIONS``. The scores on real pages are
shown below them, where there are such pages; nothing is asked of those. Measures; changes nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from meeruit.tasks.extract import extract
from meeruit.tasks.records import Page
from tests.golden import found, golden_pages
from tests.ordinary.make import ordinary_pages
from tests.real_pages import real_page_lines
from tests.wire_accuracy import full_size

IDENTITY = ("content_hash", "place", "agencies", "headline", "url", "age")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``perfect`` is None where a figure is shown but nothing is asked of it."""

    name: str
    value: str
    perfect: bool | None


def golden_figures() -> Iterator[Figure]:
    """Precision and recall of items over the golden pages: an item is right when all that identifies it agrees."""
    pages = right = made = wanted = 0
    for golden in golden_pages():
        expected, actual = _items(golden.expected), _items(found(golden))
        pages += 1
        right += (expected & actual).total()
        made += actual.total()
        wanted += expected.total()
    yield Figure("golden pages", str(pages), None)
    yield Figure("items expected", str(wanted), None)
    yield Figure("items found", str(made), None)
    yield _share("precision", right, made)
    yield _share("recall", right, wanted)


def ordinary_figures() -> Iterator[Figure]:
    """Items found on pages that hold none."""
    pages = false = 0
    for ordinary in ordinary_pages():
        pages += 1
        false += sum(1 for _ in extract(Page(ordinary.body, media_type=ordinary.media_type)).items())
    yield Figure("ordinary pages", str(pages), None)
    yield Figure("false items", str(false), false == 0)


def wire_figures() -> Iterator[Figure]:
    """Windows, gaps and revisions of 5,000 captures of the made-up newswire, in random order over three runs."""
    wire = full_size()
    right = len(wire.said & wire.corrections)
    yield Figure("wire items", str(wire.items), None)
    yield _share("equal to the oracle", wire.equal, wire.items)
    equal = wire.sightings_equal and wire.gaps_equal
    yield Figure("sightings, gaps equal", str(equal), equal)
    yield _share("true second in window", wire.true_inside, wire.dated)
    yield Figure("median window", f"{wire.width:.0f} s", None)
    yield Figure("by first sighting only", f"{wire.first_width:.0f} s", None)
    yield Figure("gaps", str(wire.gaps), None)
    yield Figure("misses outside a gap", f"{wire.outside} of {wire.missed}", wire.outside == 0)
    yield Figure("revisions", str(len(wire.said)), None)
    yield _share("revisions, precision", right, len(wire.said))
    yield _share("revisions, recall", len(wire.sharing & wire.said), len(wire.sharing))


SECTIONS: tuple[Callable[[], Iterator[Figure]], ...] = (golden_figures, ordinary_figures, wire_figures)


def _items(extraction: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    """An item's identity on its page: what it is, where it stands, what it links to, how old it says it is."""
    return Counter(
        (block["section"], *(str(item.get(key)) for key in IDENTITY))
        for block in extraction["blocks"]
        for item in block["items"]
    )


def _share(name: str, part: int, whole: int) -> Figure:
    share = part / whole if whole else 0.0
    # Rounded down: 999 of 1000 must not read as perfect.
    return Figure(name, f"{int(share * 1000) / 1000:.3f}", part == whole and whole > 0)


def main() -> int:
    """Print every section; 1 if a figure is not what it has to be."""
    figures = [figure for section in SECTIONS for figure in section()]
    for figure in figures:
        mark = "  <-- not perfect" if figure.perfect is False else ""
        sys.stdout.write(f"{figure.name:<24}{figure.value:>10}{mark}\n")
    sys.stdout.writelines(f"{line}\n" for line in ("", *real_page_lines()))
    return int(any(figure.perfect is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
