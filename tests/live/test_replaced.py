"""A process of a worker takes the place of another, as it does every few hundred tasks: what was polled goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from meeruit.worker.local.broker import EmbeddedBroker
from tests.live.conftest import Meeruit, children, until
from tests.live.test_polling import started
from tests.web.site import answer, site

PAGE = answer(b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden", "Content-Type: text/plain")


def gone(file: Path) -> None:
    file.unlink()


def mistaken(file: Path) -> None:
    with file.open("a") as text:
        text.write("every = oops\n")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("spoil", [gone, mistaken])
def test_a_new_process_goes_on_with_the_sources_that_were_right_before(
    meeruit: Meeruit, broker: EmbeddedBroker, spoil: Callable[[Path], None]
) -> None:
    file = meeruit.folder / "sources.toml"
    with site("127.0.0.1") as here:
        here.pages["/"] = PAGE
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        file.write_text(f'[[source]]\nname = "a"\nurls = ["{here.url()}"]\nevery = "5s"\ndelay = 0\n')
        assert meeruit("items").status == 0  # the default database migrates itself
        with started(meeruit, "worker", "--processes", "1") as worker, started(meeruit, "beat"):
            until(lambda: here.paths().count("/") >= 1, 60)
            spoil(file)
            time.sleep(2)  # all that look have seen it
            (old,) = children(worker.pid)
            os.kill(old, signal.SIGKILL)
            until(lambda: children(worker.pid) not in ([], [old]), 30)
            before = here.paths().count("/")
            until(lambda: here.paths().count("/") >= before + 2, 40)
