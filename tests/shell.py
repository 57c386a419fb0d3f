"""``meeruit`` as a process of its own, that ends with the test run; or in this one, which saves it the start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from unittest import mock

from sqlalchemy.engine import URL

from meeruit.worker.cli import main
from tests.tied import tied


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def by_shell(*arguments: str, database: URL, folder: Path) -> str:
    """Run a command that must succeed, and return what it prints."""
    return subprocess.run(
        tied([sys.executable, "-m", "meeruit.worker", *arguments]),
        cwd=folder,
        env=os.environ | {"MEERUIT_DATABASE_URL": database.render_as_string(hide_password=False)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def in_process(*arguments: str, folder: Path, settings: Mapping[str, str]) -> Answer:
    """Run a command in this process, in a folder and with settings of its own; for commands that start no part."""
    before = signal.getsignal(signal.SIGTERM)
    with ExitStack() as stack:
        out = stack.enter_context(_written_to(1))
        err = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
        stack.enter_context(redirect_stderr(err))
        stack.enter_context(chdir(folder))
        stack.enter_context(mock.patch.dict(os.environ, settings))
        stack.enter_context(mock.patch.object(sys, "argv", ["meeruit", *arguments]))
        try:
            main()
        except SystemExit as end:
            status = end.code
        finally:
            signal.signal(signal.SIGTERM, before)
        out.seek(0)
        err.seek(0)
        assert isinstance(status, int)
        return Answer(status, out.read(), err.read())


@contextmanager
def _written_to(descriptor: int) -> Iterator[IO[str]]:
    """A file that gets what is written to a descriptor of this process meanwhile."""
    kept = os.dup(descriptor)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        os.dup2(file.fileno(), descriptor)
        try:
            yield file
        finally:
            os.dup2(kept, descriptor)
            os.close(kept)
