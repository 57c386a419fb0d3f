"""A sandbox: pages are extracted in a child process, which a page that never ends or eats all memory takes down alone.

A signal in our own process would not do: it is not handled before the parser, which is C, returns.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from meeruit.tasks.errors import PageError, Unreadable
from meeruit.tasks.records import Page
from meeruit.worker.local.parent import die_with_parent

#: Seconds for one page, and bytes of address space: what a worker process has.
SECONDS, MEMORY = 60.0, 2 << 30
_Work = Callable[[Page], dict[str, object]]
_fork = multiprocessing.get_context("fork")


class Sandbox:
    """One process at a time that does ``work`` on pages; started when it is first needed, and again after each death."""

    def __init__(self, work: _Work, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._work, self._seconds, self._memory = work, seconds, memory
        self._running: tuple[multiprocessing.process.BaseProcess, Connection] | None = None

    def __call__(self, page: Page) -> dict[str, object]:
        """What ``work`` returns for the page; raises Unreadable where it raised PageError or ValueError, or died."""
        process, pipe = self._running or self._start()
        try:
            pipe.send(page)
            answered = pipe.poll(self._seconds)
            answer: dict[str, object] | str = pipe.recv() if answered else ""
        except (EOFError, OSError):
            process.join()
            self.close()
            raise Unreadable(f"its process died on this page ({_end(process.exitcode)})") from None
        if not answered:
            self.close()
            raise Unreadable(f"it takes longer than {self._seconds:g} seconds")
        if isinstance(answer, str):
            raise Unreadable(answer)
        return answer

    def _start(self) -> tuple[multiprocessing.process.BaseProcess, Connection]:
        ours, theirs = _fork.Pipe()
        process = _fork.Process(target=self._serve, args=(theirs, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        self._running = process, ours
        return self._running

    def _serve(self, pipe: Connection, parent: int) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with_parent(parent)
        limit_memory(self._memory)
        while True:
            page: Page = pipe.recv()
            try:
                answer: dict[str, object] | str = self._work(page)
            except (PageError, ValueError) as exc:
                answer = str(exc)
            except MemoryError:
                answer = f"it takes more than {self._memory >> 20:,} MiB of memory"
            pipe.send(answer)

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._running is not None:
            process, pipe = self._running
            self._running = None
            process.kill()
            process.join()
            pipe.close()


@contextmanager
def sandbox(work: _Work) -> Iterator[Sandbox]:
    """A sandbox, ended with the block."""
    made = Sandbox(work)
    try:
        yield made
    finally:
        made.close()


def limit_memory(most: int) -> None:
    """Let this process have so many bytes of address space, or fewer where the system says so; and leave no core."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
