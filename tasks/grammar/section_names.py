"""The name of a listing that has no heading: form S prints it among its page data, form L above its ticker.

Catalogue 8, 9. Works on the lines before the first item; depends on no wording of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A line of a ticker or of page data is no longer.
_LONGEST = 200
#: ``- Buitenland 11:40 Kabinet valt``; with the dash, or set apart by markup.
_TICKER = re.compile(r"[-–•*] .*\b\d{1,2}[:.]\d{2}\b")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
#: ``Editie: NL & Wereld | Zeeland``; ``maandag 3 november 2025``
_PAGE_DATA = re.compile(r"[^:]{1,30}: .|.*\b\d{1,2}\b.*\b\d{4}\b")


def is_ticker(line: str) -> bool:
    """Whether ``line`` is one of a ticker: a dash, a section, a clock time, a headline without a text."""
    return len(line) <= _LONGEST and _TICKER.match(line) is not None


def has_clock(line: str) -> bool:
    """Whether ``line`` shows a clock time, as those of a ticker do."""
    return len(line) <= _LONGEST and _CLOCK.search(line) is not None


def name_of(before: Sequence[str]) -> str | None:
    """The last line before the listing that can be its name, or None: at most four words, and no final stop.

    Lines of page data are passed over, and a ticker with the line above it, which is the ticker's own name.
    """
    at = len(before)
    while at and (has_clock(before[at - 1]) or _is_page_data(before[at - 1])):
        at -= 1
        if has_clock(before[at]) and at and not has_clock(before[at - 1]):
            at -= 1
    return before[at - 1] if at and is_name(before[at - 1]) else None


def is_name(line: str) -> bool:
    """Whether ``line`` can name a section: one to four words, capitalised, without a final stop."""
    return len(line.split()) <= 4 and line[0].isupper() and line[-1] not in ".!?…:"


def _is_page_data(line: str) -> bool:
    return len(line) <= _LONGEST and _PAGE_DATA.match(line) is not None
