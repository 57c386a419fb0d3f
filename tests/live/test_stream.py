"""Ten thousand captures on standard input: the tables equal the truth, the report adds up, the memory stays small."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.forked import SHELL
from tests.live.conftest import Meeruit, alive, children, command_of
from tests.newswire.camera import Camera, Plan
from tests.newswire.write import lines
from tests.tables import check

#: Bytes that the command's own process, and each worker process, may take at most.
MEMORY = 150_000_000


class Peaks:
    """The highest resident memory of a process and of all that it starts, while it runs."""

    def __init__(self, pid: int) -> None:
        self.bytes: dict[str, int] = defaultdict(int)
        self._pid = pid
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        stop = threading.Event()
        while alive(self._pid):
            for pid in [self._pid, *children(self._pid)]:
                name = "broker" if "valkey" in command_of(pid) else "command" if pid == self._pid else "worker"
                self.bytes[name] = max(self.bytes[name], _peak(pid))
            stop.wait(0.05)

    def end(self) -> None:
        """Wait for the process to be gone."""
        self._thread.join()


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_captures_leave_the_truth(
    meeruit: Meeruit, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    meeruit.command = SHELL  # one that is forked takes what it does not need, too
    camera = Camera(Plan(10_000 if kind == "sqlite" else 2_000, seed=7))
    if kind == "postgresql":
        meeruit.settings["MEERUIT_DATABASE_URL"] = fresh_database(kind, request, tmp_path)
    captures = [camera.capture(number) for number in camera.numbers()]
    process = meeruit.start("ingest", "-", "--json", stdin=subprocess.PIPE)
    peaks = Peaks(process.pid)
    assert process.stdin is not None
    for line in lines(captures):
        process.stdin.write(line)
    out, err = process.communicate(timeout=400)
    peaks.end()
    assert process.returncode == 0, err

    report = json.loads(out)
    truth = check(meeruit.engine, captures)
    assert {key: report[key] for key in ("pages", "items")} == truth.report.as_json()
    pages, items = report["pages"], report["items"]
    assert pages["found"] == pages["new"] + pages["known"] == pages["done"] + pages["failed"]
    assert items["found"] == items["new"] + items["seen"] + items["rejected"]
    assert peaks.bytes["command"] < MEMORY
    assert peaks.bytes["worker"] < MEMORY
