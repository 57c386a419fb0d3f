"""One raw page becomes a capture: its time, its identity, and what it holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from meeruit.tasks.captures import Capture, ObservedFrom, Raw, capture_key, sha256
from meeruit.tasks.errors import PageError
from meeruit.tasks.extract import extract_in
from meeruit.tasks.extracted import lacks_windows
from meeruit.tasks.records import Page, Rounding
from meeruit.tasks.references import Fetch, Terms
from meeruit.tasks.times import AHEAD, EARLIEST, check_time, now
from meeruit.tasks.work.time_limits import at_most

#: Seconds of processor time that one page may take; real ones take a thousandth of one.
PAGE_SECONDS = 10.0
#: Characters of the message of an unexpected error that are kept.
_LONGEST_PROBLEM = 300


def capture(raw: Raw, terms: Terms) -> Capture:
    """Extract one raw page; whatever is wrong with it becomes its problem, never an exception."""
    observed_at, observed_from, known = _times(raw, terms)
    problem, extraction = raw.problem, None
    listing = terms.listing or (isinstance(raw.reference, Fetch) and raw.reference.listing)
    if problem is None and raw.extracted is not None:
        extraction, listing = raw.extracted.extraction, raw.extracted.listing
        try:
            check_time(observed_at, now())
            if known and raw.observed_at is None and lacks_windows(extraction):
                raise ValueError("it was extracted without a time, which its ages need: extract it with --observed-at")
        except ValueError as exc:
            problem, extraction = str(exc), None
    elif problem is None and raw.body is not None:
        try:
            check_time(observed_at, now())
            shown_at = known and known - timedelta(seconds=raw.age_seconds)
            page = Page(raw.body, raw.url, known, raw.media_type, shown_at, listing, terms.rounding)
            with at_most(PAGE_SECONDS):
                extraction = None if _is_feed(raw) else extract_in(page, terms.profile)
        except (PageError, ValueError) as exc:
            problem = str(exc)
        except Exception as exc:  # noqa: BLE001 - a fault of ours in one page must not cost its neighbours
            problem = f"unexpected {type(exc).__name__}: {exc}".split("\n", 1)[0][:_LONGEST_PROBLEM]
    observed_at, observed_from = _believed(observed_at, observed_from, terms)
    return Capture(
        raw=raw,
        observed_at=observed_at,
        observed_from=observed_from,
        body=_body_of(raw),
        key=key_of(raw, terms),
        extraction=extraction,
        problem=problem,
        listing=listing,
    )


def key_of(raw: Raw, terms: Terms) -> str:
    """The capture key that a raw page gets; where there is no page, what is wrong stands in the place of its body."""
    return capture_key(raw.address, raw.problem if (body := _body_of(raw)) is None else body, _times(raw, terms)[2])


def _times(raw: Raw, terms: Terms) -> tuple[datetime, str, datetime | None]:
    """The time of a capture, what it rests on, and the time again where it says something of the capture itself."""
    observed_at, observed_from = raw.observed_at, str(raw.observed_from)
    if observed_at is None:
        observed_at, observed_from = _time_of(terms), str(terms.observed_from)
    return observed_at, observed_from, observed_at if observed_from != ObservedFrom.INGEST else None


def _believed(observed_at: datetime, observed_from: str, terms: Terms) -> tuple[datetime, str]:
    """The time of a capture, or that of its ingest where it is refused: no failure stands in the future, and stays there."""
    at = now()
    for time, said_by in ((observed_at, observed_from), (_time_of(terms), str(terms.observed_from))):
        if EARLIEST <= time <= at + AHEAD:
            return time, said_by
    return at, str(ObservedFrom.INGEST)


def _body_of(raw: Raw) -> str | None:
    if raw.extracted is not None:
        return raw.extracted.sha256
    return None if raw.body is None else raw.sha256 or sha256(raw.body)


def _time_of(terms: Terms) -> datetime:
    """The capture time of a page that states none; now, where the clock of its ingest was plainly wrong."""
    at = now()
    wrong = terms.observed_from == ObservedFrom.INGEST and not EARLIEST <= terms.observed_at <= at + AHEAD
    return at if wrong else terms.observed_at


def terms_of(row: Any) -> Terms:
    """What held for a page when it was stored, by its row of ``page``."""
    rounding = Rounding(row.rounding) if row.rounding else None
    return Terms(row.observed_at, row.observed_from, row.source, row.profile, listing=row.listing, rounding=rounding)


def _is_feed(raw: Raw) -> bool:
    return isinstance(raw.reference, Fetch) and raw.reference.feed
