"""Scans of a folder: each file is read once, as long as it stays as it is; a long scan goes on where it stopped."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.found import Reached
from meeruit.tasks.disk.read import read_file
from meeruit.tasks.disk.slices import read_slice
from meeruit.tasks.disk.targets import find_in
from meeruit.tasks.references import Body, File, Folder, Problem, Reference, Slice, Terms, read_work
from meeruit.tasks.store import runs
from meeruit.tasks.store.tables import Work, WorkKind, table
from meeruit.tasks.store.transaction import transaction
from meeruit.tasks.times import now
from meeruit.tasks.work import ledger
from meeruit.tasks.work.scanning import Scan
from meeruit.tasks.work.tools import Tools

_work = table(Work)
LINES = [json.dumps({"text": f"page {n}", "url": f"https://x.example/{n}"}) for n in range(11_000)]


def tools(engine: Engine) -> Tools:
    def visit(*_: object) -> None:
        raise AssertionError("nothing is fetched")

    return Tools(engine, lambda *_: None, lambda: None, "here", lambda _: False, visit)  # type: ignore[arg-type]


def scan(engine: Engine, folder: Folder, seconds: float) -> Folder | None:
    """One scan, as a task does it."""

    def claim() -> ledger.Claim:
        with engine.begin() as db:
            run_id = runs.start_run(db, "test", "inbox", now())
            work_id = ledger.enrol(db, run_id, WorkKind.SCAN, Terms(now(), "ingest", "inbox"), [folder], 0, now())
            held = ledger.claim(db, work_id, "here/1", now())
        assert isinstance(held, ledger.Claim)
        return held

    held = claim()
    rest = Scan(tools(engine), held, seconds).run(folder)
    transaction(engine, lambda db: db.execute(_work.delete().where(_work.c.id == held.id)))
    return rest


def enrolled(engine: Engine) -> list[Reference]:
    with engine.begin() as db:
        found = [page for row in db.execute(select(_work.c.reference)) for page in read_work(row.reference)[1]]
        db.execute(_work.delete())
    return found


def old(path: Path) -> None:
    """As if it had been written a minute ago."""
    os.utime(path, (time.time() - 60, time.time() - 60))


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    old(path)
    return path


def test_a_file_is_read_once_until_it_changes(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    first = write(folder / "a.txt", "a")
    assert scan(engine, Folder(str(folder)), 60) is None
    assert [page.address for page in enrolled(engine)] == [str(first)]
    second = write(folder / "b.txt", "b")
    (folder / "c.txt").write_text("still being written")
    scan(engine, Folder(str(folder)), 60)
    assert [page.address for page in enrolled(engine)] == [str(second)]
    write(first, "a changed")
    scan(engine, Folder(str(folder)), 60)
    assert [page.address for page in enrolled(engine)] == [str(first)]


def test_what_is_no_file_is_named_once(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "link").symlink_to("/dev/zero")
    os.utime(folder / "link", (1, 1), follow_symlinks=False)
    scan(engine, Folder(str(folder)), 60)
    assert [isinstance(page, Problem) for page in enrolled(engine)] == [True]
    scan(engine, Folder(str(folder)), 60)
    assert enrolled(engine) == []


@pytest.mark.parametrize("name", ["pages.jsonl", "pages.jsonl.gz"])
def test_a_look_without_time_goes_on_where_it_stopped_and_misses_nothing(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    content = "\n".join(LINES).encode()
    write(folder / name, gzip.compress(content, 1) if name.endswith(".gz") else content)
    write(folder / "z.txt", "the last")
    looks, pages = 0, list[str]()
    rest: Folder | None = Folder(str(folder))
    while rest is not None:
        rest, looks = scan(engine, rest, 0), looks + 1
        for page in enrolled(engine):
            if isinstance(page, Slice):
                pages += [raw.address for raw in read_slice(page)]
            else:
                assert isinstance(page, Body | File)
                pages.append(page.address if isinstance(page, Body) else read_file(page).address)
    assert looks > 2
    wanted = [f"https://x.example/{n}" for n in range(len(LINES))] + [str(folder / "z.txt")]
    assert sorted(pages) == sorted(wanted)


def test_lines_that_hold_nothing_still_say_how_far_they_went(tmp_path: Path) -> None:
    write(tmp_path / "empty.jsonl.gz", gzip.compress(b"\n" * 1_000_000))
    found = list(find_in(str(tmp_path), lambda _: False, None))
    assert all(isinstance(each, Reached) for each in found)
    assert len(found) > 100
    assert not any(isinstance(each, Raw) for each in found)


def test_a_sidecar_that_comes_later_has_its_page_read_again(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    page = write(tmp_path / "inbox" / "a.html", "<p>x")
    folder = Folder(str(tmp_path / "inbox"))
    for wanted in ([str(page)], []):
        scan(engine, folder, 60)
        assert [one.path for one in enrolled(engine) if isinstance(one, File)] == wanted
    write(tmp_path / "inbox" / "a.html.meta.json", '{"url": "https://x.example/"}')
    for wanted in ([str(page)], []):
        scan(engine, folder, 60)
        assert [one.path for one in enrolled(engine) if isinstance(one, File)] == wanted
