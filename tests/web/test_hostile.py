from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time

import httpx
import pytest

from meeruit.tasks.addresses import parse_address
from meeruit.tasks.errors import PageError, TryAgain, Unreadable
from meeruit.tasks.web.answer import judge
from meeruit.tasks.web.fetch import Bounds, fetch
from meeruit.worker.net import guard
from meeruit.worker.net.client import make_client
from tests.web.hostile import CASES, MIB, PAGE, Case
from tests.web.site import Site, answer

#: Everything that is slow gives up after a second here, not after thirty.
SECOND = Bounds(seconds=1.0)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ANSWER_SECONDS", 1.0)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_hostile_server_ends_with_a_named_outcome(case: Case, here: Site, client: httpx.Client) -> None:
    here.pages["/"] = case.sends
    started = time.monotonic()
    if isinstance(case.ends, bytes):
        assert judge(fetch(client, parse_address(here.url()), bounds=SECOND)).body == case.ends
    else:
        kind, words = case.ends
        with pytest.raises(kind) as failure:
            judge(fetch(client, parse_address(here.url()), bounds=SECOND))
        assert str(failure.value).startswith(words)
        assert str(failure.value).isprintable()
    assert time.monotonic() - started < 15, "what drips would go on for ever"


def test_the_client_is_as_good_as_new_after_every_hostile_server(
    here: Site, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "ANSWER_SECONDS", 0.2)
    here.pages["/fine"] = answer(PAGE)
    for number, case in enumerate(CASES.values()):
        here.pages[f"/{number}"] = case.sends
        with contextlib.suppress(PageError):
            fetch(client, parse_address(here.url(f"/{number}")), bounds=Bounds(seconds=0.2))
        assert fetch(client, parse_address(here.url("/fine"))).body == PAGE


def test_memory_grows_by_less_than_64_mb_over_all_of_them(here: Site) -> None:
    here.pages |= {f"/{number}": case.sends for number, case in enumerate(CASES.values())}
    here.pages["/fine"] = answer(PAGE)
    command = [sys.executable, "-m", "tests.web.glutton", here.place, str(len(CASES))]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    report = json.loads(done.stdout)
    assert report["outcomes"] == len(CASES)
    assert report["grown"] < 64 * MIB, f"grew by {report['grown'] / MIB:.0f} MiB"


@pytest.mark.parametrize("bound", [Bounds(raw=1000), Bounds(decoded=1000)])
def test_a_body_may_be_exactly_as_large_as_its_bound(bound: Bounds, here: Site, client: httpx.Client) -> None:
    here.pages |= {"/fits": answer(b"x" * 1000), "/more": answer(b"x" * 1001)}
    assert len(fetch(client, parse_address(here.url("/fits")), bounds=bound).body) == 1000
    with pytest.raises(Unreadable, match="too large"):
        fetch(client, parse_address(here.url("/more")), bounds=bound)


def test_a_body_is_cut_where_that_is_asked_for(here: Site, client: httpx.Client) -> None:
    here.pages["/"] = answer(b"x" * 100_000)
    assert fetch(client, parse_address(here.url()), bounds=Bounds(decoded=1000, cut=True)).body == b"x" * 1000


def test_a_closed_port_may_open_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    allowed = make_client(allow_private_hosts="127.0.0.1")
    with allowed as client, pytest.raises(TryAgain, match=r"^cannot connect: Connection refused$"):
        fetch(client, parse_address(f"http://127.0.0.1:{port}/"))


def test_tls_to_a_server_that_speaks_none_fails_in_words(here: Site, client: httpx.Client) -> None:
    here.pages["/"] = answer(PAGE)
    with pytest.raises(TryAgain, match=r"^cannot connect: "):
        fetch(client, parse_address(f"https://{here.place}/"))
