"""Short ways to read a page in a test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from meeruit.tasks.extract import extract
from meeruit.tasks.grammar.profiles import BUILT_IN, Profile
from meeruit.tasks.records import Block, Extraction, Item, Page

OBSERVED = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
NL, EN = BUILT_IN["nl"], BUILT_IN["en"]


def read(
    body: str | bytes,
    *,
    url: str | None = None,
    at: datetime | None = OBSERVED,
    media_type: str = "",
    profiles: Sequence[Profile] | None = None,
) -> Extraction:
    """The extraction of a page, captured at a fixed time."""
    raw = body if isinstance(body, bytes) else body.encode()
    return extract(Page(raw, url=url, observed_at=at, media_type=media_type), profiles)


def block_of(body: str | bytes, **options: object) -> Block:
    """The only block of a page."""
    (block,) = read(body, **options).blocks  # type: ignore[arg-type]
    return block


def items_of(body: str | bytes, **options: object) -> tuple[Item, ...]:
    """The items of a page's only block."""
    return block_of(body, **options).items


def texts_of(body: str | bytes, **options: object) -> list[str]:
    """The texts of all items of a page."""
    return [item.text for _, item in read(body, **options).items()]  # type: ignore[arg-type]


def headed(*lines: str, section: str = "Buitenland") -> str:
    """A text page with a lead and a headed block of these lines."""
    return "\n".join(("De kop van het stuk", "DEN HAAG (ANP) - De eerste alinea.", f"Meer uit {section}", *lines))
