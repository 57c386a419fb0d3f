"""The words of a language's ages, and the expressions that they are found with.

Compiles what a profile lists; what a match says is read in ``ages``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from meeruit.tasks.grammar.dates import Dates, DateWords, compile_dates
from meeruit.tasks.grammar.later import compile_later
from meeruit.tasks.grammar.openings import Ends, ends_of
from meeruit.tasks.grammar.when import Ago
from meeruit.tasks.grammar.wording import (
    LABEL,
    SPACE,
    Expression,
    choice,
    first_letters,
    literals,
    pattern,
    plain_words,
    starts_with,
)

#: The units that a profile can give words for, from the smallest up.
UNITS = ("second", "minute", "quarter", "half_hour", "hour", "day", "week", "month", "year")

#: A text node that holds an age, or its last part, is no longer; labels beside the age and white space counted in.
LONGEST = 200
#: What may stand around an age, or between two: it parts, but says nothing.
SEPARATORS = " ·•|/–—-,"
#: What parts an age from a label in one text: ``Buitenland · 2 uur geleden``.
_LABEL_ENDS = "·•|"
#: The same where it stands between spaces: ``World / 2 hours ago``.
_SPACED = "/–—-"
#: A text without any of these has no such label.
LABEL_SIGNS = re.compile(f"[{_LABEL_ENDS}{_SPACED}]")
#: What such a sign parts from an age: a section or a source; more words are a headline.
_SHORT_LABEL = rf"[^\s\0]{{1,30}}(?:{SPACE}+[^\s\0]{{1,30}})?"
#: What stands behind an age in markup: ``on iOS Blog``.
_ANY = rf"[^\s\0]{{1,40}}(?:{SPACE}[^\s\0]{{1,40}}){{0,5}}(?<![.!?…])"
#: A pictograph before an age: a clock.
_ICON = r"(?:[^\w\s\0!-/:-@\[-`{-~'\"‘’‚´“”„«».…]{1,2}[^\S\n]*)?"
#: Signs that an age is rounded: ``~8 hours ago``.
_ABOUT = "[~±≈]"
_TIME = rf"\d{{1,2}}{SPACE}?[.:h]{SPACE}?\d{{2}}(?:{SPACE}?[ap]\.?m\.?)?"
_CLOCK = rf"(\d{{1,2}}){SPACE}?[.:h]{SPACE}?(\d{{2}})(?:{SPACE}?([ap])\.?m\.?)?"
_LINE_ENDS = rf"{SPACE}*(?=\n|\Z)"
#: After a numbered age a line ends, or the next item follows directly: a space or a stop means running text.
_ENDS = rf"(?={SPACE}*(?:\n|\Z)|[^\s.,;:!?)])"
#: A clock time that begins with its day, in a word of its own.
_BY_DAY = re.compile(r"\{day\}(?![\w{])")
#: An age that ends in its unit must not go on as a word: ``il y a 2 hommes``.
_NO_WORD = r"(?-i:(?![a-zà-öø-ÿ]))"


@dataclass(frozen=True, slots=True)
class AgeWords:
    """The age words of one language, as its profile lists them."""

    #: ``{n} {unit} geleden``
    phrases: tuple[str, ...]
    #: unit -> its words
    units: Mapping[str, tuple[str, ...]]
    #: Words before a number that say that it is rounded.
    about: tuple[str, ...] = ()
    #: What may lead up to an age without being part of it: ``Bijgewerkt``.
    labels: tuple[str, ...] = ()
    #: What may stand behind an age without being part of it: ``door {name}``.
    behind: tuple[str, ...] = ()
    #: Words between two units: ``1 uur en 40 minuten``.
    joins: tuple[str, ...] = ()
    #: Words for numbers.
    numbers: Mapping[str, int] = field(default_factory=dict)
    #: Whole wordings without a number.
    fixed: Mapping[str, Ago] = field(default_factory=dict)
    #: Days of the calendar: word -> days back.
    days: Mapping[str, int] = field(default_factory=dict)
    #: ``{day} om {time}``
    clocks: tuple[str, ...] = ()
    dates: DateWords = field(default_factory=DateWords)
    #: The zone that ``gisteren`` is meant in.
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, eq=False)
class Ages:
    """The age grammar of one language, ready to read with."""

    words: AgeWords
    dates: Dates
    #: An age that ends an item in text, from the line feed before its line to the next item. One group matches: the age.
    boundary: Expression
    #: Words, in several spellings, of which such an age holds one, if it has a number.
    line_anchors: tuple[str, ...]
    #: The same in the most usual spellings, to look for at all.
    line_hints: tuple[str, ...]
    #: The other ages, alone on their line but for labels of the profile. One group: the age.
    unanchored: Expression
    #: How such lines begin or end.
    unanchored_ends: Ends
    #: The same for a date, which ends an item only below a heading.
    date_line: Expression
    #: All words, in lower case, without one of which a text holds no age.
    hints: tuple[str, ...]
    #: The beginning of a text of a tree that is an age with text glued to it.
    glued: re.Pattern[str]
    #: What such a text can open with, if with no digit: a letter, a space.
    opens: frozenset[str]
    #: A whole text that is an age; profile labels, what may stand behind, brackets around it counted in. One group: the age.
    whole: Expression
    #: The same with any label before or behind it.
    labelled: Expression
    #: The same for dates.
    whole_date: Expression
    labelled_date: Expression
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


def compile_ages(words: AgeWords) -> Ages:
    """Compile ``words``; a phrase with a slot that does not exist raises ``KeyError`` with its name."""
    units = {plain_words(form): unit for unit, forms in words.units.items() for form in forms}
    unit, day, dates = literals(units), literals(words.days), compile_dates(words.dates)
    numbered, spelled = _numbered(words, unit)
    dated = choice([day, *(pattern(one, {"day": day, "time": _TIME}) for one in words.clocks)])
    about = rf"(?:{_ABOUT}{SPACE}*|{literals(words.about)}{SPACE}+)" if words.about else rf"{_ABOUT}{SPACE}*"
    alone = choice([spelled, rf"{about}(?:{numbered}|{spelled})", literals(words.fixed), dated])
    age = f"(?i:{numbered}|{alone})"
    first = first_letters((*words.phrases, *words.about, *words.numbers, *words.fixed, *words.days, "~", "±", "≈"))
    hints = _hints(words)
    unanchored, stretches = (*words.fixed, *words.days), _stretches(words)
    parts = re.escape(SEPARATORS)
    leads = rf"(?:{starts_with(words.labels)}(?i:{literals(words.labels)})(?:{SPACE}*:{SPACE}*|{SPACE}+))?"
    opened = rf"{_ICON}[{parts}(]*{leads}"
    around = _Around(words, parts, opened)
    starts = rf"(?=[\d{first}])"
    return Ages(
        words=words,
        dates=dates,
        boundary=Expression(rf"\n{SPACE}*(?:{opened}{starts}((?i:{numbered}){_ENDS})|{around.line(starts + age)})"),
        line_anchors=tuple(
            sorted({form for one in stretches for form in (one, one.upper(), one.capitalize(), one.title())})
        ),
        line_hints=tuple(sorted({form for one in stretches for form in (one, one.capitalize())})),
        unanchored=Expression(
            rf"\n{SPACE}*[{parts}(]*+{starts_with((*words.labels, *unanchored))}{leads}{starts_with(unanchored)}"
            rf"((?i:{literals(words.fixed)}|{dated}))[{parts})]*{_LINE_ENDS}"
        ),
        unanchored_ends=_ends(words),
        date_line=Expression(rf"\n{SPACE}*{around.line(f'(?i:{dates.printed})')}"),
        whole=Expression(around.whole(starts + age)),
        labelled=Expression(around.labelled(starts + age)),
        whole_date=Expression(around.whole(f"(?i:{dates.printed})")),
        labelled_date=Expression(around.labelled(f"(?i:{dates.printed})")),
        leading=compile_later(rf"[{parts}(]*+(?:(?i:{literals(words.labels)}):?)?[{parts}(]*+"),
        hints=tuple(sorted(hints)),
        glued=compile_later(
            rf"\s*(?=[\d{first_letters(words.phrases)}])(?i:{numbered})(?=[^\W\d_]|[\"'“”‘’„«](?!s\b))"
        ),
        opens=frozenset(" " + "".join(one[0] + one[0].upper() + one[0].lower() for one in words.phrases)),
        counted=_counted(words, unit, about),
        dated=tuple(
            compile_later(f"(?i:{pattern(one, {'day': f'({day})', 'time': _CLOCK})})")
            for one in ("{day}", *words.clocks)
        ),
        units=units,
        fixed={plain_words(text): ago for text, ago in words.fixed.items()},
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """What may stand around an age, as expressions around one for the age; each has one group, the age."""

    words: AgeWords
    parts: str
    opened: str

    def whole(self, age: str) -> str:
        """A whole text: brackets, labels of the profile, an author or a place around it."""
        return rf"{self.opened}({age}){self._behind(_ANY)}[{self.parts})]*"

    def labelled(self, age: str) -> str:
        """The same with any label, parted from it."""
        before = rf"(?:[^\n\0]{{0,40}}[{_LABEL_ENDS}]|{_SHORT_LABEL}{SPACE}[{_SPACED}](?={SPACE}))?"
        behind = rf"(?:(?:[{_LABEL_ENDS}]|{SPACE}[{_SPACED}]{SPACE})[^\n\0]{{0,40}})?"
        return rf"{before}{self.opened}({age}){self._behind(_ANY)}[{self.parts})]*{behind}"

    def line(self, age: str) -> str:
        """A whole line of text: labels are of a few words, and authors and places have capitals."""
        before = rf"(?:{LABEL}{SPACE}*[{_LABEL_ENDS}]|{_SHORT_LABEL}{SPACE}[{_SPACED}](?={SPACE}))?"
        behind = rf"(?:{SPACE}*(?:[{_LABEL_ENDS}]|[{_SPACED}]{SPACE}){SPACE}*{LABEL})?"
        tail = self._behind(LABEL)
        return rf"(?=[^\n]{{1,{LONGEST // 2}}}(?:\n|\Z)){before}{self.opened}({age}){tail}[{self.parts})]*{behind}{_LINE_ENDS}"

    def _behind(self, name: str) -> str:
        """What the profile lets stand behind an age: ``door Jan``; ``name``: what its names look like."""
        phrases = [pattern(one, {"name": name}) for one in self.words.behind]
        return rf"(?:[{self.parts})]*{choice(phrases)})?" if phrases else ""


def _numbered(words: AgeWords, unit: str) -> tuple[str, str]:
    """Ages with a number in digits, and with one in words."""
    inner = rf"(?:{literals(words.about)}{SPACE}+)?" if words.about else ""
    second = rf"(?:{_join(words)}\d{{1,2}}{SPACE}*{unit})?"

    def one(phrase: str, number: str) -> str:
        about = "" if phrase.startswith("{n}") else inner
        ends = _NO_WORD if phrase.endswith("{unit}") else ""
        return pattern(phrase, {"n": about + number, "unit": f"(?:{_past_hour(words, '')}|{unit}{second})"}) + ends

    spaced = [phrase for phrase in words.phrases if "{n}{" not in phrase]
    return choice(one(phrase, r"\d{1,4}") for phrase in words.phrases), choice(
        one(phrase, literals(words.numbers)) for phrase in spaced
    )


def _counted(words: AgeWords, unit: str, about: str) -> tuple[re.Pattern[str], ...]:
    """The same, each to read with."""
    number = rf"(?P<inner>{about})?(?P<n>\d{{1,4}}|{literals(words.numbers)})"
    units = rf"(?P<unit>{unit})(?:{_join(words)}(?P<n2>\d{{1,2}}){SPACE}*(?P<unit2>{unit}))?"
    slots = {"n": number, "unit": f"(?:{_past_hour(words, '?P<past>')}|{units})"}
    return tuple(compile_later(rf"(?i:(?P<about>{about})?{pattern(phrase, slots)})") for phrase in words.phrases)


def _past_hour(words: AgeWords, name: str) -> str:
    """Hours with the minutes behind their unit, in a group of that ``name``: ``il y a 1h30``."""
    hours = literals(words.units.get("hour", ()))
    return rf"{hours}{SPACE}?({name or '?:'}[0-5]\d)(?!\d)"


def _join(words: AgeWords) -> str:
    """What may stand between two units: white space, a comma, ``en``, or nothing."""
    return rf"{SPACE}*(?:,{SPACE}*)?" + (rf"(?:{literals(words.joins)}{SPACE}+)?" if words.joins else "")


def _ends(words: AgeWords) -> Ends:
    """How the lines begin or end that are an age without a number, a label before it or not."""
    clocks = [one for one in words.clocks if not _BY_DAY.match(one)]
    return ends_of((*words.labels, *words.fixed, *words.days, *clocks))


def _stretches(words: AgeWords) -> set[str]:
    """Of each phrase the longest stretch of words in lower case, with the space that parts it from a slot."""
    found = {max(re.split(r"\{\w+\}", phrase.lower()), key=lambda one: len(one.strip())) for phrase in words.phrases}
    units = {form.lower() for forms in words.units.values() for form in forms}
    return found if all(map(str.strip, found)) else units


def _hints(words: AgeWords) -> set[str]:
    """The words of each phrase (its units, where it has none of its own), and how the other wordings begin."""
    known = {" ".join(one.split()) for one in _stretches(words)}
    whole = {plain_words(one) for one in (*words.fixed, *words.days)}
    return known | {one.split()[0] for one in whole if not any(hint in one for hint in known)}
