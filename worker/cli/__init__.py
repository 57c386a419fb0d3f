"""The command ``meeruit``: thin over the functions that the workers and the library call too."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

import typer

from meeruit.tasks.errors import MeeruitError, UsageError
from meeruit.worker.cli import (
    explaining,
    extracting,
    failing,
    health,
    ingesting,
    inspecting,
    operating,
    polling,
    replaying,
    showing,
)

app = typer.Typer(
    name="meeruit",
    help="Ingest news pages; keep every short item once, with every sighting of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for room in (ingesting, failing, extracting, inspecting, showing, explaining, health, replaying, polling, operating):
    room.register(app)


def main() -> NoReturn:
    """Run the command line; a foreseeable fault is one line on standard error."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except MeeruitError as exc:
        print(f"meeruit: {exc}", file=sys.stderr)
        code = 2 if isinstance(exc, UsageError) else 1
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader has seen enough: `meeruit items | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    sys.exit(code)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
