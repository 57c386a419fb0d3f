"""What is told while it works: by ``up`` on its terminal, by workers in their log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meeruit.worker.local.broker import EmbeddedBroker
from tests.live.conftest import Meeruit, until
from tests.tied import tied
from tests.web.site import answer, site

PAGE = b"Meer uit Zee\nGOES - Een bericht.\n1 uur geleden"


def write_sources(folder: Path, *sources: tuple[str, str]) -> None:
    tables = [f'[[source]]\nname = "{name}"\nurls = ["{url}"]\nevery = "5s"\ndelay = 0\n' for name, url in sources]
    (folder / "sources.toml").write_text("\n".join(tables))


@pytest.mark.timeout(120)
def test_up_says_how_each_run_ended_why_pages_failed_and_where_a_mistake_is(meeruit: Meeruit) -> None:
    with site("127.0.0.1") as here:
        here.pages["/ok"] = answer(PAGE, "Content-Type: text/plain")
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        meeruit.settings["PYTHONUNBUFFERED"] = "1"
        write_sources(meeruit.folder, ("good", here.url("/ok")), ("gone", here.url("/gone")))
        gone = here.url("/gone")
        process = meeruit.start("up", "--workers", "1")
        until(lambda: here.paths().count("/gone") >= 2, 60)
        with (meeruit.folder / "sources.toml").open("a") as file:
            file.write('[[source]]\nname = "bad"\nevery = "soon"\n')
        time.sleep(2)
        write_sources(meeruit.folder, ("good", here.url("/ok")))
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert "good: 1 new, 0 seen\n" in out
    assert "good: same body: 1 seen\n" in out
    assert out.count("gone: HTTP 404\n") >= 1
    assert f"gone: HTTP 404\n    failed: {gone}\n" in out
    assert "sources.toml:14: source 'bad': every is no time: 'soon'" in err
    assert "what was right before goes on" in err
    assert err.count("polling good, gone;") == 1
    assert "polling good; Ctrl-C ends it" in err


def test_the_log_names_source_address_outcome_and_reason(meeruit: Meeruit, broker: EmbeddedBroker) -> None:
    with site("127.0.0.1") as here:
        here.pages["/ok"] = answer(PAGE, "Content-Type: text/plain")
        here.pages["/wall"] = answer(b"Accepteer onze cookies.", "Content-Type: text/plain")
        here.pages["/busy"] = answer(b"", "Retry-After: 600", status="503 Service Unavailable")
        meeruit.settings["MEERUIT_ALLOW_PRIVATE_HOSTS"] = here.place
        meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        write_sources(meeruit.folder, *((name, here.url(f"/{name}")) for name in ("ok", "gone", "wall", "busy")))
        (meeruit.folder / "bad.jsonl").write_text('{"text": "x"}\nno json\n')
        assert meeruit("items").status == 0  # the default database migrates itself
        ok, log = here.url("/ok"), meeruit.folder / "log"
        command = tied([sys.executable, "-m", "meeruit.worker", "worker", "--processes", "1"])
        with log.open("w") as file:
            env = os.environ | meeruit.settings
            worker = subprocess.Popen(command, cwd=meeruit.folder, env=env, stderr=file)
            for arguments in (
                ("run", "ok"),
                ("run", "gone"),
                ("run", "wall"),
                ("ingest", "bad.jsonl"),
                ("run", "busy"),
            ):
                meeruit(*arguments)
            worker.terminate()
            worker.wait(60)
    said = log.read_text()
    lines = {word: line for line in said.splitlines() for word in line.split()}
    assert f'fetched source=ok address={ok} outcome="1 new, 0 seen" run=1 work=1 seconds=' in said
    assert " WARNING " in lines["source=gone"]
    assert 'outcome="HTTP 404"' in lines["source=gone"]
    assert 'outcome="no block found"' in lines["source=wall"]
    assert " WARNING " in lines["source=wall"]
    assert "read kind=slice pages=2 known=0 failed=1 new=0 seen=0 rejected=0" in said
    assert f"address={meeruit.folder}/bad.jsonl:2" in lines["failed"]
    assert 'reason="not JSON' in lines["failed"]
    assert 'waits source=busy reason="HTTP 503" until=' in said
