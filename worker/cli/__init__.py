"""The command ``meeruit``: thin over the functions that workers and library call too."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from meeruit.tasks.errors import MeeruitError, UsageError
from meeruit.worker.cli.commands import STYLE, LazyGroup


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # 20 ms to import

        print(f"meeruit {version('meeruit')}")
        raise typer.Exit


app = typer.Typer(
    name="meeruit",
    cls=LazyGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
    **STYLE,
)


@app.callback()
def _top(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Ingest news pages; keep every short item once, with every sighting of it."""


def main() -> NoReturn:
    """Run the command line; a foreseeable fault is one line on standard error."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app(prog_name="meeruit")
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
