"""Dates in the place of ages: ``3 november 2025, 14:05``, ``Nov 3``, ``03/11/2025``, ``14:05``, as a language words them.

Reads a date; what time it means is for ``windows``. Words and order come from the profile, the forms are the same in
every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from meeruit.tasks.grammar.later import compile_later
from meeruit.tasks.grammar.when import Date
from meeruit.tasks.grammar.wording import SPACE, literals

#: Between a date and its clock time.
_BETWEEN = rf"(?:{SPACE}*[,|•·/–—-]{SPACE}*|{SPACE}+)"
_ORDINAL = r"(?:\.|er|st|nd|rd|th|e|º)?"
_DAY, _NUMBER = r"(?:0?[1-9]|[12]\d|3[01])", r"\d{1,2}"
_YEAR = r"(?:(?:19|20)\d\d)"
_HOUR = r"(?:[01]?\d|2[0-3])"
#: The zone names that are the same in every language.
_WORLD = {"UTC": "UTC", "GMT": "UTC"}


@dataclass(frozen=True, slots=True)
class DateWords:
    """The words of one language for dates, as its profile lists them."""

    #: Twelve, each with its forms: ``("november", "nov")``.
    months: tuple[tuple[str, ...], ...] = ()
    weekdays: tuple[str, ...] = ()
    #: Whether ``03/11`` is the third of November (``day``), March the eleventh (``month``), or either (empty).
    order: str = ""
    #: Words between a date and a clock time: ``om``.
    at: tuple[str, ...] = ()
    #: Words behind a clock time: ``uur``.
    oclock: tuple[str, ...] = ()
    #: Abbreviation -> zone: ``PT = "America/Los_Angeles"``.
    zones: Mapping[str, str] = field(default_factory=dict)
    #: The zone that dates are meant in.
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """The grammar of dates in one language, ready to read with."""

    words: DateWords
    #: The regular expression of a date, without groups; for texts and lines.
    printed: str
    weekday: re.Pattern[str]
    #: A day at the beginning of a text, in its forms.
    days: tuple[re.Pattern[str], ...]
    #: A clock time at the beginning of a text.
    clock: re.Pattern[str]
    #: What parts a date from its clock time.
    between: re.Pattern[str]
    months: Mapping[str, int]


def compile_dates(words: DateWords) -> Dates:
    """Compile ``words``."""
    months = {form.lower(): number for number, forms in enumerate(words.months, 1) for form in forms}
    month = rf"(?P<month>{literals(months)})\.?"
    year = rf"(?:(?:,|{SPACE}+de(?={SPACE}))?{SPACE}*(?P<year>{_YEAR}|['’]\d\d)(?!\d))?"
    days = (
        rf"(?P<day>{_DAY}){_ORDINAL}{SPACE}*(?:(?:of|de){SPACE}+)?[-/]?{month}(?!\w)[-/]?{year}",
        rf"{month}{SPACE}*(?P<day>{_DAY}){_ORDINAL}(?![\w:]){year}",
        rf"(?P<year>{_YEAR})(?P<sep>[-/.])(?P<first>{_NUMBER})(?P=sep)(?P<second>{_NUMBER})(?!\d)",
        rf"(?P<first>{_NUMBER})(?P<sep>[-/.])(?P<second>{_NUMBER})(?P=sep)(?P<year>{_YEAR}|\d\d)(?!\d)",
        *([r"(?P<first>[0-3]\d)(?P<sep>\.)(?P<second>[01]\d)\.(?!\d)"] if words.order == "day" else []),
    )
    zone = rf"(?:{SPACE}*(?-i:\(?(?P<zone>{literals({**_WORLD, **words.zones})}|[A-Z]{{2,4}})(?!\w)\)?))?"
    oclock = rf"(?:{SPACE}*(?P<oclock>{literals(words.oclock)}))?" if words.oclock else "(?P<oclock>(?!))?"
    half = rf"(?:{SPACE}?(?P<half>[ap])(?:m|\.m\.))?"
    clock = (
        rf"(?P<hour>{_HOUR}){SPACE}?(?P<stop>[.:h]){SPACE}?(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d){half}{oclock}{zone}"
    )
    at = rf"(?:{literals(words.at)}{SPACE}+)?" if words.at else ""
    between = rf"(?:(?-i:T)|{_BETWEEN}{at})"
    weekday = rf"(?:{literals(words.weekdays)}\.?,?{SPACE}+)?" if words.weekdays else ""
    day = "|".join(map(_bare, days))
    time, alone = _bare(clock), _alone(words)
    return Dates(
        words=words,
        printed=rf"(?:{weekday}(?:(?:{day})(?:{between}{time})?|{alone}|{time}{between}{weekday}(?:{day})))",
        weekday=compile_later(rf"(?i:{weekday})"),
        days=tuple(compile_later(rf"(?i:{one})") for one in days),
        clock=compile_later(rf"(?i:{clock})"),
        between=compile_later(rf"(?i:{between})"),
        months=months,
    )


def _alone(words: DateWords) -> str:
    """A clock time without a date: ``14:05``, ``2:05 pm``, ``14.05 uur``, ``9:05 GMT``; no score, no length of a film."""
    oclock = rf"{SPACE}*{literals(words.oclock)}" if words.oclock else "(?!)"
    zone = rf"(?:{SPACE}*(?-i:\(?{literals({**_WORLD, **words.zones})}(?!\w)\)?))"
    half = rf"{_HOUR}[.:][0-5]\d{SPACE}?[ap](?:m|\.m\.){zone}?|{_HOUR}[.:][0-5]\d{zone}"
    spoken = rf"{_HOUR}{SPACE}?[.:h]{SPACE}?[0-5]\d{oclock}"
    return rf"(?:{half}|{spoken}|(?:[01]\d|2[0-3])[:h][0-5]\d(?![:\d]))"


def _bare(named: str) -> str:
    """``named`` without names, which may stand in an expression once."""
    if "(?P=sep)" in named:
        parts = (named.replace("(?P<sep>[-/.])", one).replace("(?P=sep)", one) for one in ("-", "/", r"\."))
        return "|".join(map(_bare, parts))
    return re.sub(r"\(\?P<\w+>", "(?:", named)


def read_date(text: str, dates: Dates) -> Date | None:
    """The date that the whole of ``text`` (cleaned) is; with a clock time before or behind it, or a clock time alone."""
    start = match.end() if (match := dates.weekday.match(text)) else 0
    clock = dates.clock.match(text, start)
    if clock and clock.end() == len(text):
        return None if start else _date((), clock, dates)
    for form in dates.days:
        if day := form.match(text, start):
            if day.end() == len(text):
                return _date(_days(day, None, dates), None, dates)
            between = dates.between.match(text, day.end())
            if between and (behind := dates.clock.fullmatch(text, between.end())):
                return _date(_days(day, behind, dates), behind, dates)
    if clock and (between := dates.between.match(text, clock.end())):
        at = match.end() if (match := dates.weekday.match(text, between.end())) else between.end()
        for form in dates.days:
            if day := form.fullmatch(text, at):
                return _date(_days(day, clock, dates), clock, dates)
    return None


def _date(days: Iterable[tuple[int | None, int, int]] | None, clock: re.Match[str] | None, dates: Dates) -> Date | None:
    if days is None:
        return None
    minute = read_clock(clock["hour"], clock["minute"], clock["half"]) if clock else None
    if clock and minute is None:
        return None
    return Date(tuple(days), minute, _zone(clock, dates))


def _zone(clock: re.Match[str] | None, dates: Dates) -> str:
    name = clock["zone"] if clock else None
    return {**_WORLD, **dates.words.zones}.get(name or "", dates.words.zone)


def _days(day: re.Match[str], clock: re.Match[str] | None, dates: Dates) -> list[tuple[int | None, int, int]] | None:
    """What a day can mean; None for one that no calendar has."""
    found = day.groupdict()
    year = _year(found.get("year"))
    if month := found.get("month"):
        readings = [(year, dates.months[month.lower()], int(found["day"]))]
    else:
        readings = [(year, *one) for one in _orders(day, _zone(clock, dates), dates.words.order)]
    return [one for one in readings if _is_day(*one)] or None


def _orders(day: re.Match[str], zone: str, order: str) -> list[tuple[int, int]]:
    """Month and day, in each order that may be meant: dots part a day that comes first; America puts the month first."""
    first, second = int(day["first"]), int(day["second"])
    if day.start() < day.start("first"):  # the year comes first
        return [(first, second)]
    if day["sep"] == ".":
        order = "day"
    elif not order and zone.startswith("America/"):
        order = "month"
    orders = {"day": (second, first), "month": (first, second)}
    return [orders[order]] if order else list(dict.fromkeys(orders.values()))


def _year(printed: str | None) -> int | None:
    """The year of four digits, or of the last two: ``25``, ``'25``."""
    if printed is None:
        return None
    year = int(printed.lstrip("'’"))
    return year if year > 99 else year + (1900 if year >= 95 else 2000)


def _is_day(year: int | None, month: int, day: int) -> bool:
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def read_clock(hour: str, minute: str, half: str | None) -> tuple[int, int] | None:
    """Hour and minute, on 12 hours where ``half`` is ``a`` or ``p``; None for what no clock shows."""
    h, m = int(hour), int(minute)
    if half:
        if not 1 <= h <= 12:
            return None
        h = h % 12 + (12 if half.lower() == "p" else 0)
    return (h, m) if h < 24 and m < 60 else None
