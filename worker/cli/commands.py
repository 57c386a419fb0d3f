"""Every command by name, and a group that imports a command's module when that command is asked for.

``meeruit --help`` lists all of them and imports none: SQLAlchemy and Celery alone would cost it a second.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

#: How every command and group of ours is made: help as plain text, the traceback of a fault of ours as Python prints it.
STYLE: dict[str, Any] = {"pretty_exceptions_enable": False, "rich_markup_mode": None}


class Command(NamedTuple):
    """Where a command is written, and the first line of its help: short enough for a terminal of 80 columns."""

    module: str
    #: A function, or a ``typer.Typer`` with commands of its own.
    name: str
    help: str
    #: True where all that it takes is text: then nothing has to be converted.
    texts: bool = False


COMMANDS = {
    "ingest": Command("ingesting", "ingest", "Read pages, keep their items, and report what was new."),
    "extract": Command(
        "extracting", "extract", "Show what pages hold, one JSON object a page; store nothing.", texts=True
    ),
    "items": Command("inspecting", "items", "List the stored items, newest first."),
    "show": Command("showing", "show", "Show one item with its sightings, window, revisions, article."),
    "why": Command("explaining", "why", "Explain why two items are one, a revision, or apart."),
    "pages": Command("inspecting", "pages", "List the captures, newest first, with what became of each."),
    "sightings": Command("inspecting", "sightings", "List every sighting of every item, newest pages first."),
    "body": Command("giving", "body", "Give a stored page back, byte for byte."),
    "runs": Command("inspecting", "runs", "List ingests and polls, newest first."),
    "gaps": Command("inspecting", "gaps", "List where something may have been missed."),
    "stats": Command("counting", "show_stats", "Count items by hour, day, section and agency, and more."),
    "tail": Command("tailing", "tail", "Tell new items as they come, as JSON Lines, each once."),
    "tell": Command("telling", "tell", "Tell new items to the webhooks of sources.toml, until Ctrl-C."),
    "export": Command("exporting", "export", "Write items, sightings or gaps as JSONL, CSV or Parquet."),
    "failures": Command("failing", "failures", "List what could not be read, a line an address, and why."),
    "retry": Command("failing", "retry", "Try again what could not be read: all of it, or those named."),
    "replay": Command("replaying", "replay_pages", "Read the stored pages again, and list the items that changed."),
    "forget": Command("forgetting", "forget", "Take pages back that should never have been read."),
    "prune": Command("pruning", "prune", "Give up old bodies, sightings and runs; say first how many."),
    "sources": Command("polling", "sources", "List what is polled, when it was last, and when it is next."),
    "run": Command("polling", "run_source", "Poll one source now, due or not, and report."),
    "status": Command("health", "show_status", "Show one screen of health: sources, lists, gaps, waiting work."),
    "up": Command("polling", "up", "Run broker, worker and clock here, and poll until Ctrl-C."),
    "worker": Command("operating", "worker", "Run a worker until it is told to stop."),
    "beat": Command("operating", "beat", "Run the clock that says what is due."),
    "web": Command("looking", "web", "Show what is stored on a web page, until Ctrl-C."),
    "db": Command("operating", "db_commands", "Bring the tables of the database up to date, or check them."),
}


class TextCommand(TyperCommand):
    """A command that takes texts as they are typed."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, that of ``--help`` too."""
        return _take_as_typed(super().get_params(ctx))


def _take_as_typed(parameters: list[Any]) -> list[Any]:
    """Leave out Typer's conversion where a text was given, or nothing that is required.

    It makes a pydantic validator for every value, and importing pydantic takes longer than extracting a page.
    """
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = partial(_as_typed, parameter, parameter.process_value)
    return parameters


def _as_typed(parameter: Any, convert: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    if value is None and not parameter.required:
        return None
    if parameter.callback is None and isinstance(value, str):
        return value
    if parameter.callback is None and isinstance(value, list | tuple) and value:
        return list(value)
    return convert(ctx, value)


class LazyGroup(TyperGroup):
    """Lists the commands of the table, and imports the one that is run or explained."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: TyperCommand(name, help=command.help) for name, command in COMMANDS.items()}

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, that of ``--help`` too."""
        return _take_as_typed(super().get_params(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The name, the imported command and the other words."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else listed, rest


def load(name: str) -> Any:
    """Import a command; returns what Typer makes of it."""
    command = COMMANDS[name]
    written = getattr(import_module(f"meeruit.worker.cli.{command.module}"), command.name)
    if not gc.isenabled():  # the start is over
        gc.freeze()
        gc.enable()
    if not isinstance(written, typer.Typer):
        app = typer.Typer(add_completion=False, **STYLE)
        app.command(name, cls=TextCommand if command.texts else TyperCommand)(written)
        return get_command(app)
    made = get_command(written)
    made.name = name
    return made
