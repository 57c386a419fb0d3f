"""A page that takes too long ends alone; its task goes on, or dies where nothing else helps."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from meeruit.tasks.captures import Raw
from meeruit.tasks.errors import Unreadable
from meeruit.tasks.references import Terms
from meeruit.tasks.times import now
from meeruit.tasks.work import capturing
from meeruit.tasks.work.at_hand import AtHand
from meeruit.tasks.work.time_limits import at_most, or_dies


def spin(*_: object) -> None:
    while True:
        pass


#: In this loop no handler of Python's runs.
STUCK_IN_C = """
import os
from collections import deque
from itertools import repeat
from meeruit.tasks.work.at_hand import AtHand
from meeruit.tasks.work.time_limits import at_most, or_dies
notes = AtHand()
child = os.fork()
if not child:
    notes.note(70_001, 3)
    with or_dies(0.1), at_most(0.05):
        deque(repeat(None), maxlen=0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), notes.last(70_001), notes.last(70_002))
"""


def test_what_takes_too_long_is_interrupted_and_what_does_not_is_left_alone() -> None:
    with pytest.raises(Unreadable, match="took longer than 0 s"), at_most(0.1):
        spin()
    with at_most(0.1):
        pass
    ends = time.process_time() + 0.2
    while time.process_time() < ends:
        pass


def test_who_waits_spends_nothing_of_the_limit() -> None:
    with or_dies(0.1), at_most(0.1):
        time.sleep(0.3)


def test_a_process_that_is_stuck_in_c_dies_and_leaves_which_page_it_had_in_hand() -> None:
    said = subprocess.run([sys.executable, "-c", STUCK_IN_C], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(-signal.SIGPROF), "3", "None"]


def test_what_is_at_hand_is_forgotten_with_its_end_and_where_another_takes_its_slot() -> None:
    notes = AtHand()
    notes.note(1, 5)
    notes.note(1, None)
    assert notes.last(1) is None
    notes.note(2, 5)
    notes.note(2 + 4096, 6)
    assert (notes.last(2), notes.last(2 + 4096)) == (None, 6)


def test_a_page_that_is_read_for_ever_is_quarantined_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capturing, "extract_in", spin)
    monkeypatch.setattr(capturing, "PAGE_SECONDS", 0.2)
    page = capturing.capture(Raw("https://x.example/", body=b"x"), Terms(now(), "option"))
    assert page.problem == "took longer than 0 s to read"
    assert page.extraction is None


def test_outside_a_main_thread_there_is_no_limit() -> None:
    done = []

    def work() -> None:
        ends = time.thread_time() + 0.2
        with or_dies(0.05), at_most(0.05):
            while time.thread_time() < ends:
                pass
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
