"""What the library is given, checked: values only.

What is no value of its kind is refused, since it is a mistake in the code that calls. What may be wrong with a page that
somebody else made (a NUL in its address, a time before 1995) is taken as in a record of JSON Lines.
"""

from __future__ import annotations

from meeruit.tasks.addresses import MAX_LENGTH, shortened
from meeruit.tasks.captures import ObservedFrom, Raw, sha256, storable
from meeruit.tasks.errors import UsageError
from meeruit.tasks.records import Page
from meeruit.tasks.references import Problem
from meeruit.tasks.store.tables import LONGEST_NAME
from meeruit.tasks.times import check_zone


def as_found(number: int, page: object) -> Raw | tuple[Problem, int, int]:
    """The page with this number, from 0, as a door yields it. Raises UsageError, which names it."""
    name = f"pages[{number}]"
    if not isinstance(page, Page):
        raise UsageError(f"{name}: {type(page).__name__!r} is no meeruit.Page, as Page(body, url, observed_at) is")
    if page.url and isinstance(page.url, str):
        name = f"{name} ({shortened(storable(page.url))})"
    if not isinstance(page.body, bytes):
        raise UsageError(f"{name}: its body is bytes as they came, not {type(page.body).__name__}; encode() a text")
    _check_type(f"{name}: url", page.url, str)
    _check_type(f"{name}: media_type", page.media_type, str, optional=False)
    check_time(f"{name}: observed_at", page.observed_at)
    check_time(f"{name}: shown_at", page.shown_at)
    named = f"body:{sha256(page.body)}"
    if page.url and len(page.url) > MAX_LENGTH:
        return Problem(named, f'"url" is longer than {MAX_LENGTH:,} characters'), 1, 0
    url = storable(page.url) if page.url else None
    return Raw(
        address=url or named,
        body=page.body,
        url=url,
        media_type=storable(page.media_type),
        observed_at=page.observed_at,
        observed_from=ObservedFrom.RECORD if page.observed_at else None,
    )


def check_time(name: str, time: object) -> None:
    """Raise UsageError for what is no time with a zone; None is no time."""
    try:
        if time is not None:
            check_zone(time)
    except ValueError as exc:
        raise UsageError(f"{name}: {exc}") from None


def check_limit(limit: object) -> None:
    """Raise UsageError for what is no number of items; None is no limit."""
    if limit is not None and not (isinstance(limit, int) and limit >= 0):
        raise UsageError(f"limit: {limit!r} is no number of items, 0 or more")


def check_source(name: object) -> None:
    """Raise UsageError for what is no name of a source; None is no name."""
    check_text("source", name)
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        raise UsageError(f"source: a name has at most {LONGEST_NAME} characters, and this one {len(name)}")


def check_text(name: str, text: object) -> None:
    """Raise UsageError for what is no text, or one that no database takes; None is no text."""
    _check_type(name, text, str)
    if isinstance(text, str) and text != storable(text):
        raise UsageError(f"{name}: {text[:60]!r} holds a NUL or half a character")


def _check_type(name: str, value: object, kind: type, *, optional: bool = True) -> None:
    if not isinstance(value, kind) and not (optional and value is None):
        raise UsageError(f"{name}: {repr(value)[:60]} is no {kind.__name__}")
