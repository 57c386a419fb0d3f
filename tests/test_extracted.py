"""What ``meeruit extract`` prints can be ingested: the tables end as those of the pages themselves, without bodies."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.targets import find
from meeruit.tasks.extract import extract, to_json
from meeruit.tasks.extracted import completed, of_page, read_extracted
from meeruit.tasks.records import Page as RawPage
from meeruit.tasks.references import Terms
from meeruit.tasks.report.damage import damages
from meeruit.tasks.store.bodies import NOT_KEPT
from meeruit.tasks.store.derive_runs import derive_ended_runs
from meeruit.tasks.store.tables import Body, Page, table
from meeruit.tasks.times import now
from meeruit.tasks.work.capturing import capture as read_page
from meeruit.tasks.work.enrol import read_for_upload
from meeruit.tasks.work.replay import pages_to_replay
from meeruit.worker.database import make_engine, reading
from tests.conftest import Inside, fresh_database, hasty_engine
from tests.newswire.camera import LISTINGS, Camera, Plan
from tests.newswire.captures import Capture
from tests.newswire.strategies import captures
from tests.newswire.write import lines
from tests.shell import by_shell
from tests.test_keep import ingest
from tests.test_replay import contents

SEEDS = Path(__file__).parents[1] / "seeds"
_body, _page = table(Body), table(Page)
#: Columns of a page that say where it was read, and when it was stored.
_OWN = {"id", "run_id", "work_id", "reference"}


def stored(engine: Engine) -> list[dict[str, Any]]:
    """The rows of pages, but for where they were read, with the sizes of their bodies."""
    query = select(*(column for column in _page.c if column.name not in _OWN), _body.c.size)
    with reading(engine) as db:
        rows = db.execute(query.join_from(_page, _body, isouter=True).order_by(_page.c.capture_key))
        return [dict(row._mapping) for row in rows]


def test_a_newswire_that_was_extracted_elsewhere_ends_in_the_same_tables(
    engine: Engine, kind: str, request: pytest.FixtureRequest, tmp_path: Path, inside: Inside
) -> None:
    plan = Plan(120, seed=6, days=0.4, articles=0.3, stale=0.05, stamps=0.1, undated=0, listings=LISTINGS)
    camera = Camera(plan)
    pages = tmp_path / "pages.jsonl"
    pages.write_text("".join(lines(camera.capture(number) for number in camera.numbers())), "utf-8")
    extracted = tmp_path / "extracted.jsonl"
    extracted.write_text(by_shell("extract", str(pages), database=engine.url, folder=tmp_path), "utf-8")
    other = hasty_engine(fresh_database(kind, request, tmp_path))
    for each, file in ((engine, pages), (other, extracted)):
        ingest(each, file)
        derive_ended_runs(each)
    assert contents(engine)["gaps"]
    assert contents(other) == contents(engine)
    assert stored(other) == stored(engine)
    with reading(other) as db:
        assert set(db.scalars(select(_body.c.content))) == {NOT_KEPT}
        assert pages_to_replay(db) == 0
        assert list(damages(db, now(), every=True)) == []
    assert "see prune, and ingest --keep-bodies" in inside("replay", "1", database=other.url, status=2)
    ingest(other, pages)  # the pages themselves are known
    ingest(engine, extracted)
    assert contents(other) == contents(engine)
    assert len(stored(other)) == len(stored(engine))
    other.dispose()


def test_the_seeds_end_in_the_same_tables(tmp_path: Path, inside: Inside) -> None:
    """Through the commands themselves, with a broker and workers."""
    one, other = (make_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "other"))
    for engine in (one, other):
        inside("db", "upgrade", database=engine.url)
    at = "2026-03-02T14:05:00Z"
    by_shell("ingest", str(SEEDS), "--observed-at", at, database=one.url, folder=tmp_path)
    found = by_shell("extract", str(SEEDS), "--observed-at", at, database=one.url, folder=tmp_path)
    (tmp_path / "found.jsonl").write_text(found, "utf-8")
    said = json.loads(by_shell("ingest", "found.jsonl", "--json", database=other.url, folder=tmp_path))
    assert (said["pages"]["new"], said["items"]["new"]) == (2, 14)
    assert contents(other) == contents(one)
    assert stored(other) == stored(one)
    one.dispose()
    other.dispose()


@settings(max_examples=40)
@given(captures())
def test_what_is_read_back_is_what_was_extracted(capture: Capture) -> None:
    media_type = "text/html" if capture.is_html else "text/plain"
    found = extract(RawPage(capture.body.encode(), capture.url, capture.observed_at, media_type))
    assert read_extracted(record(capture), capture.observed_at).extraction == found


def test_a_page_whose_ages_were_read_without_a_time_is_refused_where_one_is_said_now(engine: Engine) -> None:
    body = b"Kop\nMeer uit Zee\nGOES (ANP) - Bericht over de sluis.\n2 uur geleden\n"
    found = extract(RawPage(body, "https://n.example/1", None, "text/plain"))
    raw = Raw("https://n.example/1", body=body, media_type="text/plain")
    line = completed(to_json(found), found) | of_page(raw, observed_from=None, listing=False)
    read = Raw("https://n.example/1", extracted=read_extracted(json.loads(json.dumps(line)), None))
    assert "extract it with --observed-at" in str(read_page(read, Terms(now(), "option")).problem)
    assert read_page(read, Terms(now(), "ingest")).problem is None


def record(capture: Capture) -> dict[str, Any]:
    """A capture as the command prints it."""
    media_type = "text/html" if capture.is_html else "text/plain"
    body = capture.body.encode()
    found = extract(RawPage(body, capture.url, capture.observed_at, media_type))
    raw = Raw(capture.url, body=body, media_type=media_type)
    line = completed(to_json(found), found) | of_page(raw, observed_from="record", listing=False)
    again: dict[str, Any] = json.loads(json.dumps(line))
    return again


@settings(max_examples=40)
@given(capture=captures(), data=st.data())
def test_a_record_that_was_changed_by_hand_is_read_or_refused_in_plain_words(
    capture: Capture, data: st.DataObject
) -> None:
    changed = record(capture)
    place: Any = changed
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from([None, 7, -1, "", "x", "\0", "\ud800", [], {}, [[]], True]))
            break
        place = place[key]
    with suppress(ValueError):
        read_extracted(changed, capture.observed_at)


def test_a_record_with_another_text_is_named_and_so_is_one_that_would_have_to_be_kept(
    engine: Engine, tmp_path: Path
) -> None:
    found = by_shell("extract", str(SEEDS), database=engine.url, folder=tmp_path)
    first, second = found.splitlines()
    file = tmp_path / "found.jsonl"
    file.write_text(first.replace('"content_hash": "', '"content_hash": "0', 1) + f"\n{second}\n", "utf-8")
    ingest(engine, file)
    outcomes = [row["outcome"].split(":")[0] for row in stored(engine)]
    assert sorted(outcomes) == ["7 new, 0 seen", "no page as meeruit extract prints it"]
    (streamed,) = find(["-"], io.BytesIO(second.encode()))
    assert "name the file" in str(streamed)
    uploaded = read_for_upload(find([str(file)], io.BytesIO()))
    assert any("no body to upload" in str(each) for each in uploaded)
