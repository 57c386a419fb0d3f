"""The README is true: its commands exist, its files are there, its example runs and shows what it says; and so are the docs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from meeruit.tasks.fold import content_hash
from tests.live.conftest import Meeruit

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.fixture
def meeruit(tmp_path: Path) -> Meeruit:
    return Meeruit(tmp_path, listings=frozenset())


def test_what_make_run_shows_is_what_it_says(meeruit: Meeruit) -> None:
    shown = re.search(r"\$ make run\n(.*?)\n\$ make test", README, re.DOTALL)
    assert shown is not None
    pages, items, _time, head, *rows = shown[1].splitlines()
    ingest = meeruit("ingest", str(ROOT / "seeds")).out.splitlines()
    assert ingest[:2] == [pages, items]
    table = meeruit("items").out.splitlines()
    assert table[0].split() == head.split()
    stored = {line.split()[-1]: line for line in table[1:]}
    for row in rows[:-1]:
        _, section, place, *_rest, content_hash = row.split()
        assert section in stored[content_hash]
        assert place in stored[content_hash]
    assert f"({len(stored)} items)" in rows[-1]


def test_every_command_that_it_names_exists(meeruit: Meeruit) -> None:
    named = set(re.findall(r"(?<!from )meeruit (?!why A)([a-z]+)", README)) - {"reads", "keeps"}
    known = meeruit("--help").out
    for command in named:
        assert re.search(rf"^  {command}\b", known, re.MULTILINE), f"there is no command {command}"


def test_every_file_that_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_file_that_a_page_of_docs_names_is_there(page: Path) -> None:
    text = page.read_text()
    named = set(re.findall(r"`((?:tasks|worker|tests|docs)/[\w./-]*)`", text))
    linked = {f"docs/{target}" for target in re.findall(r"\]\((?!http)([^)#]+)\)", text)}
    assert not {name for name in named | linked if not (ROOT / name).exists()}


def test_every_target_of_make_is_told_at_the_top_of_its_file() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split()
    told = re.findall(r"make ([a-z-]+)", text.partition("\n\n")[0])
    assert sorted(told) == sorted(targets)


def test_every_setting_that_exists_is_named() -> None:
    from meeruit.worker.settings import _Environment

    for name in _Environment.model_fields:
        assert f"`MEERUIT_{name.upper()}`" in README


def test_the_library_example_runs() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example is not None
    out = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", example[1]], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "ÎLE LONGUE" in out
    assert content_hash('Al doet de aap een "gouden ring"...') in out
