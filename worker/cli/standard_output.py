"""Standard output that fails in one line: a full disk is an error, a reader who has seen enough is none."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from meeruit.tasks.errors import MeeruitError, UsageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputError(MeeruitError):
    """The answer could not be written."""


class ReaderGone(Exception):
    """The reader of the answer has closed the pipe: ``meeruit items | head``."""


class _Output(io.FileIO):
    """File 1. After a fault, or its end, it takes everything and writes nothing, so that the end of the process says no more."""

    _failed = False

    def end(self) -> None:
        """Write nothing more."""
        self._failed = True

    def write(self, data: ReadableBuffer, /) -> int:
        if self._failed:
            return memoryview(data).nbytes
        try:
            written = super().write(data)
        except BrokenPipeError:
            self._failed = True
            raise ReaderGone from None
        except OSError as exc:
            self._failed = True
            raise output_error("standard output", exc) from exc
        return memoryview(data).nbytes if written is None else written


def printable(value: object) -> str:
    """A value on one line, safe on a terminal: control and direction characters are shown, not obeyed."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(value))


def output_error(what: str, exc: OSError) -> OutputError:
    """What went wrong while the answer was written, in words."""
    said = os.strerror(exc.errno) if exc.errno else str(exc)
    return OutputError(f"cannot write {what}: {said.lower()}")


@contextmanager
def guarded_output() -> Iterator[None]:
    """Standard output that raises OutputError or ReaderGone, and neither OSError nor a word at the end.

    Raises UsageError where there is none.
    """
    before = sys.stdout
    try:
        raw = _Output(1, "w", closefd=False)
    except OSError as exc:
        raise UsageError("standard output is closed; send it to a file or to /dev/null") from exc
    encoding = before.encoding if before is not None else "utf-8"
    terminal = raw.isatty()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=terminal
    )
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:  # perhaps within a write: what is in the buffer may have been written already
        raw.end()
        raise
    finally:
        sys.stdout, guarded = before, sys.stdout
        guarded.close()
