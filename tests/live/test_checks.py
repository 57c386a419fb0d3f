"""``status --check``, ``/health`` and ``/metrics``: a line for each part that is stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from meeruit.worker.local.broker import EmbeddedBroker
from tests.live.conftest import Meeruit, children, until
from tests.live.test_polling import started
from tests.web.site import answer, site

PAGE = b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden"
PARTS = {"database", "broker", "workers", "beat", "meeruit.clock", "meeruit.fetch", "meeruit.bulk", "sources", "work"}


def checked(meeruit: Meeruit) -> tuple[int, set[str], str]:
    """The exit status, the parts at fault, and all that was said."""
    said = meeruit("status", "--check")
    rows = [line.split(maxsplit=1) for line in said.out.splitlines()]
    return said.status, {rest.partition(":")[0] for word, rest in rows if word == "FAULT"}, said.out


def asked(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as got:
            return got.status, got.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.read().decode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def kill(process: subprocess.Popen[str]) -> None:
    for pid in children(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.timeout(240)
def test_each_part_that_is_stopped_has_its_line(meeruit: Meeruit, broker: EmbeddedBroker) -> None:
    port = free_port()
    with site("127.0.0.1") as here:
        here.pages["/"] = answer(PAGE, "Content-Type: text/plain")
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        (meeruit.folder / "sources.toml").write_text(
            f'[[source]]\nname = "a"\nurls = ["{here.url()}"]\nevery = "5s"\ndelay = 0\n'
        )
        assert meeruit("items").status == 0  # the default database migrates itself
        status, faults, said = checked(meeruit)
        assert (status, faults) == (1, {"broker"}), said
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        meeruit.settings["MEERUIT_METRICS_ADDRESS"] = f"127.0.0.1:{port}"
        health, metrics = (f"http://127.0.0.1:{port}/{path}" for path in ("health", "metrics"))
        with started(meeruit, "worker", "--processes", "2") as worker, started(meeruit, "beat") as beat:
            until(lambda: len(here.paths()) > 3, 60)
            status, faults, said = checked(meeruit)
            assert (status, faults) == (0, set()), said
            assert {line.split(maxsplit=1)[1].partition(":")[0] for line in said.splitlines()} >= PARTS
            code, said = asked(health)
            assert code == 200, said
            _, said = asked(metrics)
            assert 'meeruit_up{part="database"} 1.0' in said
            assert 'meeruit_up{part="broker"} 1.0' in said
            assert 'meeruit_items_total{outcome="new",source="a"} 1.0' in said
            assert 'meeruit_source_failed_polls{source="a"} 0.0' in said
            assert 'meeruit_queue_messages{queue="meeruit.bulk"} 0.0' in said
            assert asked(f"http://127.0.0.1:{port}/")[0] == 404
            del here.pages["/"]
            until(lambda: checked(meeruit)[1] == {"sources"}, 60)
            code, said = until(lambda: (got := asked(health))[0] == 503 and got, 30)
            assert "FAULT  sources: a: " in said
            kill(worker)
            status, faults, said = checked(meeruit)
            assert status == 1
            assert "workers" in faults, said
            code, said = until(lambda: (got := asked(health))[1].count("FAULT  workers") and got, 30)
            kill(beat)
            _, faults, said = checked(meeruit)
            assert {"workers", "beat"} <= faults, said
            until(lambda: "late" in checked(meeruit)[2], 60)
            broker.stop()
            _, faults, said = checked(meeruit)
            assert "broker" in faults, said
            meeruit.settings["MEERUIT_DATABASE_URL"] = f"sqlite:///{meeruit.folder}/no/such.db"
            _, faults, said = checked(meeruit)
            assert "database" in faults, said
            meeruit.settings.pop("MEERUIT_DATABASE_URL")


def test_an_address_that_is_taken_is_one_line(meeruit: Meeruit, broker: EmbeddedBroker) -> None:
    meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
    assert meeruit("items").status == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        meeruit.settings["MEERUIT_METRICS_ADDRESS"] = f"127.0.0.1:{taken.getsockname()[1]}"
        said = meeruit("beat", timeout=60)
    assert said.status == 2
    assert "MEERUIT_METRICS_ADDRESS: cannot listen at 127.0.0.1:" in said.err
    assert len(said.err.splitlines()) == 1
