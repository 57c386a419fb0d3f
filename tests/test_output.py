"""What commands write: nothing that a terminal obeys, one line where it cannot be written or the database is no good."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeruit.tasks.captures import Raw
from meeruit.tasks.references import File, Terms
from meeruit.tasks.store import runs
from meeruit.tasks.store.bodies import compress, store_bodies
from meeruit.tasks.store.merge import merge
from meeruit.tasks.work import ledger
from meeruit.tasks.work.capturing import capture
from meeruit.worker.cli import main
from meeruit.worker.cli.output import Format, as_line, write
from meeruit.worker.cli.standard_output import guarded_output
from meeruit.worker.database import HEAD, make_engine, upgrade
from tests.conftest import Inside, hasty_engine

AT = datetime(2026, 3, 2, 14, 5, tzinfo=UTC)
TERMS = Terms(AT, "ingest")
#: What a terminal obeys: a colour, a title, C1, DEL, a bell, a direction.
EVIL = "=EVIL\x1b[31m\x1b]0;x\x07\x9b31m\x7f\x08\u202e\u2066\x85"
OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TEXT = b"Kop\nMeer uit Zee\nGOES (ANP) - Bericht over de sluis.\n2 uur geleden\nDe brug is weer open vandaag.\n1 uur geleden\n"
LISTINGS = ("items", "sightings", "pages", "runs", "failures", "gaps", "sources")


def run(words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["meeruit", *shlex.split(words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def folder(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a database of two pages."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(migrated_sqlite, tmp_path / "meeruit.db")
    engine = hasty_engine(f"sqlite:///{tmp_path}/meeruit.db")
    with engine.begin() as db:
        run_id = runs.start_run(db, "test", "s", AT)
        work_id = ledger.enrol(db, run_id, "bodies", TERMS, [], 2, AT)
        page = capture(Raw("https://n.example/a", None, TEXT, observed_at=AT, observed_from="record"), TERMS)
        bad = capture(Raw("bad.txt", File("bad.txt"), observed_at=AT, observed_from="record", problem="bad"), TERMS)
        assert page.body is not None
        store_bodies(db, {page.body: (len(TEXT), "text/plain", compress(TEXT))})
        merge(db, [page, bad], run_id=run_id, work_id=work_id, source="s", profile=None)
    engine.dispose()
    return tmp_path


@contextlib.contextmanager
def terminal() -> Iterator[Callable[[], str]]:
    """Standard output is a terminal meanwhile; gives what was written to it."""
    master, slave = pty.openpty()
    before = os.dup(1)
    os.dup2(slave, 1)
    os.close(slave)
    pieces: list[bytes] = []

    def listen() -> None:
        with contextlib.suppress(OSError):  # the other side is closed
            while piece := os.read(master, 65536):
                pieces.append(piece)

    reader = threading.Thread(target=listen)
    reader.start()

    def said() -> str:
        os.dup2(before, 1)
        reader.join(10)
        return b"".join(pieces).decode()

    try:
        yield said
    finally:
        os.dup2(before, 1)
        os.close(before)
        reader.join(10)
        os.close(master)


@pytest.mark.parametrize("listing", [*LISTINGS, "stats", "export", "replay"])
@pytest.mark.parametrize("ending", ["xlsx", "tsv", "json", "parquet", "jsonl.gz"])
def test_a_file_whose_name_says_another_form_is_refused_with_the_endings_there_are(
    folder: Path, listing: str, ending: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if (listing, ending) == ("export", "parquet"):
        return
    (folder / "sources.toml").write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    assert run(f"{listing} -o out.{ending}", monkeypatch) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"meeruit: out.{ending}: ")
    assert ".jsonl" in said
    assert said.count("\n") == 1
    assert not (folder / f"out.{ending}").exists()


@pytest.mark.parametrize(
    ("name", "begins"), [("o.CSV", "content_hash,"), ("o.JsonL", "{"), ("o.txt", "first seen"), ("o", "first seen")]
)
def test_the_name_of_a_file_says_its_form_in_any_case(
    folder: Path, name: str, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(f"items -o {name}", monkeypatch) == 0
    assert (folder / name).read_text().startswith(begins)


def test_what_an_interrupt_leaves_in_the_buffer_is_not_written_a_second_time(capfd: pytest.CaptureFixture[str]) -> None:
    def tell() -> None:
        with guarded_output():
            sys.stdout.write("told\n")
            sys.stdout.flush()
            sys.stdout.write("perhaps told\n")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tell()
    assert capfd.readouterr().out == "told\n"


def poison(path: Path) -> None:
    """Put what a terminal obeys behind every free text in the database."""
    columns = {
        "item": ("headline", "place", "text", "section", "url"),
        "page": ("address", "outcome"),
        "run": ("target", "outcome", "source"),
        "failure": ("address", "reason"),
        "sighting": ("headline", "section", "age", "dateline"),
    }
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.create_function("evil", 1, lambda text: EVIL + (text or ""))
        for table, names in columns.items():
            for name in names:
                db.execute(f"UPDATE {table} SET {name} = evil({name})")
        db.execute("INSERT INTO source (name) VALUES (?)", (EVIL,))


def test_no_listing_in_any_format_sends_a_control_character_to_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(folder / "meeruit.db")
    (folder / "evil.txt").write_bytes(TEXT.replace(b"sluis", b"\x1b[31m\xc2\x9b\x7f"))
    (folder / "sources.toml").write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    monkeypatch.setenv("TERM", "dumb")
    with contextlib.closing(sqlite3.connect(folder / "meeruit.db")) as db:
        first, second = (row[0] for row in db.execute("SELECT content_hash FROM item"))
    commands = [f"{listing} --format {form}" for listing in LISTINGS for form in Format]
    commands += [f"show {first}", f"show --json {first}", f"why {first} {second}", f"why --json {first} {second}"]
    commands += ["body 1", "status", "status --json", "extract evil.txt"]
    shown = 0
    for words in commands:
        with terminal() as said:
            assert run(words, monkeypatch) == 0, words
            out = said()
        assert not OBEYED.search(out), (words, OBEYED.findall(out))
        shown += "EVIL" in out
    assert shown > 15, "the evil texts were there to be shown"


@pytest.mark.parametrize(("said", "printed"), [("600s", "10m"), ("90s", "90s"), ("24h", "1d"), ("45m", "45m")])
def test_sources_are_listed_with_their_interval_as_people_write_it(
    said: str, printed: str, inside: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "sources.toml").write_text(f'[[source]]\nname = "a"\nurls = ["https://n.example/"]\nevery = "{said}"\n')
    assert f"a       {printed} " in inside("sources")
    assert json.loads(inside("sources", "--format", "jsonl"))["every"] == printed


@given(st.text())
def test_a_line_of_json_holds_nothing_that_a_terminal_obeys_and_says_the_same(text: str) -> None:
    line = as_line({"a": text})
    assert not OBEYED.search(line.removesuffix("\n"))
    assert json.loads(line) == {"a": text}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t=", " =", "\n="])
def test_what_a_spreadsheet_takes_for_a_formula_is_quoted_where_that_is_asked_for(start: str, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"a": f"{start}HYPERLINK()"}, {"a": "plain - text"}, {"a": -5}]
    for safe, quote in ((True, "'"), (False, "")):
        write(rows, [], Format.CSV, tmp_path / "a.csv", safe=safe)
        with (tmp_path / "a.csv").open(newline="") as file:
            assert list(csv.reader(file)) == [["a"], [f"{quote}{start}HYPERLINK()"], ["plain - text"], ["-5"]]


def test_a_csv_has_a_header_even_without_a_row(tmp_path: Path) -> None:
    write([], [], Format.CSV, tmp_path / "a.csv", keys=("a", "b"))
    assert (tmp_path / "a.csv").read_text() == "a,b\n"


def test_a_carriage_return_in_a_cell_ends_no_row(tmp_path: Path) -> None:
    write([{"a": "\rx\ry", "b": 1}], [], Format.CSV, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["\nx\ny", "1"]]


def meeruit(words: str, folder: Path, stdout: int) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, with a standard output of its own."""
    command = [sys.executable, "-m", "meeruit.worker", *shlex.split(words)]
    return subprocess.run(command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("words", ["items", "items --format jsonl", "status --json", "extract page.txt", "db check"])
def test_a_full_disk_is_one_line_and_a_closed_pipe_none(words: str, folder: Path) -> None:
    (folder / "page.txt").write_bytes(TEXT)
    with Path("/dev/full").open("w") as full:
        answer = meeruit(words, folder, full.fileno())
    assert (answer.returncode, answer.stderr) == (1, "meeruit: cannot write standard output: no space left on device\n")
    out, into = os.pipe()
    os.close(out)
    answer = meeruit(words, folder, into)
    os.close(into)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_file_on_a_full_disk_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("items --format jsonl -o /dev/full", monkeypatch) == 1
    assert capfd.readouterr() == ("", "meeruit: cannot write /dev/full: no space left on device\n")


def test_no_standard_output_is_one_line(folder: Path) -> None:
    command = f"exec {sys.executable} -m meeruit.worker items >&-"
    answer = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("meeruit: standard output is closed")


def newer(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")


def of_alembic(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '3f9a\x1bbc'")


def foreign(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE bookmarks (url)")


def no_database(path: Path) -> None:
    path.write_bytes(b"<!doctype html>" * 1000)


def damaged(path: Path) -> None:
    """Garbage over every page of the file but the first, which holds the schema."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        roots = [row[0] for row in db.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name != 'alembic_version'")]
    content = bytearray(path.read_bytes())
    for root in roots:
        if root:
            content[(root - 1) * size : root * size] = b"\xfe" * size
    path.write_bytes(content)


READERS = "items|pages|runs|failures|gaps|sources|status|show abc|why abc abd|db check|ingest page.txt|retry"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (newer, f"(9999) is newer than this meeruit ({HEAD})"),
        (of_alembic, "are those of another program"),
        (foreign, "holds tables of another program"),
        (no_database, "file is not a database"),
        (damaged, "malformed"),
    ],
)
def test_a_database_that_is_no_good_is_one_line_in_every_command(
    harm: Callable[[Path], None],
    said: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (folder / "page.txt").write_bytes(TEXT)
    (folder / "sources.toml").write_text('[[source]]\nname = "a"\nurls = ["https://n.example/"]\n')
    for end in ("-wal", "-shm"):
        (folder / f"meeruit.db{end}").unlink(missing_ok=True)
    harm(folder / "meeruit.db")
    for words in READERS.split("|"):
        if (harm is foreign and words == "db check") or (harm is damaged and words.startswith("ingest")):
            continue  # the first names the missing tables; the second is work, and its fate the ledger's
        capfd.readouterr()
        status = run(words, monkeypatch)
        _, err = capfd.readouterr()
        assert len(err.splitlines()) == 1, (words, err)
        assert err.startswith("meeruit: "), words
        assert not OBEYED.search(err.removesuffix("\n")), words
        assert status in {1, 2}, words
        if words != "db check":
            assert said in err, words
        elif harm is damaged:
            assert "meeruit.db is damaged: " in err


def test_a_file_that_cannot_be_written_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(sqlite3.connect(folder / "meeruit.db")) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.setenv("MEERUIT_DATABASE_URL", f"sqlite:///file:{folder}/meeruit.db?mode=ro&uri=true")
    assert run("items", monkeypatch) in {0, 2}
    _, err = capfd.readouterr()
    assert len(err.splitlines()) <= 1
    assert "Traceback" not in err


def test_a_new_database_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        engine = make_engine(f"sqlite:///{tmp_path}/new.db")
        upgrade(engine)
        with engine.connect() as db, contextlib.closing(sqlite3.connect(tmp_path / "new.db")):
            db.exec_driver_sql("SELECT 1")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}, modes


def test_csv_in_a_pipe_keeps_what_was_printed() -> None:
    file = io.StringIO()
    with contextlib.redirect_stdout(file):
        write([{"a": "x\x1by"}], [], Format.CSV, None)
    assert file.getvalue() == "a\nx\x1by\n"


@pytest.mark.parametrize("listing", ["items", "runs", "gaps"])
def test_a_limit_may_be_larger_than_any_database_counts(inside: Inside, listing: str) -> None:
    inside("db", "upgrade")
    assert inside(listing, "--limit", str(10**30), "--format", "jsonl") == ""
