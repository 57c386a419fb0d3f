"""Language profiles: how a language says "more from", "ago" and "by", as data.

A profile is a TOML file (docs/profiles.md); Dutch and English are built in. This module reads and compiles them, and
says in one line what is wrong with one. What the phrases mean is the grammar's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meeruit.tasks.errors import UsageError
from meeruit.tasks.grammar.ages import UNITS, Ages, AgeWords, Ago, compile_ages
from meeruit.tasks.grammar.later import compile_later
from meeruit.tasks.grammar.toml_table import Table
from meeruit.tasks.grammar.wording import SPACE, choice, pattern, slots_of

_BUILT_IN = ("nl", "en")
_FOLDER = Path(__file__).parent / "languages"
#: A section's name: at most four words, without a final stop (design.md section 2, Heading).
_SECTION = rf"([^\s]+?(?:{SPACE}+[^\s]+?){{0,3}}?(?<![.!?…:]))"
#: What may stand before a heading: an icon, an arrow; no quote, bracket or stop.
_ICON = rf"(?:[^\w\s\0'\"’‘‚´`“”„«.,:;!?…()\[\]–—-]{{1,3}}{SPACE}*)?"
#: What may stand behind a heading: a colon, an arrow of a link.
_TAIL = rf"{SPACE}*[:›»→>]?"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One language, ready to read pages with."""

    #: As in ``<html lang>``: ``nl``.
    language: str
    #: A line that is a block's heading; one of its groups is the section.
    heading: re.Pattern[str]
    #: What may be the beginning of one: a short text node of a tree, from the NUL before it. One group: its first word.
    heading_likely: re.Pattern[str]
    #: Those first words; empty for a heading that begins with its section.
    heading_words: frozenset[str]
    #: The same within a text, from the line feed before it.
    heading_line: re.Pattern[str]
    #: The beginning of a line that may be one, from the line feed before it.
    heading_begins: re.Pattern[str]
    ages: Ages
    #: The agencies that can stand first in a dateline's bracket.
    agencies: frozenset[str]
    #: A line that is a photo credit.
    credit: re.Pattern[str]
    #: A photo credit glued before a headline: ``ANP Kabinet valt``.
    credit_before: re.Pattern[str]
    #: A line that is no text of an item: author, comment count, "read more".
    noise: re.Pattern[str]


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


@cache
def named_profile(name: str) -> Profile:
    """A built-in profile by its language, or one of a user's own by the path of its file. Raises UsageError."""
    return BUILT_IN[name] if name in BUILT_IN else load_profile(Path(name))


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
    headings = table.phrases("headings", {"section"}, needed=True)
    credits_ = table.phrases("credits", {"any", "name"})
    noise = table.phrases("noise", {"any", "name", "n"})
    ages = _age_words(table.table("age"), table.zone("time_zone"))
    heading = rf"{_ICON}{choice(_heading(phrase) for phrase in headings)}{_TAIL}"
    words = frozenset(map(_first_word, headings))
    profile = Profile(
        language=table.text("language").lower(),
        heading=compile_later(heading),
        heading_likely=compile_later(rf"\0\s*{_ICON}({choice(map(re.escape, words))})(?!\w)[^\0]{{0,80}}(?=\0|\Z)"),
        heading_words=words,
        heading_begins=compile_later(
            rf"\n{SPACE}*{_ICON}(?:{choice(map(re.escape, words))})(?!\w)" if "" not in words else r"\n"
        ),
        heading_line=compile_later(rf"\n{SPACE}*{heading}{SPACE}*(?=\n|\Z)"),
        agencies=frozenset(table.texts("agencies")),
        credit=compile_later(choice(map(pattern, credits_))),
        credit_before=compile_later(rf"{choice(pattern(one) for one in credits_ if not slots_of(one))}{SPACE}+(?=\S)"),
        noise=compile_later(choice(map(pattern, (*noise, *ages.labels)))),
        ages=compile_ages(ages),
    )
    table.done()
    return profile


def _heading(phrase: str) -> str:
    """A heading names its section in a slot, or is itself the name of the list (``Top Stories``)."""
    return (
        pattern(phrase.replace("{section}", "{named}"), {"named": _SECTION})
        if slots_of(phrase)
        else f"({pattern(phrase)})"
    )


def _first_word(phrase: str) -> str:
    """How a heading begins: in markup, each further word can stand in an element of its own."""
    word = phrase.split()[0]
    return word if not slots_of(word) else ""


def _age_words(table: Table, zone: str) -> AgeWords:
    units, fixed = table.table("units"), table.table("fixed")
    for unit in units.data:
        if unit not in UNITS:
            units.refuse(unit, f"is no unit; use {', '.join(UNITS)}")
    words = AgeWords(
        phrases=table.phrases("phrases", {"n", "unit"}, needed=True, whole=True),
        units={unit: units.texts(unit) for unit in units.data},
        about=table.texts("about"),
        labels=table.texts("labels"),
        numbers=table.table("numbers").numbers(),
        fixed={words: _ago(fixed, words) for words in fixed.data},
        days=table.table("days").numbers(),
        clocks=table.phrases("clocks", {"day", "time"}, whole=True),
        zone=zone,
    )
    if not any(words.units.values()):
        table.refuse("units", "is missing; give the words for minute, hour and day")
    table.done()
    return words


def _ago(table: Table, words: str) -> Ago:
    count, _, unit = table.text(words).partition(" ")
    if not count.isdecimal() or unit not in UNITS:
        table.refuse(words, 'must be a number and a unit, such as "0 minute" or "1 half_hour"')
    return Ago(int(count), unit)
