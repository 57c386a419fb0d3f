"""The command line before a command runs: what it lists, what it explains, and that it imports nothing for that."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from meeruit.worker.cli import app
from meeruit.worker.cli.commands import COMMANDS
from tests.tied import tied

SEED = next((Path(__file__).parent.parent / "seeds").iterdir())
HEAVY = (
    "sqlalchemy",
    "sqlmodel",
    "celery",
    "httpx",
    "pydantic",
    "rich",
    "alembic",
    "redis",
    "fastapi",
    "jinja2",
    "uvicorn",
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a folder, on a terminal of 80 columns; standard error has a line for every module it imports."""
    command = [sys.executable, "-X", "importtime", "-P", "-m", "meeruit.worker", *arguments]
    environment = os.environ | {"COLUMNS": "80"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)


def imported(importtime: str) -> set[str]:
    """The packages in what ``-X importtime`` wrote."""
    return {line.rpartition("|")[2].strip().split(".")[0] for line in importtime.splitlines()}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_line_of_the_help_is_the_first_of_what_the_command_says_of_itself(name: str) -> None:
    command = COMMANDS[name]
    written = getattr(import_module(f"meeruit.worker.cli.{command.module}"), command.name)
    said = written.info.help if isinstance(written, typer.Typer) else inspect.getdoc(written)
    assert said
    assert said.splitlines()[0] == command.help


def test_the_help_lists_every_command_uncut_at_80_columns_and_imports_none(tmp_path: Path) -> None:
    answer = run(tmp_path, "--help")
    assert max(map(len, answer.stdout.splitlines())) <= 80
    widest = max(map(len, COMMANDS))
    for name, command in COMMANDS.items():
        assert f"\n  {name:{widest}}  {command.help}\n" in answer.stdout
    assert not imported(answer.stderr).intersection(HEAVY)


def test_extract_imports_what_a_page_needs_and_no_more(tmp_path: Path) -> None:
    answer = run(tmp_path, "extract", str(SEED), "--observed-at", "2026-03-02T14:05:00Z")
    assert '"blocks": [{' in answer.stdout
    assert not imported(answer.stderr).intersection(HEAVY)
    assert "meeruit.tasks.html.door" not in answer.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    for option in ("--help", "-h"):
        answer = CliRunner().invoke(app, [name, option], prog_name="meeruit")
        assert answer.exit_code == 0
        assert f"Usage: meeruit {name} [" in answer.output
        assert COMMANDS[name].help in answer.output


def test_a_command_with_a_slip_in_its_name_is_guessed() -> None:
    answer = CliRunner().invoke(app, ["itmes"])
    assert answer.exit_code == 2
    assert "Did you mean 'items'" in answer.output


def test_a_value_is_still_converted_where_it_is_no_text() -> None:
    assert CliRunner().invoke(app, ["items", "--limit", "many"]).exit_code == 2
    assert CliRunner().invoke(app, ["items", "--limit", "-1"]).exit_code == 2
    assert CliRunner().invoke(app, ["extract"]).exit_code == 2


def test_the_shell_completes_commands_and_their_options() -> None:
    def completed(words: str) -> list[str]:
        environment = {"_MEERUIT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        return CliRunner().invoke(app, prog_name="meeruit", env=environment).output.split()

    assert completed("meeruit extr") == ["extract"]
    assert "--observed-at" in completed("meeruit ingest --o")


def test_ctrl_c_while_the_command_is_still_being_imported_is_status_130(tmp_path: Path) -> None:
    command = tied([sys.executable, "-X", "importtime", "-P", "-m", "meeruit.worker", "items"])
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("typer" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert "Traceback" not in process.stderr.read()
