"""The lists in the tables: what each capture showed, the overlap of successive captures, and the gaps between them.

``listing`` has a row for each list on each dated page; it comes with the page. What follows from the order of captures
is measured here, for one list at a time, in a transaction that waits for others at the same list: whatever the order
in which captures arrive and are measured, the rows end the same. How overlap is measured, ``store.gaps`` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.records import Rounding
from meeruit.tasks.store import gaps
from meeruit.tasks.store.bulk import Select, Update
from meeruit.tasks.store.disorder import out_of_order
from meeruit.tasks.store.rows import insert_into, lock, run_in_chunks
from meeruit.tasks.store.tables import LONGEST_NAME, Gap, Listing, ListState, Page, PageState, Sighting, table

_gap, _list, _listing = table(Gap), table(ListState), table(Listing)
_page, _sighting = table(Page), table(Sighting)

_SHOWN = Select("SELECT page_id, section, item_id FROM sighting", "page_id")
_SHARED = Update(_listing, ("shared",), ("page_id", "section"))
#: The newest captures that say whether a list is in order of time: sites change.
_LOOKS = 200
#: The list's name (source or host) and the section.
List = tuple[str, str]

#: The rows of one list.
_OF = and_(_listing.c.list == bindparam("list"), _listing.c.section == bindparam("section"))
_observed = _listing.c.observed_at
_earlier = _page.alias("earlier")
#: An earlier capture of this page's address has the same body: it shows the list of that earlier time.
_STALE = (
    select(_earlier.c.id)
    .where(
        _earlier.c.body == _page.c.body,
        _earlier.c.observed_at < _page.c.observed_at,
        _earlier.c.address == _page.c.address,
        _earlier.c.state == PageState.DONE,
    )
    .correlate(_page)
    .exists()
)

# What is asked of every list at every poll. The statements are made once: to make one costs more than to run it.

_SINCE = select(_observed).where(_OF).order_by(_observed.desc()).offset(_LOOKS - 1).limit(1).scalar_subquery()
_WAS_ORDERED = (
    select(_list.c.ordered)
    .where(_list.c.list == bindparam("list"), _list.c.section == bindparam("section"))
    .scalar_subquery()
)
#: Whether it was in order of time, and its newest captures' pairs of items.
_ORDER = select(_WAS_ORDERED, func.sum(_listing.c.pairs), func.sum(_listing.c.inverted)).where(
    _OF, or_(_SINCE.is_(None), _observed >= _SINCE)
)
_COUNTS = select(_observed).join(_page).where(_OF, _listing.c.shown > 0, ~_STALE).limit(1)
#: The capture that counts before a time, and after it.
_BEFORE = _COUNTS.where(_observed < bindparam("time")).order_by(_observed.desc())
_AFTER = _COUNTS.where(_observed > bindparam("time")).order_by(_observed)
_BETWEEN = (
    select(_listing.c.page_id, _observed, _listing.c.shared)
    .join(_page)
    .where(_OF, _listing.c.shown > 0, ~_STALE, _observed >= bindparam("first"), _observed <= bindparam("last"))
    .order_by(_observed, _listing.c.page_id)
)
#: The pages that were captured at these times, whether they count or not.
_AT = select(_listing.c.page_id, _observed, _listing.c.shared, _listing.c.pruned).where(
    _OF, _observed.in_(bindparam("times", expanding=True))
)
_GAPS = select(_gap.c.id, _gap.c.from_at, _gap.c.to_at).where(
    _gap.c.list == bindparam("list"),
    _gap.c.section == bindparam("section"),
    _gap.c.to_at >= bindparam("first"),
    _gap.c.from_at <= bindparam("last"),
)


@lru_cache(maxsize=4096)
def list_name(source: str | None, url: str | None) -> str | None:
    """Whose list a page shows: the source, or the host where none is named; None where nobody can tell."""
    if source:
        return source[:LONGEST_NAME]
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host[:LONGEST_NAME] if host else None


def section_name(section: str | None) -> str:
    """A section as ``listing`` and ``gap`` name it; short enough for an index."""
    return (section or "")[:LONGEST_NAME]


def touched_lists(db: Connection, pages: ColumnElement[bool]) -> dict[List, set[datetime]]:
    """The lists that these pages change, each with the times of the captures that came or count no longer.

    ``pages`` is a condition on ``page``. A page makes later copies of itself stale, and those can stand in other lists.
    """
    later, copy = _page.alias(), _listing.alias()
    own = select(_listing.c.list, _listing.c.section, _listing.c.observed_at).join(_page).where(pages, ~_STALE)
    copies = (
        select(copy.c.list, copy.c.section, copy.c.observed_at)
        .select_from(_page)
        .join(later, and_(later.c.body == _page.c.body, later.c.observed_at > _page.c.observed_at))
        .join(copy, copy.c.page_id == later.c.id)
        .where(pages, later.c.address == _page.c.address, ~_STALE)
    )
    found: dict[List, set[datetime]] = defaultdict(set)
    for query in (own, copies):
        for name, section, observed_at in db.execute(query):
            found[name, section].add(observed_at)
    return found


def measure_list(db: Connection, which: List, touched: Collection[datetime]) -> None:
    """Bring overlap and gaps of one list up to date, around the captures of these times.

    A list that is in no order of time has neither. Where captures make it one, or make it one no more, all of it changes.
    """
    lock(db, "list", *which)
    was, ordered = _orders(db, which)
    if was != ordered:
        _write_order(db, which, ordered)
        touched = {*touched, *db.scalars(select(_observed).where(_OF), _named(which))}
    if ordered:
        _measure(db, which, touched)
    elif was:
        db.execute(delete(_gap).where(_gap.c.list == which[0], _gap.c.section == which[1]))
        db.execute(
            update(_listing).where(_listing.c.list == which[0], _listing.c.section == which[1]).values(shared=None)
        )


def _orders(db: Connection, which: List) -> tuple[bool, bool]:
    """Whether a list was in order of time when it was last measured, and is, by its newest captures."""
    ordered, pairs, inverted = db.execute(_ORDER, _named(which)).one()
    return ordered is not False, not out_of_order(int(pairs or 0), int(inverted or 0))


def _write_order(db: Connection, which: List, ordered: bool) -> None:
    row = {"list": which[0], "section": which[1], "rounding": Rounding.DOWN, "folded": Rounding.DOWN}
    new = insert_into(db, _list).values(row | {"ordered": ordered})
    db.execute(new.on_conflict_do_update(index_elements=["list", "section"], set_={"ordered": ordered}))


def _measure(db: Connection, which: List, touched: Collection[datetime]) -> None:
    pages, complete = _captures(db, which, min(touched), max(touched))
    at: dict[datetime, list[int]] = defaultdict(list)
    for row in pages:
        at[row.observed_at].append(row.page_id)
    times = list(at)
    runs = [times[first : last + 1] for first, last in gaps.stretches(times, touched)]
    shown = _shown(db, which[1], [page for run in runs for time in run for page in at[time]])
    # behind the sightings: those that are given up at this moment are found in one of the two
    rows = _at(db, which, {*touched, *(time for run in runs for time in run)})
    for row in rows:
        shown[row.page_id].update(row.pruned or ())
    measured = gaps.Measured()
    for run in runs:
        gaps.measure(run, {time: {page: shown[page] for page in at[time]} for time in run}, measured)
    if complete and times:
        measured.shared.update(dict.fromkeys(at[times[0]]))
    _write_gaps(db, which, measured.gaps, [(run[0], run[-1]) for run in runs], touched)
    counted = {row.page_id for row in pages}
    known = {row.page_id: row.shared for row in (*pages, *rows) if row.page_id in counted or row.observed_at in touched}
    measured.shared.update(dict.fromkeys(known.keys() - counted))
    _write_shared(db, which, {page: n for page, n in measured.shared.items() if known[page] != n})


def _captures(db: Connection, which: List, first: datetime, last: datetime) -> tuple[Sequence[Any], bool]:
    """The captures of a list that count, from the one before ``first`` to the one after ``last``, in order.

    And whether the first of them is the first of all.
    """
    named = _named(which)
    before = db.scalar(_BEFORE, named | {"time": first})
    after = db.scalar(_AFTER, named | {"time": last})
    between = named | {"first": before or first, "last": after or last}
    return db.execute(_BETWEEN, between).all(), before is None


def _named(which: List) -> dict[str, Any]:
    return {"list": which[0], "section": which[1]}


def _at(db: Connection, which: List, times: Collection[datetime]) -> list[Any]:
    """The pages of a list that were captured at these times, whether they count or not."""
    return list(run_in_chunks(db, _AT, "times", sorted(times), _named(which)))


def _shown(db: Connection, section: str, pages: Iterable[int]) -> dict[int, set[int]]:
    """The items that these pages show under one section, but for those whose sightings were given up."""
    found: dict[int, set[int]] = defaultdict(set)
    for page, its_section, item in _SHOWN.run(db, pages):
        if section_name(its_section) == section:
            found[page].add(item)
    return found


def _write_gaps(
    db: Connection, which: List, now: set[gaps.Gap], reaches: list[gaps.Gap], touched: Collection[datetime]
) -> None:
    first = min([*touched, *(reach[0] for reach in reaches)])
    last = max([*touched, *(reach[1] for reach in reaches)])
    rows = db.execute(_GAPS, _named(which) | {"first": first, "last": last})
    known = {(row.from_at, row.to_at): row.id for row in rows}
    gone = gaps.superseded(known, reaches, touched) - now
    for gap in sorted(gone):
        db.execute(delete(_gap).where(_gap.c.id == known[gap]))
    new = [
        {"list": which[0], "section": which[1], "from_at": start, "to_at": end}
        for start, end in sorted(now - known.keys())
    ]
    if new:
        db.execute(insert(_gap), new)


def _write_shared(db: Connection, which: List, shared: Mapping[int, int | None]) -> None:
    _SHARED.run(db, [(number, page, which[1]) for page, number in sorted(shared.items())])
