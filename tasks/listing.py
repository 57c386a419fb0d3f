"""The name of a listing that has no heading: form S prints it among its page furniture, form L above its ticker.

Catalogue 8, 9. Works on the lines before the first item; depends on no wording of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: ``- Buitenland 11:40 Kabinet valt``
_TICKER = re.compile(r"[-–•*] .*\b\d{1,2}[:.]\d{2}\b.*")
#: The same without a dash, where markup sets it apart.
_CLOCK = re.compile(r".*\b\d{1,2}[:.]\d{2}\b.*")
#: ``Editie: NL & Wereld | Zeeland``; ``maandag 3 november 2025``
_PAGE_DATA = re.compile(r"[^:]{1,30}: .+|.*\b\d{1,2}\b.*\b\d{4}\b.*")


def is_ticker(line: str) -> bool:
    """Whether ``line`` is one of a ticker: a dash, a section, a clock time, a headline without a text."""
    return _TICKER.fullmatch(line) is not None


def name_of(before: Sequence[str]) -> str | None:
    """The last line before the listing that can be its name, or None: at most four words, and no final stop.

    Lines of page data are passed over, and a ticker with the line above it, which is the ticker's own name.
    """
    lines = list(before)
    while lines:
        if _CLOCK.fullmatch(lines[-1]):
            while lines and _CLOCK.fullmatch(lines[-1]):
                lines.pop()
            lines = lines[:-1]
        elif _PAGE_DATA.fullmatch(lines[-1]):
            lines.pop()
        else:
            break
    return lines[-1] if lines and is_name(lines[-1]) else None


def is_name(line: str) -> bool:
    """Whether ``line`` can name a section: one to four words, capitalised, without a final stop."""
    return len(line.split()) <= 4 and line[0].isupper() and line[-1] not in ".!?…:"
