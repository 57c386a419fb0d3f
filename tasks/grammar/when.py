"""What an age or a date says, whatever the language: values only; what they mean in time is for ``windows``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Ago:
    """``count`` units back; ``about`` where the page says that it rounds (``ongeveer 2 uur geleden``)."""

    count: int
    unit: str
    about: bool = False
    #: A larger unit before it and its count: ``("hour", 1)`` in ``1 uur en 40 minuten geleden``.
    above: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, ``back`` days before today in ``zone``, and the minute on it where the page names one."""

    back: int
    clock: tuple[int, int] | None
    zone: str


@dataclass(frozen=True, slots=True)
class Date:
    """A date, a clock time, or both, in ``zone``.

    ``days``: year (None where the page names none), month and day; two where nobody can tell which number is the month,
    none for a clock time alone, which means today, or last night.
    """

    days: tuple[tuple[int | None, int, int], ...]
    clock: tuple[int, int] | None
    zone: str

    @property
    def is_clock(self) -> bool:
        """Whether it is a clock time alone, which can be a film's length as well."""
        return not self.days


@dataclass(frozen=True, slots=True)
class Age:
    """What a page prints for an item's time: the words, what they mean, the machine-readable point beside them."""

    #: As printed, cleaned.
    text: str
    when: Ago | Day | Date | None
    #: ``<time datetime>`` with a zone, as aware UTC on the whole second.
    moment: datetime | None = None

    def same(self, other: Age) -> bool:
        """Whether both say the same, be it in other words (``4 Std.``, ``4 Stunden``)."""
        if self.moment and other.moment:
            return self.moment == other.moment
        return self.text == other.text or (self.when is not None and self.when == other.when)
