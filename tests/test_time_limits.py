"""A page that takes too long ends alone; its task goes on."""

from __future__ import annotations

import threading
import time

import pytest

from meeruit.tasks.captures import Raw
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.references import Terms
from meeruit.tasks.times import now
from meeruit.tasks.work import capturing
from meeruit.tasks.work.time_limits import at_most


def spin(*_: object) -> None:
    while True:
        pass


def test_what_takes_too_long_is_interrupted_and_what_does_not_is_left_alone() -> None:
    with pytest.raises(Unreadable, match="took longer than 0 s"), at_most(0.1):
        spin()
    with at_most(0.1):
        pass
    time.sleep(0.2)


def test_a_page_that_is_read_for_ever_is_quarantined_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "extract_in", spin)
    monkeypatch.setattr(capturing, "PAGE_SECONDS", 0.2)
    page = capturing.capture(Raw("https://x.example/", body=b"x"), Terms(now(), "option"))
    assert page.problem == "took longer than 0 s to read"
    assert page.extraction is None


def test_outside_a_main_thread_there_is_no_limit() -> None:
    done = []

    def work() -> None:
        with at_most(0.05):
            time.sleep(0.2)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
