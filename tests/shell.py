"""``meeruit`` as a process of its own, that ends with the test run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy.engine import URL

from tests.tied import tied


def by_shell(*arguments: str, database: URL, folder: Path) -> str:
    """Run a command that must succeed, and return what it prints."""
    return subprocess.run(
        tied([sys.executable, "-m", "meeruit.worker", *arguments]),
        cwd=folder,
        env=os.environ | {"MEERUIT_DATABASE_URL": database.render_as_string(hide_password=False)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
