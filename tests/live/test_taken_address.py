"""The page of ``meeruit up`` whose address another program took after it was looked at: there is no page, and polls go on."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from meeruit.worker.database import open_database
from meeruit.worker.local.supervisor import Supervisor
from meeruit.worker.settings import read_settings
from tests.live.conftest import until


def test_a_page_whose_address_is_taken_is_given_up_and_the_other_parts_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("MEERUIT_WEB_ADDRESS", f"127.0.0.1:{taken.getsockname()[1]}")
        settings = read_settings()
        open_database(settings).dispose()
        said: list[str] = []
        with Supervisor(settings, 1, ("beat", "web")) as supervisor:

            def given_up() -> bool:
                supervisor.watch()
                said.append(capsys.readouterr().err)
                return "no page is shown" in said[-1]

            until(given_up, 60)
            supervisor.watch()
        assert "already in use" in said[-1] or "taken" in said[-1], said
        assert "died" not in "".join(said)


def test_a_clock_whose_metrics_have_no_address_goes_on_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("MEERUIT_METRICS_ADDRESS", f"127.0.0.1:{taken.getsockname()[1]}")
        settings = read_settings()
        open_database(settings).dispose()
        said: list[str] = []
        with Supervisor(settings, 1, ("beat",), tmp_path / "log") as supervisor:

            def clock() -> bool:
                supervisor.watch()
                said.append(capsys.readouterr().err)
                return "no /health and /metrics" in "".join(said) and any(
                    "beat@" in node for node in supervisor.app.nodes()
                )

            until(clock, 90)
        assert "cannot listen at" in "".join(said)
        assert "died" not in "".join(said)
    assert "cannot listen at" in (tmp_path / "log").read_text()
