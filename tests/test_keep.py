"""Which bodies are stored, what is given up later, and what then still can be read again."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

import meeruit
from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.targets import find
from meeruit.tasks.errors import UsageError
from meeruit.tasks.references import Keep, Problem, Slice, Terms
from meeruit.tasks.report import listings
from meeruit.tasks.report.damage import damages
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import KEPT
from meeruit.tasks.store.tables import Body, Gap, Item, Page, Sighting, Work, table
from meeruit.tasks.store.tables import Listing as Listed
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.enrol import read_for_upload
from meeruit.tasks.work.process import process
from meeruit.tasks.work.reading import read_pages
from meeruit.tasks.work.replay import Report, pages_to_replay, replay
from meeruit.worker.database import reading
from tests.archives import answer, as_lines, record
from tests.conftest import Inside
from tests.newswire.camera import DAILY, PAPER, Camera, Listing, Plan
from tests.storing import store
from tests.tables import check
from tests.test_scanning import tools

_body, _page, _work = table(Body), table(Page), table(Work)
HIT = "<h2>Meer uit Zee</h2><ul><li><p>GOES (ANP) - Bericht {n}.</p><p>1 uur geleden</p></li></ul>"
PLAIN = b"<p>Gewone pagina."
EARLIER = "2026-03-01T14:05:00Z"


def ingest(engine: Engine, path: Path, keep: Keep | None = None) -> None:
    """The pages of a file, as a worker stores them."""
    terms = Terms(now(), "ingest", keep=keep)
    for found in find([str(path)], io.BytesIO()):
        if isinstance(found, tuple) and isinstance(found[0], Slice):
            with engine.begin() as db:
                run_id = runs.start_run(db, "test", None, now())
                work_id = ledger.enrol(db, run_id, "slice", terms, [found[0]], found[1], now())
            process(tools(engine), work_id, "1")


def archive(tmp_path: Path) -> Path:
    """Two pages with a block, one without, and two revisits."""
    path = tmp_path / "a.warc"
    refers = {"WARC-Refers-To-Date": EARLIER}
    path.write_bytes(
        b"".join(
            [
                answer("https://x.example/1", HIT.format(n=1).encode(), date=EARLIER),
                answer("https://x.example/2", HIT.format(n=2).encode(), date=EARLIER),
                answer("https://x.example/3", PLAIN, date=EARLIER),
                record("revisit", "https://x.example/1", b"", more=refers),
                record("revisit", "https://x.example/3", b"", more=refers),
            ]
        )
    )
    return path


def kept(engine: Engine) -> tuple[int, int]:
    """How many bodies are known, and how many are there."""
    with reading(engine) as db:
        known, there = (db.scalar(select(func.count()).select_from(_body).where(*which)) for which in ((), (KEPT,)))
        return int(known or 0), int(there or 0)


def stored(engine: Engine) -> list[dict[str, object]]:
    """Every item."""
    with reading(engine) as db:
        return list(listings.items(db, listings.ItemFilter()))


@pytest.mark.parametrize(
    ("keep", "known", "there"), [(None, 2, 2), (Keep.ALL, 3, 3), (Keep.HITS, 2, 2), (Keep.NONE, 2, 0)]
)
def test_of_an_archive_the_bodies_are_stored_that_hold_a_block_or_those_that_are_asked_for(
    engine: Engine, tmp_path: Path, keep: Keep | None, known: int, there: int
) -> None:
    ingest(engine, archive(tmp_path), keep)
    assert kept(engine) == (known, there)
    with reading(engine) as db:
        outcomes = {row.address: row.outcome for row in db.execute(select(_page).where(_page.c.observed_at < now()))}
        assert db.scalar(select(func.count()).select_from(_page)) == 5
        assert "quarantined" not in set(db.scalars(select(_page.c.state)))
        assert outcomes["https://x.example/3"].endswith("no block found")
        assert pages_to_replay(db) == {3: 5, 2: 3, 0: 0}[there]
        assert not list(damages(db, now(), every=True))
    report = Report()
    list(replay(engine, report))
    assert (report.changed, report.unread) == (0, [])
    ingest(engine, archive(tmp_path), Keep.ALL)  # known pages add nothing
    assert kept(engine)[0] == known


def test_a_revisit_is_not_uploaded_as_an_empty_page(tmp_path: Path) -> None:
    found = list(read_for_upload(find([str(archive(tmp_path))], io.BytesIO())))
    said = [each[0].problem for each in found if isinstance(each, tuple) and isinstance(each[0], Problem)]
    assert said == ["a revisit, which cannot be uploaded without its original"] * 2
    assert sum(isinstance(each, Raw) for each in found) == 3


def test_json_lines_are_our_own_form_and_keep_all(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(as_lines([{"text": "Niets."}, {"html": HIT.format(n=1)}]))
    ingest(engine, tmp_path / "a.jsonl")
    assert kept(engine) == (2, 2)


def test_a_revisit_of_a_stored_page_is_read_and_one_of_nothing_is_named(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, archive(tmp_path))
    revisits = [
        record(
            "revisit", f"https://x.example/{n}", b"", date="2026-03-03T00:00:00Z", more={"WARC-Refers-To-Date": EARLIER}
        )
        for n in (1, 4)
    ]
    (tmp_path / "b.warc").write_bytes(b"".join(revisits))
    found = Slice(str(tmp_path / "b.warc"), 0, sum(map(len, revisits)), 0)
    first, second = read_pages(engine, [found])
    assert (first.body, first.media_type) == (HIT.format(n=1).encode(), "text/html")
    assert "a revisit whose original is not stored: https://x.example/4 at 2026-03-01T14:05:00Z" in str(second.problem)


def test_a_revisit_that_comes_before_its_original_waits_for_it(engine: Engine, tmp_path: Path) -> None:
    at = {"WARC-Refers-To-Date": EARLIER}
    early = record("revisit", "https://x.example/1", b"", date="2026-03-05T00:00:00Z", more=at)
    (tmp_path / "early.warc").write_bytes(early)
    ingest(engine, tmp_path / "early.warc")
    with reading(engine) as db:
        waiting = db.execute(select(_work).where(_work.c.state == "pending")).one()
        assert (waiting.pages, waiting.last_error) == (1, "the originals of revisits may still come")
        assert db.scalar(select(func.count()).select_from(_page)) == 0
    ingest(engine, archive(tmp_path))
    with engine.begin() as db:
        db.execute(_work.update().values(not_before=None))
    process(tools(engine), waiting.id, "2")
    with reading(engine) as db:
        outcomes = [row.outcome for row in db.execute(select(_page).order_by(_page.c.id)) if row.work_id == waiting.id]
    assert outcomes == ["0 new, 1 seen"]


def test_old_bodies_are_given_up_when_that_is_asked_for_and_all_else_stays(
    engine: Engine, inside: Inside, tmp_path: Path
) -> None:
    ingest(engine, archive(tmp_path))
    items = stored(engine)
    assert "2 (" in inside("prune", "--bodies-older-than", "30d", database=engine.url)
    assert kept(engine) == (2, 2)
    assert " gone" in inside("prune", "--bodies-older-than", "30d", "--yes", database=engine.url)
    assert kept(engine) == (2, 0)
    assert stored(engine) == items
    with reading(engine) as db:
        assert pages_to_replay(db) == 0
        assert not list(damages(db, now(), every=True))
    assert "like 90d" in inside("prune", "--bodies-older-than", "soon", database=engine.url, status=2)


def test_what_was_derived_stays_when_bodies_are_given_up_and_what_is_left_is_replayed(
    engine: Engine, inside: Inside
) -> None:
    """Gaps, revisions and articles, of a newswire whose truth is known."""
    listings = (Listing(PAPER, "Buitenland", ("G", "H", "S")), Listing(DAILY, "Binnenland", ("HTML",)))
    camera = Camera(Plan(120, seed=3, days=4.0, articles=0.3, outages=2, listings=listings))
    captures = [camera.capture(number) for number in camera.numbers()]
    store(engine, [[captures]])
    check(engine, captures)
    tables = {"item": Item, "gap": Gap, "sighting": Sighting, "page": Page, "listing": Listed}
    before = {name: everything(engine, one) for name, one in tables.items()}
    assert before["gap"]
    assert [row for row in before["item"] if row["revision_of"] is not None]
    assert [row for row in before["item"] if "article" in {row["headline_from"], row["url_from"]}]
    dated = sorted(row["observed_at"] for row in before["page"] if row["observed_from"] != "ingest")
    days = (now() - dated[len(dated) // 2]).days + 1
    there = kept(engine)
    inside("prune", "--bodies-older-than", f"{days}d", "--yes", database=engine.url)
    assert there[0] == kept(engine)[0]
    assert 0 < kept(engine)[1] < there[1]
    assert "no item changed" in inside("replay", database=engine.url)
    assert "nothing is damaged" in inside("db", "check", "--all", database=engine.url)
    assert {name: everything(engine, one) for name, one in tables.items()} == before
    check(engine, captures)


def everything(engine: Engine, rows: Any) -> list[dict[str, Any]]:
    """Every row of a table, in the order of its key."""
    with reading(engine) as db:
        one = table(rows)
        return [dict(row._mapping) for row in db.execute(select(one).order_by(*one.primary_key.columns))]


def test_the_library_keeps_pages_and_reads_items_back(engine: Engine) -> None:
    at = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
    url = engine.url.render_as_string(hide_password=False)
    pages = [
        meeruit.Page(HIT.format(n=n % 3).encode(), f"https://x.example/{n}", at + timedelta(hours=n)) for n in range(5)
    ]
    counts = meeruit.ingest(iter(pages), url, source="mine")
    assert (counts.pages_new, counts.items_new, counts.items_seen) == (5, 3, 2)
    assert meeruit.ingest(pages, url, source="mine").pages_known == 5
    assert [item["text"] for item in meeruit.items(url, limit=2)] == ["Bericht 2.", "Bericht 1."]
    with pytest.raises(UsageError):
        meeruit.ingest([], "mysql://nowhere/")
    with pytest.raises(meeruit.MeeruitError, match=r"^database"):
        meeruit.ingest([], "meeruit.db")


def test_what_is_no_page_or_no_time_is_said_to_the_library_before_anything_is_stored(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    good, naive = meeruit.Page(b"Niets."), datetime(2026, 3, 2)  # noqa: DTZ001 - that is the mistake
    text: Any = "Niets."
    for bad, said in (
        (text, "'str' is no meeruit.Page"),
        (meeruit.Page(text), "not str"),
        (meeruit.Page(b"", observed_at=naive), "no datetime with a time zone"),
    ):
        with pytest.raises(meeruit.MeeruitError, match=said):
            meeruit.ingest([good, bad], url)
    with pytest.raises(meeruit.MeeruitError, match="xx"):
        meeruit.ingest([good], url, profile="xx")
    day: Any = "2026-03-02"
    for time in (naive, day):
        with pytest.raises(meeruit.MeeruitError, match=r"^since: .* no datetime"):
            meeruit.items(url, since=time)
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(table(Page))) == 0


def test_a_page_of_the_library_without_an_address_is_named_by_its_body(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    meeruit.ingest([meeruit.Page(b"Niets.")], url)
    with reading(engine) as db:
        assert str(db.scalar(select(_page.c.address))).startswith("body:")
