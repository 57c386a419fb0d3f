"""What a hostile page or file may cost the command: seconds, memory, and never the pages beside it."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from meeruit.tasks.captures import Raw
from meeruit.tasks.disk.found import is_reference
from meeruit.tasks.disk.read import MAX_LINE, read_record
from meeruit.tasks.disk.slices import read_slice
from meeruit.tasks.disk.targets import find
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.records import MAX_BODY, Page
from meeruit.tasks.references import Problem, Reference, Slice, Streamed
from meeruit.worker.local.sandbox import Sandbox


def for_ever(page: Page) -> dict[str, object]:
    """A page named ``slow`` never ends, in C, where no signal handler of Python is ever called."""
    if page.body == b"slow":
        sum(range(10**15))
    return {"body": page.body.decode()}


def hungry(page: Page) -> dict[str, object]:
    return {"size": len(bytearray(1 << 30)) if page.body == b"big" else 0}


def deadly(page: Page) -> dict[str, object]:
    if page.body == b"bad":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"body": page.body.decode()}


def picky(page: Page) -> dict[str, object]:
    if page.body == b"bad":
        raise ValueError("no good")
    return {"body": page.body.decode()}


@pytest.mark.parametrize(
    ("work", "bad", "said"),
    [
        (for_ever, b"slow", "it takes longer than 1 seconds"),
        (hungry, b"big", "it takes more than 500 MiB of memory"),
        (deadly, b"bad", r"its process died on this page \(SIGKILL\)"),
        (picky, b"bad", "no good"),
    ],
)
def test_a_page_that_will_not_end_is_given_up_and_the_next_is_read(
    work: Callable[[Page], dict[str, object]], bad: bytes, said: str
) -> None:
    box = Sandbox(work, seconds=1, memory=500 << 20)
    started = time.monotonic()
    for _ in range(2):
        assert box(Page(b"good"))
        with pytest.raises(Unreadable, match=f"^{said}$"):
            box(Page(bad))
    assert box(Page(b"good"))
    box.close()
    assert time.monotonic() - started < 30


def command(folder: Path, *words: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command, below a hard limit of address space where one is named."""

    def lower() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "meeruit.worker", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=lower,
    )


def test_extract_goes_on_after_a_page_that_its_process_cannot_bear(tmp_path: Path) -> None:
    text = "Kop\nMeer uit Zee\nGOES (ANP) - Bericht over de sluis.\n2 uur geleden\n"
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.html").write_text("<div>" * 100_000)
    (tmp_path / "c.txt").write_text(text)
    answer = command(tmp_path, "extract", "a.txt", "b.html", "c.txt")
    assert answer.returncode == 1
    assert [len(json.loads(line)["blocks"]) for line in answer.stdout.splitlines()] == [1, 1]
    assert len(answer.stderr.splitlines()) == 1
    assert answer.stderr.startswith("failed: ")


@pytest.mark.live
def test_a_hard_limit_below_ours_leaves_the_worker_its_tools(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    answer = command(tmp_path, "ingest", "a.txt", "--workers", "1", "--json", limit=1200 << 20)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["pages"]["done"] == 1


def test_a_limit_that_is_already_lower_stays() -> None:
    code = "import resource; from meeruit.worker.local.sandbox import limit_memory; limit_memory(2 << 30); "
    code += "print(resource.getrlimit(resource.RLIMIT_AS)[0] >> 20)"
    for hard, soft in ((None, 2048), (1000 << 20, 1000)):

        def lower(most: int | None = hard) -> None:
            if most:
                resource.setrlimit(resource.RLIMIT_AS, (most, most))

        said = subprocess.check_output([sys.executable, "-c", code], preexec_fn=lower, text=True)
        assert int(said) == soft


#: How a line begins, what it repeats how often, and how it ends.
SHAPES = {
    "ten million lists": (b"[", b"[],", 10_000_000, b"[]]"),
    "fifteen million numbers": (b'{"text": "x", "a": [', b"1,", 15_000_000, b"1]}"),
    "eight million texts": (b'{"text": "x", "a": [', b'"",', 8_000_000, b'""]}'),
    "no end of line": (b"", b"a", 200_000_000, b""),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_line_out_of_a_small_gzip_costs_no_more_than_its_length(
    shape: tuple[bytes, bytes, int, bytes], tmp_path: Path
) -> None:
    begin, again, times, end = shape
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(begin + again * times + end + b'\n{"text": "good"}\n', 1))
    tracemalloc.start()
    try:
        raws = [raw for each in find([str(path)], io.BytesIO()) if is_reference(each) for raw in read(each[0])]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5 * MAX_LINE
    bad, good = raws
    assert "hundreds of thousands of values" in str(bad.problem) or "the line is longer" in str(bad.problem)
    assert good.body == b"good"


def read(reference: Reference) -> list[Raw]:
    """The pages of a slice, or what is said in the place of one."""
    if isinstance(reference, Slice):
        return list(read_slice(reference))
    assert isinstance(reference, Problem)
    return [Raw(reference.address, reference, problem=reference.problem)]


def test_the_largest_page_is_read_however_it_is_escaped() -> None:
    for html in ('"' * 4_000_000, "\u00e9" * 5_000_000, "{[,]}" * 1_999_990, "\\" * 9_000_000):
        raw = read_record(json.dumps({"html": html}).encode(), "f:1", Streamed("f:1"))
        assert raw.problem is None
        assert raw.body is not None
        assert len(raw.body) <= MAX_BODY
