"""Which sections, places, agencies and sources there are, in every spelling, with how many items have each. Only reads.

Databases compare case in their own ways; here a word is looked up among the spellings there are, as ``listings`` compares.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select

from meeruit.tasks.report.listings import parts_of_place, same
from meeruit.tasks.store.tables import Item, Run, table

_item, _run = table(Item), table(Run)
#: Rows that are counted by one statement, and seconds after which a look ends, complete or not.
_TOGETHER, _PATIENCE = 50_000, 1.0


class Spellings:
    """Remembers what old rows hold, so that a look costs no more than the rows that came since.

    An earlier sighting can change what an item shows: who keeps one of these for long counts anew now and then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._below = 0
        self._sections: Counter[str] = Counter()
        self._places: Counter[str] = Counter()
        self._agencies: Counter[tuple[str, ...]] = Counter()
        self._sources: set[str] = set()
        self._run = 0
        #: False as long as there are rows that no look has come to.
        self.complete = False

    def look(self, db: Connection) -> Spellings:
        """Take in what was stored since the last look, as far as a second allows."""
        with self._lock:
            newest = int(db.scalar(select(func.max(_item.c.id))) or 0)
            began = time.monotonic()
            while self._below < newest and time.monotonic() - began < _PATIENCE:
                self._count(db, min(newest, self._below + _TOGETHER))
            self.complete = self._below >= newest
            self._look_at_runs(db)
        return self

    def _count(self, db: Connection, up_to: int) -> None:
        since = (_item.c.id > self._below, _item.c.id <= up_to)
        query = select(_item.c.section, _item.c.place, _item.c.agencies, func.count().label("items"))
        for row in db.execute(query.where(*since).group_by(_item.c.section, _item.c.place, _item.c.agencies)):
            self._add(row)
        self._below = up_to

    def _look_at_runs(self, db: Connection) -> None:
        run = int(db.scalar(select(func.max(_run.c.id))) or 0)
        if run > self._run:
            query = select(_run.c.source).where(_run.c.id > self._run, _run.c.source.is_not(None)).distinct()
            self._sources |= set(db.scalars(query))
            self._run = run

    def _add(self, row: Any) -> None:
        if row.section is not None:
            self._sections[row.section] += row.items
        if row.place is not None:
            self._places[row.place] += row.items
        self._agencies[tuple(row.agencies)] += row.items

    def of_section(self, name: str) -> list[str]:
        """The spellings of a section."""
        return [one for one in list(self._sections) if same(one, name)]

    def of_place(self, name: str) -> list[str]:
        """The places that are this one, or name it among others."""
        return [one for one in list(self._places) if any(same(part, name) for part in parts_of_place(one))]

    def of_agency(self, name: str) -> list[list[str]]:
        """The lists of agencies that name this one."""
        return [list(one) for one in list(self._agencies) if any(same(each, name) for each in one)]

    def items_of_section(self, name: str | None) -> int:
        """How many items are of a section."""
        return 0 if name is None else sum(self._sections[one] for one in self.of_section(name))

    def items_of_place(self, name: str | None) -> int:
        """How many items have a place, alone or among others."""
        return 0 if name is None else sum(self._places[one] for one in self.of_place(name))

    def sections(self, most: int = 200) -> list[tuple[str, int]]:
        """The sections, those with the most items first, each with their number."""
        return _by_number(self._sections.items(), most)

    def agencies(self, most: int = 200) -> list[tuple[str, int]]:
        """The agencies, those with the most items first, each with their number."""
        single: Counter[str] = Counter()
        for names, items in list(self._agencies.items()):
            single.update(dict.fromkeys(names, items))
        return _by_number(single.items(), most)

    def places(self, most: int = 500) -> list[tuple[str, int]]:
        """The places, those with the most items first, each with their number."""
        return _by_number(self._places.items(), most)

    def total(self) -> int:
        """How many items there are."""
        return sum(list(self._agencies.values()))

    def sources(self) -> list[str]:
        """The sources that had a run, by name."""
        return sorted(self._sources)


def _by_number(counted: Iterable[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))[:most]
