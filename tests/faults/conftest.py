"""One scene a test, a seed for all of them, and the table at the end.

``FAULT_SEED=… make faults`` replays a run: the captures, and where in the work each fault strikes.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.faults.inject import Valkey
from tests.faults.scene import Scene
from tests.faults.server import Server, own_server
from tests.faults.table import Line, printed

HERE = Path(__file__).parent
SEED = int(os.environ.get("FAULT_SEED", "1"))
_LINE = "line of the table of faults"
Scenes = Callable[..., Scene]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is not of the quick selection runs only where ``-m faults`` asks for it."""
    asked = "faults" in (config.getoption("markexpr") or "")
    left = []
    for item in [each for each in items if each.path.is_relative_to(HERE)]:
        if item.get_closest_marker("live") is None:
            item.add_marker(pytest.mark.faults)
            if not asked:
                left.append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [each for each in items if each not in left]


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Chance, the same for a test and a seed."""
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[Line], None]:
    """Adds a line to the table."""
    return lambda line: record_property(_LINE, vars(line))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Valkey]:
    """A broker that keeps nothing."""
    with Valkey(tmp_path / "broker") as server:
        yield server


@pytest.fixture
def scene(
    kind: str,
    broker: Valkey,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    rng: random.Random,
    note: Callable[[Line], None],
) -> Iterator[Scene]:
    """A run on each of the two databases."""
    made = Scene(tmp_path, fresh_database(kind, request, tmp_path), broker, rng)
    made.note = lambda line: note(Line(**{**vars(line), "fault": f"{line.fault} ({kind})"}))
    yield made
    made.close()


@pytest.fixture
def served(
    broker: Valkey, tmp_path: Path, rng: random.Random, note: Callable[[Line], None]
) -> Iterator[tuple[Scene, Server]]:
    """A run on a server of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="meeruit-pg-", dir="/tmp") as short,
        own_server(Path(short), tmp_path / "pg.log") as server,
    ):
        scene = Scene(tmp_path, server.url, broker, rng, note=note)
        yield scene, server
        scene.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    reports = [each for group in ("passed", "failed") for each in terminalreporter.stats.get(group, [])]
    found = [Line(**value) for each in reports for name, value in each.user_properties if name == _LINE]
    if found:
        terminalreporter.section(f"faults, FAULT_SEED={SEED}")
        for line in printed(sorted(found, key=lambda line: line.fault)):
            terminalreporter.line(line)
