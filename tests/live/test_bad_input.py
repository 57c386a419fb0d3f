"""Bad input: each with a clear line and the exit status of the contract, and the other pages stored."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.live.conftest import Meeruit

PAGE = "Kop\nGOES (ANP) - Lood.\nMeer uit Zee\nGOES (ANP) - Een goed bericht.\n1 uur geleden"


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _sparse(size: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def _bytes(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


#: What stands in the file, and what is said of it.
REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing.txt": (lambda _: None, "no such file or directory"),
    "loop": (_link("loop"), "too many levels of symbolic links"),
    "picture.png": (_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000)), "PNG"),
    "huge.html": (_sparse(200_000_000), "too large: 200,000,000 bytes"),
    "fifo": (os.mkfifo, "a FIFO"),
}
#: What is read, though it is odd, and the number of items that it gives.
READ: dict[str, tuple[bytes, int]] = {
    "empty.txt": (b"", 0),
    "nothing.txt": (b" \n\t\0\0\n", 0),
    "nul.txt": (PAGE.replace("goed", "go\0ed").encode(), 1),
    "invalid.txt": ((PAGE + "\n" + "é" + "x" * 2000).encode() + b"\xff", 1),
    "utf16.txt": (PAGE.encode("utf-16"), 1),
    "cp1252.txt": (PAGE.replace("goed", "gevoëlig").encode("cp1252"), 1),
    "crlf.txt": (PAGE.replace("\n", "\r\n").encode(), 1),
    "bom.txt": (b"\xef\xbb\xbf" + PAGE.encode(), 1),
}


@pytest.fixture
def sound(meeruit: Meeruit) -> str:
    """A good page, which must be stored whatever stands beside it."""
    (meeruit.folder / "sound.txt").write_text(PAGE.replace("goed", "gezond"))
    return "sound.txt"


def test_what_is_no_page_is_named_and_the_others_are_stored(meeruit: Meeruit, sound: str) -> None:
    for name, (make, _) in REFUSED.items():
        make(meeruit.folder / name)
    answer = meeruit("ingest", *REFUSED, "/dev/zero", sound, "--json", timeout=60)
    assert answer.status == 1
    lines = answer.err.strip().splitlines()
    for name, said in (*((name, said) for name, (_, said) in REFUSED.items()), ("/dev/zero", "is a device")):
        (line,) = [line for line in lines if f"{name}: " in line]
        assert line.startswith("failed: ")
        assert said in line
    failed = len(REFUSED) + 1
    assert len(lines) == failed
    assert answer.json["pages"] == {"found": failed + 1, "new": failed + 1, "known": 0, "done": 1, "failed": failed}
    assert answer.json["items"]["new"] == 1


def test_odd_bytes_are_read_as_a_browser_would_and_stored_alike_on_both_databases(
    meeruit: Meeruit, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    meeruit.settings["MEERUIT_DATABASE_URL"] = fresh_database(kind, request, tmp_path)
    for name, (content, _) in READ.items():
        (meeruit.folder / name).write_bytes(content)
    answer = meeruit("ingest", *READ, "--json")
    assert answer.status == 0, answer.err
    rows = {Path(row["address"]).name: row for row in meeruit("pages", "--format", "jsonl").lines}
    assert {name: row["found"] for name, row in rows.items()} == {name: items for name, (_, items) in READ.items()}
    assert rows["empty.txt"]["outcome"] == "empty"
    assert rows["invalid.txt"]["replaced"] == 1
    texts = {row["text"] for row in meeruit("items", "--format", "jsonl").lines}
    assert texts == {"Een goed bericht.", "Een gevoëlig bericht."}, "NUL, BOM, CRLF and UTF-16 make no other item"


def test_broken_lines_in_the_middle_of_many_are_pages_that_failed(meeruit: Meeruit) -> None:
    good = [
        json.dumps({"url": f"https://x.example/{n}", "text": PAGE.replace("goed", f"goed {n}")}) for n in range(300)
    ]
    bad = {
        5: ("{broken", "not JSON"),
        50: ('{"url": "https://x.example/none"}', 'neither "html" nor "text"'),
        100: ('{"text": "x", "observed_at": "2026-03-02T14:05:00"}', "has no time zone"),
        150: ('{"text": "x", "observed_at": "1970-01-01T00:00:00Z"}', "before 1995"),
        200: ('{"text": "x", "observed_at": "2999-01-01T00:00:00Z"}', "in the future"),
        250: ('{"text": "x", "observed_at": "yesterday"}', "is no time"),
    }
    lines = list(good)
    for number, (line, _) in bad.items():
        lines.insert(number - 1, line)
    (meeruit.folder / "pages.jsonl").write_text("\n".join(lines))
    for target, stdin in (("pages.jsonl", None), ("-", "\n".join(lines))):
        answer = meeruit("ingest", target, "--json", stdin=stdin)
        assert answer.status == 1
        assert answer.json["pages"]["found"] == 306
        assert answer.json["pages"]["failed"] == 6
        said = dict(line.removeprefix("failed: ").split(": ", 1) for line in answer.err.strip().splitlines())
        for number, (_, what) in bad.items():
            (reason,) = [reason for address, reason in said.items() if address.endswith(f"{target}:{number}")]
            assert what in reason
    assert len(meeruit("items", "--format", "jsonl").lines) == 300


def test_a_page_that_names_itself_after_a_terminal_escape_is_shown_and_not_obeyed(meeruit: Meeruit) -> None:
    line = json.dumps({"url": "https://x.example/\x1b[31m", "text": 5})
    answer = meeruit("ingest", "-", stdin=line)
    assert answer.status == 1
    name = "evil\x1b[2J.txt"
    assert "\x1b" not in meeruit("ingest", name).err
