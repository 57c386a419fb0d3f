"""The rooms and the arrows between them, by folder: who may know whom, and who may know the outside."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "tasks").glob("**/*.py"), *(ROOT / "worker").glob("**/*.py")])

#: Each room and the rooms that it imports; ``ground`` is tasks/ itself but for ``jobs`` and ``extract``, ``worker`` is
#: worker/ itself, and ``cli``, ``local``, ``migrations`` and ``net`` are folders of it, ``page`` is worker/web/.
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
    "net": {"ground", "decoding", "web", "net", "worker"},
    "local": {"ground", "store", "work", "net", "local", "worker"},
    "worker": {"ground", "grammar", "store", "report", "web", "work", "net", "local", "worker"},
    "page": {"ground", "report", "work", "worker", "page"},
    "migrations": {"store"},
    "cli": {
        "ground", "extract", "grammar", "store", "disk", "report", "web", "work", "net", "local", "page", "worker", "cli",
    },
}  # fmt: skip
#: The packages outside, of those watched, that a room imports; all others import none of them.
OUTSIDE = {
    "html": {"selectolax"},
    "web": {"httpx", "protego", "feedparser"},
    "store": {"sqlalchemy", "sqlmodel"},
    "work": {"sqlalchemy"},
    "report": {"sqlalchemy"},
    "jobs": {"celery"},
    "net": {"httpx", "redis"},
    "local": {"sqlalchemy"},
    "worker": {"celery", "kombu", "redis", "sqlalchemy"},
    "migrations": {"sqlalchemy"},
    "page": {"fastapi", "jinja2", "sqlalchemy", "starlette", "uvicorn"},
    "cli": {"sqlalchemy"},
}
WATCHED = {
    "celery", "fastapi", "feedparser", "httpx", "jinja2", "kombu", "protego", "redis", "selectolax", "sqlalchemy", "sqlmodel",
    "starlette", "uvicorn",
}  # fmt: skip


@cache
def imports(path: Path) -> frozenset[str]:
    """The whole names of what a file imports, ``from`` and all."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def name_of(path: Path) -> str:
    """``meeruit.tasks.store.merge`` for its file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(["meeruit", *(parts[:-1] if parts[-1] == "__init__" else parts)])


NAMES = {name_of(path): path for path in MODULES}


def needs(module: str) -> set[str]:
    """The modules of ours that a module imports."""
    return {one for one in imports(NAMES[module]) if one in NAMES}


def room_of(module: str) -> str:
    """The room that a module stands in; ``python -m meeruit.worker`` is a command, and so is where one begins."""
    _, side, *parts = module.split(".")
    if [side, *parts[:1]] == ["worker", "web"]:
        return "page"
    room = "cli" if parts in (["__main__"], ["entry"]) else next(iter(parts), "")
    return room if room in MAY_KNOW else {"tasks": "ground", "worker": "worker"}[side]


def known_rooms(module: str) -> set[str]:
    """The rooms that a module imports something of."""
    return {room_of(name) for name in needs(module) if name not in {"meeruit.tasks", "meeruit.worker"}}


def known_outside(module: str) -> set[str]:
    """The watched packages that a module imports."""
    return {name.split(".")[0] for name in imports(NAMES[module])} & WATCHED


TASKS = sorted(name for name in NAMES if name.startswith("meeruit.tasks"))


@pytest.mark.parametrize("module", TASKS)
def test_the_work_never_imports_the_process(module: str) -> None:
    assert not {name for name in needs(module) if name.startswith("meeruit.worker")}


@pytest.mark.parametrize("module", sorted(NAMES))
def test_a_room_knows_only_the_rooms_below_it(module: str) -> None:
    known = known_rooms(module)
    assert known <= MAY_KNOW[room_of(module)], f"{module} knows {known - MAY_KNOW[room_of(module)]}"


@pytest.mark.parametrize("module", sorted(NAMES))
def test_a_room_knows_only_the_outside_that_is_its_own(module: str) -> None:
    assert known_outside(module) <= OUTSIDE.get(room_of(module), set())


def test_every_arrow_of_the_tables_is_used() -> None:
    rooms, outside = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for module in NAMES:
        rooms[room_of(module)] |= known_rooms(module)
        outside[room_of(module)] |= known_outside(module)
    assert dict(rooms) == MAY_KNOW
    assert {room: names for room, names in outside.items() if names} == OUTSIDE


@cache
def docstring(module: str) -> str:
    """What a module says of itself."""
    return ast.get_docstring(ast.parse(NAMES[module].read_text())) or ""


@pytest.mark.parametrize("module", sorted(NAMES))
def test_a_module_that_another_one_names_is_there(module: str) -> None:
    folders = {room.name: room for side in ("worker", "tasks") for room in [ROOT / side, *(ROOT / side).iterdir()]}
    for room, name in re.findall(r"``([a-z]+)\.([a-z_]+)``", docstring(module)):
        assert room not in folders or (folders[room] / f"{name}.py").exists(), f"there is no {room}.{name}"
    last = {name.rpartition(".")[2] for name in NAMES}
    named = re.findall(r"(?:is for|is read in|is read by|is decided in|are read in) ``([a-z_]+)``", docstring(module))
    assert set(named) <= last


@pytest.mark.parametrize("package", ["tasks", "tasks.store", "worker"])
def test_the_map_of_a_package_names_all_that_is_in_it(package: str) -> None:
    here = f"meeruit.{package}."
    inside = {name.removeprefix(here).split(".")[0] for name in NAMES if name.startswith(here)} - {"__main__"}
    assert inside <= set(re.findall(r"\w+", docstring(here[:-1])))


@pytest.mark.parametrize("package", ["meeruit.tasks", "meeruit.worker"])
def test_modules_import_each_other_without_a_circle(package: str) -> None:
    graph = {name: needs(name) - {name} for name in NAMES if name.startswith(package)}
    packages = {name for name, path in NAMES.items() if path.name == "__init__.py"}
    graph = {name: needed - packages for name, needed in graph.items()}
    while leaves := {name for name, needed in graph.items() if not needed & graph.keys()}:
        graph = {name: needed for name, needed in graph.items() if name not in leaves}
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
        waiting += needs(name)
    assert "meeruit.tasks.html.door" in reached


def test_no_file_imports_the_rooms_by_their_bare_names() -> None:
    files = [*MODULES, *(ROOT / "tests").glob("**/*.py"), *(ROOT / "benchmarks").glob("*.py")]
    bare = {path: {n for n in imports(path) if n.split(".")[0] in {"tasks", "worker"}} for path in files}
    assert not {path: names for path, names in bare.items() if names}
