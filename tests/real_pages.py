"""The scores on real pages, where a checkout has a folder of them beside it: printed, never asked for.

The pages are no part of the project: their markup is their sites'. ``REAL_PAGES`` names another such folder. It holds
``score``, a program that runs ``meeruit extract`` on its pages and prints the scores as JSON, by the kind of list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "real-pages"
FOLDER = Path(os.environ.get("REAL_PAGES") or _BESIDE)
_COLUMNS = ("pages", "wanted", "found", "false", "recall", "precision", "exact headlines")
#: Seconds that the scorer may take; it takes one or two minutes.
_PATIENCE = 900


def real_page_lines(folder: Path = FOLDER) -> Iterator[str]:
    """The table of the folder's scores, or one line that says why there is none."""
    score = folder / "score"
    if not score.is_file():
        yield f"real pages: none, {folder} holds no scorer"
        return
    command = [sys.executable, str(score), "--command", f"{sys.executable} -m meeruit.worker", "--json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE)
        yield from _table(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        yield f"real pages: no scores, {error}"


def _table(rows: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield f"{'real pages':<18}" + "".join(f"{name:>17}" for name in _COLUMNS)
    for kind, row in rows.items():
        yield f"{kind:<18}" + "".join(f"{_shown(row.get(name)):>17}" for name in _COLUMNS)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
