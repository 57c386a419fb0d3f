"""How lists round their ages, as their sightings show; and their items folded again when that changes.

    items that contradict themselves ──→ contradiction ──→ list_state.rounding ──→ the list's items, folded again

Where nobody says how a site rounds, its ages count as rounded down, until more items of a list contradict themselves
under that and agree with ages rounded to the nearest unit than the other way round. All of it follows from the rows
alone, whatever order they came in. What sightings speak for, ``store.contradictions`` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from meeruit.tasks.records import Rounding
from meeruit.tasks.store.contradictions import Readings, agrees, rounds_to_nearest
from meeruit.tasks.store.items import refold
from meeruit.tasks.store.overlap import List
from meeruit.tasks.store.rows import insert_into, lock, run_in_chunks
from meeruit.tasks.store.tables import LONGEST_NAME, Contradiction, Item, Listing, ListState, Page, Sighting, table
from meeruit.tasks.store.transaction import hurried, read_only
from meeruit.tasks.store.windows import TOLD, copies, list_of_row, printed_windows

_contradiction, _item, _list, _listing = table(Contradiction), table(Item), table(ListState), table(Listing)
_page, _sighting = table(Page), table(Sighting)
#: Items of one transaction, or of one look at their sightings.
_ITEMS = 1_000

# What is asked after every poll. The statements are made once: to make one costs more than to run it.

_SPOKE = select(
    exists().where(_contradiction.c.list == bindparam("list"), _contradiction.c.section == bindparam("section"))
)
_SAID_BY = select(_contradiction.c.item_id, _contradiction.c.agrees).where(
    _contradiction.c.list == bindparam("list"),
    _contradiction.c.section == bindparam("section"),
    _contradiction.c.item_id.in_(bindparam("items", expanding=True)),
)
_BEGUN = select(_list.c.list, _list.c.section).where(_list.c.heard.is_not(None)).order_by(_list.c.list, _list.c.section)
_CHANGED = (
    select(_list.c.list, _list.c.section, _list.c.rounding)
    .where(_list.c.rounding != _list.c.folded)
    .order_by(_list.c.list, _list.c.section)
)
_before, _then = _page.alias("before"), _sighting.alias("then")
#: A sighting on a page that an earlier capture of the same address and body has too: ``_readings`` does not hear it.
_AGAIN = (
    select(_then.c.item_id)
    .join_from(_before, _then, _then.c.page_id == _before.c.id)
    .where(
        _before.c.body == _page.c.body,
        _before.c.observed_at < _page.c.observed_at,
        _before.c.address == _page.c.address,
        _then.c.item_id == _sighting.c.item_id,
    )
    .correlate(_page, _sighting)
    .exists()
)
_SAID_IN = _page.c.observed_at, _page.c.address, _sighting.c.position, _page.c.body
_SIGHTINGS = (
    select(_sighting.c.item_id, _sighting.c.page_id, *_SAID_IN, *TOLD)
    .join_from(_sighting, _page)
    .where(_sighting.c.item_id.in_(bindparam("items", expanding=True)))
    .order_by(*_SAID_IN)
)


def suspects(db: Connection, pages: ColumnElement[bool]) -> dict[List, set[int]]:
    """The items of these pages that may say how a list rounds, by list; ``pages`` is a condition on ``page``.

    A page that shows again, with the same body, what it showed before says nothing: at most polls nothing has changed.
    """
    which = _contradiction.c.list == _listing.c.list, _contradiction.c.section == _listing.c.section
    odd = or_(_item.c.conflicts > 0, exists().where(*which))
    shown = (
        select(_listing.c.list, _listing.c.section, _sighting.c.item_id)
        .join_from(_page, _listing, _listing.c.page_id == _page.c.id)
        .join(_sighting, _on_list())
        .join(_item, _item.c.id == _sighting.c.item_id)
        .where(pages, odd, ~_AGAIN)
    )
    theirs = select(_sighting.c.item_id).join_from(_sighting, _page).where(pages, ~_AGAIN)
    known = select(_contradiction.c.list, _contradiction.c.section, _contradiction.c.item_id)
    found: dict[List, set[int]] = defaultdict(set)
    for query in (shown, known.where(_contradiction.c.item_id.in_(theirs))):
        for name, section, item in db.execute(query):
            found[name, section].add(item)
    return found


def judge(db: Connection, which: List, items: Collection[int]) -> None:
    """Bring what is known of a list's rounding up to date, after a change to these of its items.

    Where they are the first that speak for the nearest unit, its other items have a say from now on: see ``hear_all``.
    """
    lock(db, "rounding", *which)
    named = {"list": which[0], "section": which[1]}
    votes = _votes(db, which, items)
    if votes == {row.item_id: row.agrees for row in run_in_chunks(db, _SAID_BY, "items", items, named)}:
        return
    was = db.scalar(_SPOKE, named)
    if was or Rounding.NEAREST in votes.values():
        _keep(db, which, items, votes)
        _decide(db, which, {} if was else {"heard": 0})


def settle(engine: Engine) -> None:
    """Let all lists be heard that are to be, and fold the items of those that turned out to round otherwise."""
    hear_all(engine)
    for _ in fold_again(engine):
        pass


def hear_all(engine: Engine) -> None:
    """Let all items of a list speak, of which some have begun to, and decide how it rounds; resumes what was begun."""
    while begun := read_only(engine, lambda db: db.execute(_BEGUN).all()):
        hurried(engine, lambda db, begun=begun: _hear_some(db, begun))  # type: ignore[misc]


def _hear_some(db: Connection, lists: Iterable[Any]) -> None:
    """Judge the next items of these lists, so many as one transaction looks at."""
    left = _ITEMS
    for name, section in lists:
        left -= _hear(db, (name, section), left)
        if left <= 0:
            break


def _hear(db: Connection, which: List, most: int) -> int:
    """Judge the next items of a list, and say of the last ones that they are the last. Returns how many they were."""
    lock(db, "rounding", *which)
    heard = db.scalar(select(_list.c.heard).where(_is(which)))
    if heard is None:  # another process did it meanwhile
        return 0
    items = _items_of(db, which, heard, most)
    _keep(db, which, items, _votes(db, which, items))
    _decide(db, which, {"heard": items[-1] if len(items) == most else None})
    return len(items)


def _keep(db: Connection, which: List, items: Collection[int], votes: Mapping[int, Rounding]) -> None:
    """Keep what these items say instead of what they said."""
    for some in _parts(sorted(items)):
        db.execute(delete(_contradiction).where(_said(which), _contradiction.c.item_id.in_(some)))
    rows = [{"list": which[0], "section": which[1], "item_id": i, "agrees": v} for i, v in sorted(votes.items())]
    if rows:
        db.execute(insert(_contradiction), rows)


def _decide(db: Connection, which: List, changed: Mapping[str, int | None]) -> None:
    """Say how a list rounds, as soon as all of its items have been heard."""
    state = {"list": which[0], "section": which[1], "rounding": Rounding.DOWN, "folded": Rounding.DOWN, "ordered": True}
    db.execute(insert_into(db, _list).values(state).on_conflict_do_nothing())
    count = select(_contradiction.c.agrees, func.count()).where(_said(which)).group_by(_contradiction.c.agrees)
    votes = {Rounding(agreed): number for agreed, number in db.execute(count)}
    if Rounding.NEAREST not in votes:
        db.execute(delete(_contradiction).where(_said(which)))
        changed = {"heard": None}
    if changed:
        db.execute(update(_list).where(_is(which)).values(changed))
    rounding = Rounding.NEAREST if rounds_to_nearest(votes) else Rounding.DOWN
    db.execute(update(_list).where(_is(which), _list.c.heard.is_(None)).values(rounding=rounding))


def fold_again(engine: Engine) -> Iterator[Sequence[Any]]:
    """Fold the items of lists whose rounding changed; yields them, some at a time, as they were before.

    A list with many items is folded in several transactions: whoever dies half way, the next one begins anew.
    """
    several: list[tuple[List, Rounding, Sequence[int]]] = []
    for name, section, rounding in read_only(engine, lambda db: db.execute(_CHANGED).all()):
        which = name, section
        items = read_only(engine, lambda db, which=which: _items_of(db, which))  # type: ignore[misc]
        if len(items) > _ITEMS:
            for some in _parts(items):
                yield hurried(engine, lambda db, some=some: _fold(db, some))  # type: ignore[misc]
            items = []
        several.append((which, rounding, items))
        if sum(len(its) for *_, its in several) >= _ITEMS:
            yield hurried(engine, lambda db, several=several: _fold_lists(db, several))  # type: ignore[misc]
            several = []
    if several:
        yield hurried(engine, lambda db: _fold_lists(db, several))


def _fold_lists(db: Connection, lists: Iterable[tuple[List, Rounding, Sequence[int]]]) -> Sequence[Any]:
    """Fold the items of those of these lists that no other process has folded meanwhile."""
    items: set[int] = set()
    for which, rounding, its in lists:
        changed = and_(_list.c.rounding == rounding, _list.c.folded != rounding)
        if db.execute(update(_list).where(_is(which), changed).values(folded=rounding)).rowcount:
            items.update(its)
    return _fold(db, sorted(items)) if items else []


def _fold(db: Connection, items: Sequence[int]) -> Sequence[Any]:
    query = select(_item).where(_item.c.id.in_(items)).order_by(_item.c.content_hash).with_for_update()
    rows = db.execute(query).all()
    refold(db, {row.content_hash: row for row in rows})
    return rows


def _votes(db: Connection, which: List, items: Iterable[int]) -> dict[int, Rounding]:
    """The rounding under which the items' sightings on this list agree, of those that do so under one only."""
    found = {}
    for some in _parts(sorted(items)):
        for item, readings in _readings(db, which, some).items():
            if len(readings) > 1 and (rounding := agrees(readings)):
                found[item] = rounding
    return found


def _readings(db: Connection, which: List, items: Sequence[int]) -> dict[int, list[Readings]]:
    """What the sightings of items on a list say: of several captures of one address with one body the earliest."""
    heard: set[tuple[int, str, str]] = set()
    again = copies(db, items)
    found: dict[int, list[Readings]] = defaultdict(list)
    for row in run_in_chunks(db, _SIGHTINGS, "items", items):
        capture = row.item_id, row.address, row.body
        said = capture not in heard and (row.item_id, row.page_id) not in again
        if said and list_of_row(row) == which and (both := printed_windows(row)):
            found[row.item_id].append(Readings(*both))
        heard.add(capture)
    return found


def _items_of(db: Connection, which: List, after: int = 0, most: int | None = None) -> list[int]:
    """The items of a list with a higher number, in order."""
    query = select(_sighting.c.item_id).join_from(_listing, _sighting, _on_list())
    own = _listing.c.list == which[0], _listing.c.section == which[1], _sighting.c.item_id > after
    return list(db.scalars(query.where(*own).distinct().order_by(_sighting.c.item_id).limit(most)))


def _on_list() -> ColumnElement[bool]:
    """That a sighting belongs to a row of ``listing``."""
    section = func.substr(func.coalesce(_sighting.c.section, ""), 1, LONGEST_NAME)
    return and_(_sighting.c.page_id == _listing.c.page_id, section == _listing.c.section)


def _said(which: List) -> ColumnElement[bool]:
    return and_(_contradiction.c.list == which[0], _contradiction.c.section == which[1])


def _is(which: List) -> ColumnElement[bool]:
    return and_(_list.c.list == which[0], _list.c.section == which[1])


def _parts(items: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), _ITEMS):
        yield items[start : start + _ITEMS]
