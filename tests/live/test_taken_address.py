"""A part of ``meeruit up`` whose address another program took: it is done without, is said so, and polls go on."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from meeruit.worker.app import NODE
from meeruit.worker.database import open_database
from meeruit.worker.local.supervisor import Supervisor
from meeruit.worker.settings import read_settings
from tests.live.conftest import until


def watched(
    variable: str,
    parts: tuple[str, ...],
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    enough: Callable[[Supervisor, str], bool],
) -> str:
    """What is said of these parts, whose address is taken, until that is enough."""
    monkeypatch.chdir(log.parent)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv(variable, f"127.0.0.1:{taken.getsockname()[1]}")
        settings = read_settings()
        open_database(settings).dispose()
        said: list[str] = []
        with Supervisor(settings, 1, parts, log) as supervisor:

            def look() -> bool:
                supervisor.watch()
                said.append(capsys.readouterr().err)
                return enough(supervisor, "".join(said))

            until(look, 90)
            supervisor.watch()
    assert "cannot listen at" in log.read_text()
    return "".join(said) + capsys.readouterr().err


def test_a_page_whose_address_is_taken_is_given_up_and_the_other_parts_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def given_up(_: Supervisor, said: str) -> bool:
        return "no page is shown" in said

    said = watched("MEERUIT_WEB_ADDRESS", ("beat", "web"), tmp_path / "log", monkeypatch, capsys, given_up)
    assert "already in use" in said
    assert "died" not in said


def test_a_clock_whose_metrics_have_no_address_goes_on_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ticks(supervisor: Supervisor, said: str) -> bool:
        clocks = [node for node in supervisor.app.nodes() if not node.startswith(f"{NODE}@")]
        return "no /health and /metrics" in said and bool(clocks)

    said = watched("MEERUIT_METRICS_ADDRESS", ("beat",), tmp_path / "log", monkeypatch, capsys, ticks)
    assert "cannot listen at" in said
    assert "died" not in said
