"""The main job: one command reads the seeds through a real worker and a real broker, and another shows the items."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Inside
from tests.live.conftest import Meeruit, alive, children, named, states, until

SEEDS = Path(__file__).parent.parent.parent / "seeds"
KEYS = [
    "content_hash", "hash_version", "headline", "place", "agencies", "text", "section", "url", "first_seen_at",
    "last_seen_at", "sightings", "published_after", "published_before", "published_from", "revision_of",
]  # fmt: skip


def test_the_seeds_give_fourteen_items_and_a_second_time_nothing_new(meeruit: Meeruit) -> None:
    first = meeruit("ingest", str(SEEDS), "--json")
    assert first.status == 0, first.err
    assert {key: first.json[key] for key in ("pages", "items")} == {
        "pages": {"found": 2, "new": 2, "known": 0, "done": 2, "failed": 0},
        "items": {"found": 14, "new": 14, "seen": 0, "rejected": 0},
    }
    second = meeruit("ingest", str(SEEDS), "--json")
    assert second.json["pages"] == {"found": 2, "new": 0, "known": 2, "done": 2, "failed": 0}
    assert second.json["items"] == {"found": 0, "new": 0, "seen": 0, "rejected": 0}

    items = meeruit("items", "--format", "jsonl").lines
    assert len(items) == 14
    assert all(list(item) == KEYS for item in items)
    assert {item["section"] for item in items} == {"Buitenland"}
    (ile,) = [item for item in items if item["place"] == "ÎLE LONGUE"]
    assert ile["agencies"] == ["ANP"]
    # nothing in this text is folded: its hash can be computed by hand
    assert ile["content_hash"] == hashlib.sha256(ile["text"].encode()).hexdigest()
    assert all(item["published_before"] is None for item in items), "nobody said when the seeds were captured"

    table = meeruit("items").out
    assert "ÎLE LONGUE" in table
    assert "ANP, AFP" in table
    with_csv = list(csv.DictReader(io.StringIO(meeruit("items", "--format", "csv").out)))
    assert [row["content_hash"] for row in with_csv] == [item["content_hash"] for item in items]
    assert list(with_csv[0]) == KEYS


def test_the_listings_say_what_became_of_pages_and_runs(meeruit: Meeruit) -> None:
    meeruit.listings = frozenset()  # each through the shell, once
    meeruit("ingest", str(SEEDS), "--observed-at", "2026-03-02T14:05:00Z", "--source", "zeeland", "nowhere.txt")
    pages = meeruit("pages", "--format", "jsonl").lines
    assert sorted(page["outcome"] for page in pages) == ["7 new, 0 seen", "7 new, 0 seen", "no such file or directory"]
    assert {page["observed_from"] for page in pages} == {"option"}
    (run,) = meeruit("runs", "--format", "jsonl").lines
    assert (run["source"], run["outcome"], run["pages_failed"]) == ("zeeland", "14 new, 0 seen, 1 page failed", 1)
    (failure,) = meeruit("failures", "--format", "jsonl").lines
    assert failure["address"].endswith("nowhere.txt")
    (beirut, *_) = meeruit("items", "--place", "beiroet", "--agency", "afp", "--format", "jsonl").lines
    assert beirut["published_before"] == "2026-03-02T13:47:00Z" or beirut["published_before"] == "2026-03-02T11:05:00Z"
    shown = meeruit("show", beirut["content_hash"][:8])
    assert shown.status == 0
    assert "seen 1 time" in shown.out
    assert beirut["content_hash"] in shown.out


def test_retry_of_a_line_of_a_file_that_changed_since_says_to_ingest_it_again(meeruit: Meeruit) -> None:
    file = meeruit.folder / "pages.jsonl"
    file.write_text('{broken\n{"text": "Niets."}\n{broken too\n')
    assert meeruit("ingest", "pages.jsonl").status == 1
    file.write_text('{"text": "Niets."}\n{broken too\n')
    later = time.time() + 10
    os.utime(file, (later, later))
    answer = meeruit("retry")
    assert answer.status == 1
    assert f"{file} changed since it was read, and 2 failures with it; run: meeruit ingest {file}" in answer.err
    assert len(meeruit("failures", "--format", "jsonl").lines) == 2


def test_retry_reads_again_what_was_mended(meeruit: Meeruit) -> None:
    page = meeruit.folder / "page.txt"
    assert meeruit("ingest", "page.txt").status == 1
    (failure,) = meeruit("failures", "--format", "jsonl").lines
    assert meeruit("retry", "--json").json["pages"] == {"found": 1, "new": 1, "known": 0, "done": 0, "failed": 1}
    shutil.copy(next(SEEDS.iterdir()), page)
    (failure,) = meeruit("failures", "--format", "jsonl").lines
    again = meeruit("retry", str(failure["id"]), "--json")
    assert again.status == 0, again.err
    assert again.json["items"]["new"] == 7
    assert meeruit("failures", "--format", "jsonl").lines == []
    assert meeruit("retry", "99").status == 2


def test_extract_needs_neither_database_nor_broker(meeruit: Meeruit) -> None:
    answer = meeruit("extract", str(SEEDS), "--observed-at", "2026-03-02T14:05:00Z")
    assert answer.status == 0, answer.err
    first, second = answer.lines
    assert list(first)[:4] == ["url", "observed_at", "lead", "blocks"]
    assert [len(page["blocks"][0]["items"]) for page in (first, second)] == [7, 7]
    assert list(first["blocks"][0]["items"][0])[:9] == [
        "headline", "place", "agencies", "text", "url", "age", "published_after", "published_before", "content_hash",
    ]  # fmt: skip
    assert list(meeruit.folder.iterdir()) == []


def test_ctrl_c_ends_every_part_and_the_next_run_finishes_what_is_left(meeruit: Meeruit) -> None:
    process = meeruit.start("ingest", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    for _ in range(250):  # one piece is enrolled, the rest is still being waited for
        process.stdin.write('{"text": "Meer uit Zee\\nGOES - Een.\\n1 uur geleden"}\n')
    process.stdin.flush()
    until(lambda: (meeruit.folder / "meeruit.db").exists() and states(meeruit), what="for enrolled work")
    parts = children(process.pid)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    until(lambda: not any(map(alive, parts)), 5)
    assert "run this again" in process.communicate()[1]
    rest = meeruit("ingest", str(SEEDS), "--json")
    assert rest.json["items"]["new"] == 14
    assert "meeruit: finished run 1 too, which had been stopped (-): 1 new, " in rest.err
    (seeds, stopped) = meeruit("runs", "--format", "jsonl").lines
    assert seeds["outcome"] == "14 new, 0 seen"
    assert stopped["finished_at"] is not None  # all that was enrolled is done
    assert len(meeruit("pages", "--format", "jsonl").lines) >= 2


def test_no_part_outlives_the_command_even_when_it_is_killed(meeruit: Meeruit) -> None:
    process = meeruit.start("ingest", "-", stdin=subprocess.PIPE)
    parts = until(lambda: len(children(process.pid)) >= 3 and children(process.pid))
    assert named(parts, "valkey-server")
    process.kill()
    process.communicate()
    until(lambda: not any(map(alive, parts)), 5)


def test_a_socket_of_the_embedded_broker_is_private(meeruit: Meeruit) -> None:
    process = meeruit.start("ingest", "-", stdin=subprocess.PIPE)
    (valkey,) = until(lambda: named(children(process.pid), "valkey-server"))
    arguments = Path(f"/proc/{valkey}/cmdline").read_bytes().split(b"\0")
    folder = Path(arguments[arguments.index(b"--dir") + 1].decode())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert arguments[arguments.index(b"--port") + 1] == b"0"
    process.communicate("")
    assert process.returncode == 0
    assert not (folder / "valkey.sock").exists()


def test_without_a_worker_on_a_named_broker_the_command_says_so(meeruit: Meeruit, broker: object) -> None:
    meeruit.settings["MEERUIT_BROKER_URL"] = broker.url  # type: ignore[attr-defined]
    clock = meeruit.start("beat", "--heartbeat", "clock")  # answers on the broker, but works nothing
    until((meeruit.folder / "clock").exists)
    started = time.monotonic()
    answer = meeruit("ingest", str(SEEDS))
    assert answer.status == 1
    assert "no worker answers on the broker" in answer.err
    assert time.monotonic() - started < 20
    clock.terminate()
    clock.communicate()
    assert meeruit("ingest", str(SEEDS), "--workers", "1").status == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"MEERUIT_TYPO": "1"}, "MEERUIT_TYPO: unknown setting"),
        ({"MEERUIT_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "cannot open the database /nowhere/at/all.db"),
        ({"MEERUIT_DATABASE_URL": "postgresql://u@127.0.0.1:1/x"}, "cannot open the database"),
        ({"MEERUIT_BROKER_URL": "redis://127.0.0.1:1/0"}, "the broker redis://127.0.0.1:1/0 does not answer"),
    ],
)
def test_wrong_configuration_is_one_line_and_status_2(meeruit: Meeruit, settings: dict[str, str], said: str) -> None:
    meeruit.settings.update(settings)
    answer = meeruit("ingest", str(SEEDS))
    assert answer.status == 2
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert answer.out == ""


def test_a_database_of_ones_own_waits_for_the_upgrade(meeruit: Meeruit) -> None:
    meeruit.settings["MEERUIT_DATABASE_URL"] = f"sqlite:///{meeruit.folder}/own.db"
    refused = meeruit("ingest", str(SEEDS))
    assert (refused.status, len(refused.err.splitlines())) == (2, 1)
    assert "run: meeruit db upgrade" in refused.err
    assert meeruit("db", "upgrade").status == 0
    assert meeruit("db", "check").status == 0
    assert meeruit("ingest", str(SEEDS)).status == 0


@pytest.mark.parametrize(
    "arguments",
    [("nosuch",), ("ingest",), ("ingest", "crawl.arc"), ("ingest", "x.txt", "--observed-at", "2026-03-02T14:05:00"),
     ("ingest", "x.txt", "--observed-at", "1970-01-01T00:00:00Z"),
     ("ingest", "x.txt", "--observed-at", "2999-01-01T00:00:00Z"),
     ("items", "--sort", "colour"), ("show", "zz"), ("show", "abcdef"), ("worker",), ("items", "-o", "/nowhere/x.csv")],
)  # fmt: skip
def test_wrong_usage_is_status_2_with_a_word_of_why(inside: Inside, arguments: tuple[str, ...]) -> None:
    assert inside(*arguments, status=2).strip()


@pytest.mark.parametrize("arguments", [("nosuch",), ("show", "zz")])
def test_wrong_usage_by_the_shell_shows_no_traceback(meeruit: Meeruit, arguments: tuple[str, ...]) -> None:
    answer = meeruit(*arguments)
    assert answer.status == 2
    assert answer.err.strip()
    assert "Traceback" not in answer.err


def test_every_command_explains_itself(meeruit: Meeruit, inside: Inside) -> None:
    for command in ("ingest", "extract", "items", "show", "pages", "runs", "failures", "retry", "worker", "db"):
        assert "Usage:" in inside(command, "--help")
    assert "Usage:" in meeruit("ingest", "--help").out


def test_a_listing_that_nobody_reads_to_its_end_is_no_fault(meeruit: Meeruit) -> None:
    meeruit("ingest", str(SEEDS))
    read, written = os.pipe()
    os.close(read)
    process = subprocess.run(
        [sys.executable, "-m", "meeruit.worker", "items", "--format", "jsonl"],
        cwd=meeruit.folder,
        stdout=written,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(written)
    assert b"Traceback" not in process.stderr


def test_the_passwords_of_the_example_do_not_work_unnoticed(meeruit: Meeruit) -> None:
    meeruit.settings["PGPASSWORD"] = "changeme"
    answer = meeruit("db", "upgrade")
    assert answer.status == 0
    assert "the passwords are those of .env.example" in answer.err


def test_a_second_up_in_one_folder_says_that_another_command_works_there(meeruit: Meeruit) -> None:
    (meeruit.folder / "inbox").mkdir()
    (meeruit.folder / "sources.toml").write_text('[[source]]\nname = "a"\nfolder = "inbox"\nevery = "1h"\n')
    first = meeruit.start("up", "--workers", "1")
    assert first.stderr is not None
    assert any("polling a" in line for line in first.stderr)
    second = meeruit.start("up", "--workers", "1")
    assert second.stderr is not None
    said = f"meeruit: another command works on {meeruit.folder}/meeruit.db already; no poll is made twice\n"
    assert any(line == said for line in second.stderr)
    for process in (second, first):
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
