"""Language profiles: how a language says "more from", "ago" and "by", as data.

A profile is a TOML file (docs/profiles.md); Dutch, English, German and French are built in. This module reads and
compiles them, and says in one line what is wrong with one. What the phrases mean is the grammar's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar.age_words import UNITS, Ages, AgeWords, compile_ages
from meeruit.tasks.grammar.dates import DateWords
from meeruit.tasks.grammar.later import compile_later
from meeruit.tasks.grammar.openings import Ends, ends_of
from meeruit.tasks.grammar.phrases import Phrases, phrases_of
from meeruit.tasks.grammar.toml_table import Table
from meeruit.tasks.grammar.when import Ago
from meeruit.tasks.grammar.wording import SLOTS, SPACE, Expression, choice, pattern, slots_of, starts_with
from meeruit.tasks.marks import Mark, mark_of
from meeruit.tasks.records import Rounding

_BUILT_IN = ("nl", "en", "de", "fr")
#: Slots that mean the same in every profile.
_TAKEN = frozenset(("section", "topic", *SLOTS))
_FOLDER = Path(__file__).parent / "languages"
#: A word of a section's name; a sign between two words is none.
_WORD = rf"[^\s\0]+?(?:{SPACE}+[-–—/&+|]{SPACE}+[^\s\0]+?)*?"
#: A section's name: at most four words, without a final stop but that of ``U.S.``
_SECTION = rf"({_WORD}(?:{SPACE}+{_WORD}){{0,3}}?(?:(?<![.!?…:])|(?<=[A-Z]\.[A-Z]\.)))"
_CAPITAL = r"(?-i:[^\W_a-zà-öø-ÿ][^\s\0.!?…:,]*+)"
#: A section's name behind words that begin many headlines, too: one or two words, each with a capital.
_TOPIC = rf"({_CAPITAL}(?:{SPACE}+(?:(?:[-–—/&+]|(?i:and|en|und|et)){SPACE}+)?{_CAPITAL})?)"
#: What may stand before a heading: an icon, an arrow; no quote, bracket or stop.
_ICON = rf"(?:[^\w\s\0'\"’‘‚´`“”„«.,:;!?…()\[\]–—-]{{1,3}}{SPACE}*)?"
#: What may stand behind a heading: how many there are, a colon, an arrow of a link.
_TAIL = rf"(?:{SPACE}*\(\d{{1,5}}\))?{SPACE}*[:›»→>]?"
#: What may stand behind one that tells itself from a button (``More results ...``).
_MARKS = rf"(?:{SPACE}*(?:[!…]|\.{{3}}))?"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One language, ready to read pages with."""

    #: As in ``<html lang>``: ``nl``.
    language: str
    #: A line that is a block's heading, in markup; one of its groups is the section.
    heading: Phrases
    #: A line that heads something else: ``Meest gelezen``, ``Lees ook``.
    other: Phrases
    #: The same within a text, from the line feed before it.
    other_line: Expression
    #: Words, in lower case, of which every heading holds one.
    heading_hints: tuple[str, ...]
    #: The same within a text, from the line feed before it; without those that only markup tells from a headline.
    heading_line: Expression
    #: How such lines begin or end.
    heading_ends: Ends
    ages: Ages
    #: The agencies that can stand first in a dateline's bracket.
    agencies: frozenset[str]
    #: A line that is a photo credit.
    credit: Phrases
    #: A photo credit glued before a headline: ``ANP Kabinet valt``.
    credit_before: re.Pattern[str]
    #: A line that is no text of an item: photo credit, author, comment count, "read more".
    noise: Phrases
    #: How the language's sites round their ages, where that is known.
    rounding: Rounding | None


class _BuiltIn(Mapping[str, Profile]):
    """The profiles that come with the product, each read when it is first asked for."""

    def __getitem__(self, language: str) -> Profile:
        if language not in _BUILT_IN:
            raise KeyError(language)
        return _built_in(language)

    def __iter__(self) -> Iterator[str]:
        return iter(_BUILT_IN)

    def __len__(self) -> int:
        return len(_BUILT_IN)


#: Language -> profile.
BUILT_IN: Mapping[str, Profile] = _BuiltIn()


@cache
def _built_in(language: str) -> Profile:
    return load_profile(_FOLDER / f"{language}.toml")


def named_profile(name: str) -> Profile:
    """A built-in profile by its language, or one of a user's own as its file says it now. Raises UsageError."""
    return BUILT_IN[name] if name in BUILT_IN else _own(Path(name), mark_of(Path(name)))


@lru_cache(maxsize=64)
def _own(path: Path, _mark: Mark) -> Profile:
    return load_profile(path)


@cache
def rounding_as(profile: Profile, rounding: Rounding) -> Profile:
    """The profile with what somebody says of how a site rounds its ages."""
    return replace(profile, rounding=rounding)


def load_profile(path: Path) -> Profile:
    """The profile in the TOML file ``path``; ``UsageError`` says in one line what is wrong and what to write instead."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"{path}: cannot read this language profile: {exc.strerror}; name a TOML file") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise UsageError(f"{path}: no TOML: {exc}; docs/profiles.md shows a profile") from exc
    return _profile(Table(path, "", data))


def _profile(table: Table) -> Profile:
    words = _word_lists(table.table("words"))
    headings = table.phrases("headings", {"section", "topic", *words}, needed=True)
    others = table.phrases("others", {"any", *words})
    credits_ = table.phrases("credits", {"any", "name"})
    noise = table.phrases("noise", {"any", "name", "n"})
    alike = {name: choice(map(pattern, some)) for name, some in words.items()}
    veto = _lines((*others, *noise), alike)
    zone = table.zone("time_zone")
    ages = _age_words(table.table("age"), _date_words(table.table("dates"), zone), zone)
    plain = [phrase for phrase in headings if "topic" not in slots_of(phrase)]
    opened, opened_others, opened_plain = (_opened(some, words) for some in (headings, others, plain))
    openings = {_first_word(phrase) for phrase in opened_plain}
    first = starts_with(openings) if "" not in openings else ""
    ends = rf"{SPACE}*(?:\n|\Z)"
    profile = Profile(
        language=table.text("language").lower(),
        heading=phrases_of(Expression(rf"{_ICON}(?={_headings(headings, alike)}\Z)(?!{veto}\Z)[^\n]*"), opened),
        other=phrases_of(Expression(rf"{_ICON}{_lines(others, alike)}"), opened_others),
        other_line=Expression(
            rf"\n{SPACE}*{_ICON}{starts_with(opened_others)}{_lines(others, alike)}{SPACE}*(?=\n|\Z)"
        ),
        heading_hints=_hints(opened),
        heading_line=Expression(rf"\n{SPACE}*{_ICON}{first}(?={_headings(plain, alike)}{ends})(?!{veto}{ends})[^\n]*"),
        heading_ends=ends_of(opened_plain),
        agencies=frozenset(table.texts("agencies")),
        credit=phrases_of(Expression(choice(map(pattern, credits_))), credits_),
        credit_before=compile_later(rf"{choice(pattern(one) for one in credits_ if not slots_of(one))}{SPACE}+(?=\S)"),
        noise=phrases_of(
            Expression(
                choice(
                    [
                        *map(pattern, credits_),
                        *(pattern(one, any_case=True) for one in noise),
                        *(pattern(one) + rf"{SPACE}*:?" for one in ages.labels),
                    ]
                )
            ),
            (*credits_, *noise, *ages.labels),
        ),
        rounding=_rounding(table),
        ages=compile_ages(ages),
    )
    table.done()
    return profile


def _word_lists(table: Table) -> dict[str, tuple[str, ...]]:
    """The lists of words that headings are put together from, by the name of their slot."""
    words = {name: table.texts(name) for name in table.data}
    for name, some in words.items():
        if name in _TAKEN or not re.fullmatch(r"\w+", name):
            table.refuse(name, "cannot name words: it means something else in braces; choose another name")
        if not some or any(map(slots_of, some)):
            table.refuse(name, 'must be a list of words without braces, such as ["Latest", "Recent"]')
    return words


def _opened(phrases: Iterable[str], words: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The phrases, those that begin with a list of words once for each of them: a line is known by its first word.

    Those that begin with another slot are known by their last word, and hold no list any more.
    """
    found = []
    for phrase in phrases:
        first, *others = slots_of(phrase) or [""]
        if not phrase.startswith(f"{{{first}}}"):
            found.append(phrase)
        elif first in words:
            found += [phrase.replace(f"{{{first}}}", word) for word in words[first]]
        elif inner := next((name for name in others if name in words), None):
            found += _opened([phrase.replace(f"{{{inner}}}", word) for word in words[inner]], words)
        else:
            found.append(phrase)
    return tuple(dict.fromkeys(found))


def _hints(phrases: Iterable[str]) -> tuple[str, ...]:
    """The longest word of each phrase, but for those that hold another one; one that is only a slot says nothing."""
    words = {max(re.sub(r"\{\w+\}", " ", phrase).lower().split(), key=len, default="") for phrase in phrases}
    return tuple(sorted(word for word in words if not any(other in word for other in words if other != word)))


def _headings(phrases: Iterable[str], words: Mapping[str, str]) -> str:
    """Any of the phrases in any case, with what may stand behind it; ``words``: the expressions of their lists of words.

    A heading names its section in a slot, or is itself the name of the list (``Top Stories``); then a stop says nothing.
    """
    slots = {"section": _SECTION, "topic": _TOPIC, **words}
    rests: dict[tuple[object, ...], list[str]] = {}
    for phrase in sorted(phrases, key=_telling):
        one = pattern(phrase, slots) if _names(phrase) else rf"({pattern(phrase, slots)})\.?"
        one = one if "topic" in slots_of(phrase) else one + _MARKS
        rests.setdefault((*_telling(phrase)[:2], _first_word(phrase, words)), []).append(one)
    return rf"(?i:{'|'.join(_one_of(str(word), patterns, words) for (*_, word), patterns in rests.items())}){_TAIL}"


def _names(phrase: str) -> bool:
    """Whether a heading of this phrase names its section in a slot."""
    return not {"section", "topic"}.isdisjoint(slots_of(phrase))


def _telling(phrase: str) -> tuple[object, ...]:
    """Sorts phrases so that the most telling come first.

    Those without a name, then those with a section, then those with a topic; of these, that with the most words before it.
    """
    slots = slots_of(phrase)
    kind = next((name for name in ("topic", "section") if name in slots), "")
    before = phrase.partition(f"{{{kind}}}")[0] if kind else ""
    return ["", "section", "topic"].index(kind), -len(before.split()), -len(before), -len(phrase), phrase


def _one_of(word: str, patterns: Sequence[str], words: Mapping[str, str]) -> str:
    """Any of the patterns, which all begin with ``word``: they are tried only where it stands."""
    return rf"(?={pattern(word, words)})(?:{'|'.join(patterns)})" if word else "|".join(patterns)


def _lines(phrases: Iterable[str], words: Mapping[str, str]) -> str:
    """Any of the phrases in any case, as a whole line."""
    slots = {**SLOTS, **words}
    return rf"(?i:{choice(pattern(phrase, slots) for phrase in phrases)}{_MARKS}{_TAIL})"


def _rounding(table: Table) -> Rounding | None:
    try:
        return Rounding(value) if (value := table.option("rounding")) else None
    except ValueError:
        table.refuse("rounding", 'must be "down" or "nearest"')


def _first_word(phrase: str, lists: Container[str] = ()) -> str:
    """How a heading begins: in markup, each further word can stand in an element of its own. ``lists``: slots that are known."""
    word = phrase.split()[0]
    return word if all(slot in lists for slot in slots_of(word)) else ""


def _date_words(table: Table, zone: str) -> DateWords:
    months = tuple(tuple(forms.split()) for forms in table.texts("months"))
    if len(months) not in (0, 12):
        table.refuse("months", "must be twelve texts, each with the forms of one month")
    order = table.option("order") or ""
    if order not in ("", "day", "month"):
        table.refuse("order", 'must be "day" or "month": what comes first in 03/11/2025')
    zones = table.table("zones")
    words = DateWords(
        months=months,
        weekdays=table.texts("weekdays"),
        order=order,
        at=table.texts("at"),
        oclock=table.texts("oclock"),
        zones={name: zones.zone(name) for name in zones.data},
        zone=zone,
    )
    table.done()
    return words


def _age_words(table: Table, dates: DateWords, zone: str) -> AgeWords:
    units, fixed = table.table("units"), table.table("fixed")
    for unit in units.data:
        if unit not in UNITS:
            units.refuse(unit, f"is no unit; use {', '.join(UNITS)}")
    words = AgeWords(
        phrases=table.phrases("phrases", {"n", "unit"}, needed=True, whole=True),
        units={unit: units.texts(unit) for unit in units.data},
        about=table.texts("about"),
        labels=table.texts("labels"),
        behind=table.phrases("behind", {"name"}),
        joins=table.texts("joins"),
        numbers=table.table("numbers").numbers(),
        fixed={words: _ago(fixed, words) for words in fixed.data},
        days=table.table("days").numbers(),
        clocks=table.phrases("clocks", {"day", "time"}, whole=True),
        dates=dates,
        zone=zone,
    )
    if not any(words.units.values()):
        table.refuse("units", "is missing; give the words for minute, hour and day")
    table.done()
    return words


def _ago(table: Table, words: str) -> Ago:
    text = table.text(words)
    count, _, unit = text.removeprefix("about ").partition(" ")
    if not count.isdecimal() or unit not in UNITS:
        table.refuse(words, 'must be a number and a unit, such as "0 minute", "1 half_hour" or "about 1 week"')
    return Ago(int(count), unit, text.startswith("about "))
