"""What is packed and installed: one name, whole, the same from a checkout and from a source distribution."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, kind: str, target: Path) -> Path:
    """A wheel or sdist of a source tree; no network."""
    run(sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", target, folder=source)
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


def contents(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel, but for the list of them."""
    with zipfile.ZipFile(wheel) as packed:
        return {name: packed.read(name) for name in packed.namelist() if not name.endswith("/RECORD")}


def test_the_wheel_holds_one_package_and_all_that_it_needs(wheel: Path) -> None:
    files = contents(wheel)
    assert {name.split("/")[0] for name in files} == {"meeruit", "meeruit-0.1.0.dist-info"}
    modules = [
        f"{room}/{path.relative_to(ROOT / room)}"
        for room in ("tasks", "worker")
        for path in (ROOT / room).rglob("*.py")
    ]
    assert {f"meeruit/{name}" for name in modules} <= set(files)
    languages = [f"meeruit/tasks/grammar/languages/{path.name}" for path in (ROOT / "tasks").rglob("languages/*.toml")]
    assert languages
    assert {"meeruit/py.typed", "meeruit/__init__.py", *languages} <= set(files)
    assert not [name for name in files if "__pycache__" in name or name.endswith(".pyc")]


def test_a_source_distribution_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, "sdist", tmp_path / "sdist")) as packed:
        if hasattr(tarfile, "data_filter"):  # Python 3.11.4 and later
            packed.extraction_filter = tarfile.data_filter
        packed.extractall(tmp_path)
    again = build(tmp_path / "meeruit-0.1.0", "wheel", tmp_path / "wheel")
    assert contents(again) == contents(wheel)


def test_installed_it_is_one_name_and_works_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", folder=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    assert sorted(path.name for path in site.iterdir()) == ["meeruit", "meeruit-0.1.0.dist-info"]
    # the dependencies are those of the environment that runs the tests
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    meeruit = tmp_path / "venv" / "bin" / "meeruit"
    assert run(meeruit, "--version", folder=elsewhere) == "meeruit 0.1.0\n"
    where = run(python, "-c", "import meeruit.worker.migrations as m; print(m.__file__)", folder=elsewhere)
    assert where.startswith(str(site))
    run(meeruit, "ingest", ROOT / "seeds", folder=elsewhere)
    assert len(run(meeruit, "items", "--format", "jsonl", folder=elsewhere).splitlines()) == 14
