"""What became of pages and items: the one set of counts in every report and row."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(slots=True)
class Counts:
    """What became of pages and items: found is always the sum of the rest."""

    pages_new: int = 0
    pages_known: int = 0
    pages_done: int = 0
    pages_failed: int = 0
    items_new: int = 0
    items_seen: int = 0
    items_rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        """The counts of both."""
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))
