"""The library over a database: what it is given is checked before anything is stored, and no call leaves work behind."""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

import meeruit
from meeruit.tasks.errors import LedgerError, UsageError
from meeruit.tasks.store.tables import Page, Run, Work, table
from meeruit.tasks.work.tools import Tools
from meeruit.worker import library
from meeruit.worker.database import reading
from tests.conftest import Inside
from tests.storing import clear
from tests.test_keep import ingest

_page, _run, _work = table(Page), table(Run), table(Work)
AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
#: Times with a zone that UTC has no year for.
TOO_LATE = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
TOO_EARLY = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
HIT = "Meer uit Zee\nGOES (ANP) - Bericht {n}.\n1 uur geleden\n"
GOOD = [meeruit.Page(HIT.format(n=n).encode(), f"https://a.example/{n}", AT, "text/plain") for n in range(3)]
page: Any = partial(meeruit.Page, b"Niets.")


def nothing_stays(engine: Engine) -> None:
    """No page is stored, no work is left, and no run is open."""
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(_page)) == 0
        assert db.scalar(select(func.count()).select_from(_work)) == 0
        assert db.scalar(select(func.count()).where(_run.c.finished_at.is_(None))) == 0


BAD_PAGES: list[tuple[object, str]] = [
    (page(url=math.nan), r"^pages\[3\]: url: nan is no str"),
    (page(url=5), r"^pages\[3\]: url: 5 is no str"),
    (page(url=b"https://a.example/"), r"^pages\[3\]: url: b'https"),
    (page("https://a.example/9", media_type=5), r"^pages\[3\] \(https://a.example/9\): media_type: 5 is no str"),
    (page(media_type=None), r"media_type: None is no str"),
    (page(observed_at=TOO_LATE), r"observed_at: .* is out of range"),
    (page(observed_at=TOO_EARLY), r"observed_at: .* is out of range"),
    (page(observed_at="2026-03-02T14:05:00Z"), r"observed_at: .* is no datetime with a time zone"),
    (page(shown_at=datetime(2026, 3, 2)), r"shown_at: .* is no datetime with a time zone"),  # noqa: DTZ001
    (meeruit.Page("Niets."), r"^pages\[3\]: its body is bytes as they came, not str"),  # type: ignore[arg-type]
    (b"Niets.", r"^pages\[3\]: 'bytes' is no meeruit.Page"),
]


@pytest.mark.parametrize(("bad", "said"), BAD_PAGES)
def test_a_field_that_is_no_value_of_its_kind_is_named_before_anything_is_stored(
    engine: Engine, database_url: str, bad: Any, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        meeruit.ingest([*GOOD, bad, *GOOD], database_url)
    nothing_stays(engine)


@pytest.mark.parametrize(
    ("pages", "more", "said"),
    [
        (GOOD[0], {}, "'Page' is no list of pages"),
        (None, {}, "'NoneType' is no list of pages"),
        (GOOD, {"source": "\udc80"}, "^source: .* holds a NUL or half a character"),
        (GOOD, {"source": "a\0b"}, "^source: .* holds a NUL or half a character"),
        (GOOD, {"source": 5}, "^source: 5 is no str"),
        (GOOD, {"source": "s" * 201}, "^source: a name has at most 200 characters"),
    ],
)
def test_what_is_no_list_or_no_name_of_a_source_is_said(
    engine: Engine, database_url: str, pages: Any, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        meeruit.ingest(pages, database_url, **more)
    nothing_stays(engine)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"since": TOO_EARLY}, "^since: .* is out of range"),
        ({"until": TOO_LATE}, "^until: .* is out of range"),
        ({"limit": -1}, "^limit: -1 is no number of items"),
        ({"limit": "3"}, "^limit: '3' is no number of items"),
        *(({name: 5}, f"^{name}: 5 is no str") for name in ("section", "place", "agency", "search")),
        ({"search": "a\0"}, "^search: .* holds a NUL"),
    ],
)
def test_what_cannot_be_asked_for_is_said_when_it_is_asked(database_url: str, wanted: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        meeruit.items(database_url, **wanted)


def test_a_limit_beyond_any_number_of_items_is_none(database_url: str) -> None:
    meeruit.ingest(GOOD, database_url)
    assert len(list(meeruit.items(database_url, limit=10**30))) == 3


def test_what_is_odd_about_a_page_is_taken_as_in_a_record_of_json_lines(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    urls = [
        "https://a.example/\0",
        "https://b.example/\ud83d",
        "https://c.example/" + "x" * 8_000,
        "https://d.example/",
    ]
    pages = [meeruit.Page(HIT.format(n=n).encode(), url, AT, "text/plain\0") for n, url in enumerate(urls)]
    old = meeruit.Page(HIT.format(n=9).encode(), "https://e.example/", datetime(1990, 1, 1, tzinfo=UTC))
    counts = meeruit.ingest([*pages, old], database_url)
    assert (counts.pages_done, counts.pages_failed, counts.items_new) == (3, 2, 3)
    by_library = ended(engine)
    clear(engine)
    said = [
        {"url": each.url, "text": each.body.decode(), "observed_at": str(each.observed_at)} for each in [*pages, old]
    ]
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps(each) + "\n" for each in said))
    ingest(engine, tmp_path / "pages.jsonl")
    assert ended(engine) == by_library
    assert ("https://a.example/\ufffd", "done", "1 new, 0 seen") in by_library
    assert (None, "quarantined", '"url" is longer than 8,000 characters') in by_library


def ended(engine: Engine) -> list[tuple[str | None, str, str]]:
    """How each page ended: its address where it is known, its state and outcome."""
    with reading(engine) as db:
        rows = db.execute(select(_page.c.url, _page.c.state, _page.c.outcome))
        return sorted(((row.url, row.state, row.outcome) for row in rows), key=str)


def test_a_fault_of_our_own_ends_with_the_call_and_reaches_the_caller(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(step: str) -> None:
        if step == "extracted":
            raise ZeroDivisionError("by nought")

    with monkeypatch.context() as broken:
        broken.setattr(library, "Tools", partial(Tools, reached=reached))
        with pytest.raises(
            LedgerError, match=r"^3 pages .*/a.example/0: unexpected ZeroDivisionError: by nought"
        ) as met:
            meeruit.ingest(GOOD, database_url)
    assert isinstance(met.value.__cause__, ZeroDivisionError)
    with reading(engine) as db:
        assert {row.state for row in db.execute(select(_work.c.state))} == {"done", "split"}
        assert db.scalar(select(func.count()).where(_run.c.finished_at.is_(None))) == 0
    assert meeruit.ingest(GOOD, database_url).items_new == 3


def test_what_the_database_refuses_is_one_of_our_errors_and_the_run_has_ended(
    engine: Engine, database_url: str
) -> None:
    with engine.begin() as db:
        db.execute(text("ALTER TABLE body RENAME COLUMN content TO elsewhere"))
    with pytest.raises(LedgerError, match=r"^the database fails: .*content"):
        meeruit.ingest(GOOD, database_url)
    nothing_stays(engine)


def test_an_error_of_the_callers_own_pages_is_the_callers(engine: Engine, database_url: str) -> None:
    def pages() -> Iterator[meeruit.Page]:
        yield from GOOD
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match=r"^mine$"):
        meeruit.ingest(pages(), database_url)
    nothing_stays(engine)


def test_items_that_nobody_goes_on_with_close_in_silence(
    database_url: str, caplog: pytest.LogCaptureFixture, unraisable: Callable[[], list[str]]
) -> None:
    meeruit.ingest(GOOD, database_url)
    circle: list[Any] = [meeruit.items(database_url)]
    circle.append(circle)
    next(circle[0])
    del circle
    gc.collect()
    assert next(meeruit.items(database_url))["place"] == "GOES"
    assert caplog.text == ""
    assert unraisable() == []


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """What was raised where nobody could catch it."""
    import sys

    found: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda each: found.append(f"{each.object}: {each.exc_value}"))
    return lambda: found


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_command_takes_no_name_of_a_source_that_the_library_does_not(
    engine: Engine, tmp_path: Path, inside: Inside
) -> None:
    (tmp_path / "a.txt").write_text(HIT)
    inside("ingest", str(tmp_path / "a.txt"), "--source", "a\udcff", database=engine.url, status=2)
    nothing_stays(engine)
