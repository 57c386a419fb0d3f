"""The rooms and the arrows between them: worker is the process, tasks is the work, and never the other way round."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TASKS = sorted((ROOT / "tasks").glob("**/*.py"))

#: The edges of tasks/: what each may know of the outside.
EDGES = {
    "tasks/jobs.py": {"celery"},
    "tasks/models.py": {"sqlalchemy"},
    "tasks/store.py": {"sqlalchemy"},
    "tasks/items.py": {"sqlalchemy"},
    "tasks/bodies.py": {"sqlalchemy"},
    "tasks/transaction.py": {"sqlalchemy"},
    "tasks/rows.py": {"sqlalchemy"},
    "tasks/overlap.py": {"sqlalchemy"},
    "tasks/relate.py": {"sqlalchemy"},
    "tasks/derive.py": {"sqlalchemy"},
    "tasks/explain.py": {"sqlalchemy"},
    "tasks/status.py": {"sqlalchemy"},
    "tasks/replay.py": {"sqlalchemy"},
    "tasks/rework.py": {"sqlalchemy"},
    "tasks/ledger.py": {"sqlalchemy"},
    "tasks/runs.py": {"sqlalchemy"},
    "tasks/browse.py": {"sqlalchemy"},
    "tasks/process.py": {"sqlalchemy"},
    "tasks/enrol.py": {"sqlalchemy"},
    "tasks/fetching.py": {"sqlalchemy"},
    "tasks/noted.py": {"sqlalchemy"},
    "tasks/polling.py": {"sqlalchemy"},
    "tasks/fetch.py": {"httpx"},
}
OUTSIDE = {"celery", "kombu", "sqlalchemy", "sqlmodel", "httpx", "redis"}


def imports(path: Path) -> set[str]:
    """The whole names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", TASKS, ids=lambda p: p.name)
def test_the_work_never_imports_the_process(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] == "worker"}


@pytest.mark.parametrize("path", TASKS, ids=lambda p: p.name)
def test_only_the_edges_know_the_outside(path: Path) -> None:
    known = {name.split(".")[0] for name in imports(path)} & OUTSIDE
    allowed = EDGES.get(str(path.relative_to(ROOT)), set())
    assert known <= allowed | ({"sqlmodel"} if "sqlalchemy" in allowed else set())


def test_modules_of_the_work_import_each_other_without_a_circle() -> None:
    graph = {
        f"tasks.{path.stem}": {name for name in imports(path) if name.startswith("tasks.")}
        | {
            f"tasks.{alias.name}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module == "tasks"
            for alias in node.names
        }
        for path in TASKS
    }
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys()}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert not graph, f"these import each other in a circle: {sorted(graph)}"


def test_the_library_needs_neither_queue_nor_database_nor_web() -> None:
    reached: set[str] = set()
    queue = ["tasks.extract", "tasks.fold"]
    while queue:
        name = queue.pop()
        if name in reached or not (path := ROOT / (name.replace(".", "/") + ".py")).exists():
            continue
        reached.add(name)
        found = imports(path)
        assert not {n.split(".")[0] for n in found} & OUTSIDE, f"{name} reaches outside"
        queue += [n for n in found if n.startswith("tasks.")]
    assert {"tasks.extract", "tasks.fold"} <= reached
