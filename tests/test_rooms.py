"""The rooms and the arrows between them, by folder: who may know whom, and who may know the outside."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "tasks").glob("**/*.py"), *(ROOT / "worker").glob("**/*.py")])

#: Each room of tasks/ and the rooms that it may import; ``ground`` is tasks/ itself but for ``jobs`` and ``extract``.
MAY_KNOW = {
    "ground": {"ground"},
    "decoding": {"ground", "decoding"},
    "grammar": {"ground", "grammar"},
    "html": {"ground", "grammar", "html"},
    "extract": {"ground", "decoding", "grammar", "html"},
    "web": {"ground", "decoding", "web"},
    "disk": {"ground", "decoding", "disk"},
    "store": {"ground", "store"},
    "work": {"ground", "extract", "store", "disk", "web", "work"},
    "report": {"ground", "store", "report"},
    "jobs": {"ground", "store", "work"},
}
#: The packages outside that a room may import; all others may import none of them.
OUTSIDE = {
    "html": {"selectolax"},
    "web": {"httpx", "protego", "feedparser"},
    "store": {"sqlalchemy", "sqlmodel"},
    "work": {"sqlalchemy"},
    "report": {"sqlalchemy"},
    "jobs": {"celery"},
}
WATCHED = {"celery", "kombu", "sqlalchemy", "sqlmodel", "httpx", "redis", "selectolax", "protego", "feedparser"}


def imports(path: Path) -> set[str]:
    """The whole names of what a file imports, ``from`` and all."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def name_of(path: Path) -> str:
    """``meeruit.tasks.store.merge`` for its file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(["meeruit", *(parts[:-1] if parts[-1] == "__init__" else parts)])


NAMES = {name_of(path): path for path in MODULES}
IMPORTS = {name: {one for one in imports(path) if one in NAMES} for name, path in NAMES.items()}


def room_of(module: str) -> str:
    """The room of tasks/ that a module stands in."""
    parts = module.split(".")[2:]
    if not parts:
        return "ground"
    if len(parts) == 1 and parts[0] not in MAY_KNOW:
        return "ground"
    return parts[0]


TASKS = sorted(name for name in NAMES if name.startswith("meeruit.tasks"))


@pytest.mark.parametrize("module", TASKS)
def test_the_work_never_imports_the_process(module: str) -> None:
    assert not {name for name in IMPORTS[module] if name.startswith("meeruit.worker")}


@pytest.mark.parametrize("module", TASKS)
def test_a_room_knows_only_the_rooms_below_it(module: str) -> None:
    known = {room_of(name) for name in IMPORTS[module] if name != "meeruit.tasks"}
    assert known <= MAY_KNOW[room_of(module)], f"{module} knows {known - MAY_KNOW[room_of(module)]}"


@pytest.mark.parametrize("module", TASKS)
def test_a_room_knows_only_the_outside_that_is_its_own(module: str) -> None:
    known = {name.split(".")[0] for name in imports(NAMES[module])} & WATCHED
    assert known <= OUTSIDE.get(room_of(module), set())


@pytest.mark.parametrize("package", ["meeruit.tasks", "meeruit.worker"])
def test_modules_import_each_other_without_a_circle(package: str) -> None:
    graph = {name: needs - {name} for name, needs in IMPORTS.items() if name.startswith(package)}
    packages = {name for name, path in NAMES.items() if path.name == "__init__.py"}
    graph = {name: needs - packages for name, needs in graph.items()}
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys()}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert not graph, f"these import each other in a circle: {sorted(graph)}"


def test_the_library_needs_neither_queue_nor_database_nor_web() -> None:
    reached: set[str] = set()
    waiting = ["meeruit.tasks.extract", "meeruit.tasks.fold"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        outside = {one.split(".")[0] for one in imports(NAMES[name])} & WATCHED
        assert outside <= {"selectolax"}, f"{name} reaches {outside}"
        waiting += IMPORTS[name]
    assert "meeruit.tasks.html.door" in reached


def test_no_file_imports_the_rooms_by_their_bare_names() -> None:
    files = [*MODULES, *(ROOT / "tests").glob("**/*.py"), *(ROOT / "benchmarks").glob("*.py")]
    bare = {path: {n for n in imports(path) if n.split(".")[0] in {"tasks", "worker"}} for path in files}
    assert not {path: names for path, names in bare.items() if names}
