"""How fast a command starts, beside the least that such a command could cost: ``make bench-start``.

Processor time (user and system) of a whole process, start to end, held against ``python -c "import typer, selectolax"``.
All run in turn, fifteen times; medians are printed, and the median of the ratios within a turn, so that a machine that
is busy for a while slows both sides.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROUNDS = 15
MEERUIT = str(Path(sysconfig.get_path("scripts")) / "meeruit")
BARE = [sys.executable, "-c", "import typer, selectolax"]
_ITEM = '<li><a href="/{n}"><h3>Brand in Goes {n}</h3></a><p>GOES - Er is een brand, de {n}e.</p><time>{n} uur geleden</time></li>'
HTML = f'<!doctype html><html lang="nl"><h2>Meer uit Zeeland</h2><ul>{"".join(_ITEM.format(n=n) for n in range(2, 9))}</ul>'
TEXT = "De brand is uit.\n\nMeer uit Zeeland\n" + "".join(
    f"GOES (ANP) - Bericht {n}.\n{n} uur geleden" for n in range(2, 9)
)


def main() -> int:
    """Print the table; 1 where a ratio is above its ceiling."""
    with tempfile.TemporaryDirectory() as folder:
        pages = {"page.html": HTML, "page.txt": TEXT}
        for name, page in pages.items():
            (Path(folder) / name).write_text(page)
        rows = {
            "meeruit --help": ([MEERUIT, "--help"], 2.0),
            "meeruit extract page.html": ([MEERUIT, "extract", "page.html"], 3.0),
            "meeruit extract page.txt": ([MEERUIT, "extract", "page.txt"], 3.0),
        }
        taken = measure([BARE, *(command for command, _ in rows.values())], Path(folder))
    bare = taken[0]
    print(f"{'processor time':28}{'ms':>8}{'ratio':>8}{'at most':>9}")
    print(f"{'import typer, selectolax':28}{statistics.median(bare) * 1000:>8.0f}")
    met = True
    for (name, (_, ceiling)), own in zip(rows.items(), taken[1:], strict=True):
        ratio = statistics.median(one / other for one, other in zip(own, bare, strict=True))
        met = met and ratio <= ceiling
        print(f"{name:28}{statistics.median(own) * 1000:>8.0f}{ratio:>8.2f}{ceiling:>9.2f}")
    return 0 if met else 1


def measure(commands: list[list[str]], folder: Path, rounds: int = ROUNDS) -> list[list[float]]:
    """Seconds of processor time of each command in each round; a round before the first warms up."""
    taken: list[list[float]] = [[] for _ in commands]
    for number in range(rounds + 1):
        for times, command in zip(taken, commands, strict=True):
            seconds = processor_time(command, folder)
            if number:
                times.append(seconds)
    return taken


def processor_time(command: list[str], folder: Path) -> float:
    """Seconds of processor time that a command takes, user and system; raises CalledProcessError where it fails."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main())
