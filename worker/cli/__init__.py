"""The command ``meeruit``: thin over the functions that workers and library call too."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, NoReturn

import typer

from meeruit.tasks.errors import MeeruitError, UsageError
from meeruit.worker.cli.commands import STYLE, LazyGroup
from meeruit.worker.cli.standard_output import ReaderGone, guarded_output, printable


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
        with guarded_output():
            code = _run()
    except MeeruitError as exc:
        print(f"meeruit: {printable(exc)}", file=sys.stderr)
        code = 2 if isinstance(exc, UsageError) else 1
    except KeyboardInterrupt:
        code = 130
    except ReaderGone:
        code = 0
    except Exception as exc:
        if (said := _database_fault(exc)) is None:
            raise
        print(f"meeruit: {printable(said)}", file=sys.stderr)
        code = 1
    sys.exit(code)


def _run() -> int:
    """The exit status of the command; an error and an interrupt come through as they are."""
    try:
        app(prog_name="meeruit")
    except SystemExit as exc:
        # typer makes a status of an interrupt; whoever guards the output has to know that a write may have been cut
        if exc.__context__ is not None and isinstance(exc.__context__.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    return 0


def _database_fault(exc: Exception) -> str | None:
    """What is wrong with the database, in one line; None for any other fault."""
    if not type(exc).__module__.startswith("sqlalchemy."):
        return None
    from meeruit.worker.cli.stored import database_fault  # as costly as the database itself, which is there by now

    return database_fault(exc)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
