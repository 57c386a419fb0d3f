"""Why two items are joined or apart, in plain words: the rule of ``store.revisions``, clause by clause. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from meeruit.tasks.store.revisions import DAY, RECURS, headline_key, link_key, place_key, recurs


class Verdict(StrEnum):
    """What two items are to each other."""

    ONE = "one item"
    REVISION = "a revision"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns of an item that the rule looks at."""

    content_hash: str
    first_seen_at: datetime
    headline: str | None
    place: str | None
    url: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One clause of the rule, and whether it joins the two."""

    joins: bool
    said: str


def reasons(earlier: Facts, later: Facts, moments: Iterable[datetime]) -> list[Reason]:
    """What joins or parts two items: clause by clause, the link first.

    ``moments`` are the first sightings of all items under the headline that the two share, if they share one.
    """
    for item, name in ((earlier, "earlier"), (later, "later")):
        if not item.text:
            return [Reason(joins=False, said=f"the {name} one is a headline without a body, which revises nothing")]
    return [_link(earlier, later), *_headline(earlier, later, list(moments))]


def _link(earlier: Facts, later: Facts) -> Reason:
    if earlier.url is None or later.url is None:
        return Reason(joins=False, said=f"the link of {_lacking(earlier.url, later.url)} is not known")
    if link_key(earlier.url, earlier.text) != link_key(later.url, later.text):
        return Reason(joins=False, said="their links differ")
    return Reason(joins=True, said=f"they have one link, {earlier.url}")


def _headline(earlier: Facts, later: Facts, moments: list[datetime]) -> Iterator[Reason]:
    if earlier.headline is None or later.headline is None:
        yield Reason(joins=False, said=f"the headline of {_lacking(earlier.headline, later.headline)} is not known")
        return
    if headline_key(earlier.headline, earlier.text) != headline_key(later.headline, later.text):
        yield Reason(joins=False, said="their headlines differ")
        return
    if recurs(moments):
        yield Reason(joins=False, said=f"their headline recurs: {RECURS} or more texts had it within a week")
        return
    between = later.first_seen_at - earlier.first_seen_at
    if earlier.place is None or later.place is None:
        parts = f"but the place of {_lacking(earlier.place, later.place)} is not known"
    elif place_key(earlier.place) != place_key(later.place):
        parts = "but their places differ"
    elif between > DAY:
        parts = f"and one place, but were first seen {duration(between)} apart, more than 24 h"
    else:
        said = f"they have one headline and one place, and were first seen {duration(between)} apart, at most 24 h"
        yield Reason(joins=True, said=said)
        return
    yield Reason(joins=False, said=f"they have one headline, {parts}")


def _lacking(earlier: str | None, later: str | None) -> str:
    if earlier is None and later is None:
        return "both"
    return "the earlier one" if earlier is None else "the later one"


def duration(time: timedelta) -> str:
    """A length of time for people: ``2.5 h``."""
    seconds = time.total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def number_of(number: int, what: str) -> str:
    """So many of something, for people: ``1 page``, ``2,000 pages``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")
