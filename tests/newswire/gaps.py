"""The oracle's gaps: where two successive captures of one list share no item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A row of the table ``gap``: between these two times items of this list may have been missed."""

    #: The source, or the host where none is named.
    publisher: str
    section: str
    after: datetime
    before: datetime


def gaps(seen: Iterable[tuple[str, str, datetime, str]]) -> list[Gap]:
    """The gaps in what was seen: publisher, section, time of the capture, hash of an item.

    A capture of a list is a page with at least one complete item of it. Captures of one list in
    one second count as one, their items together. Left out are captures that nobody dated, and stale ones (an earlier
    capture of the address has the same body): they show the list of an earlier time.
    """
    lists: dict[tuple[str, str], dict[datetime, set[str]]] = defaultdict(lambda: defaultdict(set))
    for publisher, section, moment, content_hash in seen:
        lists[publisher, section][moment].add(content_hash)
    return sorted(
        Gap(publisher, section, earlier, later)
        for (publisher, section), captures in lists.items()
        for earlier, later in pairwise(sorted(captures))
        if captures[earlier].isdisjoint(captures[later])
    )
