"""The page's own article, from its lines: headline, dateline, paragraphs.

In form H furniture stands before it and its headline is printed twice; in G and N the first line is the headline. Says
nothing of items.
"""

from __future__ import annotations

from collections.abc import Sequence

from meeruit.tasks.grammar.datelines import read_dateline
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.records import Lead

#: How much of a page is read as its article, in characters; and the most paragraphs.
LONGEST_LEAD, MOST_PARAGRAPHS = 200_000, 2_000


def read_lead(lines: Sequence[str], profile: Profile) -> Lead | None:
    """The article in cleaned, non-empty ``lines``, or None where there is none."""
    start = _after_headline(lines, profile)
    return lead_of(lines[start - 1] if start else None, lines[start:], profile)


def lead_of(headline: str | None, paragraphs: Sequence[str], profile: Profile, *, deck: int = 0) -> Lead | None:
    """The article of a headline and its paragraphs; a dateline is taken off the first one behind the deck.

    ``deck``: how many of the paragraphs are one.
    """
    if not headline and not paragraphs:
        return None
    dateline = read_dateline(paragraphs[deck], profile.agencies) if len(paragraphs) > deck else None
    texts = [*paragraphs[:deck], dateline.rest, *paragraphs[deck + 1 :]] if dateline else paragraphs
    return Lead(headline, dateline.printed if dateline else None, "\n".join(filter(None, texts)), deck)


def _after_headline(lines: Sequence[str], profile: Profile) -> int:
    """Where the text begins: behind the headline's second copy, else at the dateline, else behind the first line."""
    seen: set[str] = set()
    for at, line in enumerate(lines):
        if line in seen:
            return at + 1
        seen.add(line)
    for at, line in enumerate(lines):
        dateline = read_dateline(line, profile.agencies)
        if dateline and dateline.sure:
            return at
    return min(1, len(lines))
