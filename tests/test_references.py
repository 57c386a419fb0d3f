"""What the ledger keeps of a page is what is read from it again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.errors import LedgerError
from meeruit.tasks.records import Rounding
from meeruit.tasks.references import (
    Body,
    Fetch,
    File,
    Folder,
    Keep,
    Problem,
    Reference,
    Slice,
    Streamed,
    Terms,
    read_reference,
    read_work,
    reference_json,
    work_json,
)
from meeruit.tasks.times import now

TEXT = st.text(min_size=1, max_size=20)
NUMBER = st.integers(0, 10**12)
PAGE = st.none() | st.integers(1, 10**9)
AT = now()
REFERENCES: st.SearchStrategy[Reference] = st.one_of(
    st.builds(File, TEXT, PAGE),
    st.builds(Slice, TEXT, NUMBER, NUMBER, NUMBER, PAGE),
    st.builds(
        Body,
        TEXT,
        TEXT,
        st.text(max_size=5),
        st.none() | TEXT,
        st.none() | st.just(AT),
        st.none() | TEXT,
        st.none() | TEXT,
        PAGE,
    ),
    st.builds(Streamed, TEXT, PAGE),
    st.builds(Fetch, TEXT, st.booleans(), st.integers(0, 3), st.booleans(), st.booleans(), PAGE),
    st.builds(Folder, TEXT, st.none() | TEXT, NUMBER, NUMBER, PAGE),
    st.builds(Problem, TEXT, TEXT, PAGE),
)
TERMS = st.builds(
    Terms,
    st.just(AT),
    TEXT,
    st.none() | TEXT,
    st.none() | TEXT,
    st.none() | st.floats(0, 100),
    st.booleans(),
    st.none() | st.sampled_from(Rounding),
    st.none() | st.sampled_from(Keep),
)


@given(REFERENCES)
def test_a_reference_comes_back_from_the_ledger_as_it_went_in(reference: Reference) -> None:
    assert read_reference(json.loads(json.dumps(reference_json(reference)))) == reference


@given(TERMS, st.lists(REFERENCES, max_size=3))
def test_a_piece_of_work_comes_back_from_the_ledger_as_it_went_in(terms: Terms, pages: list[Reference]) -> None:
    assert read_work(json.loads(json.dumps(work_json(terms, pages)))) == (terms, pages)


@pytest.mark.parametrize(
    "said", [{}, {"file": "a", "colour": "red"}, {"slice": "a"}, {"body": "x", "observed_at": "?"}]
)
def test_what_no_version_wrote_is_named(said: dict[str, str]) -> None:
    with pytest.raises(LedgerError, match="cannot read"):
        read_reference(said)
