"""The notebook in docs/, run without Jupyter: ``python -m tests.notebook`` runs it over ``make demo`` and keeps what it shows.

A cell is run as it stands; what it prints and the figures it draws are its output.
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "questions.ipynb"


def run_cells(notebook: dict[str, Any]) -> None:
    """Run the cells in order, in this folder; their outputs take the place of those that were kept."""
    os.environ["MPLBACKEND"] = "Agg"
    names: dict[str, Any] = {}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        with redirect_stdout(io.StringIO()) as printed:
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        cell["execution_count"] = number
        cell["outputs"] = [*_text(printed.getvalue()), *_figures()]


def _text(printed: str) -> list[dict[str, Any]]:
    lines = [f"{line.rstrip()}\n" for line in printed.splitlines()]
    return [{"output_type": "stream", "name": "stdout", "text": lines}] if lines else []


def _figures() -> list[dict[str, Any]]:
    from matplotlib import pyplot as plt

    found = []
    for number in plt.get_fignums():
        file = io.BytesIO()
        figure = plt.figure(number)
        figure.savefig(file, format="png", dpi=80, bbox_inches="tight", metadata={"Software": ""})
        picture = base64.b64encode(file.getvalue()).decode()
        data = {"image/png": picture, "text/plain": ["<Figure>"]}
        found.append({"output_type": "display_data", "data": data, "metadata": {}})
        plt.close(figure)
    return found


def main() -> None:
    """Run the notebook over a demo that is made anew."""
    notebook = json.loads(NOTEBOOK.read_text())
    subprocess.run(
        [sys.executable, "-m", "tests.demo"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=os.environ
    )
    with chdir(ROOT / "demo"):
        run_cells(notebook)
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
