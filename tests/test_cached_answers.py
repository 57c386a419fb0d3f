"""A page out of a cache is older than its arrival: its ages count from when it left the site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meeruit.tasks.captures import Raw
from meeruit.tasks.extract import extract
from meeruit.tasks.records import Page, Window
from meeruit.tasks.references import Fetch, Terms
from meeruit.tasks.web.answer import Answer, Fetched, Validators, judge
from meeruit.tasks.work.capturing import capture
from meeruit.tasks.work.fetching import Visited, visit_all

AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
TEXT = b"Kop\nMeer uit Zee\nGOES (ANP) - Bericht over de sluis.\n18 minuten geleden\n"
URL = "https://n.example/a"
TERMS = Terms(AT, "ingest")
TEN = timedelta(minutes=10)
WINDOW = Window(AT - TEN - timedelta(minutes=19), AT - TEN - timedelta(minutes=18))


def windows(page: Page) -> list[Window | None]:
    return [item.window for _, item in extract(page).items()]


def fetched(age: int) -> Visited:
    """One visit to a page that lay in a cache for so many seconds."""

    def visit(url: str, _delay: float, _validators: Validators | None, _first: bool) -> Fetched:
        return judge(Answer(url, 200, AT, TEXT, "text/plain; charset=utf-8", age_seconds=age))

    return visit_all(visit, [Fetch(URL, age_seconds=7)], 0.0, {})


def test_windows_are_made_from_when_a_page_was_shown_and_the_capture_time_stays() -> None:
    page = Page(TEXT, URL, AT, "text/plain", shown_at=AT - TEN)
    assert windows(page) == [WINDOW]
    assert extract(page).observed_at == AT
    assert windows(Page(TEXT, URL, AT, "text/plain")) == [Window(WINDOW.after + TEN, WINDOW.before + TEN)]


def test_an_answer_that_lay_in_a_cache_for_ten_minutes_has_windows_ten_minutes_earlier() -> None:
    (raw,) = fetched(600).pages
    stored = capture(raw, TERMS)
    assert stored.observed_at == AT
    assert stored.extraction is not None
    assert [item.window for _, item in stored.extraction.items()] == [WINDOW]


def test_how_long_a_page_lay_in_a_cache_is_kept_for_a_replay_and_forgotten_by_the_next_visit() -> None:
    (old,), (fresh,) = fetched(600).pages, fetched(0).pages
    assert old.reference == Fetch(URL, age_seconds=600)
    assert fresh.reference == Fetch(URL)


def test_a_page_of_which_nobody_says_when_it_was_captured_has_no_windows() -> None:
    raw = Raw(URL, None, TEXT, URL, "text/plain", age_seconds=600)
    stored = capture(raw, TERMS)
    assert stored.extraction is not None
    assert [item.window for _, item in stored.extraction.items()] == [None]
