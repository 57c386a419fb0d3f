"""Ages: ``18 minuten geleden``, ``1 hour, 20 minutes ago``, ``gisteren 14.05``, and dates in their place.

Reads what a text says; what time it means is for ``windows``. The words come from the profile; the grammar around them is
the same in every language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from meeruit.tasks.grammar.age_words import LABEL_SIGNS, LONGEST, SEPARATORS, UNITS, Ages, AgeWords, compile_ages
from meeruit.tasks.grammar.dates import read_clock, read_date
from meeruit.tasks.grammar.when import Age, Ago, Date, Day
from meeruit.tasks.grammar.wording import Expression, plain_words

__all__ = [
    "LONGEST",
    "SEPARATORS",
    "UNITS",
    "Age",
    "AgeWords",
    "Ages",
    "Ago",
    "Date",
    "Day",
    "compile_ages",
    "find_age",
    "find_labelled_age",
    "read_age",
    "read_time",
]

Patterns = tuple[Expression, ...]
_DIGIT = re.compile(r"\d")


@lru_cache(maxsize=1024)
def find_age(text: str, ages: Ages) -> Age | None:
    """The age or date that ``text`` prints and, but for words of the profile and brackets around it, nothing else; or None.

    ``Age.text`` is the age alone, without what stands around it; ``when`` is None where its words mean no time that can be.
    """
    return _found(text, (ages.whole,), (ages.whole_date,), ages)


@lru_cache(maxsize=1024)
def find_labelled_age(text: str, ages: Ages) -> Age | None:
    """The same where any label may be parted from it: ``Buitenland · 2 uur geleden``, ``World / 2 hours ago``."""
    if not LABEL_SIGNS.search(text):
        return find_age(text, ages)
    return _found(text, (ages.labelled,), (ages.whole_date, ages.labelled_date), ages)


def _found(text: str, ages_: Patterns, dates: Patterns, ages: Ages) -> Age | None:
    hinted = ages.hinted(text.lower() if text.isascii() else plain_words(text))
    for one in (*(ages_ if hinted else ()), *(dates if len(text) <= LONGEST and _DIGIT.search(text) else ())):
        if match := one.compiled.fullmatch(text):
            found = match[1].strip()
            return read_time(found, ages) or Age(found, None)
    return None


@lru_cache(maxsize=1024)
def read_time(text: str, ages: Ages) -> Age | None:
    """The age or the date that the whole of ``text`` (cleaned) is, or None."""
    if age := read_age(text, ages):
        return age
    date = read_date(text, ages.dates)
    return Age(text, date) if date else None


def begins_age(text: str, ages: Ages) -> bool:
    """Whether ``text`` (cleaned) is how an age begins that is cut inside its unit: ``1 maa``, of ``1 maand geleden``."""
    number, _, word = text.lower().partition(" ")
    return number.isdecimal() and bool(word) and any(unit.startswith(word) and unit != word for unit in ages.units)


@lru_cache(maxsize=1024)
def read_age(text: str, ages: Ages) -> Age | None:
    """The age that the whole of ``text`` (cleaned) is, or None; a date is none."""
    when = ages.fixed.get(plain_words(text)) or _counted(text, ages) or _dated(text, ages)
    return Age(text, when) if when else None


def _counted(text: str, ages: Ages) -> Ago | None:
    for one in ages.counted:
        if match := one.fullmatch(text):
            number = match["n"]
            count = int(number) if number.isdecimal() else ages.words.numbers[number.lower()]
            about = (match["about"] or match["inner"]) is not None
            if past := match["past"]:
                return Ago(int(past), "minute", about, above=("hour", count))
            unit = ages.units[plain_words(match["unit"])]
            if not match["unit2"]:
                return Ago(count, unit, about)
            smaller = ages.units[plain_words(match["unit2"])]
            if UNITS.index(smaller) < UNITS.index(unit):
                return Ago(int(match["n2"]), smaller, about, above=(unit, count))
    return None


def _dated(text: str, ages: Ages) -> Day | None:
    for one in ages.dated:
        if match := one.fullmatch(text):
            word, *clock = match.groups()
            hour, minute, half = clock or (None, None, None)
            time = read_clock(hour, minute, half) if hour and minute else None
            return None if clock and time is None else Day(ages.words.days[plain_words(word)], time, ages.words.zone)
    return None
