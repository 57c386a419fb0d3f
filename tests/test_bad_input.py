"""Input that nobody should send, as tables: each kind has one outcome, named, and costs its neighbours nothing."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.read import read_record
from meeruit.tasks.errors import Unreadable, UsageError
from meeruit.tasks.extract import extract
from meeruit.tasks.fold import content_hash
from meeruit.tasks.grammar.profiles import load_profile
from meeruit.tasks.records import Block, Page
from meeruit.tasks.references import Streamed, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.merge import merge
from meeruit.tasks.store.tables import Item, Sighting, table
from meeruit.tasks.times import check_time, now, parse_time
from meeruit.tasks.work import ledger
from meeruit.tasks.work.capturing import capture
from meeruit.tasks.work.process import process
from meeruit.tasks.work.tools import Tools
from meeruit.worker.database import reading
from meeruit.worker.log import configure

AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
URL = "https://n.example/page"


def html(*records: str) -> bytes:
    """A page whose block holds these records and two good ones."""
    good = record("Een goede kop", "Een goed bericht.", "/1") + record("Twee goede koppen", "Nog een bericht.", "/2")
    return f"<h1>Kop</h1><p>Lood.</p><h2>Meer uit Zee</h2><ul>{''.join(records)}{good}</ul>".encode()


def record(headline: str, text: str, url: str) -> str:
    return f'<li><h3><a href="{url}">{headline}</a></h3><p>GOES (ANP) - {text}</p><span>2 uur geleden</span></li>'


def block(*records: str) -> Block:
    (found,) = extract(Page(html(*records), URL, AT, "text/html")).blocks
    return found


@pytest.mark.parametrize(
    "link",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "&#106;avascript:alert(1)"),
        *("data:text/html,x", "vbscript:x", "file:///etc/passwd", "http://u:p@n.example/", "http://[::1"),
        *("https://n.example/" + "a" * 100_000, "https://n.example/%00", "https://n.example:99999/", "http:///x"),
    ],
)
def test_a_link_that_leads_nowhere_good_is_not_kept_and_its_item_is(link: str) -> None:
    first = block(record("Een kop", "Een bericht.", link)).items[0]
    assert first.text == "Een bericht."
    assert first.url is None or first.url.startswith(("https://n.example/", "http://"))
    assert "script" not in (first.url or "").partition("//")[0]
    assert "@" not in (first.url or "")


@pytest.mark.parametrize(
    ("headline", "text"), [("x" * 1_000_000, "Een bericht."), ("Een kop", "woord " * 200_000)], ids=["headline", "text"]
)
def test_an_item_of_a_megabyte_is_rejected_and_its_neighbours_are_not(headline: str, text: str) -> None:
    found = block(record(headline, text, "/x"))
    assert [reject.reason.value for reject in found.rejected] == ["too long"]
    assert [item.headline for item in found.items] == ["Een goede kop", "Twee goede koppen"]


def test_one_item_nine_thousand_times_is_one_and_every_copy_is_counted() -> None:
    found = block(*[record("Een kop", "Een bericht.", "/x")] * 9_000)
    assert len(found.items) == 3
    assert [reject.reason.value for reject in found.rejected] == ["repeated"] * 8_999


def test_nine_thousand_items_are_that_many_and_a_page_of_more_than_can_be_is_named() -> None:
    records = [record(f"Kop {n}", f"Bericht {n}.", f"/{n}") for n in range(11_000)]
    assert len(block(*records[:9_000]).items) == 9_002
    with pytest.raises(Unreadable, match=r"^HTML of 110,0\d\d tags, more than 100,000$"):
        block(*records)


def test_a_headline_that_is_markup_is_text() -> None:
    first = block(record("&lt;script&gt;alert(1)&lt;/script&gt;", "Een bericht.", "/x")).items[0]
    assert first.headline == "<script>alert(1)</script>"


def test_where_one_field_ends_and_the_next_begins_makes_another_item() -> None:
    assert content_hash("ab c") != content_hash("a bc")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2016-12-31T23:59:60Z", "is no time"),
        ("2026-03-02T24:00:01Z", "is no time"),
        ("2026-02-30T00:00:00Z", "is no time"),
        ("2026-03-02T14:05:00+25:00", "is no time"),
        ("2026-03-29T02:30:00", "has no time zone"),
        ("2026-03-02", "has no time zone"),
        ("9999-12-31T23:59:59-12:00", "is out of range"),
        ("0001-01-01T00:00:00+14:00", "is out of range"),
        ("\u0662\u0660\u0662\u0666-03-02T14:05:00Z", "is no time"),
        ("", "is no time"),
        ("nan", "is no time"),
        ("x" * 100_000, "is no time"),
        (0, "is no time"),
        (True, "is no time"),
        ([1] * 100_000, "is no time"),
        ({"$date": 0}, "is no time"),
    ],
)
def test_a_capture_time_that_is_none_is_named_in_a_short_line(text: object, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_time(text)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-10-25T02:30:00+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-03-02T14:05:00.999999Z", AT),
        ("20260302T140500Z", AT),
        ("2026-03-02T19:35:00+05:30", AT),
    ],
)
def test_a_time_with_a_zone_is_one_moment(text: str, time: datetime) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize(
    ("time", "refused"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "before 1995"),
        (datetime(1994, 12, 31, 23, 59, 59, tzinfo=UTC), "before 1995"),
        (datetime(1995, 1, 1, tzinfo=UTC), None),
        (AT + timedelta(minutes=5), None),
        (AT + timedelta(minutes=5, seconds=1), "in the future"),
        (datetime(2099, 1, 1, tzinfo=UTC), "in the future"),
    ],
)
def test_a_capture_time_that_cannot_be_true_is_refused(time: datetime, refused: str | None) -> None:
    if refused is None:
        check_time(time, AT)
        return
    with pytest.raises(ValueError, match=refused):
        check_time(time, AT)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"url": "https://n.example/" + "a" * 100_000}, '"url" is longer than 8,000 characters'),
        ({"url": ["https://n.example/"]}, '"url" is not a text but a list'),
        ({"observed_at": [0] * 100_000}, "is no time"),
        ({"text": {"a": 1}}, '"text" is not a text but a dict'),
        ({"html": True, "text": None}, '"html" is not a text but a bool'),
    ],
)
def test_a_record_with_a_value_of_another_kind_is_named_in_a_short_line(values: dict[str, Any], said: str) -> None:
    raw = read_record(json.dumps({"text": "x"} | values).encode(), "f:1", Streamed("f:1"))
    assert raw.problem is not None
    assert said in raw.problem
    assert len(raw.problem) < 200


def test_one_item_with_several_links_and_headlines_is_one(engine: Engine) -> None:
    """The same text is the same item, whatever its link; the same headline over two texts is two."""
    pages = [
        Raw("https://a.example/", None, html(record("Kop", "Zelfde bericht.", "/a")), observed_at=AT),
        Raw("https://b.example/", None, html(record("Andere kop", "Zelfde bericht.", "/b")), observed_at=AT),
        Raw("https://c.example/", None, html(record("Kop", "Ander bericht.", "/a")), observed_at=AT),
    ]
    captures = [capture(raw, Terms(AT, "ingest")) for raw in pages]
    bodies = {c.body: (len(c.raw.body), "text/html", compress(c.raw.body)) for c in captures if c.body and c.raw.body}
    with engine.begin() as db:
        run_id = runs.start_run(db, "test", None, AT)
        work_id = ledger.enrol(db, run_id, "bodies", Terms(AT, "ingest"), [], 3, AT)
        store_bodies(db, bodies)
        merge(db, captures, run_id=run_id, work_id=work_id, source=None, profile=None)
    item, sighting = table(Item), table(Sighting)
    with reading(engine) as db:
        texts = sorted(db.scalars(select(item.c.text)))
        assert texts == ["Ander bericht.", "Een goed bericht.", "Nog een bericht.", "Zelfde bericht."]
        assert len(list(db.scalars(select(sighting.c.id if "id" in sighting.c else sighting.c.page_id)))) == 9


@pytest.mark.parametrize("wrong", [timedelta(days=1), timedelta(hours=-1), timedelta(days=-20_000)])
def test_an_undated_page_is_read_though_the_clock_that_enrolled_it_was_wrong(wrong: timedelta) -> None:
    at = now()
    page = capture(Raw("x.txt", body=b"x"), Terms(at + wrong, "ingest"))
    assert page.problem is None
    assert abs(at - page.observed_at) <= timedelta(hours=1)
    assert page.observed_from == "ingest"


@pytest.mark.parametrize("work_id", [0, -1, 999_999, 2**31 - 1])
def test_a_message_for_work_that_does_not_exist_does_nothing(work_id: int, engine: Engine) -> None:
    def no_visit(*_: object) -> Any:
        raise AssertionError("nothing is fetched")

    tools = Tools(engine, lambda _work, _kind, _seconds: None, lambda: 0, "me", lambda _: False, no_visit)
    assert process(tools, work_id, "me") is None


@pytest.mark.parametrize("hostile", ["a\nb", "a\r\nERROR forged", "\x1b[31mred", "\u202egnp", "\x9b2J", "\x7f", "\x00"])
def test_a_log_line_is_one_line_whatever_stands_in_it(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        configure()
        logging.getLogger("meeruit").info("read address=%s", hostile)
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
    err = capsys.readouterr().err
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert "read address=" in err


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 100_000, "x = 1\n" * 2, "\x00", 'language = "nl"\nheadings = ["(a+)+$ {section}"]\n']
)
def test_a_profile_that_is_made_to_harm_is_a_mistake_in_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_profile(tmp_path / "own.toml")
    assert "\n" not in str(caught.value)
