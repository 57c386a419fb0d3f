"""Which of the pieces of a block are items, and which are rejected and why.

Without a heading a block has to show that it is one; a headline alone is an item only below a heading; of two equal items
the first one counts. Gets blocks as a door found them; nothing here depends on which door.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from meeruit.tasks.grammar.ages import Age, Ago
from meeruit.tasks.grammar.blocks import Found, Line, Piece
from meeruit.tasks.grammar.items import SHOWN, Reading, is_prose, read_item, read_tail
from meeruit.tasks.grammar.profiles import Profile
from meeruit.tasks.grammar.section_names import is_ticker, name_of
from meeruit.tasks.grammar.windows import contradicts, window_of_age
from meeruit.tasks.records import Block, Item, PublishedFrom, Reason, Reject, Rounding, Window

#: A block without a heading is one from so many items on.
_FEWEST = 3
#: Where one of so many items has an age, the others should have one, too.
_AGED = 3


def sift_blocks(found: Iterable[Found], profile: Profile, observed_at: datetime | None) -> tuple[Block, ...]:
    """The blocks that are ones, their items numbered over the page; an item that comes again is rejected."""
    seen: set[str] = set()
    blocks = (_sift(one, profile, observed_at, seen) for one in found)
    return tuple(block for block in blocks if block)


def _sift(found: Found, profile: Profile, observed_at: datetime | None, seen: set[str]) -> Block | None:
    readings = [
        read_item(piece.lines, profile, first=at == 0 and found.unbounded) for at, piece in enumerate(found.pieces)
    ]
    section = found.section
    if not found.headed:
        if not _is_listing(readings):
            return None
        if found.unbounded:
            readings[0] = _first_of(readings)
            section = name_of(readings[0].before) or section
    items: list[Item] = []
    rejected: list[Reject] = []
    unread = 0
    for reading, piece in zip(readings, found.pieces, strict=True):
        rejected += reading.rejected
        if reading.content_hash is None or not _has_letters(reading.text or reading.headline or ""):
            continue
        if reason := _reason(reading, found.headed, piece.cut, seen):
            rejected.append(Reject(reason, (reading.text or reading.headline or "")[:SHOWN]))
        else:
            seen.add(reading.content_hash)
            items.append(_item(reading, piece, len(seen), profile, observed_at))
            unread += not (piece.age and (piece.age.when or piece.age.moment))
    rejected += filter(None, [read_tail(rest, profile) for rest in found.rests if rest])
    if not items and not rejected:
        return None
    return Block(section, tuple(items), tuple(rejected), unread if len(items) <= _AGED * (len(items) - unread) else 0)


def _has_letters(text: str) -> bool:
    """Whether a text is more than a number: of a rank, of votes."""
    return any(map(str.isalpha, text))


def _reason(reading: Reading, headed: bool, cut: bool, seen: set[str]) -> Reason | None:
    """Why a complete reading is no item of this page."""
    if cut:
        return Reason.CUT
    if not headed and not reading.text:
        return Reason.NO_TEXT
    return Reason.REPEATED if reading.content_hash in seen else None


def _is_listing(readings: Sequence[Reading]) -> bool:
    """Whether pieces without a heading above them are a block: three items or more, half of them reports with a dateline."""
    items = {one.content_hash: one for one in readings if one.content_hash and one.text}.values()
    reports = [one for one in items if one.dateline and (one.dateline.agencies or is_prose(Line(one.text)))]
    return len(items) >= _FEWEST and 2 * len(reports) >= len(items)


def _first_of(readings: Sequence[Reading]) -> Reading:
    """The first item of a listing: the line above it is its headline only where the other items have one, too."""
    first, others = readings[0], [one for one in readings[1:] if one.text]
    headed = 2 * sum(one.headline is not None for one in others) > len(others)
    if first.headline is None or not headed or is_ticker(first.before[-1]):
        return first._replace(headline=None)
    return first._replace(before=first.before[:-1])


def _item(reading: Reading, piece: Piece, position: int, profile: Profile, observed_at: datetime | None) -> Item:
    dateline, age = reading.dateline, piece.age
    place, agencies, printed = dateline[:3] if dateline else (None, (), None)
    window = nearest = rests_on = None
    contradicted = False
    if age is not None and (observed_at is not None or age.moment is not None):  # else no words tell a time
        rounding = profile.rounding or Rounding.DOWN
        window = window_of_age(age, observed_at, rounding)
        if window is not None:
            nearest, rests_on = _nearest(window, age, observed_at, profile), _source(window, age)
        contradicted = bool(age.moment and observed_at and contradicts(age, observed_at, rounding))
    return Item(
        position,
        reading.headline,
        place,
        agencies,
        printed,
        reading.text,
        reading.url or piece.url,
        age.text if age else None,
        window,
        rests_on,
        reading.content_hash or "",
        nearest,
        contradicted,
    )


def _nearest(window: Window, age: Age, observed_at: datetime | None, profile: Profile) -> Window | None:
    """The window if the site rounds to the nearest unit, as it may where nobody says how it rounds."""
    if profile.rounding or not isinstance(age.when, Ago):
        return window
    return window_of_age(age, observed_at, Rounding.NEAREST)


def _source(window: Window, age: Age) -> PublishedFrom:
    if age.moment and window.after == window.before:
        return PublishedFrom.DATETIME
    return PublishedFrom.AGE if isinstance(age.when, Ago) else PublishedFrom.DATE
