"""docs/data.md is true: every table and column is told, in PostgreSQL too, and its questions have the answers that it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any, NamedTuple

import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url

from meeruit.tasks.store.tables import metadata
from meeruit.worker.database import make_engine, reading
from tests import postgres
from tests.conftest import Inside, copied, hasty_engine
from tests.demo import PLAN
from tests.newswire.camera import Camera
from tests.notebook import NOTEBOOK, ROOT
from tests.storing import store

DATA = (ROOT / "docs" / "data.md").read_text()


class Question(NamedTuple):
    """What is asked, in which language, and what the page says is the answer."""

    code: str
    answer: str


def questions(heading: str, language: str) -> list[Question]:
    """Those below a heading of the page."""
    part = re.search(rf"^## {heading}\n(.*?)^## ", DATA, re.DOTALL | re.MULTILINE)
    assert part is not None
    return [
        Question(*found)
        for found in re.findall(rf"```{language}\n(.*?)\n```\n\n```text\n(.*?)\n```", part[1], re.DOTALL)
    ]


def said() -> dict[str, tuple[str, dict[str, str]]]:
    """Each table: the sentence about it, and those about its columns."""
    found = {}
    for part in DATA.partition("## The tables\n")[2].split("\n### ")[1:]:
        name, _, rest = part.partition("\n")
        found[name] = rest.strip().split("\n")[0], dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", rest, re.MULTILINE))
    return found


@pytest.fixture(scope="module")
def demo(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database that ``make demo`` leaves."""
    folder = tmp_path_factory.mktemp("demo")
    url = make_url(copied(f"sqlite:///{migrated_sqlite}", folder))
    _fill(url)
    Path(str(url.database)).rename(folder / "meeruit.db")
    return folder


def _fill(url: URL) -> None:
    engine = hasty_engine(url)
    camera = Camera(PLAN)
    store(engine, [[[camera.capture(number) for number in camera.numbers()]]])
    engine.dispose()


def test_every_table_and_column_is_told_in_a_sentence() -> None:
    assert {name: set(columns) for name, (_, columns) in said().items()} == {
        name: set(table.c.keys()) for name, table in metadata.tables.items()
    }
    for about, columns in said().values():
        for sentence in (about, *columns.values()):
            assert re.fullmatch(r"\S.*[.\w]", sentence), sentence


@pytest.mark.postgres
def test_postgresql_says_the_same_of_its_tables_and_columns(postgresql: URL) -> None:
    engine = make_engine(postgres.create(postgresql, "told", "meeruit_template"))
    with reading(engine) as db:
        looks, told = inspect(db), {}
        for name in metadata.tables:
            columns = {each["name"]: each["comment"] for each in looks.get_columns(name)}
            told[name] = looks.get_table_comment(name)["text"], columns
    engine.dispose()
    assert told == said()


def test_the_questions_in_sqlite_have_these_answers(demo: Path) -> None:
    asked = questions("Five questions in SQLite", "sql")
    assert len(asked) == 5
    with closing(connect(demo / "meeruit.db")) as db:
        for each in asked:
            cursor = db.execute(each.code)
            head, _, *rows = (re.split(r"  +", line.strip()) for line in each.answer.splitlines())
            assert [column[0] for column in cursor.description] == head
            assert [list(map(str, row)) for row in cursor] == rows, each.code


#: Runs the parts of a script one after another, and prints a line of zeros behind the output of each.
_IN_PARTS = """
import json, sys
names = {}
for part in json.load(sys.stdin):
    exec(part, names)
    print("\\0")
"""


def answers(folder: Path, parts: list[str]) -> list[str]:
    """What parts of a Python script print, as they are run in this folder."""
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IN_PARTS],
        cwd=folder,
        env=os.environ | {"TZ": "UTC"},
        input=json.dumps(parts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    lines = "\n".join(line.rstrip() for line in answer.stdout.split("\n"))
    return [part.strip("\n") for part in lines.split("\0")[:-1]]


def test_the_questions_in_pandas_have_these_answers(demo: Path) -> None:
    asked = questions("Five questions in pandas", "python")
    assert len(asked) == 5
    assert answers(demo, [each.code for each in asked]) == [each.answer for each in asked]


def test_the_counts_that_the_readme_shows_are_those_of_the_demo(demo: Path, inside: Inside) -> None:
    shown = re.search(
        r"\$ meeruit stats sections windows .*?\n(.*?)\n\n\$", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert shown is not None
    printed = inside("stats", "sections", "windows", database=make_url(f"sqlite:///{demo}/meeruit.db"))
    assert printed.strip() == shown[1]


@pytest.mark.postgres
def test_the_questions_in_pandas_have_these_answers_on_postgresql_too(postgresql: URL, tmp_path: Path) -> None:
    url = postgres.create(postgresql, "asked", "meeruit_template")
    _fill(url)
    asked, address = questions("Five questions in pandas", "python"), url.render_as_string(hide_password=False)
    parts = [each.code.replace("sqlite:///meeruit.db", address) for each in asked]
    assert address in parts[0]
    assert answers(tmp_path, parts) == [each.answer for each in asked]


def test_the_questions_in_duckdb_have_these_answers(
    demo: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    for what in ("items", "sightings", "gaps"):
        inside("export", what, "-o", str(demo / f"{what}.parquet"), database=make_url(f"sqlite:///{demo}/meeruit.db"))
    asked = questions("Five questions in DuckDB", "sql")
    assert len(asked) == 5
    head = "import duckdb\n"
    assert answers(demo, [f'{head}duckdb.sql("""{each.code}""").show()' for each in asked]) == [
        each.answer for each in asked
    ]


def test_the_notebook_shows_what_its_cells_give(demo: Path) -> None:
    kept = json.loads(NOTEBOOK.read_text())
    code = "import json, sys; from tests.notebook import *; book = json.load(sys.stdin); run_cells(book); print(json.dumps(book))"
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=demo,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        input=NOTEBOOK.read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert _shown(json.loads(answer.stdout)) == _shown(kept)
    assert sum("picture" in cell for cell in _shown(kept)) == 3
    assert NOTEBOOK.stat().st_size < 200_000


def _shown(notebook: Any) -> list[list[str]]:
    """What stands below each cell: the text, and that there is a picture, which another version draws in other dots."""
    return [
        ["picture" if "data" in each else "".join(each["text"]) for each in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
