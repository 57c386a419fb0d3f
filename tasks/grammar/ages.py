"""Ages: ``18 minuten geleden``, ``half uur geleden``, ``gisteren 14.05``, as a language words them.

Reads an age; what time it means is for ``window``. The words come from the profile; the grammar around them is the same
in every language (design.md section 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from meeruit.tasks.fold import drop_invisible, is_plain
from meeruit.tasks.grammar.later import compile_later
from meeruit.tasks.grammar.wording import SPACE, choice, literals, pattern

#: The units that a profile can give words for.
UNITS = ("second", "minute", "quarter", "half_hour", "hour", "day", "week", "month", "year")

#: A text node that holds an age, or its last part, is no longer; labels beside the age and white space counted in.
LONGEST = 200
#: What may stand around an age, or between two: it parts, but says nothing.
SEPARATORS = " ·•|/–—-,"
#: What parts an age from a label in one text: ``Buitenland · 2 uur geleden``.
_LABEL_ENDS = "·•|"
#: A pictograph before an age: a clock.
_ICON = r"(?:[^\w\s\0!-/:-@\[-`{-~'\"‘’‚´“”„«».…]{1,2}[^\S\n]*)?"
_TIME = rf"\d{{1,2}}[.:]\d{{2}}(?:{SPACE}?[ap]\.?m\.?)?"
_CLOCK = rf"(\d{{1,2}})[.:](\d{{2}})(?:{SPACE}?([ap])\.?m\.?)?"
#: After a numbered age a line ends, or the next item follows directly: a space or a stop means running text.
_ENDS = rf"(?={SPACE}*(?:\n|\Z)|[^\s.,;:!?)])"
_ALONE = rf"(?={SPACE}*(?:\n|\Z))"


@dataclass(frozen=True, slots=True)
class Ago:
    """``count`` whole units back; ``about`` where the page says that it rounds (``ongeveer 2 uur geleden``)."""

    count: int
    unit: str
    about: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, ``back`` days before today in ``zone``, and the minute on it where the page names one."""

    back: int
    clock: tuple[int, int] | None
    zone: str


@dataclass(frozen=True, slots=True)
class Age:
    """What a page prints for an item's time: the words, what they mean, the machine-readable point beside them."""

    #: As printed, cleaned.
    text: str
    when: Ago | Day | None
    #: ``<time datetime>`` with a zone, as aware UTC on the whole second.
    moment: datetime | None = None

    def same(self, other: Age) -> bool:
        """Whether both say the same, be it in other words (``4 Std.``, ``4 Stunden``)."""
        if self.moment and other.moment:
            return self.moment == other.moment
        return self.text == other.text or (self.when is not None and self.when == other.when)


@dataclass(frozen=True, slots=True)
class AgeWords:
    """The age words of one language, as its profile lists them."""

    #: ``{n} {unit} geleden``
    phrases: tuple[str, ...]
    #: unit -> its words
    units: Mapping[str, tuple[str, ...]]
    #: Words before a phrase that say that it rounds.
    about: tuple[str, ...] = ()
    #: What may lead up to an age without being part of it: ``Bijgewerkt``.
    labels: tuple[str, ...] = ()
    #: Words for numbers.
    numbers: Mapping[str, int] = field(default_factory=dict)
    #: Whole wordings without a number.
    fixed: Mapping[str, Ago] = field(default_factory=dict)
    #: Days of the calendar: word -> days back.
    days: Mapping[str, int] = field(default_factory=dict)
    #: ``{day} om {time}``
    clocks: tuple[str, ...] = ()
    #: The zone that ``gisteren`` is meant in.
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """The age grammar of one language, ready to read with."""

    words: AgeWords
    #: An age that ends an item in text: at line start, after its line feed. One group: the age.
    boundary: re.Pattern[str]
    #: Words, in lower case, of which every age with a number holds one.
    anchors: tuple[str, ...]
    #: All words, in lower case, without one of which a text holds no age.
    hints: tuple[str, ...]
    #: Whether all of these are in ASCII.
    ascii: bool
    #: A text node of a tree, in lower case and from the NUL before it, that may be one of the other ages.
    spoken: re.Pattern[str]
    #: The same behind a label.
    spoken_behind: re.Pattern[str]
    #: The beginning of a text of a tree that is an age with text glued to it.
    glued: re.Pattern[str]
    #: A whole text that is an age, labels and brackets around it counted in. One group: the age.
    whole: re.Pattern[str]
    #: The same with a label before or behind it.
    labelled: re.Pattern[str]
    #: What may stand before an age or between two of one item: a label, separators, or nothing.
    leading: re.Pattern[str]
    #: Whole texts: (pattern, whether its group ``n`` is in digits or words).
    counted: tuple[re.Pattern[str], ...]
    dated: tuple[re.Pattern[str], ...]
    units: Mapping[str, str]
    fixed: Mapping[str, Ago]

    def hinted(self, lowered: str) -> bool:
        """Whether a text, in lower case, can hold an age at all."""
        return any([hint in lowered for hint in self.hints])  # noqa: C419 - a list is faster than a generator here

    def likely(self, text: str) -> bool:
        """Whether the text of one node can be an age, or the part of one that says so; labels beside it counted in."""
        if len(text) > LONGEST:
            return False
        lowered = (text if text.isascii() or is_plain(text) else drop_invisible(text)).lower()
        if any([anchor in lowered for anchor in self.anchors]):  # noqa: C419 - a list is faster than a generator here
            return True
        return (self.spoken.match("\0" + lowered) or self.spoken_behind.search(lowered)) is not None


def compile_ages(words: AgeWords) -> Ages:
    """Compile ``words``; a phrase with a slot that does not exist raises ``KeyError`` with its name."""
    units = {_plain(form): unit for unit, forms in words.units.items() for form in forms}
    unit, about, day = literals(units), literals(words.about), literals(words.days)
    digits = {"n": r"\d{1,4}", "unit": unit}
    numbers = {"n": literals(words.numbers), "unit": unit}
    either = {"n": rf"(?P<n>\d{{1,4}}|{numbers['n']})", "unit": f"(?P<unit>{unit})"}
    numbered = choice(pattern(phrase, digits) for phrase in words.phrases)
    spelled = choice(pattern(phrase, numbers) for phrase in words.phrases if "{n}{" not in phrase)
    rounded = [rf"{about}{SPACE}+(?:{numbered}|{spelled})"] if words.about else []
    dated = choice([day, *(pattern(one, {"day": day, "time": _TIME}) for one in words.clocks)])
    alone = choice([spelled, *rounded, literals(words.fixed), dated])
    letters = _first_of((*words.phrases, *words.clocks, *words.about, *words.numbers, *words.fixed, *words.days))
    first = rf"(?=[\d{letters}])"
    anchors, others = _anchors(words)
    age = rf"{first}(?i:{numbered}|{alone})"
    parts = re.escape(SEPARATORS)
    leads = rf"(?:(?i:{literals(words.labels)})(?:{SPACE}+|:{SPACE}*))?"
    opened = rf"{_ICON}[{parts}(]*(?=[\d{_first_of(words.labels)}{letters}]){leads}"
    before, behind = rf"(?:[^\n\0]{{0,40}}[{_LABEL_ENDS}])?", rf"(?:[{_LABEL_ENDS}][^\n\0]{{0,40}})?"
    return Ages(
        words=words,
        boundary=compile_later(rf"\n{SPACE}*({first}(?i:{numbered}{_ENDS}|{alone}{_ALONE}))"),
        whole=compile_later(rf"{opened}({age})[{parts})]*"),
        labelled=compile_later(rf"{before}{opened}({age})[{parts})]*{behind}"),
        leading=compile_later(rf"[{parts}(]*+(?:(?i:{literals(words.labels)}):?)?[{parts}(]*+"),
        anchors=tuple(sorted(anchors)),
        hints=tuple(sorted(anchors | others)),
        ascii="".join(anchors | others).isascii(),
        spoken=compile_later(rf"\0\s*{_ICON}[\s{parts}(]*{leads}{literals(others)}(?!\w)"),
        spoken_behind=compile_later(rf"[{_LABEL_ENDS}][\s{parts}(]*{leads}{literals(others)}(?!\w)"),
        glued=compile_later(rf"\s*(?=[\d{_first_of(words.phrases)}])(?i:{numbered})(?=[^\s.,;:!?)])"),
        counted=tuple(
            compile_later(rf"(?i:(?P<about>{about}{SPACE}+)?{pattern(phrase, either)})") for phrase in words.phrases
        ),
        dated=tuple(
            compile_later(f"(?i:{pattern(one, {'day': f'({day})', 'time': _CLOCK})})")
            for one in ("{day}", *words.clocks)
        ),
        units=units,
        fixed={_plain(text): ago for text, ago in words.fixed.items()},
    )


def _first_of(words: Iterable[str]) -> str:
    """The letters that ``words`` begin with, for a set: a look at the first one rules out nearly every line at once."""
    letters = {letter for one in words for letter in (one[0].lower(), one[0].upper()) if letter != "{"}
    return re.escape("".join(sorted(letters)))


def _anchors(words: AgeWords) -> tuple[set[str], set[str]]:
    """A word of each phrase (of its units, where it has none of its own), and how the wordings without those begin."""
    phrases = [re.sub(r"\{\w+\}", " ", phrase).lower().split() for phrase in words.phrases]
    units = [form.lower().split() for forms in words.units.values() for form in forms] if [] in phrases else []
    anchors = {max(one, key=len) for one in (*phrases, *units) if one}
    whole = {one.lower() for one in (*words.fixed, *words.days)}
    return anchors, {one.split()[0] for one in whole if not any(anchor in one for anchor in anchors)}


@lru_cache(maxsize=4096)
def find_age(text: str, ages: Ages) -> Age | None:
    """The age that ``text`` prints and, but for words that lead up to it and brackets around it, nothing else; or None."""
    return _found(ages.whole.fullmatch(text), ages)


@lru_cache(maxsize=4096)
def find_labelled_age(text: str, ages: Ages) -> Age | None:
    """The same where any label may be parted from it: ``Buitenland · 2 uur geleden``."""
    return _found(ages.labelled.fullmatch(text), ages)


def _found(match: re.Match[str] | None, ages: Ages) -> Age | None:
    return (read_age(text := match[1].strip(), ages) or Age(text, None)) if match else None


@lru_cache(maxsize=4096)
def read_age(text: str, ages: Ages) -> Age | None:
    """The age that the whole of ``text`` (cleaned) is, or None."""
    when = ages.fixed.get(_plain(text)) or _counted(text, ages) or _dated(text, ages)
    return Age(text, when) if when else None


def _counted(text: str, ages: Ages) -> Ago | None:
    for one in ages.counted:
        if match := one.fullmatch(text):
            number = match["n"]
            count = int(number) if number.isdecimal() else ages.words.numbers[number.lower()]
            return Ago(count, ages.units[_plain(match["unit"])], match["about"] is not None)
    return None


def _dated(text: str, ages: Ages) -> Day | None:
    for one in ages.dated:
        if match := one.fullmatch(text):
            word, *clock = match.groups()
            time = _clock(*clock) if clock else None
            return None if clock and time is None else Day(ages.words.days[word.lower()], time, ages.words.zone)
    return None


def _clock(hour: str, minute: str, half: str | None) -> tuple[int, int] | None:
    """Hour and minute, on 12 hours where ``a`` or ``p`` says so; None for what no clock shows."""
    h, m = int(hour), int(minute)
    if half:
        if not 1 <= h <= 12:
            return None
        h = h % 12 + (12 if half.lower() == "p" else 0)
    return (h, m) if h < 24 and m < 60 else None


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
