"""The document at /openapi.json is kept: schemathesis asks what it allows and what it does not, and looks at every answer."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.page.conftest import Shown

pytestmark = pytest.mark.slow


def test_every_question_that_the_document_allows_or_forbids_is_answered_as_it_says(page: Shown, tmp_path: Path) -> None:
    answer = subprocess.run(
        [
            str(Path(sysconfig.get_path("scripts")) / "schemathesis"), "run", f"{page.url}openapi.json", "--url", page.url[:-1],
            "--exclude-path", "/now.events",  # which never ends
            "--phases", "coverage,fuzzing", "--max-examples", "10", "--seed", "1", "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout
    asked = re.search(r"([0-9,]+) generated, ([0-9,]+) passed", answer.stdout)
    assert asked is not None, answer.stdout
    assert asked[1] == asked[2]
    assert int(asked[1].replace(",", "")) > 200
    assert "Traceback" not in page.log.read_text()
