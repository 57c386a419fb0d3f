"""Files of the user's own in the current folder, named as modules are: nothing of ours imports them."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from meeruit.worker.cli.commands import COMMANDS
from meeruit.worker.local.broker import EmbeddedBroker
from tests.live.conftest import Meeruit, until
from tests.live.test_checks import free_port
from tests.tied import tied

SEEDS = Path(__file__).parent.parent.parent / "seeds"
MEERUIT = str(Path(sysconfig.get_path("scripts")) / "meeruit")
#: Names of modules of ours, of Celery projects, of the standard library, and of what we depend on.
NAMES = ("tasks", "worker", "celeryconfig", "celery", "meeruit", "types", "email", "queue", "html", "redis", "sqlmodel")
#: Runs commands in turn, and ends with the first status that is not 0.
SCRIPT = """
import json, sys
from meeruit.worker.cli import main

for arguments in json.loads(sys.argv[1]):
    sys.argv = ["meeruit", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise SystemExit(f"{arguments}: exit status {end.code}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files that raise when they are imported, with a source to poll."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name}.py of the current folder was imported')\n")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "inbox"\nfolder = "inbox"\n'
        f'[[webhook]]\nname = "desk"\nurl = "https://desk.example/"\nsecret = "whsec_{"a" * 32}"\n'
    )
    return tmp_path


def test_every_command_works_beside_them(folder: Path, broker: EmbeddedBroker) -> None:
    meeruit = Meeruit(
        folder, {"MEERUIT_WEB_ADDRESS": f"127.0.0.1:{free_port()}"}, listings=frozenset(), command=(MEERUIT,)
    )
    assert meeruit("ingest", str(SEEDS), "--json").json["items"]["new"] == 14
    first, second, *_ = [item["content_hash"] for item in meeruit("items", "--format", "jsonl").lines]
    once = [
        ("extract", str(SEEDS)), ("show", first), ("why", first, second), ("pages",), ("runs",), ("gaps",), ("failures",),
        ("retry",), ("replay",), ("sources",), ("run", "inbox"), ("status",), ("db", "check"), ("sightings",),
        ("body", "1"), ("forget", "1"), ("tail", "--once"), ("tell", "--once"), ("export",),
        ("stats",), ("prune", "--bodies-older-than", "1d"),
    ]  # fmt: skip
    one_after_another(folder, once)
    for part in ("up", "web", "worker", "beat"):
        if part not in {"up", "web"}:
            meeruit.settings["MEERUIT_BROKER_URL"] = broker.url
        process = meeruit.start(part, *(("--heartbeat", part + ".life") if part in {"worker", "beat"} else ()))
        if part in {"up", "web"}:
            assert process.stderr is not None
            assert process.stderr.readline().startswith("look at http://127.0.0.1:")
            assert part == "web" or process.stderr.readline() == "polling inbox; Ctrl-C ends it\n"
        else:
            until((folder / f"{part}.life").exists)
        process.terminate()
        assert "was imported" not in process.communicate(timeout=60)[1]
    assert {"ingest", "items", "up", "web", "worker", "beat", *(arguments[0] for arguments in once)} == set(COMMANDS)


def one_after_another(folder: Path, commands: list[tuple[str, ...]]) -> None:
    """Run them as the installed command does, whose script lies in another folder; in one process, to save the starts."""
    script = folder.parent / f"{folder.name}-scripts" / "meeruit"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    done = subprocess.run(
        tied([sys.executable, str(script), json.dumps(commands)]),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "was imported" in done.stderr) == (0, False), done.stderr


@pytest.mark.parametrize("name", ["tasks", "worker"])
def test_the_library_and_the_module_work_beside_them(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text("raise RuntimeError('was imported')\n")
    code = "from meeruit import Page, content_hash, extract; print(len(extract(Page(b'x')).blocks), content_hash('x'))"
    for command in (["-c", code], ["-m", "meeruit.worker", "extract", str(SEEDS)]):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
