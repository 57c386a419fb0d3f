"""The noise against the rules of cleaning and folding, and the oracle's fold against values worked out by hand."""

from __future__ import annotations

import hashlib
import html
import random
from functools import cache

import pytest

from tests.newswire import noise
from tests.newswire.camera import Camera, Plan
from tests.newswire.fold import clean, content_hash, fold
from tests.newswire.strategies import HEADLINES, TEXTS

TEXT = "Daniël: \"zo'n één-na-laatste R&D-plan kost €2, nee... meer - véél meer\", zei hij 's avonds tegen de pers."


@cache
def camera() -> Camera:
    return Camera(Plan(captures=300, seed=3, days=1))


def test_every_text_of_the_wire_is_its_own_folded_form() -> None:
    for story in camera().wire.all():
        for version in story.versions:
            assert fold(version.body) == version.body
            assert fold(version.headline) == version.headline


def test_no_two_stories_share_a_text() -> None:
    bodies = [version.body for story in camera().wire.all() for version in story.versions]
    kept = {(version.body, story.slug) for story in camera().wire.all() for version in story.versions}
    assert len(set(bodies)) == len(kept)


def test_every_spelling_folds_to_the_plain_text() -> None:
    spellings = {noise.spelled(random.Random(seed), TEXT) for seed in range(300)}
    assert len(spellings) > 100
    assert {fold(spelling) for spelling in spellings} == {TEXT}
    assert {clean(spelling) for spelling in spellings} == spellings


@pytest.mark.parametrize("markup", [False, True])
def test_cleaning_takes_out_every_smudge(markup: bool) -> None:
    for seed in range(300):
        rng = random.Random(seed)
        page = noise.encoded(rng, noise.smudged(rng, TEXT, lines=True), markup=markup)
        assert clean(html.unescape(page)) == TEXT
        assert "\n" not in noise.smudged(rng, TEXT)


def test_noise_of_every_kind_is_made() -> None:
    pages = "".join(camera().capture(number).body for number in camera().numbers())
    marks = "\u00a0\u00ad\u200b\u2060\ufeff\u061c\u200e\u200f\u202a\u2066\u2067\u180e\u200c\u200d\u2061\u2064\u0308"
    assert [f"{ord(mark):x}" for mark in marks + "“”„«»‘’‚´`–—‑−…\u01ab\r" if mark not in pages] == []
    assert all(entity in pages for entity in ("&amp;", "&#x", "&#39;", "&eacute;", "&quot;"))


def test_the_quiet_generator_makes_none() -> None:
    assert noise.encoded(noise.Quiet(), noise.smudged(noise.Quiet(), noise.spelled(noise.Quiet(), TEXT))) == TEXT


@pytest.mark.parametrize(
    ("printed", "folded"),
    [
        ("„Ja”, zei hij…", '"Ja", zei hij...'),
        ("zo\u2019n  ‚plan‘\u00a0—\tnee", "zo'n 'plan' - nee"),
        ("Isra\u01abl", "Israël"),
        ("Israe\u0308l", "Israël"),
        ("een\u200d\u00ad\u200bding", "eending"),
        ("5\u00a0m² ½ ﬁets № Ⅳ", "5 m² ½ ﬁets № Ⅳ"),  # not NFKC
        ("1999 ANP Goes GOES", "1999 ANP Goes GOES"),  # neither digits nor case
    ],
)
def test_the_fold_by_hand(printed: str, folded: str) -> None:
    assert fold(printed) == folded
    assert content_hash(printed) == hashlib.sha256(folded.encode()).hexdigest()


def test_the_spellings_of_the_strategies_are_one_text_each() -> None:
    assert [len({content_hash(spelling) for spelling in spellings}) for spellings in TEXTS] == [1] * len(TEXTS)
    assert len({content_hash(spellings[0]) for spellings in TEXTS}) == len(TEXTS)
    assert len({content_hash(headline) for headline in HEADLINES}) == 2
