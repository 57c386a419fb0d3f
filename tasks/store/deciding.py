"""Which sightings of an item decide what it is: pure. The others can be given up.

What is kept gives the same item as all of them do, however lists turn out to round their ages, and whatever is captured
later: the first and the last sighting; the first of each source, and the first with a headline, a place, a link and so on;
those that opened, narrowed or contradicted the window; and for each list those that bound it under either rounding.
Knows no database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from meeruit.tasks.records import Rounding
from meeruit.tasks.store.canonical import Canonical, Seen, canonical, order
from meeruit.tasks.store.contradictions import Readings, agrees
from meeruit.tasks.store.overlap import List


@dataclass(frozen=True, slots=True)
class Sighted:
    """One sighting of an item: what it shows, and where it stands."""

    #: Its window as its list rounds ages now; None too where it shows what an earlier capture of the address showed.
    seen: Seen
    page: int
    #: The source or host, and whether anybody says when the page was captured.
    site: tuple[str | None, bool]
    which: List | None
    #: Its windows under both roundings, where ``seen`` has one.
    readings: Readings | None


def deciding(sightings: Collection[Sighted]) -> set[int]:
    """The pages of the sightings that must be kept: all of them where how a list rounds hangs on the others, too."""
    ordered = sorted(sightings, key=lambda one: order(one.seen))
    kept = {ordered[0].page, ordered[-1].page, min(one.page for one in ordered)}
    kept.update({one.site: one.page for one in reversed(ordered)}.values())
    kept.update(_telling(ordered))
    for which, its in _by_list(ordered).items():
        kept.update(_bounds(its))
        if which and _vote(its) != _vote([one for one in its if one.page in kept]):
            return {one.page for one in ordered}
    return kept


def _telling(ordered: Iterable[Sighted]) -> Iterator[int]:
    """Those that change what is known when they are folded in order, and the last one that agrees with it."""
    known: Canonical | None = None
    heard: set[tuple[str, str]] = set()
    last: int | None = None
    for one in ordered:
        capture = one.seen.address, one.seen.body
        now = canonical([one.seen], known, heard & {capture})
        agreed = one.seen.window is not None and capture not in heard
        if known is None or now._replace(last_seen_at=known.last_seen_at) != known:
            yield one.page
            agreed = agreed and (known is None or now.conflicts == known.conflicts)
        last = one.page if agreed else last
        heard.add(capture)
        known = now
    if last is not None:
        yield last


def _by_list(ordered: Iterable[Sighted]) -> dict[List | None, list[Sighted]]:
    """Those that say when the item was published, by list; of several captures of one address with one body the earliest."""
    heard: set[tuple[str, str]] = set()
    found: dict[List | None, list[Sighted]] = defaultdict(list)
    for one in ordered:
        capture = one.seen.address, one.seen.body
        if one.readings is not None and capture not in heard:
            found[one.which].append(one)
        heard.add(capture)
    return found


def _bounds(sightings: Sequence[Sighted]) -> Iterator[int]:
    """Those whose windows begin last and end first, under each rounding; a point bounds more than what ends with it."""
    for rounding in ("down", "nearest"):
        windows = [(getattr(one.readings, rounding), one.page) for one in sightings]
        yield max(windows, key=lambda each: (each[0].after, each[0].after == each[0].before))[1]
        yield min(windows, key=lambda each: (each[0].before, each[0].after < each[0].before))[1]


def _vote(sightings: Sequence[Sighted]) -> Rounding | None:
    return agrees([one.readings for one in sightings if one.readings]) if len(sightings) > 1 else None
