"""The command ``meeruit``: thin over the functions that the workers and the library call too."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

import typer

from meeruit.tasks.errors import MeeruitError, UsageError
from meeruit.worker.cli import (
    explaining,
    extracting,
    health,
    ingesting,
    inspecting,
    operating,
    polling,
    replaying,
    showing,
)
from meeruit.worker.cli.output import plain
from meeruit.worker.cli.standard_output import ReaderGone, guarded_output
from meeruit.worker.cli.stored import database_fault

app = typer.Typer(
    name="meeruit",
    help="Ingest news pages; keep every short item once, with every sighting of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for room in (ingesting, extracting, inspecting, showing, explaining, health, replaying, polling, operating):
    room.register(app)


def main() -> NoReturn:
    """Run the command line; a foreseeable fault is one line on standard error."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with guarded_output():
            code = _run()
    except MeeruitError as exc:
        print(f"meeruit: {plain(exc)}", file=sys.stderr)
        code = 2 if isinstance(exc, UsageError) else 1
    except KeyboardInterrupt:
        code = 130
    except ReaderGone:
        code = 0
    except Exception as exc:
        if (said := database_fault(exc)) is None:
            raise
        print(f"meeruit: {plain(said)}", file=sys.stderr)
        code = 1
    sys.exit(code)


def _run() -> int:
    """The exit status of the command; an error comes through as it is."""
    try:
        app()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    return 0


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
