"""Which columns of a record hold what: the names that everybody uses, or those that ``--columns`` gives.

html, text     the page; ``html`` counts where both are there
url            its address
observed_at    when it was captured: a time with a zone
date           the same in a corpus row, where it counts only if it is a time with a zone
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from meeruit.tasks.errors import Unreadable, UsageError

_SHOWN = 12


class Columns(NamedTuple):
    """The name of each column."""

    html: str = "html"
    text: str = "text"
    url: str = "url"
    observed_at: str = "observed_at"
    date: str = "date"

    def wanted(self, there: Sequence[str]) -> list[str]:
        """Those of the columns that are there."""
        return [name for name in dict.fromkeys(self) if name in there]


@lru_cache(maxsize=16)
def read_columns(said: str | None) -> Columns:
    """``text=content,url=link,date=crawled`` as names. Raises UsageError for what is none of it."""
    names: dict[str, str] = {}
    for part in (said or "").split(",") if said else ():
        ours, equals, theirs = part.partition("=")
        ours, theirs = ours.strip(), theirs.strip()
        if not equals or not theirs or ours not in {"html", "text", "url", "date"} or ours in names:
            raise UsageError(
                f"--columns: {part.strip()[:60]!r} is not read; write it like text=content,url=link,date=crawled "
                "(html, text, url, date)"
            )
        names[ours] = theirs
    if "date" in names:  # somebody says that it is the time of the capture
        names["observed_at"] = names.pop("date")
    if ("html" in names) != ("text" in names):  # the other one means something else there, if it is there
        names |= {"text": ""} if "html" in names else {"html": ""}
    return Columns(**names)


def check_columns(there: Sequence[str], said: str | None) -> None:
    """Raise Unreadable where no column holds a page, one that was named is not there, or one of them stands twice."""
    names = read_columns(said)
    twice = [name for name in names.wanted(there) if there.count(name) > 1]
    if twice:
        raise Unreadable(
            f"not read: it has {there.count(twice[0])} columns named {twice[0]!r}; give them names of their own; "
            f"its columns are {_listed(there)}"
        )
    missing = [name for name in names if name and name not in there and name not in Columns()]
    if missing:
        raise Unreadable(f"not read: it has no column {missing[0]!r}; its columns are {_listed(there)}")
    if names.html not in there and names.text not in there:
        raise Unreadable(
            "not read: no column is named html or text; say which it is with --columns text=NAME; "
            f"its columns are {_listed(there)}"
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "") if names else "none"
