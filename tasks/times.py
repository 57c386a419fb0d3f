"""Times: the one clock, how a time is read and printed, and where two windows meet.

Every time is aware UTC on the whole second, rounded down. A window is half open, ``(after, before]``; one with
``after == before`` is a point.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meeruit.tasks.records import Window

#: The earliest capture time that is believed.
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
#: How far two clocks may differ: a time that lies so far ahead of ours is another machine's, and one further ahead is wrong.
AHEAD = timedelta(minutes=5)
#: How a time is printed; UTC is understood.
ISO = "%Y-%m-%dT%H:%M:%SZ"


def now() -> datetime:
    """The time now. Everything else takes the time as an argument."""
    return whole(datetime.now(UTC))


def whole(moment: datetime) -> datetime:
    """An aware ``moment`` in UTC on the whole second, rounded down."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0) if moment.microsecond else moment


def whole_seconds(span: timedelta | None) -> int | None:
    """A span of time in seconds, rounded; None stays None."""
    return None if span is None else round(span.total_seconds())


def iso(moment: datetime) -> str:
    """An aware ``moment`` as it is printed: ``2026-03-02T14:05:00Z``."""
    return whole(moment).strftime(ISO)


def parse_time(text: object) -> datetime:
    """Read a capture time: ISO 8601 with a zone, kept in UTC, rounded down to the second.

    Raises ValueError, in plain words, for anything else.
    """
    if not isinstance(text, str):
        raise ValueError(f"{repr(text)[:60]} is no time; write it like 2026-03-02T14:05:00Z")  # noqa: TRY004
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no time; write it like 2026-03-02T14:05:00Z") from None
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it like 2026-03-02T14:05:00Z or 2026-03-02T15:05:00+01:00")
    try:
        return whole(time)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def day_or_time(text: str) -> datetime:
    """A time with a zone, or a day (its beginning, UTC). Raises ValueError, in plain words, for anything else."""
    if len(text) != len("2026-03-02"):
        return parse_time(text)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{text!r} is no day; write it like 2026-03-02") from None


def check_zone(moment: object) -> None:
    """Refuse what is no time with a zone, or lies beyond the years that UTC has. Raises ValueError, in plain words."""
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise ValueError(f"{moment!r} is no datetime with a time zone, as datetime(2026, 3, 2, tzinfo=UTC) is")
    try:
        whole(moment)
    except OverflowError:
        raise ValueError(f"{moment!r} is out of range") from None


def check_time(observed_at: datetime, now: datetime) -> None:
    """Refuse a capture time that cannot be true: no later capture corrects a first-seen time that is too early.

    Raises ValueError before 1995 or more than five minutes ahead of ``now``.
    """
    if observed_at < EARLIEST:
        raise ValueError(f"capture time {iso(observed_at)} lies before 1995")
    if observed_at > now + AHEAD:
        raise ValueError(f"capture time {iso(observed_at)} lies in the future")


def lies_ahead(time: datetime | None, now: datetime, most: timedelta) -> bool:
    """Whether a time is still to come that was set ``most`` ahead at most; one still further was set by a wrong clock.

    The clock that set it may differ from ours by AHEAD.
    """
    return time is not None and now < time <= now + most + AHEAD


def intersect(a: Window, b: Window) -> Window | None:
    """What both allow, or None: a point meets an interval iff ``after < point <= before``, a point only its equal."""
    after, before = max(a.after, b.after), min(a.before, b.before)
    if after < before:
        return Window(after, before)
    if after == before and all(one.after == one.before or one.after < after <= one.before for one in (a, b)):
        return Window(after, before)
    return None
