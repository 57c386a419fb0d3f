"""Cleaning, folding and hashing of what an item is known by: pinned, since a change is a new ``hash_version``."""

from __future__ import annotations

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.fold import HASH_VERSION, clean, content_hash, fold, tidy


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_version_is_the_first() -> None:
    assert HASH_VERSION == 1


def test_the_hash_is_that_of_the_folded_text() -> None:
    assert content_hash("De brug is dicht.") == sha("De brug is dicht.")
    assert content_hash("“Zo’n – brug…”") == sha('"Zo\'n - brug..."')
    assert content_hash("De brug is dicht.") == "b91d04308c8d1a710531cc4a71565c6607e8506c076f974f057dde60e6415c16"


@pytest.mark.parametrize(
    "invisible",
    [
        "\u00ad",
        "\u200b",
        "\u2060",
        "\ufeff",
        "\u061c",
        "\u200e",
        "\u200f",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\0",
    ],
)
def test_characters_that_print_nothing_are_dropped_from_the_stored_text(invisible: str) -> None:
    assert clean(f"ge{invisible}leden") == "geleden"


@pytest.mark.parametrize(
    "space", [" ", "\u00a0", "\t", "\n", "\r\n", "\u2009", "\u202f", "\u3000", "\u2028", "\x85", "  \n "]
)
def test_every_run_of_white_space_is_one_space(space: str) -> None:
    assert clean(f"{space}een{space}{space}twee{space}") == "een twee"


def test_decomposed_letters_are_composed() -> None:
    assert clean(unicodedata.normalize("NFD", "Île, Oekraïne, één, Ă")) == "Île, Oekraïne, één, Ă"


def test_compatibility_characters_stay() -> None:
    assert fold("½ m² ﬁ ①") == "½ m² ﬁ ①"


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("R&amp;D", "R&D"),
        ("&lt;b&gt;", "<b>"),
        ("&amp;lt;", "&lt;"),
        ("caf&eacute;", "café"),
        ("&#8364;&#x20ac;", "€€"),
        ("18&nbsp;uur", "18 uur"),
        ("&#1114112;", "\ufffd"),
        ("&#x0;", "\ufffd"),
        ("&#xd800;", "\ufffd"),
        ("&amp;#x0;", "&#x0;"),
    ],
)
def test_entities_are_decoded_once(text: str, decoded: str) -> None:
    assert clean(text, entities=True) == decoded
    assert clean(text) == text


def test_the_stored_text_keeps_its_spelling_quotes_and_dashes() -> None:
    text = "“Zo’n – brug…” Oekraƫne"
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("“a” „b” «c»", '"a" "b" "c"'),
        ("‘a’ ‚b´ `c", "'a' 'b' 'c"),
        ("a–b—c‑d−e", "a-b-c-d-e"),
        ("a…", "a..."),
        ("Oekraƫne", "Oekraëne"),
        ("a\u180e\u200c\u200d\u2061\u2064b", "ab"),
        ("a \u200d b", "a b"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("10 doden", "11 doden"), ("De Brug", "de brug"), ("één", "een"), ("(83)", "83"), ("dicht.Meer", "dicht. Meer")],
)
def test_what_makes_another_text(one: str, other: str) -> None:
    assert content_hash(one) != content_hash(other)


def test_lone_surrogates_count_as_the_replacement_character() -> None:
    assert content_hash("a\ud800b") == sha("a\ufffdb")


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_cleaning_leaves_nothing_that_it_drops(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == " ".join(cleaned.split())
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set(cleaned) & set("\0\u00ad\u200b\ufeff\u2069")


@given(st.text())
def test_the_hash_is_of_the_cleaned_text(text: str) -> None:
    assert content_hash(text) == content_hash(clean(text))


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd", "Po", "Zs"])))
def test_the_form_of_normalisation_does_not_matter(text: str) -> None:
    assert content_hash(unicodedata.normalize("NFD", text)) == content_hash(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("De brug", "De brug"),
        (" De \n\tbrug ", " De brug "),
        ("\u00a0De  brug\u2003", " De brug "),
        ("e\u0301e\u0301n", "één"),
        ("De\u00ad brug\u200b ", "De brug "),
        ("\n\t ", " "),
        ("\u200b \u200b", " "),
        ("\u200b", ""),
        ("", ""),
    ],
)
def test_a_text_of_a_tree_is_tidied_but_keeps_a_space_at_either_end(text: str, tidied: str) -> None:
    assert tidy(text) == tidied
