"""A database is read where nothing can be written: not the file, not the folder around it; and while somebody writes to it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

import meeruit
from meeruit.tasks.errors import LedgerError
from meeruit.worker.cli.stored import read_database
from meeruit.worker.database import make_engine
from meeruit.worker.read_only import only_to_read
from meeruit.worker.settings import read_settings
from meeruit.worker.web.reader import Reader
from tests.bound import bound
from tests.newswire.captures import Capture
from tests.page.conftest import shown
from tests.storing import store
from tests.test_derive import shot

ENDS = ("", "-wal", "-shm")


def captures(*texts: str) -> list[list[list[Capture]]]:
    return [[[shot(number, text)]] for number, text in enumerate(texts)]


@pytest.fixture
def file(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Path]:
    """A database of two items that nobody has open, in a folder of its own."""
    folder = tmp_path / "archive"
    folder.mkdir()
    path = folder / "old.db"
    shutil.copy(migrated_sqlite, path)
    engine = make_engine(f"sqlite:///{path}")
    store(engine, captures("a", "b"))
    engine.dispose()
    assert beside(path) == {"old.db"}
    yield path
    folder.chmod(0o755)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder to work in."""
    made = tmp_path / "elsewhere"
    made.mkdir()
    return made


def beside(path: Path) -> set[str]:
    return {each.name for each in path.parent.iterdir()}


def protect(path: Path, *, file: bool = True, folder: bool = True) -> None:
    """Take the permission to write."""
    for end in ENDS if file else ():
        if Path(f"{path}{end}").exists():
            Path(f"{path}{end}").chmod(0o444)
    if folder:
        path.parent.chmod(0o555)


def command(path: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``meeruit`` on that file, run in another folder, held to the permissions."""
    return subprocess.run(
        bound(sys.executable, "-P", "-m", "meeruit.worker", *arguments),
        cwd=folder,
        env=os.environ | {"MEERUIT_DATABASE_URL": f"sqlite:///{path}"},
        capture_output=True,
        text=True,
        check=False,
    )


def texts(path: Path, folder: Path) -> set[str]:
    """The items that are listed."""
    answer = command(path, folder, "items", "--format", "jsonl")
    assert answer.returncode == 0, answer.stderr
    return {json.loads(line)["text"] for line in answer.stdout.splitlines()}


A, B, C = (f"Dat is {name}." for name in "abc")


@pytest.mark.parametrize(("file_too", "folder_too"), [(True, False), (False, True), (True, True)])
def test_items_are_listed_where_the_file_or_its_folder_cannot_be_written(
    file: Path, elsewhere: Path, file_too: bool, folder_too: bool
) -> None:
    protect(file, file=file_too, folder=folder_too)
    before, content = file.stat(), file.read_bytes()
    assert texts(file, elsewhere) == {A, B}
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (content, before.st_mtime_ns)
    assert beside(file) == {"old.db"}, "what is left beside it would be ours, and its owner could not write it"


#: Runs commands one after another, without importing everything anew; says how each ended: ``[status, output, faults]``.
MANY = """
import json, os, shlex, sys, tempfile
from meeruit.worker.cli import inspecting, main
for words in json.load(sys.stdin):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if not (child := os.fork()):
            os.dup2(out.fileno(), 1), os.dup2(err.fileno(), 2)
            sys.argv = ["meeruit", *shlex.split(words)]
            main()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        texts = [file.seek(0) or file.read().decode(errors="replace") for file in (out, err)]
        print(json.dumps([status, *texts]), flush=True)
"""


def commands(path: Path, folder: Path, *all_words: str) -> dict[str, tuple[int, str, str]]:
    """The commands on that file, run in another folder, held to the permissions."""
    answer = subprocess.run(
        bound(sys.executable, "-P", "-c", MANY),
        cwd=folder,
        env=os.environ | {"MEERUIT_DATABASE_URL": f"sqlite:///{path}"},
        input=json.dumps(all_words),
        capture_output=True,
        text=True,
        check=True,
    )
    return {words: json.loads(line) for words, line in zip(all_words, answer.stdout.splitlines(), strict=True)}


def test_every_command_that_reads_reads_what_cannot_be_written(file: Path, elsewhere: Path) -> None:
    protect(file)
    lines = command(file, elsewhere, "items", "--format", "jsonl").stdout.splitlines()
    first, second = (json.loads(line)["content_hash"] for line in lines)
    (elsewhere / "sources.toml").write_text('[[source]]\nname = "a"\nfolder = "."\n')
    answers = commands(
        file, elsewhere, "items", "pages", "sightings", "runs", "gaps", "failures", "status", "status --json", f"show {first}",
        f"why {first} {second}", "body 1", "sources", "export sightings", "export -o items.parquet", "export -o items.csv",
    )  # fmt: skip
    for words, (status, said, faults) in answers.items():
        assert (status, faults) == (0, ""), words
        assert said or "-o" in words
    rows = list(csv.DictReader(io.StringIO((elsewhere / "items.csv").read_text())))
    assert [row["text"] for row in rows] == [A, B]
    assert beside(file) == {"old.db"}


def test_what_writes_says_in_one_line_that_it_cannot(file: Path, elsewhere: Path) -> None:
    protect(file)
    page = elsewhere / "page.html"
    page.write_text("<h2>Meer uit Zeeland</h2>")
    answers = commands(file, elsewhere, f"ingest {page}", "tail --once", "export --as me", "forget 1 --yes")
    for words, (status, _, faults) in answers.items():
        assert status in {1, 2}, words
        assert len(faults.splitlines()) == 1, faults


def test_what_another_process_is_writing_is_seen_at_once_without_a_permission_to_write(
    file: Path, elsewhere: Path
) -> None:
    engine = make_engine(f"sqlite:///{file}", keeps=True)
    store(engine, captures("c"))
    with engine.begin() as db:  # it holds the lock of a writer meanwhile
        db.exec_driver_sql("UPDATE item SET headline = 'not yet'")
        for end in ("-wal", "-shm"):
            assert Path(f"{file}{end}").exists()
        protect(file)
        assert texts(file, elsewhere) == {A, B, C}
        answer = command(file, elsewhere, "items", "--format", "jsonl")
        assert "not yet" not in answer.stdout
    file.parent.chmod(0o755)
    engine.dispose()


def test_what_a_process_that_was_killed_left_in_its_log_is_seen_too(file: Path, elsewhere: Path) -> None:
    engine = make_engine(f"sqlite:///{file}", keeps=True)
    store(engine, captures("c"))
    copy = elsewhere / "copy" / file.name
    copy.parent.mkdir()
    for end in ENDS:
        shutil.copy(f"{file}{end}", f"{copy}{end}")
    engine.dispose()
    protect(copy)
    assert texts(copy, elsewhere) == {A, B, C}
    copy.parent.chmod(0o755)
    Path(f"{copy}-shm").unlink()
    protect(copy)
    answer = command(copy, elsewhere, "items")
    assert answer.returncode == 2, "without it what was written last would be missing, and nobody would know"
    assert "its -wal file cannot be read there: copy both into a folder of your own" in answer.stderr
    copy.parent.chmod(0o755)


def test_tables_of_another_version_that_cannot_be_brought_up_to_date_are_one_line(file: Path, elsewhere: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '0001'")
    protect(file)
    answer = command(file, elsewhere, "items")
    assert answer.returncode == 2
    assert "it cannot be written; copy it, and run: meeruit db upgrade" in answer.stderr


def test_a_listing_of_a_database_that_is_not_there_makes_none(elsewhere: Path) -> None:
    answer = command(elsewhere / "mistyped.db", elsewhere, "items")
    assert answer.returncode == 2
    assert "there is no database" in answer.stderr
    assert list(elsewhere.iterdir()) == []


@pytest.fixture
def alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file as one that this process may not write, while another may."""
    monkeypatch.setattr("meeruit.worker.read_only._may_write", lambda _path: False)
    monkeypatch.setenv("MEERUIT_DATABASE_URL", f"sqlite:///{file}")
    assert only_to_read(make_url(f"sqlite:///{file}"))
    return file


def _write(file: Path, text: str) -> None:
    """Let another process write, and close the file."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE item SET text = ?", (text,))


def test_a_file_that_is_changed_while_it_is_read_as_one_that_nobody_changes_is_said(alone: Path) -> None:
    with read_database(read_settings()) as db:
        assert db.exec_driver_sql("SELECT count(*) FROM item").scalar() == 2
    with pytest.raises(LedgerError, match="was changed while it was read"), read_database(read_settings()):
        _write(alone, "x")


def test_the_library_reads_it_too(alone: Path) -> None:
    assert {item["text"] for item in meeruit.items(f"sqlite:///{alone}")} == {A, B}


def test_a_page_that_was_opened_before_somebody_wrote_shows_what_was_written(alone: Path) -> None:
    asked = Reader(f"sqlite:///{alone}")

    def ask() -> set[str]:
        return asked.ask(lambda db: set(db.exec_driver_sql("SELECT text FROM item").scalars()))

    assert ask() == {A, B}
    engine = make_engine(f"sqlite:///{alone}", keeps=True)
    store(engine, captures("c"))
    assert ask() == {A, B, C}, "it is live"
    engine.dispose()
    _write(alone, "x")
    assert ask() == {"x"}, "it is closed"
    asked.engine.dispose()


def test_the_page_shows_a_file_that_cannot_be_written(file: Path, elsewhere: Path) -> None:
    protect(file)
    with shown(f"sqlite:///{file}", elsewhere, through=bound) as page:
        assert {item["text"] for item in page.get("/items.json").json()["items"]} == {A, B}
        assert page.get("/sources").status_code == 200
    assert beside(file) == {"old.db"}
