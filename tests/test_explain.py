"""Explaining: differences, windows that cannot meet, the rule in plain words; show, why and gaps as people see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from meeruit.tasks.fold import content_hash
from meeruit.tasks.records import Window
from meeruit.tasks.report import explanations, listings
from meeruit.tasks.report.differences import Change, first_difference, inline_diff, words_changed
from meeruit.tasks.report.reasons import Facts, Verdict, duration, reasons
from meeruit.tasks.store.recurrence import DatedSighting, publications, published_again
from meeruit.worker.database import reading
from tests.conftest import Inside, fresh_database, hasty_engine
from tests.newswire.captures import Capture, Lead
from tests.newswire.strategies import BASE
from tests.shell import by_shell
from tests.storing import store
from tests.tables import stored_items
from tests.test_derive import HOUR, shot

texts = st.lists(st.sampled_from(["elf", "doden", "in", "de", "trein", "twaalf"])).map(" ".join)


@given(texts, texts)
def test_what_is_kept_and_gone_is_the_old_text_and_what_is_kept_and_new_the_new_one(old: str, new: str) -> None:
    changes = list(words_changed(old, new))
    assert " ".join(words for change, words in changes if change is not Change.NEW) == old
    assert " ".join(words for change, words in changes if change is not Change.GONE) == new


def test_a_difference_is_marked_word_by_word() -> None:
    assert inline_diff("Zeker elf doden in Goes.", "Zeker twaalf doden.") == (
        "Zeker [-elf doden in Goes.-] {+twaalf doden.+}"
    )


@pytest.mark.parametrize(
    ("one", "other", "at", "has"),
    [
        ("10.000 mensen", "10.001 mensen", 5, ("0 (U+0030 DIGIT ZERO)", "1 (U+0031 DIGIT ONE)")),
        ("Een zin.", "Een zin. En nog een.", 8, ("the end", "  (U+0020 SPACE)")),
        ("a", "\u0430", 0, ("a (U+0061 LATIN SMALL LETTER A)", "\u0430 (U+0430 CYRILLIC SMALL LETTER A)")),
    ],
)
def test_two_texts_part_at_a_character_that_is_named(one: str, other: str, at: int, has: tuple[str, str]) -> None:
    parted = first_difference(one, other)
    assert parted is not None
    assert (parted.at, (parted.one_has, parted.other_has)) == (at, has)
    assert first_difference(one, one) is None


def said(hours: float, after: float, before: float, body: str = "") -> DatedSighting:
    window = Window(BASE + after * HOUR, BASE + before * HOUR)
    return DatedSighting(BASE + hours * HOUR, "https://krant.example/1", 1, body or str(hours), window)


def test_windows_that_meet_are_one_publication_and_what_lies_weeks_apart_is_another() -> None:
    week = 7 * 24.0
    found = publications(
        [
            said(3 * week, 3 * week - 1, 3 * week),
            said(2, 0, 1),
            said(5, 0.5, 4),
            said(3 * week + 1, 3 * week - 0.5, 999),
        ]
    )
    assert [(p.window.after, p.window.before, p.sightings) for p in found] == [
        (BASE + 0.5 * HOUR, BASE + HOUR, 2),
        (BASE + (3 * week - 0.5) * HOUR, BASE + 3 * week * HOUR, 2),
    ]
    assert published_again(found[0].window, found[1].window)


def test_a_stale_copy_says_nothing_and_a_wrong_page_is_no_second_publication() -> None:
    found = publications([said(2, 0, 1, "same"), said(90, 88, 89, "same"), said(9, 7, 8)])
    assert [p.sightings for p in found] == [1, 1]
    assert not published_again(found[0].window, found[1].window)


EARLIER = Facts("a", BASE, "Brand", "GOES", "https://krant.example/a", "Elf doden.")
LATER = Facts("b", BASE + HOUR, "Brand", "Goes", "https://krant.example/a", "Twaalf doden.")


@pytest.mark.parametrize(
    ("changed", "joins", "words"),
    [
        ({}, (True, True), "one headline and one place, and were first seen 1 h apart"),
        ({"url": None}, (False, True), "the link of the later one is not known"),
        ({"url": "https://krant.example/b"}, (False, True), "their links differ"),
        ({"headline": None}, (True, False), "the headline of the later one is not known"),
        ({"headline": "Feest"}, (True, False), "their headlines differ"),
        ({"place": "TOLEN"}, (True, False), "their places differ"),
        ({"place": None}, (True, False), "the place of the later one is not known"),
        ({"first_seen_at": BASE + 25 * HOUR}, (True, False), "first seen 1.04 d apart, more than 24 h"),
        ({"text": ""}, (False,), "a headline without a body"),
    ],
)
def test_the_rule_is_said_clause_by_clause(changed: dict[str, Any], joins: tuple[bool, ...], words: str) -> None:
    later = Facts(**{**{name: getattr(LATER, name) for name in Facts.__slots__}, **changed})
    found = reasons(EARLIER, later, [EARLIER.first_seen_at, later.first_seen_at])
    assert tuple(reason.joins for reason in found) == joins
    assert words in " ".join(reason.said for reason in found)


def test_a_headline_that_recurs_joins_nothing_and_is_said_to() -> None:
    found = reasons(EARLIER, LATER, [BASE, BASE + HOUR, BASE + 3 * HOUR])
    assert [reason.joins for reason in found] == [True, False]
    assert "recurs" in found[1].said


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (90, "1.5 min"), (86_400 * 23, "23 d")])
def test_a_length_of_time_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


@dataclass
class Stored:
    """A database with some captures, and the command that reads it, in this process or by the shell."""

    engine: Engine
    folder: Path
    inside: Inside

    def keep(self, *captures: Capture) -> None:
        store(self.engine, [[[capture]] for capture in captures])

    def __call__(self, *arguments: str) -> str:
        return self.inside(*arguments, database=self.engine.url)

    def by_shell(self, *arguments: str) -> str:
        return by_shell(*arguments, database=self.engine.url, folder=self.folder)

    def hash_of(self, body: str) -> str:
        (found,) = [row["content_hash"] for row in stored_items(self.engine) if row["text"] == f"Dat is {body}."]
        return str(found)


@pytest.fixture
def stored(request: pytest.FixtureRequest, tmp_path: Path, inside: Inside) -> Iterator[Stored]:
    engine = hasty_engine(fresh_database("sqlite", request, tmp_path))
    yield Stored(engine, tmp_path, inside)
    engine.dispose()


def test_both_databases_tell_the_same(engine: Engine) -> None:
    article = Lead("Brand", "GOES (ANP)", ("Dat is b.", "De rest."))
    captures = [shot(0, "a", headline="Brand"), shot(2, "b", headline="Brand"), shot(900, "b", lead=article)]
    store(engine, [[[capture]] for capture in captures])
    with reading(engine) as db:
        a, b = (listings.find_item(db, content_hash(f"Dat is {body}.")) for body in "ab")
        verdict, clauses = explanations.compare(db, a, b)
        assert (verdict, [clause.joins for clause in clauses]) == (Verdict.REVISION, [False, True])
        assert explanations.revised(db, b) == a
        assert explanations.revised_by(db, a.id) == [b]
        assert len(explanations.windows(db, b.id)) == 2
        found = explanations.article(db, b.content_hash)
        assert found is not None
        assert (found["text"], found["captures"]) == ("Dat is b.\nDe rest.", 1)


def test_show_prints_revisions_word_by_word_and_the_whole_article(stored: Stored) -> None:
    article = Lead("Brand geblust", "GOES (ANP)", ("Dat is b.", "De rest van het artikel."))
    stored.keep(
        shot(0, "a", headline="Brand"),
        shot(2, "b", headline="Brand"),
        shot(3, "q", lead=article, url="https://krant.example/artikel"),
    )
    later = stored("show", stored.hash_of("b"))
    assert f"revises     {stored.hash_of('a')[:10]}, first seen 2025-03-10T12:00:00Z" in later
    assert "Dat is [-a.-] {+b.+}" in later
    assert "link        https://krant.example/artikel (its article's)" in later
    assert "article     https://krant.example/artikel, captured 2025-03-10T15:00:00Z" in later
    assert "De rest van het artikel." in later
    assert f"revised by  {stored.hash_of('b')[:10]}" in stored("show", stored.hash_of("a"))


def test_show_says_of_a_text_that_comes_again_that_its_windows_cannot_meet(stored: Stored) -> None:
    stored.keep(shot(0, "a"), shot(23 * 24, "a", url="https://krant.example/2"))
    shown = stored("show", stored.hash_of("a"))
    assert "published   after 2025-03-10T10:00:00Z, by 2025-03-10T11:00:00Z (within 1 h)" in shown
    assert (
        "and again after 2025-04-02T10:00:00Z, by 2025-04-02T11:00:00Z: 1 sighting says so; "
        "windows 23 d apart cannot meet, so the text recurs"
    ) in shown


def test_why_explains_one_item_a_revision_and_two_items(stored: Stored) -> None:
    stored.keep(shot(0, "a", headline="Brand"), shot(2, "b", headline="Brand"), shot(3, "c", headline="Feest"))
    a, b, c = map(stored.hash_of, "abc")
    revision = stored("why", b, a)
    assert f"{b[:10]} is a revision of {a[:10]}" in revision
    assert "they part after 7 characters" in revision
    assert "one headline and one place, and were first seen 2 h apart, at most 24 h" in revision
    apart = stored("why", a, c)
    assert "apart: two items" in apart
    assert "their headlines differ" in apart
    assert "one item" in stored("why", a, a[:12])


def test_the_shell_prints_what_the_process_prints(stored: Stored) -> None:
    stored.keep(shot(0, "a", headline="Brand"), shot(2, "b", headline="Brand"))
    a, b = map(stored.hash_of, "ab")
    for command in (("show", a), ("why", b, a)):
        assert stored.by_shell(*command) == stored(*command)


def test_gaps_are_listed_and_exported(stored: Stored) -> None:
    stored.keep(shot(0, "a"), shot(8, "e"))
    assert stored("gaps", "--format", "jsonl") == (
        '{"list": "krant.example", "section": "Zeeland", '
        '"from": "2025-03-10T12:00:00Z", "to": "2025-03-10T20:00:00Z", "minutes": 480}\n'
    )
    assert stored("gaps", "--list", "elsewhere", "--format", "jsonl") == ""
