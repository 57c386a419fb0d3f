"""A command that the tests fork is, to everybody else, the one that a shell starts."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.forked import SHELL, Forked
from tests.live.conftest import Meeruit, alive, children, command_of, named, until


@pytest.fixture
def by_shell(meeruit: Meeruit) -> Meeruit:
    return replace(meeruit, command=SHELL)


def standing(process: subprocess.Popen[str]) -> dict[str, object]:
    """What the kernel says of a process, as it waits for its standard input."""
    proc = Path(f"/proc/{process.pid}")
    status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines() if line.startswith("Sig"))
    return {
        "command": command_of(process.pid).strip(),
        "folder": (proc / "cwd").readlink(),
        "parent": process.pid in children(os.getpid()),
        "group": (os.getpgid(process.pid), os.getsid(process.pid)),
        "descriptors": sorted(int(each.name) for each in (proc / "fd").iterdir()),
        "signals": {name: status[name] for name in ("SigBlk", "SigIgn", "SigCgt")},
    }


def test_it_stands_where_a_shell_would_put_it(meeruit: Meeruit, by_shell: Meeruit) -> None:
    found = []
    for each in (by_shell, meeruit):
        process = each.start("extract", "-", stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write('{"text": "Meer uit Zee\\nGOES - Een.\\n1 uur geleden"}\n')
        process.stdin.flush()
        assert process.stdout is not None
        assert process.stdout.readline()  # its sandbox is there, too
        found.append(standing(process))
        process.communicate()
    assert isinstance(process, Forked)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "stdin", "settings"),
    [
        (["--version"], None, {}),
        (["no-such"], None, {}),
        (["items", "--format", "jsonl"], None, {"MEERUIT_DATABASE": "x"}),
        (["extract", "-"], '{"text": "Meer uit Zee\\nGOES - Een.\\n1 uur geleden"}\nbroken\n', {}),
        (["status", "--check"], None, {"MEERUIT_SOURCES": "nowhere/sources.toml"}),
        (["worker"], None, {}),
        (["db", "upgrade"], None, {"PGPASSWORD": "changeme"}),
    ],
)
def test_it_says_what_a_shell_would_have_it_say(
    meeruit: Meeruit, by_shell: Meeruit, arguments: list[str], stdin: str | None, settings: dict[str, str]
) -> None:
    meeruit.settings |= settings
    said = meeruit(*arguments, stdin=stdin)
    (meeruit.folder / "meeruit.db").unlink(missing_ok=True)
    assert said == by_shell(*arguments, stdin=stdin)


@pytest.mark.parametrize(
    ("end", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)],
    ids=lambda value: str(value),
)
def test_it_ends_as_it_would_and_its_worker_with_it(meeruit: Meeruit, end: signal.Signals, status: int) -> None:
    process = meeruit.start("ingest", "-", stdin=subprocess.PIPE)
    parts = until(lambda: len(children(process.pid)) >= 3 and children(process.pid))
    assert named(parts, "worker worker --told")
    process.send_signal(end)
    assert process.wait(30) == status
    until(lambda: not any(map(alive, parts)), 5)
    process.communicate()


@pytest.mark.parametrize("name", ["PYTHONUTF8", "LC_ALL", "NO_COLOR"])
def test_what_the_interpreter_reads_at_its_start_is_read_by_one_of_its_own(meeruit: Meeruit, name: str) -> None:
    meeruit.settings[name] = "1"
    process = meeruit.start("--version")
    assert not isinstance(process, Forked)
    assert process.communicate()[0].startswith("meeruit ")
