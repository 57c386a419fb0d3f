"""One stack for all of these tests; none of them runs unless it is asked for, and where no engine answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.stack import SITE_PORT, Stack, missing

HERE = Path(__file__).parent
FIGURES = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip all of them, with the reason, unless ``-m compose`` asks for them and an engine answers."""
    asked = "compose" in (config.getoption("markexpr") or "")
    reason = missing() if asked else "takes minutes and a Docker engine; run it with: make test-compose"
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.compose)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Stack]:
    """A checkout with its env file; nothing is built or started yet."""
    stack = Stack(tmp_path_factory.mktemp("clone"), f"meeruit-test-{os.getpid()}")
    pytestconfig.stash[FIGURES] = stack.figures
    stack.check_out()
    stack.write_env(MEERUIT_IMAGE=stack.image, MEERUIT_ALLOW_PRIVATE_HOSTS=f"{stack.site}:{SITE_PORT}")
    yield stack
    stack.remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if figures := terminalreporter.config.stash.get(FIGURES, None):
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(figure)
